import assert from "node:assert/strict";
import test from "node:test";
import { Model, unpack } from "../../assets/scene/payload.js";
import { operation, payloadOf } from "./payloads.js";

/**
 * A payload in which x, f and their sum have one channel, number 5, of one row.
 * @param {number[]} x
 * @param {number[]} f
 */
function added(x, f) {
  const payload = payloadOf({
    f: operation("BatchNorm2d", "branch", ["x"]), add: operation("add", "sum", ["f", "x"]),
    relu: operation("ReLU", "sum", ["add"]),
  });
  const sum = x.map((value, k) => value + f[k]);
  const arrays = [x, f, sum, sum.map((value) => Math.max(0, value))];
  ["x", "f", "add", "relu"].forEach((name, k) => {
    payload.tensors[name] = { shape: [8, 1, x.length], decimals: 2, limit: 100, carried: [5],
      values: ["i1", k * x.length, x.length], bars: ["i1", 0, 0], facts: [] };
  });
  return { payload, binary: new Uint8Array(Int8Array.from(arrays.flat()).buffer) };
}

/** @param {Model} model @param {string} name */
const valuesOf = (model, name) => [0, 1, 2].map((column) => model.tensors[name].at(5, 0, column));

test("what Python packs is unpacked: JSON, 8-bit and 16-bit arrays", async () => {
  const { payload, binary } = added([1, -2, 3], [-4, 5, 127]);
  payload.network = "残差";
  const json = new TextEncoder().encode(JSON.stringify(payload));
  const wide = new Uint8Array(new Int16Array([-300, 2, 20000]).buffer);
  const parts = wide.filter((_, k) => k % 2 === 0), rest = wide.filter((_, k) => k % 2);
  const length = new Uint8Array(new Uint32Array([json.length]).buffer);
  const stream = new Blob([length, json, binary, parts, rest]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const packed = btoa(String.fromCharCode(...new Uint8Array(await new Response(stream).arrayBuffer())));
  const model = await unpack(packed);
  assert.equal(model.payload.network, "残差");
  assert.deepEqual(valuesOf(model, "f"), [-4, 5, 127]);
  assert.deepEqual([...model.array(["i2", binary.length, 3])], [-300, 2, 20000]);
});

test("outside of the map a value is 0, as a convolution pads it", () => {
  const { payload, binary } = added([1, 2, 3], [4, 5, 6]);
  const { x } = new Model(payload, binary).tensors;
  assert.deepEqual([x.at(5, -1, 0), x.at(5, 1, 0), x.at(5, 0, -1), x.at(5, 0, 3), x.at(4, 0, 0)], [0, 0, 0, 0, 0]);
  assert.deepEqual([x.has(5), x.has(4), Array.from(x.map(5))], [true, false, [1, 2, 3]]);
});

test("factors scale the sum and the ReLU after it, and 1 brings the recorded values back", () => {
  const { payload, binary } = added([10, -20, 3], [-40, 30, 2]);
  const model = new Model(payload, binary);
  model.scale(0.5, 2);
  assert.deepEqual(valuesOf(model, "add"), [0, -25, 7]);  // 2 · 3 + 0.5 · 2
  assert.deepEqual(valuesOf(model, "relu"), [0, 0, 7]);
  assert.deepEqual(["x", "f", "add", "relu"].map((name) => model.isScaled(name)), [false, false, true, true]);
  model.scale(1, 1);
  assert.deepEqual(valuesOf(model, "add"), [-30, 10, 5]);
  assert(!model.isScaled("add"));
});
