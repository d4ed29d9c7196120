// The scene: source, drawing and numbers of a block, which step together. One for the app, a notebook and a file.

import { Bar } from "./bar.js";
import { CodePane } from "./code_pane.js";
import { DrawingPane } from "./drawing_pane.js";
import { make } from "./elements.js";
import { paint, ramp } from "./maps.js";
import { NumbersPane } from "./numbers_pane.js";
import { Presenter } from "./presenter.js";
import { Walk } from "./walk.js";

/**
 * @typedef {import("./payload.js").Model} Model
 * @typedef {import("./walk.js").Options} Options
 */

const TYPED_IN = /^(INPUT|SELECT|TEXTAREA)$/;
const KEYS = /** @type {Record<string, number>} */ ({ n: 1, p: -1 });
const PRESENTING_KEYS = /** @type {Record<string, number>} */ ({
  ...KEYS, arrowright: 1, arrowdown: 1, pagedown: 1, " ": 1, arrowleft: -1, arrowup: -1, pageup: -1,
});

export class Scene {
  /**
   * @param {HTMLElement} parent
   * @param {Model} model
   * @param {Options} options
   * @param {Scene | null} before a scene that this one takes the place of, with its channels
   */
  constructor(parent, model, options, before = null) {
    before?.release();
    this.root = before?.root ?? parent.appendChild(make("section", "scene"));
    const isChosenByKey = Boolean(this.root.querySelector(".bar > select:focus"));
    this.options = options;
    const { alpha, beta } = options.factors ?? { alpha: 1, beta: 1 };
    model.scale(alpha, beta);
    this.walk = new Walk(model, options, before?.walk ?? null);
    this.colours = ramp(model.payload.colours);
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.presenter = new Presenter(this.root, () => this.drawing.fit(), signal);
    this.bar = new Bar(this);
    this.code = new CodePane(this);
    this.drawing = new DrawingPane(this);
    this.numbers = new NumbersPane(this);
    const panes = make("div", "panes");
    const isWhole = !options.only && !options.sketch;
    panes.append(...(isWhole ? [this.code.element] : []), this.drawing.element,
      ...(options.sketch ? [] : [this.numbers.element]));
    this.root.replaceChildren(...(isWhole ? [this.bar.element] : []), panes);
    this.root.lang = options.language;
    this.root.setAttribute("aria-label", options.words.label);
    this.root.classList.toggle("only", Boolean(options.only));
    this.root.classList.toggle("sketch", Boolean(options.sketch));
    const main = Object.values(model.payload.operations).filter(({ role, apart, into }) => role !== "shortcut" && !apart && !into);
    this.root.style.setProperty("--operations", String(main.length));
    document.addEventListener("keydown", (event) => this.pressed(event), { signal });
    this.watch = new ResizeObserver(() => this.drawing.fit());
    this.watch.observe(this.drawing.element);
    this.drawing.fit();
    this.render();
    if (isChosenByKey) this.bar.element.querySelector("select")?.focus();
  }

  /** Let go of everything but the element. */
  release() {
    this.abort.abort();
    this.watch.disconnect();
  }

  remove() {
    this.release();
    this.root.remove();
  }

  /** At each step. */
  render() {
    this.bar.render();
    this.code.render();
    this.drawing.render();
    this.numbers.render();
    this.code.scroll();
  }

  /** Other channels or other values: everything that shows them. */
  repaint() {
    this.drawing.paint();
    this.numbers.render();
  }

  /** Lay out the drawing for a sheet of paper, or for the screen again. @param {boolean} paper */
  fitPaper(paper) {
    this.root.classList.toggle("paper", paper);
    this.drawing.fit();
  }

  // Step

  /** @param {number} at index of a step */
  go(at) {
    const { walk } = this;
    if (at < 0 || at >= walk.steps.length || at === walk.at) return;
    walk.at = at;
    this.render();
    this.options.onStep?.(walk.step.id);
  }

  /** Show a step that the server asks for, which it need not hear of. @param {string} id */
  show(id) {
    this.walk.at = Math.max(0, this.walk.steps.findIndex((step) => step.id === id));
    this.render();
  }

  /** @param {string} id */
  goTo(id) { this.go(this.walk.steps.findIndex((step) => step.id === id)); }

  /** To the next or previous line of the function. @param {number} by */
  move(by) { this.go(this.walk.neighbour(by)); }

  /** Into the call of the line, or out of it. */
  enter() { this.go(this.walk.inside()); }

  /** @param {string} name @param {boolean} shortcut */
  goToTensor(name, shortcut) {
    this.go(this.walk.maker(name, shortcut));
    if (name in this.walk.payload.operations) this.options.onOperation?.(name);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || this.options.only || this.options.sketch) return;
    const target = /** @type {HTMLElement | undefined} */ (event.composedPath()[0]);
    const takesText = TYPED_IN.test(target?.tagName ?? "") || target?.isContentEditable;
    const isOurs = target && this.root.contains(target);
    const isClicker = this.presenter.isOn && event.key.startsWith("Page");  // also after a click on the slider
    if (takesText && !isClicker && (!isOurs || event.key.length > 1)) return;
    if (event.key === " " && isOurs && target.matches("button:focus-visible, select, input")) return;  // it presses that
    const key = event.key.toLowerCase();
    const by = (this.presenter.isOn ? PRESENTING_KEYS : KEYS)[key];
    if (by) this.move(by);
    else if (key === "i") this.enter();
    else if (key === "escape" && this.presenter.isOn) this.presenter.leave();
    else return;
    event.preventDefault();
  }

  // Channels, pixel, factors

  /** @param {number} width @param {number} channel @param {boolean} add */
  pick(width, channel, add) {
    this.walk.pick(width, channel, add);
    this.repaint();
    this.options.onChannels?.(this.walk.picked[this.walk.width]);
  }

  /**
   * @param {number} channel whose arithmetic is shown
   * @param {number} row 0..1
   * @param {number} column 0..1
   */
  choose(channel, row, column) {
    const { walk } = this, before = [walk.channel, ...Object.values(walk.cellOf(walk.step.tensor))].join();
    walk.active = channel;
    walk.choose(row, column);
    const after = [walk.channel, ...Object.values(walk.cellOf(walk.step.tensor))].join();
    if (before !== after) this.numbers.renderPixel();
  }

  /** Show the channel and the pixel that the step's sentence names. */
  showLook() {
    const { walk } = this, { look, tensor } = walk.step;
    if (!look) return;
    walk.look(walk.step);
    walk.active = look.channel;
    this.pick(walk.tensor(tensor).channels, look.channel, false);
  }

  /** @param {import("./factors.js").Factors} factors */
  scale({ alpha, beta }) {
    this.walk.model.scale(alpha, beta);
    this.repaint();
  }

  /** Paint a channel, if it is here. @param {HTMLCanvasElement} canvas @param {string} name @param {number} channel */
  paint(canvas, name, channel) {
    const tensor = this.walk.tensor(name);
    if (tensor.has(channel)) paint(canvas, tensor.map(channel), tensor.height, tensor.width, tensor.limit, this.colours);
  }
}
