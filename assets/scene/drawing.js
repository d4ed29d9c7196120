// Where the parts of a block's drawing are: the branch in one lane, the shortcut beside it, joined by the sum.

import { inputOf, namesOf } from "./payload.js";

/**
 * @typedef {import("./payload.js").Payload} Payload
 * @typedef {import("./payload.js").Operation} Operation
 * @typedef {{name: string, label: string, role: string, x: number, y: number, width: number, height: number, sum: boolean}} Box
 * @typedef {{tensor: string, role: string, path: string, shortcut: boolean, at?: {x: number, y: number}}} Edge
 *   `at`: where its tensor's shape can stand, to the right of the line
 * @typedef {{tensor: string, x: number, y: number, size: number}} Thumb
 * @typedef {{boxes: Box[], edges: Edge[], thumbs: Thumb[], words: {x: number, y: number, key: string, role: string}[]}} Drawing
 */

/** The name of an operation within its block. @param {Operation} how */
export function shortName(how) {
  return how.label.replace(/^variant\.|^downsample\.(?=getitem|pad)/, "").replace("downsample", "down").replace("getitem", "slice");
}

/**
 * An operation in short: `conv1 3×3 /2`.
 * @param {Operation} how
 */
export function label(how) {
  const stride = (how.stride?.[0] ?? 1) > 1 ? ` /${how.stride?.[0]}` : "";
  const kernel = how.size && how.size[0] * how.size[1] > 1 ? ` ${how.size[0]}×${how.size[1]}` : "";
  const one = how.kind === "Conv2d" && !kernel ? " 1×1" : "";
  return shortName(how) + kernel + one + stride;
}

/**
 * Lay out a block in `width` by `height` pixels: F(x) from top to bottom, its thumbnails at the right, the shortcut at the left.
 * @param {Payload} payload
 * @param {number} width
 * @param {number} height
 * @param {number} font size in pixels
 * @returns {Drawing}
 */
export function layout(payload, width, height, font) {
  const { operations } = payload;
  const names = namesOf(payload).filter((name) => !operations[name].apart && !operations[name].into);
  const added = names.find((name) => operations[name].kind === "add" && operations[name].role === "sum");
  const aside = names.filter((name) => operations[name].role === "shortcut");
  const main = names.filter((name) => operations[name].role !== "shortcut");
  const input = inputOf(payload);
  const pitch = height / (main.length + 1);
  const size = Math.min(pitch - 4, width * 0.19, font * 5);
  const high = Math.min(pitch * 0.7, Math.max(24, pitch * 0.5), font * 2.5);
  const right = width - size - 6, left = added ? width * 0.36 : width * 0.06;
  const wide = right - left - 6, middle = left + wide / 2;
  /** @type {Drawing} */
  const made = { boxes: [], edges: [], thumbs: [], words: [] };
  const top = pitch * 0.42;  // where x comes in
  /** @type {Record<string, number>} the middle of each box */
  const rows = Object.fromEntries(main.map((name, k) => [name, pitch * (k + 1)]));
  for (const [k, name] of main.entries()) {
    const sum = name === added, y = rows[name], before = k ? main[k - 1] : input;
    made.boxes.push({ name, label: sum ? "+" : operations[name].box ?? label(operations[name]), role: operations[name].role, sum,
      x: sum ? middle - high / 2 : left, y: y - high / 2, width: sum ? high : wide, height: high });
    made.edges.push({ tensor: before, role: k ? operations[before].role : added ? "branch" : "", shortcut: false,
      path: `M${middle} ${k ? rows[before] + high / 2 : pitch * 0.15}V${y - high / 2}`, at: { x: middle + 6, y: y - pitch / 2 } });
  }
  const last = main[main.length - 1], end = rows[last] + high / 2;
  made.edges.push({ tensor: last, role: operations[last].role, shortcut: false, path: `M${middle} ${end}V${end + pitch * 0.4}`, at: { x: middle + 6, y: end + pitch * 0.22 } });
  for (const [k, tensor] of [input, ...main].entries()) {
    made.thumbs.push({ tensor, x: right, size, y: pitch * (k + 0.5) - size / 2 });
  }
  if (added) addShortcut(made, payload, aside, { left, middle, fork: top, join: rows[added], high, size, rows });
  return made;
}

/**
 * The shortcut: from x around the branch to the sum, through boxes if it has operations.
 * @param {Drawing} made
 * @param {Payload} payload
 * @param {string[]} aside its operations
 * @param {{left: number, middle: number, fork: number, join: number, high: number, size: number, rows: Record<string, number>}} place
 */
function addShortcut(made, payload, aside, { left, middle, fork, join, high, size, rows }) {
  const { operations } = payload, input = inputOf(payload);
  const x = left * 0.46, bend = Math.min(14, (join - fork) / 8);
  /** @param {string} tensor @param {string} path */
  const edge = (tensor, path) => made.edges.push({ tensor, role: "shortcut", shortcut: true, path });
  /** The edge that ends in the sum, its shape above the line. @param {string} tensor @param {string} path */
  const sum = (tensor, path) => made.edges.push({ tensor, role: "shortcut", shortcut: true, path, at: { x: x + bend, y: join - 10 } });
  /** Down at `at` from the fork. @param {number} at */
  const start = (at) => `M${middle} ${fork}H${at + bend}Q${at} ${fork} ${at} ${fork + bend}`;
  const finish = `V${join - bend}Q${x} ${join} ${x + bend} ${join}H${middle - high / 2}`;
  if (!aside.length) {
    sum(input, start(x) + finish);
    made.words.push({ x: x + bend, y: Math.max(12, fork - 6), key: "identity", role: "shortcut" });
    return;
  }
  const room = (join - fork) / (aside.length + 0.8);
  const slim = Math.max(14, Math.min(high, room * 0.48)), small = Math.min(size, room - slim - 6, left - x - 14);
  const rim = 5, gap = left - 5;  // lines that pass boxes: at their left, at their right
  for (const [k, name] of aside.entries()) {
    const y = fork + room * (k + 0.8), how = operations[name];
    rows[name] = y;
    made.boxes.push({ name, label: label(how), role: "shortcut", sum: false, x: rim + 5, y: y - slim / 2, width: gap - rim - 10, height: slim });
    made.thumbs.push({ tensor: name, x: x + 6, size: small, y: y + slim / 2 + 3 });
    for (const [which, before] of how.inputs.entries()) {
      if (before === (k ? aside[k - 1] : input)) edge(before, `${k ? `M${x} ${rows[before] + slim / 2}` : start(x)}V${y - slim / 2}`);
      else if (before === input) edge(before, `${start(which ? gap : rim)}V${y}H${x}`);
      else if (rows[before]) edge(before, `M${x} ${rows[before]}H${which ? gap : rim}V${y}H${x}`);
    }
  }
  const last = aside[aside.length - 1];
  sum(last, `M${x} ${rows[last] + slim / 2}${finish}`);
  // an operation of the branch that reads the shortcut's, as an exclusive gate does
  for (const [name, how] of Object.entries(operations)) {
    if (how.role !== "branch") continue;
    for (const before of how.inputs.filter((each) => aside.includes(each))) edge(before, `M${x} ${rows[before]}H${gap}V${rows[name]}H${left}`);
  }
}
