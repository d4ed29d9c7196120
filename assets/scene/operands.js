// Which maps stand side by side for a channel of a step: what goes in, then what comes out.

import { largest } from "./arithmetic.js";
import { addends } from "./payload.js";

/**
 * @typedef {import("./walk.js").Walk} Walk
 * @typedef {{tensor: string, channel: number, output: string, sign: string}} Operand
 */

const SIGNS = /** @type {Record<string, string>} */ ({ add: "+", mul: "·", sub: "−", div: "/" });

/**
 * @param {Walk} walk
 * @param {number} channel of the step's tensor
 * @returns {Operand[]}
 */
export function operands(walk, channel) {
  const { step, model } = walk;
  /** @type {Operand[]} */
  const shown = [];
  for (const name of step.shown ?? step.operations) {
    const how = walk.payload.operations[name];
    for (const [k, input] of inputsOf(walk, name, channel, !shown.length).entries()) {
      shown.push({ ...input, output: name, sign: k || (shown.length && how.shares) ? SIGNS[how.kind] ?? "+" : "" });
    }
    const sign = SIGNS[how.kind] || how.shares ? "=" : "→";
    if (model.tensors[name].has(channel)) shown.push({ tensor: name, channel, output: name, sign: shown.length ? sign : "" });
  }
  if (!shown.length) shown.push({ tensor: step.tensor, channel, output: step.tensor, sign: "" });
  return shown;
}

/**
 * @param {Walk} walk
 * @param {string} name of an operation
 * @param {number} channel
 * @param {boolean} first whether it is the step's first; a later one's input is there already
 */
function inputsOf(walk, name, channel, first) {
  const { model } = walk, how = walk.payload.operations[name];
  const [input] = how.inputs, before = model.tensors[input];
  if (how.shares?.[channel]) {
    const { row, column } = walk.cellOf(name);
    const { shares, chosen } = largest(model, name, channel, row, column);
    return chosen.map((k) => ({ tensor: input, channel: shares.inputs[k] }));
  }
  if (how.operands) {
    return how.operands.flatMap(({ tensor }) => (tensor && model.tensors[tensor]?.has(channel) ? [{ tensor, channel }] : []));
  }
  if (how.inputs.length === 2 && SIGNS[how.kind] && !how.bare) {
    return addends(walk.payload, how).filter((tensor) => model.tensors[tensor]?.has(channel)).map((tensor) => ({ tensor, channel }));
  }
  if (!first || !before) return [];
  const own = before.channels === walk.tensor(name).channels ? channel : walk.shown(input)?.[0];
  return own !== undefined && before.has(own) ? [{ tensor: input, channel: own }] : [];
}
