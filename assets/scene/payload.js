// What the server or a file gives: see explorer/scene/payload.py, which writes it.

/**
 * @typedef {[type: string, offset: number, count: number]} Place
 * @typedef {{shape: [number, number, number], decimals: number, limit: number, carried: number[], values: Place,
 *   bars: Place, facts: string[], extra?: [count: number, values: Place]}} TensorInfo
 * @typedef {{inputs: number[], first: number, weights: Place, corrections: Place, bias: number | null}} Shares
 * @typedef {{
 *   kind: string, module: string | null, inputs: string[], label: string, role: string, parameters?: number,
 *   size?: number[], stride?: number[], padding?: number[], dilation?: number[],
 *   reads?: number, weight_decimals?: number, shares?: Record<string, Shares>,
 *   eps?: string, channels?: Record<string, string[]>, mean?: string, variance?: string,
 *   bare?: boolean, same?: boolean, function?: string, operands?: {tensor?: string, text?: string}[], sign?: string,
 *   apart?: boolean, into?: string, box?: string,
 * }} Operation
 * @typedef {{story: string, shape: string, change: string, code: string}} StepWords
 * @typedef {{channel: number, row: number, column: number, kind: string}} Look
 * @typedef {{
 *   id: string, kind: string, listing: string, lines: [number, number], depth: number, variable: string,
 *   tensor: string, before: string | null, role: string, operations: string[], shown?: string[], words: StepWords[], look: Look | null,
 * }} Step
 * @typedef {{number: number, tokens: [string, string][], step: string | null, off: boolean}} Row
 * @typedef {{orders: Record<string, number[]>, scores: Record<string, number[]>, of: number}} Channels
 * @typedef {{
 *   version: number, network: string, block: string, blocks: string[], picture: string, colours: string[],
 *   listings: {name: string, file: string, rows: Row[]}[], steps: Step[], operations: Record<string, Operation>,
 *   tensors: Record<string, TensorInfo>, channels: Record<string, Channels>, classes: string[][] | null,
 *   order?: string[], input?: string, logits?: string, labels?: Record<string, string>,
 * }} Payload
 */

/** A tensor of some channels, as integers. */
export class Tensor {
  /**
   * @param {TensorInfo} info
   * @param {Int8Array | Int16Array | Int32Array} values
   * @param {ArrayLike<number>} extra of each channel the tokens without a place in the picture
   */
  constructor(info, values, extra = []) {
    const [channels, height, width] = info.shape;
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.decimals = info.decimals;
    this.limit = info.limit;
    this.carried = info.carried;
    this.values = values;
    this.tokens = info.extra?.[0] ?? 0;
    this.extra = extra;
    this.places = new Map(info.carried.map((channel, k) => [channel, k]));
  }

  /** @param {number} channel */
  has(channel) { return this.places.has(channel); }

  /** The tokens of a channel that have no place in the picture, such as the class token. @param {number} channel */
  beside(channel) {
    const k = this.places.get(channel) ?? 0;
    return Array.from({ length: this.tokens }, (_, token) => this.extra[k * this.tokens + token]);
  }

  /**
   * The map of a channel that is here.
   * @param {number} channel
   */
  map(channel) {
    const size = this.height * this.width;
    const k = /** @type {number} */ (this.places.get(channel));
    return this.values.subarray(k * size, (k + 1) * size);
  }

  /**
   * @param {number} channel
   * @param {number} row
   * @param {number} column
   * @returns {number} 0 outside of the map, as a convolution pads it, and for a channel that is not here
   */
  at(channel, row, column) {
    const place = this.places.get(channel);
    if (place === undefined || row < 0 || column < 0 || row >= this.height || column >= this.width) return 0;
    return this.values[(place * this.height + row) * this.width + column];
  }
}

