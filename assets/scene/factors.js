// Two sliders: the sum becomes β · shortcut + α · F(x), here and now; the server hears of it when they rest.

import { make } from "./elements.js";

/** @typedef {{alpha: number, beta: number}} Factors */

const PARTS = /** @type {const} */ ([["beta", "β", "shortcut"], ["alpha", "α", "branch"]]);

/** @param {import("./scene.js").Scene} scene */
export function factorSliders(scene) {
  const { model, words } = scene.walk, element = make("div", "factors");
  for (const [name, sign, role] of PARTS) {
    const label = make("label", role), slider = make("input"), value = make("output", "", model.factors[name].toFixed(2));
    Object.assign(slider, { type: "range", min: "0", max: "2", step: "0.05", value: String(model.factors[name]) });
    slider.oninput = () => {
      value.textContent = Number(slider.value).toFixed(2);
      scene.scale({ ...model.factors, [name]: Number(slider.value) });
    };
    slider.onchange = () => scene.options.onFactors?.(model.factors.alpha, model.factors.beta);
    label.append(make("b", "", sign), make("span", "", words[name]), slider, value);
    element.append(label);
  }
  return element;
}
