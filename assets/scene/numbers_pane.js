// The numbers of a step: its tensor, the channels, their maps, the arithmetic of the chosen pixel, sentences.

import { arithmetic } from "./arithmetic.js";
import { label } from "./drawing.js";
import { button, choice, make, markdown, svg } from "./elements.js";
import { FactorSliders } from "./factors.js";
import { MapGrid } from "./map_grid.js";
import { fill, format } from "./numbers.js";
import { addends } from "./payload.js";

/**
 * @typedef {import("./arithmetic.js").Window} Window
 * @typedef {import("./walk.js").Walk} Walk
 */

const MOST_WINDOWS = 3, MOST_CELLS = 9;
const BARS = { width: 246, height: 44, bar: 6 };  // 41 bars

export class NumbersPane {
  /** @param {import("./scene.js").Scene} scene */
  constructor(scene) {
    this.scene = scene;
    const { words } = scene.walk, { only, factors } = scene.options;
    this.element = make("div", "numbers");
    this.title = make("p", "title");
    this.facts = make("dl");
    this.values = words.facts.split("|").map((fact) => {
      const pair = make("div"), value = make("dd");
      pair.append(make("dt", "", fact), value);
      this.facts.append(pair);
      return value;
    });
    this.bars = make("figure");
    this.before = svg("path", { class: "bar-of before", "stroke-width": String(BARS.bar * 0.95) });
    this.now = svg("path", { "stroke-width": String(BARS.bar * 0.5) });
    this.scale = [make("span"), make("span", "", "0"), make("span")];
    this.strip = make("div", "strip");
    this.maps = new MapGrid(scene);
    this.status = make("div", "arithmetic");
    this.windows = make("div", "windows");
    this.look = make("p", "look");
    this.story = make("p", "story");
    this.note = make("p", "note");
    this.status.setAttribute("role", "status");
    this.strip.setAttribute("role", "group");
    this.strip.setAttribute("aria-label", words.channels);
    this.sliders = factors && scene.walk.model.sum ? new FactorSliders(scene) : null;
    const sliders = this.sliders ? [this.sliders.element] : [];
    if (only) {
      this.element.append(...sliders, this.maps.element, make("p", "note", words.hint), this.status);
      return;
    }
    const head = make("div", "head"), tensor = make("div");
    tensor.append(this.title, this.facts);
    const picture = svg("svg", { viewBox: `0 0 ${BARS.width} ${BARS.height}`, role: "img", "aria-label": words.histogram });
    const range = make("div", "range");
    picture.append(this.before, this.now);
    range.append(...this.scale);
    this.bars.append(picture, range);
    head.append(tensor, this.bars);
    this.element.append(head, this.channels(), ...sliders, this.maps.element, this.status, this.windows, this.look,
      this.story, this.note);
  }

  /** The row that sorts and picks channels. */
  channels() {
    const { scene } = this, { walk } = scene, { words } = walk;
    const names = /** @type {[string, string][]} */ ([
      ["energy", words.order_energy], ["share", words.order_share], ["class", words.order_class]]);
    const found = Object.values(walk.payload.channels);
    const order = choice(words.order, names.filter(([name]) => found.some(({ orders }) => orders[name])), (name) => {
      walk.order = name;
      this.renderStrip();
    });
    order.value = walk.order;
    const several = button("several", words.several, () => {
      walk.showSeveral(!walk.several);
      several.setAttribute("aria-pressed", String(walk.several));
      scene.repaint();
    });
    several.setAttribute("aria-pressed", String(walk.several));
    const row = make("div", "channels");
    row.append(order, several, this.strip);
    if (scene.options.onNumber) row.append(this.number());
    return row;
  }

  /** A box for the number of a channel; the server knows the channels that are not here. */
  number() {
    const { scene } = this, { walk } = scene, box = make("input", "number");
    Object.assign(box, { type: "number", min: "0", max: String(walk.width - 1), placeholder: "#" });
    box.setAttribute("aria-label", walk.words.number);
    box.title = walk.words.number;
    box.onchange = () => {
      const channel = Number(box.value);
      if (box.value === "" || !box.checkValidity()) return;
      if (walk.payload.channels[walk.width].orders.energy.includes(channel)) scene.pick(walk.width, channel, walk.several);
      else scene.options.onNumber?.(channel);
    };
    return box;
  }

  render() {
    const { only } = this.scene.options;
    this.sliders?.render();
    this.maps.render();
    this.renderSum();
    if (only) return;
    this.renderTensor();
    this.renderStrip();
    this.renderSentences();
  }

  /** The pixel has changed. */
  renderPixel() {
    const { walk } = this.scene;
    // a convolution's maps are the inputs that contribute most to this very pixel
    if ((walk.step.shown ?? walk.step.operations).some((name) => walk.payload.operations[name].shares)) this.maps.render();
    else this.maps.outline();
    this.renderSum();
  }

  /** Name and shape of the step's tensor, the statistics and the histogram of all its values. */
  renderTensor() {
    const { walk } = this.scene, { step } = walk, { tensors } = walk.payload;
    const { channels, height, width } = walk.tensor(step.tensor), own = tensors[step.tensor];
    const { tokens } = walk.tensor(step.tensor), more = tokens ? ` + ${tokens}` : "";
    this.title.replaceChildren(make("code", `name ${step.role}`, step.variable), make("b", "", ` ${channels} × ${height} × ${width}${more}`));
    this.title.title = tokens ? fill(walk.words.tokens_beside, { count: tokens }) : "";
    const isScaled = walk.model.isScaled(step.tensor);  // then they hold no longer
    this.facts.hidden = isScaled;
    this.bars.hidden = isScaled;
    this.values.forEach((value, k) => { value.textContent = own.facts[k]; });
    this.before.setAttribute("d", step.before ? barsOf(walk.model, step.before) : "");
    this.now.setAttribute("d", barsOf(walk.model, step.tensor));
    this.now.setAttribute("class", `bar-of ${step.role}`);
    const limit = format(Math.round(own.limit), own.decimals);
    this.scale[0].textContent = `≤ −${limit}`;
    this.scale[2].textContent = `≥ ${limit}`;
  }

