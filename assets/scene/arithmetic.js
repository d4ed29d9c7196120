// The arithmetic of one pixel: numbers that equal the network's to the last printed digit.

import { enclosed, fill, format, scaled } from "./numbers.js";
import { addends } from "./payload.js";

/**
 * @typedef {import("./payload.js").Model} Model
 * @typedef {import("./payload.js").Operation} Operation
 * @typedef {import("./payload.js").Shares} Shares
 * @typedef {Record<string, string>} Words
 * @typedef {{top: number, left: number, height: number, width: number}} Area
 * @typedef {{channel: number, values: string[][], weights: string[][], product: string}} Window
 * @typedef {{text: string, windows: Window[]}} Sum
 */

const SHOWN = 3;  // of explorer/scene/contributions.py

/**
 * The pixels of the operation's input that make its output at (row, column). It may reach over the rim.
 * @param {Model} model
 * @param {string} name
 * @param {number} row
 * @param {number} column
 * @returns {Area}
 */
export function area(model, name, row, column) {
  const how = model.payload.operations[name];
  const before = model.tensors[how.inputs[0]], after = model.tensors[name];
  if (!how.size || !how.stride || !how.padding) {
    // the same place, also where the size differs (a slice, a stage)
    const down = before.height / after.height, across = before.width / after.width;
    return { top: Math.floor(row * down), left: Math.floor(column * across),
      height: Math.max(1, Math.floor(down)), width: Math.max(1, Math.floor(across)) };
  }
  const spread = how.dilation ?? [1, 1];
  return {
    top: row * how.stride[0] - how.padding[0], left: column * how.stride[1] - how.padding[1],
    height: spread[0] * (how.size[0] - 1) + 1, width: spread[1] * (how.size[1] - 1) + 1,
  };
}

/**
 * The input channels that contribute most at a pixel, largest first, with what each adds (an integer), and the rest.
 * @param {Model} model
 * @param {string} name a convolution or a linear layer
 * @param {number} channel
 * @param {number} row
 * @param {number} column
 */
export function largest(model, name, channel, row, column) {
  const how = model.payload.operations[name];
  const shares = /** @type {Shares} */ (how.shares?.[channel]);
  const before = model.tensors[how.inputs[0]], after = model.tensors[name];
  const size = /** @type {number[]} */ (how.size), spread = how.dilation ?? [1, 1];
  const weights = model.array(shares.weights), taps = size[0] * size[1];
  const { top, left } = area(model, name, row, column);
  const exponent = after.decimals - before.decimals - /** @type {number} */ (how.weight_decimals);
  const products = shares.inputs.map((input, k) => {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const down = Math.floor(tap / size[1]), across = tap % size[1];
      sum += weights[k * taps + tap] * before.at(input, top + down * spread[0], left + across * spread[1]);
    }
    return sum;
  });
  const order = products.map((_, k) => k).toSorted((a, b) => Math.abs(products[b]) - Math.abs(products[a]) || a - b);
  const chosen = order.slice(0, SHOWN);
  const corrections = model.array(shares.corrections), positions = after.height * after.width;
  const position = row * after.width + column;
  const values = chosen.map((k, rank) => scaled(products[k], exponent) + corrections[rank * positions + position]);
  const told = values.reduce((sum, value) => sum + value, shares.bias ?? 0);
  const rest = after.at(channel, row, column) - told + corrections[chosen.length * positions + position];
  return { shares, chosen, values, rest, weights, taps };
}

/**
 * @param {Model} model
 * @param {string} name
 * @param {number} channel
 * @param {number} row
 * @param {number} column
 * @param {Words} words
 * @returns {Sum}
 */
function convolution(model, name, channel, row, column, words) {
  const how = model.payload.operations[name];
  const before = model.tensors[how.inputs[0]], after = model.tensors[name];
  const { shares, chosen, values, rest, weights, taps } = largest(model, name, channel, row, column);
  const size = /** @type {number[]} */ (how.size), spread = how.dilation ?? [1, 1];
  const { top, left } = area(model, name, row, column);
  const decimals = /** @type {number} */ (how.weight_decimals);
  /** @param {(tap: number) => string} cell */
  const grid = (cell) => Array.from({ length: size[0] }, (_, down) =>
    Array.from({ length: size[1] }, (__, across) => cell(down * size[1] + across)));
  const windows = chosen.map((k, rank) => ({
    channel: shares.inputs[k],
    values: grid((tap) => format(before.at(shares.inputs[k], top + Math.floor(tap / size[1]) * spread[0],
      left + (tap % size[1]) * spread[1]), before.decimals)),
    weights: grid((tap) => format(weights[k * taps + tap], decimals)),
    product: format(values[rank], after.decimals),
  }));
  const terms = windows.map((window, k) => `${k ? enclosed(window.product) : window.product} [#${window.channel}]`);
  const others = /** @type {number} */ (how.reads) - chosen.length;
  if (others > 0) {
    terms.push(`${enclosed(format(rest, after.decimals))} [${fill(words.others, { count: others })}]`);
  }
  if (shares.bias !== null) terms.push(`${enclosed(format(shares.bias, after.decimals))} [${words.bias}]`);
  return { text: `${terms.join(" + ")} = ${format(after.at(channel, row, column), after.decimals)}`, windows };
}

/**
 * The arithmetic of an operation for one pixel of its output, as text.
 * @param {Model} model
 * @param {string} name the tensor that the operation makes
 * @param {number} channel one that the scene has
 * @param {number} row
 * @param {number} column
 * @param {Words} words
 * @returns {Sum}
 */
