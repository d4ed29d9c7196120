// The scene: source, drawing and numbers of a block, which step together. One for the app, a notebook and a file.

import { area, arithmetic, largest, sorted } from "./arithmetic.js";
import { label, layout } from "./drawing.js";
import { button, choice, make, markdown, svg } from "./elements.js";
import { paint, ramp } from "./maps.js";
import { fill, format } from "./numbers.js";
import { Model } from "./payload.js";

/**
 * @typedef {import("./payload.js").Step} Step
 * @typedef {import("./payload.js").Tensor} Tensor
 * @typedef {import("./arithmetic.js").Words} Words
 * @typedef {{element: HTMLElement, canvas: HTMLCanvasElement, outline: HTMLElement, caption: HTMLElement, tensor: string,
 *   channel: number, output: string, own: number}} View
 * @typedef {{
 *   words: Words, language: "en" | "zh", step?: string, only?: boolean, blocks?: string[], more?: boolean,
 *   blockName?: (block: string) => string,
 *   onStep?: (step: string) => void, onBlock?: (block: string) => void, onChannel?: (channel: number) => void,
 * }} Options
 */

const MOST_PICKED = 4;
const LETTERS = /^(INPUT|SELECT|TEXTAREA)$/;

export class Scene {
  /**
   * @param {HTMLElement} parent
   * @param {Model} model
   * @param {Options} options
   */
  constructor(parent, model, options) {
    this.root = make("section", "scene");
    this.root.setAttribute("aria-label", options.words.label);
    parent.append(this.root);
    /** @type {Record<string, number[]>} picked channels by width */
    this.picked = {};
    this.order = "energy";
    this.several = false;
    this.cell = { row: 0.5, column: 0.5 };  // 0..1 of any map
    this.abort = new AbortController();
    /** @type {View[]} */
    this.views = [];
    this.pane = { code: make("div", "code"), drawing: make("div", "drawing"), numbers: make("div", "numbers") };
    const on = { signal: this.abort.signal };
    document.addEventListener("keydown", (event) => this.pressed(event), on);
    document.addEventListener("fullscreenchange", () => this.presented(this.fillsScreen), on);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.pane.drawing);
    this.show(model, options);
  }

  remove() {
    this.abort.abort();
    this.watch.disconnect();
    this.root.remove();
  }

  /**
   * Show another block, or the same in another language.
   * @param {Model} model
   * @param {Options} options
   */
  show(model, options) {
    this.model = model;
    this.payload = model.payload;
    this.options = options;
    this.words = options.words;
    this.steps = this.payload.steps;
    this.colours = ramp(this.payload.colours);
    this.outer = this.steps.filter((step) => step.depth === 0);
    const wanted = this.steps.findIndex((step) => step.id === options.step);
    const usual = this.steps.findIndex((step) => step.kind === "add");
    this.at = wanted >= 0 ? wanted : options.only ? Math.max(0, usual) : 0;
    for (const [width, found] of Object.entries(this.payload.channels)) {
      const known = new Set(Object.values(found.orders)[0]);
      this.picked[width] = (this.picked[width] ?? []).filter((channel) => known.has(channel));
      if (!this.picked[width].length) this.picked[width] = [found.orders.energy[0]];
    }
    this.look(this.steps[usual >= 0 ? usual : this.at], false);
    this.build();
    this.render();
  }

  /** @param {string} name */
  tensor(name) { return this.model.tensors[name]; }

  get step() { return this.steps[this.at]; }

  /** The channels that are shown of a tensor. @param {string} name */
  shown(name) { return this.picked[this.tensor(name).channels]; }

  // Build: once a block

  build() {
    this.root.lang = this.options.language;
    this.root.classList.toggle("only", Boolean(this.options.only));
    this.bar = make("div", "bar");
    const panes = make("div", "panes");
    const { code, drawing, numbers } = this.pane;
    if (this.options.only) panes.append(drawing, numbers);
    else panes.append(code, drawing, numbers);
    this.root.replaceChildren(this.bar, panes);
    this.buildBar();
    this.buildCode();
    this.buildNumbers();
    this.draw();
  }

  buildBar() {
    const { words, options } = this;
    if (options.only) return this.bar.remove();
    const blocks = options.blocks ?? this.payload.blocks;
    if (blocks.length > 1) {
      const names = blocks.map((block) => /** @type {[string, string]} */ ([block, options.blockName?.(block) ?? block]));
      const list = choice(words.block, names, (block) => options.onBlock?.(block));
      list.value = this.payload.block;
      this.bar.append(list);
    } else this.bar.append(make("b", "", this.payload.block));
    const back = button("back", `▲ ${words.back}`, () => this.move(-1));
    const next = button("next", `▼ ${words.next}`, () => this.move(1));
    back.title = "P";
    next.title = "N";
    back.setAttribute("aria-keyshortcuts", "P");
    next.setAttribute("aria-keyshortcuts", "N");
    const into = button("into", words.into, () => this.enter());
    into.title = "I";
    into.setAttribute("aria-keyshortcuts", "I");
    const slider = make("input", "slider");
    Object.assign(slider, { type: "range", min: "0", max: String(this.steps.length - 1), step: "1" });
    slider.setAttribute("aria-label", words.step);
    slider.oninput = () => this.go(Number(slider.value));
    const present = button("present", words.present, () => this.present());
    this.controls = { back, next, into, slider };
    this.bar.append(back, next, into, slider, present);
    return undefined;
  }

  buildCode() {
    const { code } = this.pane;
    code.replaceChildren(...this.payload.listings.map((listing, k) => {
      const group = make("div", k ? "listing inner" : "listing");
      group.dataset.listing = listing.name;
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", fill(this.words.listing, { name: listing.name }));
      const indent = Math.min(...listing.rows.map(({ tokens }) => tokens.map(([, text]) => text).join(""))
        .filter((text) => text.trim()).map((text) => text.search(/\S/)));
      group.append(...listing.rows.map((row) => {
        const line = row.step ? button("line", "", () => this.goTo(row.step ?? "")) : make("div", "line");
        line.classList.toggle("off", row.off);
        line.dataset.line = String(row.number);
        let left = indent;
        line.append(make("span", "n", String(row.number)), ...row.tokens.map(([kind, text]) => {
          const cut = Math.min(left, text.length - text.trimStart().length);
          left = cut < left && text.trim() ? 0 : left - cut;
          return make("span", kind, text.slice(cut));
        }));
        return line;
      }));
      const rows = [...group.querySelectorAll("button")];
      group.onkeydown = (event) => {
        const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!move) return;
        event.preventDefault();
        event.stopPropagation();
        const now = rows.findIndex((row) => row.classList.contains("lit"));
        rows[now + move]?.click();
        rows[now + move]?.focus({ preventScroll: true });
      };
      return group;
    }), make("p", "from", this.payload.listings[0].file));
  }

  buildNumbers() {
    const { words } = this;
    const names = { energy: words.order_energy, share: words.order_share, class: words.order_class };
    const orders = Object.keys(names).filter((name) => Object.values(this.payload.channels).some((c) => c.orders[name]));
    const part = {
      title: make("p", "title"), strip: make("div", "strip"), maps: make("div", "maps"), status: make("div", "arithmetic"),
      windows: make("div", "windows"), look: make("p", "look"), story: make("p", "story"), more: make("p", "note"), bars: make("div", "bars"),
    };
    this.part = part;
    part.status.setAttribute("role", "status");
    part.strip.setAttribute("role", "group");
    part.strip.setAttribute("aria-label", words.channels);
    const order = choice(words.order, orders.map((name) => [name, names[/** @type {"energy"} */ (name)]]), (name) => {
      this.order = name;
      this.render();
    });
    order.value = this.order;
    const several = button("several", words.several, () => {
      this.several = !this.several;
      several.setAttribute("aria-pressed", String(this.several));
      if (!this.several) for (const width of Object.keys(this.picked)) this.picked[width].length = 1;
      this.draw();
      this.render();
    });
    several.setAttribute("aria-pressed", String(this.several));
    const row = make("div", "channels");
    row.append(order, several, part.strip);
    const { only } = this.options;
    this.pane.numbers.replaceChildren(part.title, ...(only ? [] : [row]), part.maps, part.status, part.windows, part.look,
      ...(only ? [] : [part.story, part.more, part.bars]));
    this.views = [];
  }

  /** Draw the block again: its size or the channel has changed. */
  draw() {
    const { drawing } = this.pane;
    const { clientWidth: width, clientHeight: height } = drawing;
    if (!width || !height) return;
    const made = layout(this.payload, width, height);
    const lines = svg("svg", { width: String(width), height: String(height), "aria-hidden": "true" });
    this.edges = made.edges.map((edge) => {
      const path = svg("path", { d: edge.path, class: `edge ${edge.role}` });
      const hit = svg("path", { d: edge.path, class: "hit" });
      hit.addEventListener("click", () => this.goToTensor(edge.tensor, edge.shortcut));
      lines.append(path, hit);
      return { ...edge, path };
    });
    for (const { x, y, key, role } of made.words) {
      const text = svg("text", { x: String(x), y: String(y), class: role });
      text.textContent = this.words[key];
      lines.append(text);
    }
    this.boxes = made.boxes.map((box) => {
      const element = button(`box ${box.role}${box.sum ? " plus" : ""}`, box.label, () => this.goToTensor(box.name, false));
      Object.assign(element.style, { left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` });
      element.setAttribute("aria-label", box.sum ? this.words.sum : box.label);
      return { name: box.name, element };
    });
    this.thumbs = made.thumbs.map((thumb) => {
      const element = button("thumb", "", () => this.goToTensor(thumb.tensor, false));
      Object.assign(element.style, { left: `${thumb.x}px`, top: `${thumb.y}px`, width: `${thumb.size}px`, height: `${thumb.size}px` });
      const canvas = make("canvas");
      this.paint(canvas, thumb.tensor, this.shown(thumb.tensor)[0]);
      element.append(canvas);
      element.setAttribute("aria-label", fill(this.words.map, { tensor: this.nameOf(thumb.tensor), channel: this.shown(thumb.tensor)[0] }));
      return { tensor: thumb.tensor, element };
    });
    drawing.replaceChildren(lines, ...this.boxes.map(({ element }) => element), ...this.thumbs.map(({ element }) => element));
    this.light();
  }

  // Step

  /** @param {number} at index of a step */
  go(at) {
    if (at < 0 || at >= this.steps.length || at === this.at) return;
    this.at = at;
    this.render();
    this.options.onStep?.(this.step.id);
  }

  /** @param {string} id */
  goTo(id) { this.go(this.steps.findIndex((step) => step.id === id)); }

  /** To the next or previous line of the function. @param {number} by */
  move(by) {
    const now = this.outer.indexOf(this.parent);
    const next = this.step.depth && by < 0 ? now : now + by;
    if (this.outer[next]) this.go(this.steps.indexOf(this.outer[next]));
  }

  /** The line of the function that the step is in. */
  get parent() {
    return /** @type {Step} */ (this.steps.slice(0, this.at + 1).reverse().find((step) => step.depth === 0));
  }

  /** Into the call of the line, from part to part, then out again. */
  enter() {
    if (this.steps[this.at + 1]?.depth) this.go(this.at + 1);
    else if (this.step.depth) this.go(this.steps.indexOf(this.parent));
  }

  /**
   * To the line that makes a tensor, or for the shortcut that names it.
   * @param {string} name
   * @param {boolean} shortcut
   */
  goToTensor(name, shortcut) {
    const alias = this.steps.find((step) => step.kind === "alias" && step.tensor === name);
    const made = this.steps.find((step) => step.operations.includes(name) && step.tensor === name)
      ?? this.steps.find((step) => step.operations.includes(name));
    const found = (shortcut && alias) || made || alias;
    if (found) this.go(this.steps.indexOf(found));
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || this.options.only) return;
    const target = /** @type {HTMLElement | undefined} */ (event.composedPath()[0]);
    const isOurs = target && this.root.contains(target);
    if (!isOurs && (LETTERS.test(target?.tagName ?? "") || target?.isContentEditable)) return;
    if (isOurs && LETTERS.test(target.tagName) && event.key.length > 1) return;
    const key = event.key.toLowerCase();
    const moves = /** @type {Record<string, number>} */ ({ n: 1, p: -1, ...(this.presents
      ? { arrowright: 1, arrowdown: 1, pagedown: 1, " ": 1, arrowleft: -1, arrowup: -1, pageup: -1 } : {}) });
    if (moves[key]) this.move(moves[key]);
    else if (key === "i") this.enter();
    else return;
    event.preventDefault();
  }

  // Render: at each step

  render() {
    const { step, words } = this;
    this.light();
    this.lightCode();
    if (this.controls) {
      const { back, next, into, slider } = this.controls;
      const now = this.outer.indexOf(this.parent);
      back.disabled = this.at === 0;
      next.disabled = now === this.outer.length - 1;
      const inside = Boolean(this.steps[this.at + 1]?.depth);
      into.disabled = !inside && !step.depth;
      into.textContent = !inside && step.depth ? words.out : words.into;
      slider.value = String(this.at);
      slider.setAttribute("aria-valuetext", step.words[0].code);
    }
    const tensor = this.tensor(step.tensor);
    const name = make("code", `name ${step.role}`, step.variable);
    const title = [name, make("b", "", ` ${[tensor.channels, tensor.height, tensor.width].join(" × ")}`)];
    this.part.title.replaceChildren(...title, make("span", "line-code", step.words[0].code));
    if (!this.options.only) this.renderStrip();
    this.renderMaps();
    this.renderSum();
    const own = step.words[this.options.language === "zh" ? 1 : 0];
    markdown(this.part.story, own.story);
    markdown(this.part.more, [own.shape, own.change].filter(Boolean).join(this.options.language === "zh" ? "" : " "));
    this.renderLook();
    if (!this.options.only) this.renderBars();
  }

  /** Histogram and statistics of all values of the line's tensor, and the histogram of the tensor before it. */
  renderBars() {
    const { step, words } = this, { tensors } = this.payload, width = 240, height = 56;
    const own = tensors[step.tensor];
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words.histogram });
    for (const [name, kind] of [[step.before, "before"], [step.tensor, `now ${step.role}`]]) {
      if (!name) continue;
      const bars = this.model.array(tensors[name].bars), wide = width / bars.length;
      const path = Array.from(bars, (bar, k) => `M${(k + 0.5) * wide} ${height}V${height - (bar / 127) * (height - 2)}`);
      picture.append(svg("path", { d: path.join(""), class: `bar-of ${kind}`, "stroke-width": String(wide * (kind === "before" ? 0.95 : 0.5)) }));
    }
    const limit = format(Math.round(own.limit), own.decimals);
    const scale = make("div", "range");
    scale.append(make("span", "", `≤ ${limit === "0" ? "" : "−"}${limit}`), make("span", "", "0"), make("span", "", `≥ ${limit}`));
    const figure = make("figure");
    figure.append(picture, scale);
    const facts = make("dl");
    words.facts.split("|").forEach((fact, k) => {
      const pair = make("div");
      pair.append(make("dt", "", fact), make("dd", "", own.facts[k]));
      facts.append(pair);
    });
    this.part.bars.replaceChildren(figure, facts);
  }

  /** Light the line's edge, box and thumbnail. */
  light() {
    const { step } = this;
    const alias = step.kind === "alias";
    for (const { tensor, shortcut, path } of this.edges ?? []) {
      path.classList.toggle("lit", tensor === step.tensor && (alias ? shortcut : !shortcut || step.role === "shortcut"));
    }
    for (const { name, element } of this.boxes ?? []) element.classList.toggle("lit", step.operations.includes(name));
    for (const { tensor, element } of this.thumbs ?? []) element.classList.toggle("lit", tensor === step.tensor);
  }

  lightCode() {
    const { step, parent } = this;
    for (const group of /** @type {NodeListOf<HTMLElement>} */ (this.pane.code.querySelectorAll(".listing"))) {
      const inner = group.classList.contains("inner");
      group.hidden = inner && group.dataset.listing !== step.listing;
      const lit = inner ? step : parent;
      for (const line of /** @type {NodeListOf<HTMLElement>} */ (group.querySelectorAll(".line"))) {
        const number = Number(line.dataset.line);
        const on = number >= lit.lines[0] && number <= lit.lines[1];
        line.classList.toggle("lit", on);
        if (on && lit === step) line.setAttribute("aria-current", "step");
        else line.removeAttribute("aria-current");
      }
      const first = /** @type {HTMLElement | null} */ (group.querySelector(".lit"));
      if (first && group.scrollHeight > group.clientHeight) group.scrollTop = first.offsetTop - group.clientHeight / 2;
    }
  }

  renderStrip() {
    const { strip } = this.part;
    const tensor = this.tensor(this.step.tensor), found = this.payload.channels[tensor.channels];
    const channels = found.orders[this.order] ?? found.orders.energy;
    while (strip.children.length > channels.length) strip.lastChild?.remove();
    while (strip.children.length < channels.length) {
      const made = button("pick", "", () => {});
      made.append(make("canvas"), make("span"));
      strip.append(made);
    }
    const scores = found.scores[this.order] ?? found.scores.energy;
    channels.forEach((channel, k) => {
      const made = /** @type {HTMLButtonElement} */ (strip.children[k]);
      this.paint(/** @type {HTMLCanvasElement} */ (made.firstChild), this.step.tensor, channel);
      const name = this.channelName(this.step.tensor, channel);
      /** @type {HTMLElement} */ (made.lastChild).textContent = name;
      made.setAttribute("aria-pressed", String(this.picked[tensor.channels].includes(channel)));
      made.setAttribute("aria-label", name);
      made.title = `${name} · ${scores[k]}`;
      made.onclick = (event) => this.pick(tensor.channels, channel, this.several || event.shiftKey || event.ctrlKey || event.metaKey);
    });
  }

  /**
   * @param {number} width
   * @param {number} channel
   * @param {boolean} add to the channels that are shown, or take it away
   */
  pick(width, channel, add) {
    const now = this.picked[width];
    if (!add) this.picked[width] = [channel];
    else if (now.includes(channel)) this.picked[width] = now.length > 1 ? now.filter((other) => other !== channel) : now;
    else this.picked[width] = [...now, channel].slice(-MOST_PICKED);
    this.draw();
    this.render();
    this.options.onChannel?.(channel);
  }

  /** What is drawn for a channel of the step: its operands, then its result. @param {number} channel */
  operands(channel) {
    const { step } = this;
    /** @type {{tensor: string, channel: number, output: string, sign: string}[]} */
    const shown = [];
    const [cell, { operations }] = [this.cellOf(step.tensor), this.payload];
    for (const name of step.operations) {
      const how = operations[name];
      const before = this.tensor(how.inputs[0]);
      if (how.shares?.[channel]) {
        const place = this.cellOf(name);
        const found = largest(this.model, name, channel, place.row, place.column);
        for (const k of found.chosen) {
          shown.push({ tensor: how.inputs[0], channel: found.shares.inputs[k], output: name, sign: shown.length ? "+" : "" });
        }
      } else if (how.kind === "add") {
        sorted(this.model, how).filter((input) => this.tensor(input)?.has(channel)).forEach((input, k) =>
          shown.push({ tensor: input, channel, output: name, sign: k ? "+" : "" }));
      } else if (!shown.length && before) {
        const own = before.channels === this.tensor(name).channels ? channel : this.shown(how.inputs[0])[0];
        if (before.has(own)) shown.push({ tensor: how.inputs[0], channel: own, output: name, sign: "" });
      }
      const sign = how.kind === "add" || how.shares ? "=" : "→";
      shown.push({ tensor: name, channel, output: name, sign: shown.length ? sign : "" });
    }
    if (!shown.length) shown.push({ tensor: step.tensor, channel, output: step.tensor, sign: "" });
    return cell ? shown : [];
  }

  renderMaps() {
    const { maps } = this.part;
    const channels = this.shown(this.step.tensor);
    const rows = channels.map((channel) => this.operands(channel));
    const wanted = rows.flat();
    maps.style.setProperty("--rows", String(rows.length));
    maps.style.setProperty("--columns", String(Math.max(...rows.map((row) => row.length))));
    while (this.views.length > wanted.length) this.views.pop()?.element.remove();
    while (this.views.length < wanted.length) this.views.push(this.makeView());
    rows.forEach((row, r) => row.forEach((shown, k) => {
      const view = this.views[rows.slice(0, r).flat().length + k];
      Object.assign(view, { tensor: shown.tensor, channel: shown.channel, output: shown.output, own: channels[r] });
      view.element.style.gridRow = String(r + 1);
      view.element.style.gridColumn = String(k + 1);
      view.element.dataset.sign = shown.sign;
      this.paint(view.canvas, shown.tensor, shown.channel);
      const words = fill(this.words.map, { tensor: this.nameOf(shown.tensor), channel: shown.channel });
      view.canvas.setAttribute("aria-label", words);
      view.caption.textContent = `${this.nameOf(shown.tensor).replace("downsample", "down")} ${this.channelName(shown.tensor, shown.channel)}`;
      view.caption.className = this.roleOf(shown.tensor);
    }));
    this.outline();
  }

  /** @returns {View} */
  makeView() {
    const element = make("figure", "map"), canvas = make("canvas"), outline = make("i"), caption = make("figcaption");
    const frame = make("div", "frame");
    frame.append(canvas, outline);
    element.append(frame, caption);
    this.part.maps.append(element);
    canvas.setAttribute("role", "img");
    canvas.tabIndex = 0;
    const view = { element, canvas, outline, caption, tensor: "", channel: 0, output: "", own: 0 };
    const point = (/** @type {PointerEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      this.point(view, (event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width);
    };
    canvas.onpointermove = point;
    canvas.onpointerdown = point;
    canvas.onkeydown = (event) => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      this.active = view.own;
      const { row, column } = this.cellOf(view.output), tensor = this.tensor(view.output);
      this.choose((row + move[0] + 0.5) / tensor.height, (column + move[1] + 0.5) / tensor.width);
    };
    return view;
  }

  /**
   * A pixel of a map is pointed at; in the input of a window, the window around it is chosen.
   * @param {View} view
   * @param {number} down 0..1
   * @param {number} across 0..1
   */
  point(view, down, across) {
    this.active = view.own;
    const shown = this.tensor(view.tensor), output = this.tensor(view.output);
    if (view.tensor === view.output || !this.payload.operations[view.output]) return this.choose(down, across);
    const zero = area(this.model, view.output, 0, 0), one = area(this.model, view.output, 1, 1);
    const row = (Math.floor(down * shown.height) - zero.top - (zero.height - 1) / 2) / Math.max(1, one.top - zero.top);
    const column = (Math.floor(across * shown.width) - zero.left - (zero.width - 1) / 2) / Math.max(1, one.left - zero.left);
    return this.choose((Math.round(row) + 0.5) / output.height, (Math.round(column) + 0.5) / output.width);
  }

  /**
   * @param {number} row 0..1
   * @param {number} column 0..1
   */
  choose(row, column) {
    const within = (/** @type {number} */ value) => Math.max(0, Math.min(0.9999, value));
    const before = this.cellOf(this.step.tensor);
    this.cell = { row: within(row), column: within(column) };
    const after = this.cellOf(this.step.tensor);
    if (before.row === after.row && before.column === after.column && this.last === this.channel) return;
    if (this.step.operations.some((name) => this.payload.operations[name].shares)) this.renderMaps();
    else this.outline();
    this.renderSum();
  }

  /** The chosen pixel of a tensor. @param {string} name */
  cellOf(name) {
    const { height, width } = this.tensor(name);
    return { row: Math.floor(this.cell.row * height), column: Math.floor(this.cell.column * width) };
  }

  /** The channel whose arithmetic is shown. */
  get channel() {
    const shown = this.shown(this.step.tensor);
    return this.active !== undefined && shown.includes(this.active) ? this.active : shown[0];
  }

  /** Outline the pixel in each map, and in an operation's input what it reads. */
  outline() {
    for (const view of this.views) {
      const { height, width } = this.tensor(view.tensor);
      const { row, column } = this.cellOf(view.output);
      const reads = view.tensor !== view.output && this.payload.operations[view.output];
      const box = reads ? area(this.model, view.output, row, column) : { top: row, left: column, height: 1, width: 1 };
      const top = Math.max(0, box.top), left = Math.max(0, box.left);
      const bottom = Math.min(height, box.top + box.height), right = Math.min(width, box.left + box.width);
      Object.assign(view.outline.style, { top: `${(top / height) * 100}%`, left: `${(left / width) * 100}%`,
        height: `${((bottom - top) / height) * 100}%`, width: `${((right - left) / width) * 100}%` });
    }
  }

  /** The arithmetic of the chosen pixel. */
  renderSum() {
    const { step, words } = this, { channel } = this;
    this.last = channel;
    const names = step.operations;
    /** @type {import("./arithmetic.js").Window[]} */
    let windows = [];
    const lines = names.map((name) => {
      const { row, column } = this.cellOf(name);
      if (this.payload.operations[name].kind === "stage") return words.stage;
      const found = arithmetic(this.model, name, channel, row, column, words);
      windows = windows.concat(found.windows);
      return names.length > 1 ? `${label(this.payload.operations[name])}: ${found.text}` : found.text;
    });
    const { row, column } = this.cellOf(step.tensor), tensor = this.tensor(step.tensor);
    if (!names.length) lines.push(`${step.variable} = ${format(tensor.at(channel, row, column), tensor.decimals)}`);
    const place = tensor.height * tensor.width > 1 ? fill(words.place, { row, column }) : "";
    const where = make("span", "where", `${this.channelName(step.tensor, channel)} ${place}`);
    this.part.status.replaceChildren(where, ...lines.map((line) => make("span", "line-sum", line)));
    this.part.windows.replaceChildren(...windows.filter(({ values }) => values.length * values[0].length <= 9 && values.length > 1)
      .slice(0, 3).map((window) => this.windowTable(window)));
  }

  /** @param {import("./arithmetic.js").Window} window */
  windowTable({ channel, values, weights, product }) {
    const table = make("table");
    table.append(make("caption", "", `#${channel}: ${fill(this.words.window, { product })}`));
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

  /** What to look for: a sentence from the picture's numbers, which leads to the pixel it names. */
  renderLook() {
    const { step, words } = this, { look } = step;
    const key = look && `look_${look.kind}`;
    this.part.look.replaceChildren();
    if (!look || !key || !words[key]) return;
    const tensor = this.tensor(step.tensor);
    const inputs = sorted(this.model, this.payload.operations[step.tensor]);
    const value = (/** @type {string} */ name) => {
      const own = this.tensor(name);
      return own?.has(look.channel) && own.height === tensor.height
        ? format(own.at(look.channel, look.row, look.column), own.decimals) : "–";
    };
    const sentence = fill(words[key], { channel: look.channel, row: look.row, column: look.column,
      value: value(step.tensor), first: value(inputs[0]), second: inputs[1] ? value(inputs[1]) : "" });
    const show = button("show", words.show, () => { this.look(step, true); });
    this.part.look.append(`${sentence} `, show);
  }

  /**
   * Choose the pixel of a step's sentence.
   * @param {Step} step
   * @param {boolean} render
   */
  look({ look, tensor }, render) {
    if (!look) return;
    const { channels, height, width } = this.tensor(tensor);
    this.cell = { row: (look.row + 0.5) / height, column: (look.column + 0.5) / width };
    if (!render) return;
    this.picked[channels] = [look.channel];
    this.draw();
    this.render();
  }

  /** For paper: each line of the function with its sentence, its maps and the arithmetic of the chosen pixel. */
  sheet() {
    const now = this.at, sheet = make("div", "sheet");
    for (const step of this.outer) {
      this.at = this.steps.indexOf(step);
      this.render();
      const copy = /** @type {HTMLElement} */ (this.pane.numbers.cloneNode(true));
      const drawn = this.pane.numbers.querySelectorAll("canvas");
      copy.querySelectorAll("canvas").forEach((canvas, k) => {
        const image = make("img");
        image.src = drawn[k].toDataURL();
        canvas.replaceWith(image);
      });
      sheet.append(copy);
    }
    this.at = now;
    this.render();
    this.root.append(sheet);
    return sheet;
  }

  // Names, pictures

  /** @param {string} name */
  roleOf(name) {
    const found = this.payload.operations[name];
    if (found) return found.role;
    return Object.values(this.payload.operations).some(({ kind, role }) => kind === "add" && role) ? "shortcut" : "";
  }

  /** @param {string} name */
  nameOf(name) {
    const how = this.payload.operations[name];
    if (!how) return name === "input" ? this.words.picture : "x";
    if (how.kind === "add" && how.role) return this.words.sum;
    return how.label;
  }

  /** @param {string} name @param {number} channel */
  channelName(name, channel) {
    const { classes, channels } = this.payload;
    const tensor = this.tensor(name), how = this.payload.operations[name];
    if (classes && (how?.kind === "Linear" || how?.kind === "softmax")) {
      const place = channels[tensor.channels].orders.energy.includes(channel) ? tensor.carried.indexOf(channel) : -1;
      if (place >= 0) return classes[this.options.language === "zh" ? 1 : 0][place];
    }
    return `#${channel}`;
  }

  /** @param {HTMLCanvasElement} canvas @param {string} name @param {number} channel */
  paint(canvas, name, channel) {
    const tensor = this.tensor(name);
    if (tensor.has(channel)) paint(canvas, tensor.map(channel), tensor.height, tensor.width, tensor.limit, this.colours);
  }

  // Present

  get presents() { return this.root.classList.contains("presents"); }

  get fillsScreen() {
    return /** @type {Document | ShadowRoot} */ (this.root.getRootNode()).fullscreenElement === this.root;
  }

  present() {
    if (this.presents) {
      if (this.fillsScreen) document.exitFullscreen();
      else this.presented(false);
      return;
    }
    const refused = () => this.presented(true);  // no full screen, as on a phone: fill the window
    if (this.root.requestFullscreen) this.root.requestFullscreen().catch(refused);
    else refused();
  }

  /** @param {boolean} on */
  presented(on) {
    if (on === this.presents) return;
    this.root.classList.toggle("presents", on);
    this.root.tabIndex = -1;
    if (on) this.root.focus({ preventScroll: true });
    this.draw();
    this.render();
  }
}
