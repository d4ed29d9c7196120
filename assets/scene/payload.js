// What the server or a file gives: see explorer/scene/payload.py, which writes it.

/**
 * @typedef {[type: string, offset: number, count: number]} Place
 * @typedef {{shape: [number, number, number], decimals: number, limit: number, carried: number[], values: Place,
 *   bars: Place, facts: string[]}} TensorInfo
 * @typedef {{inputs: number[], first: number, weights: Place, corrections: Place, bias: number | null}} Shares
 * @typedef {{
 *   kind: string, module: string | null, inputs: string[], label: string, role: string,
 *   size?: number[], stride?: number[], padding?: number[], dilation?: number[],
 *   reads?: number, weight_decimals?: number, shares?: Record<string, Shares>,
 *   eps?: string, channels?: Record<string, [string, string, string, string]>,
 * }} Operation
 * @typedef {{story: string, shape: string, change: string, code: string}} StepWords
 * @typedef {{channel: number, row: number, column: number, kind: string}} Look
 * @typedef {{
 *   id: string, kind: string, listing: string, lines: [number, number], depth: number, variable: string,
 *   tensor: string, before: string | null, role: string, operations: string[], words: StepWords[], look: Look | null,
 * }} Step
 * @typedef {{number: number, tokens: [string, string][], step: string | null, off: boolean}} Row
 * @typedef {{orders: Record<string, number[]>, scores: Record<string, number[]>, of: number}} Channels
 * @typedef {{
 *   version: number, network: string, block: string, blocks: string[], picture: string, colours: string[],
 *   listings: {name: string, file: string, rows: Row[]}[], steps: Step[], operations: Record<string, Operation>,
 *   tensors: Record<string, TensorInfo>, channels: Record<string, Channels>, classes: string[][] | null,
 * }} Payload
 */

const TYPES = { i1: Int8Array, i2: Int16Array };

/** A tensor of some channels, as integers. */
export class Tensor {
  /**
   * @param {TensorInfo} info
   * @param {Int8Array | Int16Array} values
   */
  constructor(info, values) {
    [this.channels, this.height, this.width] = info.shape;
    this.decimals = info.decimals;
    this.limit = info.limit;
    this.carried = info.carried;
    this.values = values;
    this.places = new Map(info.carried.map((channel, k) => [channel, k]));
  }

  /** @param {number} channel */
  has(channel) { return this.places.has(channel); }

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
   * @returns {number} 0 outside of the map, as a convolution pads it
   */
  at(channel, row, column) {
    if (row < 0 || column < 0 || row >= this.height || column >= this.width) return 0;
    return this.map(channel)[row * this.width + column];
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
    /** @type {Record<string, Tensor>} */
    this.tensors = {};
    for (const [name, info] of Object.entries(payload.tensors)) {
      this.tensors[name] = new Tensor(info, this.array(info.values));
    }
  }

  /**
   * An array of the binary. A 16-bit one is stored as its low bytes, then its high bytes.
   * @param {Place} place
   */
  array([type, offset, count]) {
    if (type === "i1") return new Int8Array(this.binary.buffer, this.binary.byteOffset + offset, count);
    const values = new TYPES.i2(count);
    for (let k = 0; k < count; k++) values[k] = this.binary[offset + k] | (this.binary[offset + count + k] << 8);
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
