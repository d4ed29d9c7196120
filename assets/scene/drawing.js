// Where the parts of a block's drawing are: the branch in one lane, the shortcut beside it, joined by the sum.

/**
 * @typedef {import("./payload.js").Payload} Payload
 * @typedef {import("./payload.js").Operation} Operation
 * @typedef {{name: string, label: string, role: string, x: number, y: number, width: number, height: number, sum: boolean}} Box
 * @typedef {{tensor: string, role: string, path: string, shortcut: boolean}} Edge
 * @typedef {{tensor: string, x: number, y: number, size: number}} Thumb
 * @typedef {{boxes: Box[], edges: Edge[], thumbs: Thumb[], words: {x: number, y: number, key: string, role: string}[]}} Drawing
 */

/**
 * An operation in short: `conv1 3×3 /2`.
 * @param {Operation} how
 */
export function label(how) {
  const stride = (how.stride?.[0] ?? 1) > 1 ? ` /${how.stride?.[0]}` : "";
  const kernel = how.size && how.size[0] * how.size[1] > 1 ? ` ${how.size[0]}×${how.size[1]}` : "";
  const one = how.kind === "Conv2d" && !kernel ? " 1×1" : "";
  return how.label + kernel + one + stride;
}

/**
 * Lay out a block in `width` by `height` pixels.
 * @param {Payload} payload
 * @param {number} width
 * @param {number} height
 * @returns {Drawing}
 */
export function layout(payload, width, height) {
  const names = Object.keys(payload.operations);
  const added = names.find((name) => payload.operations[name].kind === "add" && payload.operations[name].role === "sum");
  const aside = names.filter((name) => payload.operations[name].role === "shortcut");
  const main = names.filter((name) => !aside.includes(name));
  const input = payload.operations[names[0]].inputs[0];
  const pitch = height / (main.length + 1);
  const size = Math.max(18, Math.min(pitch - 6, width * 0.19, 64));
  const high = Math.max(14, Math.min(pitch * 0.46, 34));
  const right = width - size - 8, left = added ? width * 0.36 : width * 0.06;
  const lane = { x: left, width: right - left - 6, middle: left + (right - left - 6) / 2 };
  /** @type {Drawing} */
  const made = { boxes: [], edges: [], thumbs: [], words: [] };
  const top = pitch * 0.5;  // of the input's thumbnail
  /** @param {number} row */
  const rowAt = (row) => top + (row + 0.62) * pitch;
  const places = new Map();
  main.forEach((name, k) => {
    const how = payload.operations[name], y = rowAt(k);
    places.set(name, y);
    made.boxes.push({ name, label: name === added ? "+" : label(how), role: how.role, sum: name === added,
      x: name === added ? lane.middle - high / 2 : lane.x, y: y - high / 2,
      width: name === added ? high : lane.width, height: high });
  });
  const last = main[main.length - 1];
  // edges and thumbnails of the main lane: each lies below what makes it
  const roleOf = (/** @type {string} */ name) => payload.operations[name]?.role ?? "";
  main.forEach((name, k) => {
    const from = k ? places.get(main[k - 1]) + high / 2 : top - pitch * 0.3;
    const tensor = k ? main[k - 1] : input;
    made.edges.push({ tensor, role: k ? roleOf(main[k - 1]) : (added ? "branch" : ""), shortcut: false,
      path: `M${lane.middle} ${from}V${places.get(name) - high / 2}` });
  });
  const end = places.get(last) + high / 2;
  made.edges.push({ tensor: last, role: roleOf(last), shortcut: false, path: `M${lane.middle} ${end}V${Math.min(height, end + pitch * 0.4)}` });
  /** @param {number} y @param {string} tensor */
  const thumb = (y, tensor) => made.thumbs.push({ tensor, x: right, size,
    y: Math.max(0, Math.min(height - size, y - size / 2)) });
  thumb(top - pitch * 0.1, input);
  main.forEach((name, k) => thumb(places.get(name) + pitch * 0.5, name));
  if (!added) return made;
  // the shortcut: from x around the branch to the sum
  const fork = top - pitch * 0.12, join = places.get(added), x = Math.max(12, left * 0.5);
  const bend = Math.min(14, pitch * 0.3);
  const start = `M${lane.middle} ${fork}H${x + bend}Q${x} ${fork} ${x} ${fork + bend}`;
  const finish = `V${join - bend}Q${x} ${join} ${x + bend} ${join}H${lane.middle - high / 2}`;
  if (!aside.length) {
    made.edges.push({ tensor: input, role: "shortcut", shortcut: true, path: start + finish });
    made.words.push({ x: x + bend, y: fork - 6, key: "identity", role: "shortcut" });
    return made;
  }
  const room = (join - fork) / (aside.length + 1);
  const wide = left - 8, slim = Math.max(14, Math.min(high, room * 0.4)), small = Math.min(size, room * 0.42, left - x - 8);
  let from = start;
  aside.forEach((name, k) => {
    const how = payload.operations[name], y = fork + room * (k + 0.75);
    made.boxes.push({ name, label: label(how).replace("downsample", "down"), role: "shortcut", sum: false,
      x: 2, y: y - slim / 2, width: wide, height: slim });
    made.edges.push({ tensor: k ? aside[k - 1] : input, role: "shortcut", shortcut: true, path: `${from}V${y - slim / 2}` });
    from = `M${x} ${y + slim / 2}`;
    made.thumbs.push({ tensor: name, x: x + 5, size: small, y: y + slim / 2 + 3 });
  });
  made.edges.push({ tensor: aside[aside.length - 1], role: "shortcut", shortcut: true, path: from + finish });
  return made;
}