/** A payload with its arrays. */
export class Model {
  /**
   * @param {Payload} payload
   * @param {Uint8Array} binary
   */
  constructor(payload, binary) {
    this.payload = payload;
    this.binary = binary;
    /** @type {Record<string, Tensor>} as the network has them */
    this.recorded = {};
    for (const [name, info] of Object.entries(payload.tensors)) {
      this.recorded[name] = new Tensor(info, this.array(info.values), info.extra ? this.array(info.extra[1]) : []);
    }
    this.tensors = this.recorded;  // what is shown
    this.factors = { alpha: 1, beta: 1 };
    const { operations } = payload;
    /** Name of the residual sum, if the block has one. */
    this.sum = namesOf(payload).find((name) => operations[name].kind === "add" && operations[name].role === "sum");
    /** Name of what enters the block. */
    this.input = inputOf(payload);
  }

  /** Whether the factors have changed a tensor. @param {string} name */
  isScaled(name) { return this.tensors[name] !== this.recorded[name]; }

  /**
   * The sum becomes `beta · shortcut + alpha · F(x)`, from integers, and the ReLU after it follows.
   * @param {number} alpha
   * @param {number} beta
   */
  scale(alpha, beta) {
    const { payload, sum, recorded } = this;
    this.factors = { alpha, beta };
    this.tensors = { ...recorded };
    if (!sum || (alpha === 1 && beta === 1)) return;
    const [shortcut, branch] = addends(payload, payload.operations[sum]).map((name) => recorded[name]);
    this.replace(sum, (channel, row, column) =>
      Math.round(beta * shortcut.at(channel, row, column) + alpha * branch.at(channel, row, column)));
    for (const [name, { kind, inputs: [input] }] of Object.entries(payload.operations)) {
      if (kind === "ReLU" && this.isScaled(input)) {
        const before = this.tensors[input];
        this.replace(name, (channel, row, column) => Math.max(0, before.at(channel, row, column)));
      }
    }
  }

  /**
   * @param {string} name
   * @param {(channel: number, row: number, column: number) => number} value
   */
  replace(name, value) {
    const info = this.payload.tensors[name], [, height, width] = info.shape;
    const values = new Int32Array(info.carried.length * height * width);
    let k = 0;
    for (const channel of info.carried) {
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) values[k++] = value(channel, row, column);
      }
    }
    this.tensors[name] = new Tensor(info, values);
  }

  /**
   * An array of the binary. A wider one is stored as its lowest bytes, then its next bytes.
   * @param {Place} place
   */
  array([type, offset, count]) {
    if (type === "i1") return new Int8Array(this.binary.buffer, this.binary.byteOffset + offset, count);
    const values = type === "i2" ? new Int16Array(count) : new Int32Array(count);
    for (let part = 0; part < values.BYTES_PER_ELEMENT; part++) {
      for (let k = 0; k < count; k++) values[k] |= this.binary[offset + part * count + k] << (8 * part);
    }
    return values;
  }
}

/**
 * Read what `payload.pack` wrote: base64 of a deflated stream of the length of the JSON (4 bytes), the JSON, the arrays.
 * @param {string} packed
 */
export async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const content = new Uint8Array(await new Response(stream).arrayBuffer());
  const length = new DataView(content.buffer).getUint32(0, true);
  const payload = /** @type {Payload} */ (JSON.parse(new TextDecoder().decode(content.subarray(4, 4 + length))));
  return new Model(payload, content.subarray(4 + length));
}

/** The tensor that enters the block, or the network. @param {Payload} payload */
export function inputOf(payload) { return payload.input ?? payload.operations[namesOf(payload)[0]].inputs[0]; }

/** The operations in order: an object has keys that are numbers first. @param {Payload} payload */
export function namesOf({ order, operations }) { return order ?? Object.keys(operations); }

/**
 * The operands of an operation: an addition's shortcut first.
 * @param {Payload} payload
 * @param {Operation} how
 */
export function addends(payload, how) {
  /** @param {string} name */
  const isBranch = (name) => Number(payload.operations[name]?.role === "branch");
  return how.inputs.toSorted((a, b) => isBranch(a) - isBranch(b));
}
