// The bar above the panes: the block, back and next, into a call, a slider over all lines, present.

import { button, choice, make } from "./elements.js";

/** @typedef {import("./scene.js").Scene} Scene */

export class Bar {
  /** @param {Scene} scene */
  constructor(scene) {
    const { walk, options } = scene, { words, payload } = walk;
    this.scene = scene;
    this.element = make("div", "bar");
    this.back = keyed(button("back", `▲ ${words.back}`, () => scene.move(-1)), "P");
    this.next = keyed(button("next", `▼ ${words.next}`, () => scene.move(1)), "N");
    this.into = keyed(button("into", words.into, () => scene.enter()), "I");
    this.slider = make("input", "slider");
    Object.assign(this.slider, { type: "range", min: "0", max: String(walk.steps.length - 1), step: "1" });
    this.slider.setAttribute("aria-label", words.step);
    this.slider.oninput = () => scene.go(Number(this.slider.value));
    const present = button("present", words.present, () => scene.presenter.toggle());
    const blocks = options.blocks ?? payload.blocks;
    if (blocks.length > 1) {
      const names = blocks.map((block) => /** @type {[string, string]} */ ([block, options.blockName?.(block) ?? block]));
      const list = choice(words.block, names, (block) => scene.options.onBlock?.(block));
      list.value = payload.block;
      this.element.append(list);
    } else this.element.append(make("b", "", payload.block));
    this.element.append(this.back, this.next, this.into, this.slider, present);
  }

  render() {
    const { walk } = this.scene, { words, step } = walk;
    const out = !walk.callsOn && step.depth > 0;
    this.back.disabled = walk.neighbour(-1) < 0;
    this.next.disabled = walk.neighbour(1) < 0;
    this.into.disabled = walk.inside() < 0;
    this.into.textContent = out ? words.out : words.into;
    this.slider.value = String(walk.at);
    this.slider.setAttribute("aria-valuetext", step.words[0].code);
  }
}

/** A button that a key presses, too. @param {HTMLButtonElement} made @param {string} key */
function keyed(made, key) {
  made.title = key;
  made.setAttribute("aria-keyshortcuts", key);
  return made;
}
