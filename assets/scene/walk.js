// What the scene shows: the step, the picked channels, the pixel. It knows nothing of elements.

import { shortName } from "./drawing.js";

/**
 * @typedef {import("./payload.js").Model} Model
 * @typedef {import("./payload.js").Step} Step
 * @typedef {import("./arithmetic.js").Words} Words
 * @typedef {{
 *   words: Words, language: "en" | "zh", step?: string, only?: boolean, blocks?: string[],
 *   factors?: {alpha: number, beta: number} | null, picked?: number[], onNumber?: (channel: number) => void,
 *   sketch?: boolean, onOperation?: (name: string) => void,
 *   blockName?: (block: string) => string, onStep?: (step: string) => void, onBlock?: (block: string) => void,
 *   onChannels?: (channels: number[]) => void, onFactors?: (alpha: number, beta: number) => void,
 * }} Options
 */

const MOST_PICKED = 4;

export class Walk {
  /**
   * @param {Model} model
   * @param {Options} options
   * @param {Walk | null} before whose channels and order are kept
   */
  constructor(model, options, before) {
    this.model = model;
    this.payload = model.payload;
    this.words = options.words;
    this.language = options.language;
    this.steps = this.payload.steps;
    this.outer = this.steps.filter((step) => step.depth === 0);
    const wanted = this.steps.findIndex((step) => step.id === options.step);
    const own = this.steps.findIndex((step) => step.kind === "add" && step.role === "sum");
    const added = own >= 0 ? own : this.steps.findIndex((step) => step.kind === "add");
    this.at = Math.max(0, wanted >= 0 || !options.only ? wanted : added);
    this.order = before?.order ?? "energy";
    this.several = before?.several ?? false;
    /** @type {Record<string, number[]>} picked channels by width */
    this.picked = { ...before?.picked };
    if (options.picked?.length) this.picked[this.width] = options.picked.slice(0, MOST_PICKED);
    for (const [width, found] of Object.entries(this.payload.channels)) {
      const known = (this.picked[width] ?? []).filter((channel) => found.orders.energy.includes(channel));
      this.picked[width] = known.length ? known : [found.orders.energy[0]];
    }
    this.cell = { row: 0.5, column: 0.5 };  // 0..1 of any map
    /** @type {number | null} the picked channel whose map was pointed at last */
    this.active = null;
    this.look(this.steps[added >= 0 ? added : this.at]);
  }

  /** Channels of the block's output. */
  get width() { return this.tensor(this.steps[this.steps.length - 1].tensor).channels; }

  get step() { return this.steps[this.at]; }

  /** The line of the function that the step is in. */
  get parent() { return this.steps.slice(0, this.at + 1).findLast((step) => step.depth === 0) ?? this.steps[0]; }

  /** @param {string} name */
  tensor(name) { return this.model.tensors[name]; }

  /** The channels that are shown of a tensor. @param {string} name */
  shown(name) { return this.picked[this.tensor(name).channels]; }

  /** The channel whose arithmetic is shown. */
  get channel() {
    const shown = this.shown(this.step.tensor);
    return this.active !== null && shown.includes(this.active) ? this.active : shown[0];
  }

  /** The chosen pixel of a tensor. @param {string} name */
  cellOf(name) {
    const { height, width } = this.tensor(name);
    return { row: Math.floor(this.cell.row * height), column: Math.floor(this.cell.column * width) };
  }

  /**
   * @param {number} row 0..1
   * @param {number} column 0..1
   */
  choose(row, column) {
    this.cell = { row: within(row), column: within(column) };
  }

  /** Choose the pixel of a step's sentence. @param {Step} step */
  look({ look, tensor }) {
    if (!look) return;
    const { height, width } = this.tensor(tensor);
    this.choose((look.row + 0.5) / height, (look.column + 0.5) / width);
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
  }

  /** Show several channels, or one again. @param {boolean} several */
  showSeveral(several) {
    this.several = several;
    if (!several) for (const width of Object.keys(this.picked)) this.picked[width] = this.picked[width].slice(0, 1);
  }

  // Indices of steps; -1 if there is none

  /** The next or previous line of the function. @param {number} by */
  neighbour(by) {
    const now = this.outer.indexOf(this.parent);
    const next = this.outer[this.step.depth && by < 0 ? now : now + by];
    return next ? this.steps.indexOf(next) : -1;
  }

  get callsOn() { return Boolean(this.steps[this.at + 1]?.depth); }

  /** Into the call of the line, from part to part, then out again. */
  inside() {
    if (this.callsOn) return this.at + 1;
    return this.step.depth ? this.steps.indexOf(this.parent) : -1;
  }

  /**
   * The line that makes a tensor, or for the shortcut the one that names it.
   * @param {string} name
   * @param {boolean} shortcut
   */
  maker(name, shortcut) {
    const alias = this.steps.find((step) => step.kind === "alias" && step.tensor === name);
    const made = this.steps.filter((step) => step.operations.includes(name));
    const found = (shortcut && alias) || made.find((step) => step.tensor === name) || made[0] || alias;
    return found ? this.steps.indexOf(found) : -1;
  }

  // Names

  /** @param {string} name */
  roleOf(name) {
    const { operations } = this.payload;
    if (operations[name]) return operations[name].role;
    if (this.payload.labels?.[name] !== undefined) return "";
    if (this.payload.input !== undefined && name !== this.payload.input) return "";
    return Object.values(operations).some(({ kind, role }) => kind === "add" && role) ? "shortcut" : "";
  }

  /** @param {string} name */
  nameOf(name) {
    const how = this.payload.operations[name], label = this.payload.labels?.[name];
    if (label !== undefined) return label;
    if (!how) return name === "input" ? this.words.picture : "x";
    if (how.kind === "add" && how.role) return this.words.sum;
    return shortName(how);
  }

  /** The class of a channel of the logits, else its number. @param {string} name @param {number} channel */
  channelName(name, channel) {
    const { classes, operations } = this.payload, how = operations[name];
    const place = this.tensor(name).carried.indexOf(channel);
    const isLogits = name === this.payload.logits || how?.kind === "softmax";
    const named = classes && isLogits && place >= 0;
    return named ? classes[this.language === "zh" ? 1 : 0][place] : `#${channel}`;
  }
}

/** @param {number} value */
function within(value) { return Math.max(0, Math.min(0.9999, value)); }
