// Two sliders: the sum becomes β · shortcut + α · F(x), here and now; the server hears of it when they rest.

import { make } from "./elements.js";

/** @typedef {{alpha: number, beta: number}} Factors */

const PARTS = /** @type {const} */ ([["beta", "β", "shortcut"], ["alpha", "α", "branch"]]);

export class FactorSliders {
  /** @param {import("./scene.js").Scene} scene */
  constructor(scene) {
    const { model, words } = scene.walk;
    this.model = model;
    this.element = make("div", "factors");
    this.rows = PARTS.map(([name, sign, role]) => {
      const label = make("label", role), slider = make("input"), value = make("output");
      Object.assign(slider, { type: "range", min: "0", max: "2", step: "0.05" });
      slider.oninput = () => scene.scale({ ...model.factors, [name]: Number(slider.value) });
      slider.onchange = () => scene.options.onFactors?.(model.factors.alpha, model.factors.beta);
      label.append(make("b", "", sign), make("span", "", words[name]), slider, value);
      this.element.append(label);
      return { name, slider, value };
    });
  }

  render() {
    for (const { name, slider, value } of this.rows) {
      slider.value = String(this.model.factors[name]);
      value.textContent = this.model.factors[name].toFixed(2);
    }
  }
}