  renderStrip() {
    const { strip, scene } = this, { walk } = scene, { tensor: name } = walk.step;
    const width = walk.tensor(name).channels, found = walk.payload.channels[width];
    const order = found.orders[walk.order] ? walk.order : "energy";
    const channels = found.orders[order];
    while (strip.children.length > channels.length) strip.lastChild?.remove();
    while (strip.children.length < channels.length) {
      const made = button("pick", "", () => {});
      made.append(make("canvas"), make("span"));
      strip.append(made);
    }
    channels.forEach((channel, k) => {
      const made = /** @type {HTMLButtonElement} */ (strip.children[k]);
      const [canvas, caption] = /** @type {[HTMLCanvasElement, HTMLElement]} */ (/** @type {unknown} */ (made.children));
      const text = walk.channelName(name, channel);
      scene.paint(canvas, name, channel);
      caption.textContent = text;
      made.setAttribute("aria-pressed", String(walk.picked[width].includes(channel)));
      made.setAttribute("aria-label", text);
      made.title = `${text} · ${found.scores[order][k]}`;
      made.onclick = (event) => scene.pick(width, channel, walk.several || event.shiftKey || event.ctrlKey || event.metaKey);
    });
  }

  /** The arithmetic of the chosen pixel. */
  renderSum() {
    const { walk } = this.scene, { step, words, channel, model } = walk, { operations } = walk.payload;
    const shown = step.shown ?? step.operations;
    const sums = shown.map((name) => {
      if (operations[name].kind === "stage") return { text: words.stage, windows: [] };
      const { row, column } = walk.cellOf(name);
      const { text, windows } = arithmetic(model, name, channel, row, column, words);
      return { text: shown.length > 1 ? `${label(operations[name])}: ${text}` : text, windows };
    });
    const tensor = walk.tensor(step.tensor), { row, column } = walk.cellOf(step.tensor);
    const value = format(tensor.at(channel, row, column), tensor.decimals);
    const lines = sums.length ? sums.map(({ text }) => text) : [`${step.variable} = ${value}`];
    const place = tensor.height * tensor.width > 1 ? fill(words.place, { row, column }) : "";
    const where = make("span", "where");
    where.append(make("code", "", step.words[0].code), " ", make("span", "", `${walk.channelName(step.tensor, channel)} ${place}`));
    this.status.replaceChildren(where, ...lines.map((line) => make("span", "line-sum", line)));
    const small = sums.flatMap(({ windows }) => windows)
      .filter(({ values }) => values.length > 1 && values.length * values[0].length <= MOST_CELLS);
    this.windows.replaceChildren(...small.slice(0, MOST_WINDOWS).map((window) => windowTable(window, words)));
  }

  /** What to look for, what the line does, how the shape follows, what has changed. */
  renderSentences() {
    const { walk } = this.scene, { step } = walk, isChinese = walk.language === "zh";
    const { story, shape, change } = step.words[isChinese ? 1 : 0];
    const isScaled = walk.model.isScaled(step.tensor);
    markdown(this.story, story);
    markdown(this.note, [shape, isScaled ? "" : change].filter(Boolean).join(isChinese ? "" : " "));
    const sentence = isScaled ? "" : lookSentence(walk);
    this.look.replaceChildren();
    if (sentence) this.look.append(`${sentence} `, button("show", walk.words.show, () => this.scene.showLook()));
  }
}

/**
 * Bars of a tensor's histogram as a path.
 * @param {import("./payload.js").Model} model
 * @param {string} name
 */
function barsOf(model, name) {
  const bars = model.array(model.payload.tensors[name].bars);
  return Array.from(bars, (bar, k) => `M${(k + 0.5) * BARS.bar} ${BARS.height}V${BARS.height - (bar / 127) * (BARS.height - 2)}`).join("");
}

/**
 * A sentence from the picture's numbers about the pixel of a step, or "".
 * @param {Walk} walk
 */
function lookSentence({ step, words, payload, model }) {
  const { look } = step, sentence = look && words[`look_${look.kind}`];
  if (!look || !sentence) return "";
  const { channel, row, column } = look, own = model.tensors[step.tensor];
  const value = (/** @type {string | undefined} */ name) => {
    const tensor = model.tensors[name ?? ""];
    return tensor?.has(channel) && tensor.height === own.height ? format(tensor.at(channel, row, column), tensor.decimals) : "–";
  };
  const [first, second] = addends(payload, payload.operations[step.tensor]);
  return fill(sentence, { channel, row, column, value: value(step.tensor), first: value(first), second: value(second) });
}

/**
 * What a convolution reads from a channel: a table of values and weights.
 * @param {Window} window
 * @param {Record<string, string>} words
 */
function windowTable({ channel, values, weights, product }, words) {
  const table = make("table");
  table.append(make("caption", "", `#${channel}: ${fill(words.window, { product })}`));
  table.append(...values.map((row, r) => {
    const made = make("tr");
    made.append(...row.map((value, c) => {
      const cell = make("td", "", value);
      cell.append(make("small", "", `× ${weights[r][c]}`));
      return cell;
    }));
    return made;
  }));
  return table;
}
