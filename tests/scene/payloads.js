// Payloads for tests: the operations of blocks as explorer/scene/payload.py writes them, without words and code.

/**
 * @typedef {import("../../assets/scene/payload.js").Payload} Payload
 * @typedef {import("../../assets/scene/payload.js").Operation} Operation
 */

/**
 * @param {string} kind
 * @param {string} role
 * @param {string[]} inputs
 * @param {Partial<Operation>} [more]
 * @returns {Operation}
 */
export function operation(kind, role, inputs, more = {}) {
  return { kind, module: null, inputs, label: kind, role, ...more };
}

/**
 * @param {Record<string, Operation>} operations
 * @returns {Payload}
 */
export function payloadOf(operations) {
  return {
    version: 1, network: "", block: "block", blocks: ["block"], picture: "", colours: [], listings: [], steps: [],
    operations, tensors: {}, channels: {}, classes: null,
  };
}

const CONVOLUTION = { size: [3, 3], stride: [2, 2], padding: [1, 1] };

/** Operations in a row, each of the one before. @param {string[]} kinds @param {string} role @param {string} input */
function chain(kinds, role, input) {
  /** @type {Record<string, Operation>} */
  const made = {};
  let before = input;
  for (const [k, kind] of kinds.entries()) {
    const name = `${role || "line"}${k}`;
    made[name] = operation(kind, role, [before], { label: `${kind.toLowerCase()}${k}`, ...(kind === "Conv2d" ? CONVOLUTION : {}) });
    before = name;
  }
  return made;
}

/** @param {string[]} branch @param {string[]} aside @param {string[]} end */
function residual(branch, aside, end) {
  const last = aside.length ? `shortcut${aside.length - 1}` : "x";
  return payloadOf({
    ...chain(branch, "branch", "x"), ...chain(aside, "shortcut", "x"),
    add: operation("add", "sum", [`branch${branch.length - 1}`, last]),
    ...chain(end, "sum", "add"),
  });
}

const BASIC = ["Conv2d", "BatchNorm2d", "ReLU", "Conv2d", "BatchNorm2d"];
const BOTTLENECK = ["Conv2d", "BatchNorm2d", "ReLU", ...BASIC];
const GATE = ["getitem", "pad", "Conv2d", "sigmoid", "sub", "mul"];
const NETWORK = ["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", ...Array(16).fill("stage"), "AdaptiveAvgPool2d", "flatten", "Linear", "softmax"];

/** @type {Record<string, Payload>} */
export const PAYLOADS = {
  basic: residual(BASIC, [], ["ReLU"]),
  projection: residual(BASIC, ["Conv2d", "BatchNorm2d"], ["ReLU"]),
  bottleneck: residual(BOTTLENECK, ["Conv2d", "BatchNorm2d"], ["ReLU"]),
  preactivation: residual(BASIC, ["getitem", "pad"], []),
  gate: residual(BASIC, GATE, ["ReLU"]),
  plain: payloadOf(chain([...BASIC, "ReLU"], "", "x")),
  network: payloadOf(chain(NETWORK, "", "input")),
};
