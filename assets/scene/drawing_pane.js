// The block's drawing: boxes, edges and live thumbnails, which are buttons to the line that makes their tensor.

import { layout } from "./drawing.js";
import { button, make, svg } from "./elements.js";
import { fill } from "./numbers.js";

/**
 * @typedef {import("./drawing.js").Edge} Edge
 * @typedef {{x: number, y: number, width: number, height: number}} Frame
 */

export class DrawingPane {
  /** @param {import("./scene.js").Scene} scene */
  constructor(scene) {
    this.scene = scene;
    this.element = make("div", "drawing");
    /** @type {(Edge & {line: SVGElement})[]} */
    this.edges = [];
    /** @type {{name: string, element: HTMLElement}[]} */
    this.boxes = [];
    /** @type {{tensor: string, element: HTMLElement, canvas: HTMLCanvasElement}[]} */
    this.thumbs = [];
  }

  /** Lay out the block for the pane's size. */
  fit() {
    const { scene, element } = this, { clientWidth: width, clientHeight: height } = element;
    if (!width || !height) return;
    const font = parseFloat(getComputedStyle(element).fontSize);
    const laid = layout(scene.walk.payload, width, height, font);
    const lines = svg("svg", { width: String(width), height: String(height), "aria-hidden": "true" });
    this.edges = laid.edges.map((edge) => {
      const line = svg("path", { d: edge.path, class: `edge ${edge.role}` });
      const hit = svg("path", { d: edge.path, class: "hit" });
      const title = svg("title", {});
      title.textContent = `${scene.walk.nameOf(edge.tensor)} · ${this.shape(edge.tensor)}`;
      hit.append(title);
      hit.addEventListener("click", () => scene.goToTensor(edge.tensor, edge.shortcut));
      lines.append(line);
      if (scene.options.sketch && edge.at) {
        const text = svg("text", { x: String(edge.at.x), y: String(edge.at.y + 4), class: `size ${edge.role}` });
        text.textContent = this.shape(edge.tensor);
        lines.append(text);
      }
      lines.append(hit);
      return { ...edge, line };
    });
    for (const { x, y, key, role } of laid.words) {
      const text = svg("text", { x: String(x), y: String(y), class: role });
      text.textContent = scene.walk.words[key];
      lines.append(text);
    }
    this.boxes = laid.boxes.map((box) => {
      const { name, label, sum } = box;
      const isWide = label.length * font * 0.56 < box.width, isHigh = box.height > 2.3 * font;
      const text = isWide ? label : isHigh ? label.replace(" ", "\n") : label.split(" ")[0];
      const longest = Math.max(...text.split("\n").map((line) => line.length));
      const made = place(button(`box ${box.role}${sum ? " plus" : ""}`, text, () => scene.goToTensor(name, false)), box);
      if (!sum) made.style.fontSize = `${Math.min(font * 0.92, (box.width - 4) / (longest * 0.58))}px`;
      made.title = this.about(name);
      const { parameters } = scene.walk.payload.operations[name];
      if (scene.options.sketch && parameters && !sum) made.append(make("small", "", fill(scene.walk.words.parameters, { count: parameters.toLocaleString("en") })));
      made.setAttribute("aria-label", sum ? scene.walk.words.sum : label);
      return { name, element: made };
    });
    this.thumbs = laid.thumbs.map(({ tensor, x, y, size }) => {
      const canvas = make("canvas");
      const thumb = place(button("thumb", "", () => scene.goToTensor(tensor, false)), { x, y, width: size, height: size });
      thumb.append(canvas);
      thumb.tabIndex = -1;  // for a pointer: by keys the box is enough
      return { tensor, element: thumb, canvas };
    });
    element.replaceChildren(lines, ...[...this.boxes, ...this.thumbs].map((part) => part.element));
    this.paint();
    this.render();
  }

  /** Shape and parameters of an operation. @param {string} name */
  about(name) {
    const { walk } = this.scene, { parameters } = walk.payload.operations[name];
    return this.shape(name) + (parameters ? ` · ${fill(walk.words.parameters, { count: parameters.toLocaleString("en") })}` : "");
  }

  /** `128×8×8`: channels, height, width. @param {string} name */
  shape(name) {
    const { channels, height, width } = this.scene.walk.tensor(name);
    return `${channels}×${height}×${width}`;
  }

  /** Paint the thumbnails: the picked channel of each tensor. */
  paint() {
    const { walk } = this.scene;
    for (const { tensor, element, canvas } of this.thumbs) {
      const [channel] = walk.shown(tensor);
      this.scene.paint(canvas, tensor, channel);
      element.setAttribute("aria-label", fill(walk.words.map, { tensor: walk.nameOf(tensor), channel }));
    }
  }

  /** Light the step's edge, boxes and thumbnail. */
  render() {
    const { walk, options } = this.scene, { step } = walk;
    const isChosen = !options.sketch || Boolean(options.step);
    const isAlias = step.kind === "alias";
    const { operations } = walk.payload, drawn = (/** @type {string} */ name) => operations[name]?.into ?? name;
    for (const { tensor, shortcut, line } of this.edges) {
      const isPart = isAlias ? shortcut : !shortcut || step.role === "shortcut";
      line.classList.toggle("lit", isChosen && isPart && tensor === drawn(step.tensor));
    }
    for (const { name, element } of this.boxes) element.classList.toggle("lit", isChosen && step.operations.some((own) => drawn(own) === name));
    for (const { tensor, element } of this.thumbs) element.classList.toggle("lit", isChosen && tensor === drawn(step.tensor));
  }
}

/**
 * @param {HTMLElement} element
 * @param {Frame} frame
 */
function place(element, { x, y, width, height }) {
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  return element;
}