export function arithmetic(model, name, channel, row, column, words) {
  const how = model.payload.operations[name];
  const after = model.tensors[name];
  const result = format(after.at(channel, row, column), after.decimals);
  /** @param {string} input */
  const value = (input) => format(model.tensors[input].at(channel, row, column), model.tensors[input].decimals);
  const inputs = how.inputs.filter((input) => model.tensors[input]?.has(channel));
  if (how.bare) return { text: result, windows: [] };
  if (how.shares?.[channel]) return convolution(model, name, channel, row, column, words);
  if (how.kind === "add" && inputs.length === 2) {
    const [first, second] = addends(model.payload, how);
    if (model.isScaled(name)) {
      const { alpha, beta } = model.factors;
      const text = `${beta.toFixed(2)} · ${enclosed(value(first))} + ${alpha.toFixed(2)} · ${enclosed(value(second))} ≈ ${result}`;
      return { text, windows: [] };
    }
    // each number is rounded by itself: 0.734 + 0.123 = 0.857 is printed as 0.73 + 0.12 ≈ 0.86
    const [one, other] = [first, second].map((input) => model.tensors[input]);
    const isExact = one.decimals === after.decimals && other.decimals === after.decimals
      && one.at(channel, row, column) + other.at(channel, row, column) === after.at(channel, row, column);
    return { text: `${value(first)} + ${enclosed(value(second))} ${isExact ? "=" : "≈"} ${result}`, windows: [] };
  }
  if (how.operands) {
    const parts = how.operands.map(({ tensor, text }) => text ?? (model.tensors[tensor ?? ""]?.has(channel) ? value(tensor ?? "") : "…"));
    return { text: `${parts[0]} ${how.sign} ${enclosed(parts[1])} = ${result}`, windows: [] };
  }
  if (how.kind === "mul" && inputs.length === 2) {
    return { text: `${value(inputs[0])} · ${enclosed(value(inputs[1]))} = ${result}`, windows: [] };
  }
  if (!inputs.length) return { text: result, windows: [] };
  if (how.kind === "ReLU") return { text: `max(0, ${value(inputs[0])}) = ${result}`, windows: [] };
  if (how.function) return { text: `${how.function}(${value(inputs[0])}) = ${result}`, windows: [] };
  if (how.same) return { text: `${value(inputs[0])} → ${result}`, windows: [] };
  if (how.mean && how.variance && how.channels?.[channel]) {
    const [gamma, beta] = how.channels[channel];
    const [mean, variance] = [how.mean, how.variance].map((own) => format(model.tensors[own].at(0, row, column), model.tensors[own].decimals));
    const centred = `${value(inputs[0])} − ${enclosed(mean)}`;
    const text = `(${centred}) / √(${variance} + ${how.eps}) · ${enclosed(gamma)} + ${enclosed(beta)} = ${result}`;
    return { text, windows: [] };
  }
  if (how.channels?.[channel]) {
    const [mean, variance, gamma, beta] = how.channels[channel];
    const centred = `${value(inputs[0])} − ${enclosed(mean)}`;
    const text = `(${centred}) / √(${variance} + ${how.eps}) · ${enclosed(gamma)} + ${enclosed(beta)} = ${result}`;
    return { text, windows: [] };
  }
  const pooled = model.tensors[inputs[0]];  // an average of parts of one size, or else of which ones is not told
  const isMean = how.kind === "AdaptiveAvgPool2d" && !(pooled.height % after.height || pooled.width % after.width);
  if (how.kind === "MaxPool2d" || isMean) {
    const before = pooled, [tall, wide] = how.dilation ?? [1, 1];
    const { top, left, height, width } = area(model, name, row, column);
    const cells = [];
    for (let down = top; down < Math.min(before.height, top + height); down += tall) {
      for (let across = left; across < Math.min(before.width, left + width); across += wide) {
        if (down >= 0 && across >= 0) cells.push(before.at(channel, down, across));
      }
    }
    /** @param {number} cell */
    const shown = (cell) => format(cell, before.decimals);
    if (how.kind === "MaxPool2d") return { text: `max(${cells.map(shown).join(", ")}) = ${result}`, windows: [] };
    if (cells.length <= 4) {
      const sum = cells.map(shown).map((text, k) => (k ? enclosed(text) : text)).join(" + ");
      return { text: `(${sum}) / ${cells.length} = ${result}`, windows: [] };
    }
    const low = shown(Math.min(...cells)), high = shown(Math.max(...cells));
    return { text: `${fill(words.mean, { count: cells.length, low, high })} = ${result}`, windows: [] };
  }
  if (how.kind === "softmax") {
    const logits = model.tensors[inputs[0]];
    const rivals = logits.carried.filter((other) => other !== channel)
      .toSorted((a, b) => logits.at(b, 0, 0) - logits.at(a, 0, 0)).slice(0, 2);
    const own = `e^${enclosed(value(inputs[0]))}`;
    const sum = [own, ...rivals.map((other) => `e^${enclosed(format(logits.at(other, 0, 0), logits.decimals))}`)];
    const more = logits.channels > sum.length ? " + …" : "";
    return { text: `${own} / (${sum.join(" + ")}${more}) = ${result} %`, windows: [] };
  }
  if (how.kind === "sigmoid") return { text: `1 / (1 + e^−${enclosed(value(inputs[0]))}) = ${result}`, windows: [] };
  if (how.kind === "sub") return { text: `1 − ${value(inputs[0])} = ${result}`, windows: [] };
  if (how.kind === "mul" || how.kind === "flatten" || how.kind === "Dropout" || how.kind === "Identity") {
    return { text: `${value(inputs[0])} → ${result}`, windows: [] };
  }
  return { text: result, windows: [] };
}
