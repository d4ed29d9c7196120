// The maps of a step: a row for each picked channel, with the chosen pixel outlined in every map.

import { area } from "./arithmetic.js";
import { make } from "./elements.js";
import { fill, format } from "./numbers.js";
import { operands } from "./operands.js";

/**
 * @typedef {import("./operands.js").Operand} Operand
 * @typedef {{element: HTMLElement, canvas: HTMLCanvasElement, outline: HTMLElement, caption: HTMLElement,
 *   shown: Operand, channel: number}} View
 */

const MOST_COLUMNS = 5;
const MOST_ACROSS = 4;  // a map that is wider still, or higher, is squeezed
const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
});

export class MapGrid {
  /** @param {import("./scene.js").Scene} scene */
  constructor(scene) {
    this.scene = scene;
    this.element = make("div", "maps");
    /** @type {View[]} */
    this.views = [];
  }

  render() {
    const { scene, element } = this, { walk } = scene;
    const rows = walk.shown(walk.step.tensor).flatMap((channel) => {
      const row = operands(walk, channel), cuts = Math.ceil(row.length / MOST_COLUMNS), length = Math.ceil(row.length / cuts);
      return Array.from({ length: cuts }, (_, cut) => ({ channel, row: row.slice(cut * length, (cut + 1) * length) }));
    });
    element.style.setProperty("--rows", String(rows.length));
    element.style.setProperty("--columns", String(Math.max(...rows.map(({ row }) => row.length))));
    const all = rows.flatMap(({ channel, row }, r) => row.map((shown, k) => ({ channel, shown, place: `${r + 1} / ${k + 1}` })));
    while (this.views.length > all.length) this.views.pop()?.element.remove();
    while (this.views.length < all.length) this.views.push(this.makeView(all[this.views.length].shown));
    all.forEach(({ channel, shown, place }, k) => {
      const view = this.views[k];
      const isBranch = shown.output === walk.model.sum && walk.roleOf(shown.tensor) === "branch";
      const name = isBranch ? "F(x)" : walk.nameOf(shown.tensor);
      Object.assign(view, { channel, shown });
      view.element.style.gridArea = place;
      view.element.dataset.sign = shown.sign;
      scene.paint(view.canvas, shown.tensor, shown.channel);
      view.canvas.setAttribute("aria-label", fill(walk.words.map, { tensor: name, channel: shown.channel }));
      const tensor = walk.tensor(shown.tensor), isSingle = tensor.height * tensor.width === 1;
      const value = isSingle ? ` ${format(tensor.at(shown.channel, 0, 0), tensor.decimals)}` : "";
      const beside = tensor.beside(shown.channel).map((token) => format(token, tensor.decimals)).join(", ");
      view.caption.textContent = `${name} ${walk.channelName(shown.tensor, shown.channel)}${value}`;
      const word = tensor.tokens > 1 ? walk.words.tokens : walk.words.token;
      if (beside) view.caption.append(make("small", "", fill(word, { value: beside })));
      const frame = /** @type {HTMLElement} */ (view.canvas.parentElement);
      frame.style.aspectRatio = String(Math.max(1 / MOST_ACROSS, Math.min(MOST_ACROSS, tensor.width / tensor.height)));
      view.element.classList.toggle("single", isSingle);
      view.caption.className = walk.roleOf(shown.tensor);
    });
    this.outline();
  }

  /** Outline the pixel in each map, and in an operation's input what it reads. */
  outline() {
    const { walk } = this.scene;
    for (const { shown: { tensor, output }, outline } of this.views) {
      const { height, width } = walk.tensor(tensor);
      const { row, column } = walk.cellOf(output);
      const reads = tensor !== output && walk.payload.operations[output];
      const box = reads ? area(walk.model, output, row, column) : { top: row, left: column, height: 1, width: 1 };
      const top = Math.max(0, box.top), left = Math.max(0, box.left);
      const bottom = Math.min(height, box.top + box.height), right = Math.min(width, box.left + box.width);
      Object.assign(outline.style, { top: percent(top / height), left: percent(left / width),
        height: percent((bottom - top) / height), width: percent((right - left) / width) });
    }
  }

  /**
   * @param {Operand} shown
   * @returns {View}
   */
  makeView(shown) {
    const element = make("figure", "map"), canvas = make("canvas"), outline = make("i"), caption = make("figcaption");
    const frame = make("div", "frame");
    frame.append(canvas, outline);
    element.append(frame, caption);
    this.element.append(element);
    canvas.setAttribute("role", "application");  // so that a screen reader passes arrow keys on
    canvas.tabIndex = 0;
    const view = { element, canvas, outline, caption, shown, channel: 0 };
    const point = (/** @type {MouseEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      this.point(view, (event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width);
    };
    /** @type {PointerEvent | null} where a finger is down that has not moved sideways: it may scroll the page */
    let down = null;
    canvas.onpointerdown = (event) => { down = event.pointerType === "mouse" ? null : event; };
    canvas.onpointermove = (event) => {
      if (down && Math.abs(event.clientX - down.clientX) <= Math.abs(event.clientY - down.clientY)) return;
      down = null;
      point(event);
    };
    canvas.onclick = point;
    canvas.onkeydown = (event) => {
      const move = ARROWS[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      const { walk } = this.scene, { output } = view.shown;
      const { row, column } = walk.cellOf(output), { height, width } = walk.tensor(output);
      this.scene.choose(view.channel, (row + move[0] + 0.5) / height, (column + move[1] + 0.5) / width);
    };
    return view;
  }

  /**
   * A pixel of a map is pointed at; in the input of a window, the window around it is chosen.
   * @param {View} view
   * @param {number} down 0..1
   * @param {number} across 0..1
   */
  point({ channel, shown: { tensor, output } }, down, across) {
    const { scene } = this, { walk } = scene;
    const before = walk.tensor(tensor), after = walk.tensor(output);
    if (tensor === output || !walk.payload.operations[output]) return scene.choose(channel, down, across);
    const zero = area(walk.model, output, 0, 0), one = area(walk.model, output, 1, 1);
    const row = (Math.floor(down * before.height) - zero.top - (zero.height - 1) / 2) / Math.max(1, one.top - zero.top);
    const column = (Math.floor(across * before.width) - zero.left - (zero.width - 1) / 2) / Math.max(1, one.left - zero.left);
    return scene.choose(channel, (Math.round(row) + 0.5) / after.height, (Math.round(column) + 0.5) / after.width);
  }
}

/** @param {number} share */
function percent(share) { return `${share * 100}%`; }
