// For paper: each line of the function with its maps, the arithmetic of the chosen pixel and its sentences.

import { make } from "./elements.js";

/**
 * A sheet at the end of the scene, which only print shows.
 * @param {import("./scene.js").Scene} scene
 */
export function addSheet(scene) {
  const { walk } = scene, now = walk.at, sheet = make("div", "sheet");
  scene.fitPaper(true);
  for (const step of walk.outer) {
    walk.at = walk.steps.indexOf(step);
    scene.numbers.render();
    const copy = /** @type {HTMLElement} */ (scene.numbers.element.cloneNode(true));
    const drawn = scene.numbers.element.querySelectorAll("canvas");
    copy.querySelectorAll("canvas").forEach((canvas, k) => {
      const image = make("img");
      image.src = drawn[k].toDataURL();
      canvas.replaceWith(image);
    });
    sheet.append(copy);
  }
  walk.at = now;
  scene.numbers.render();
  scene.root.append(sheet);
  return sheet;
}
