import assert from "node:assert/strict";
import test from "node:test";
import { label, layout } from "../../assets/scene/drawing.js";
import { PAYLOADS, operation } from "./payloads.js";

const SIZES = [[210, 430, 13], [240, 555, 13], [330, 950, 22], [366, 450, 13], [700, 900, 26]];

/**
 * @typedef {{name: string, x: number, y: number, width: number, height: number}} Frame
 * @param {Frame} a @param {Frame} b
 */
const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

for (const [name, payload] of Object.entries(PAYLOADS)) {
  test(`${name}: boxes and thumbnails lie apart and within the frame`, () => {
    for (const [width, height, font] of SIZES) {
      const { boxes, thumbs } = layout(payload, width, height, font);
      const frames = [...boxes, ...thumbs.map(({ tensor, x, y, size }) => ({ name: `thumb of ${tensor}`, x, y, width: size, height: size }))];
      for (const [k, frame] of frames.entries()) {
        const { x, y } = frame, place = `${frame.name} at ${width} x ${height}: ${JSON.stringify(frame)}`;
        assert(x >= 0 && y >= 0 && x + frame.width <= width && y + frame.height <= height, place);
        assert(frame.width >= 12 && frame.height >= 12, place);
        for (const other of frames.slice(0, k)) assert(!overlap(frame, other), `${place} overlaps ${JSON.stringify(other)}`);
      }
    }
  });

  test(`${name}: shapes on the edges lie apart from boxes and thumbnails, also on a phone`, () => {
    const main = Object.values(payload.operations).filter(({ role }) => role !== "shortcut").length;
    for (const width of [300, 358, 480]) {
      const { boxes, thumbs, edges } = layout(payload, width, 62 * (main + 1), 13);
      const frames = [...boxes, ...thumbs.map(({ tensor, x, y, size }) => ({ name: tensor, x, y, width: size, height: size }))];
      const shapes = edges.flatMap(({ tensor, at }) => at ? [{ name: tensor, x: at.x, y: at.y - 5, width: 60, height: 10 }] : []);
      assert(shapes.length > main);
      for (const [k, shape] of shapes.entries()) {
        for (const other of [...frames, ...shapes.slice(0, k)]) assert(!overlap(shape, other), `${JSON.stringify([width, shape, other])}`);
      }
    }
  });

  test(`${name}: a box, a thumbnail and an edge for each tensor`, () => {
    const { boxes, thumbs, edges } = layout(payload, 240, 555, 13), names = Object.keys(payload.operations);
    const input = payload.operations[names[0]].inputs[0];
    assert.deepEqual(boxes.map((box) => box.name).toSorted(), names.toSorted());
    assert.deepEqual(thumbs.map((thumb) => thumb.tensor).toSorted(), [input, ...names].toSorted());
    assert.deepEqual([...new Set(edges.map((edge) => edge.tensor))].toSorted(), [input, ...names].toSorted());
    assert.equal(edges.some((edge) => edge.shortcut), "add" in payload.operations);
    assert(edges.every(({ path }) => !/NaN|undefined/.test(path)));
  });
}

test("labels name kernel and stride", () => {
  const how = operation("Conv2d", "", ["x"], { label: "downsample.0" });
  assert.equal(label({ ...how, size: [1, 1], stride: [2, 2] }), "down.0 1×1 /2");
  assert.equal(label({ ...how, size: [3, 3], stride: [1, 1] }), "down.0 3×3");
  assert.equal(label(operation("getitem", "shortcut", ["x"], { label: "downsample.getitem" })), "slice");
  assert.equal(label(operation("ReLU", "", ["x"], { label: "relu" })), "relu");
});
