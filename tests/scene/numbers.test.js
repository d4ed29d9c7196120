import assert from "node:assert/strict";
import test from "node:test";
import { inline } from "../../assets/scene/elements.js";
import { enclosed, fill, format, scaled } from "../../assets/scene/numbers.js";

test("integers print as Number.toFixed prints the value", () => {
  for (const decimals of [0, 1, 2, 4]) {
    for (let value = -1205; value <= 1205; value += 5) {
      const expected = (value / 10 ** decimals).toFixed(decimals).replace("-", "−");
      assert.equal(format(value, decimals), expected);
    }
  }
});

test("digits that are not known are zeros", () => {
  assert.equal(format(-37, -2), "−3700");
  assert.equal(format(0, -2), "0");
});

test("halves are rounded up", () => {
  assert.deepEqual([25, -25, 24, -26].map((value) => scaled(value, -1)), [3, -2, 2, -3]);
  assert.equal(scaled(-7, 2), -700);
});

test("a negative operand stands in parentheses", () => {
  assert.equal(enclosed(format(-62, 2)), "(−0.62)");
  assert.equal(enclosed(format(62, 2)), "0.62");
});

test("a sentence is filled, and an unknown name stays", () => {
  assert.equal(fill("{a} and {b}, {c}", { a: 0, b: "{a}" }), "0 and {a}, {c}");
});

test("inline Markdown is code and bold, all else is text", () => {
  assert.deepEqual(inline("**F** of `x*y` <b>2**3</b>"), [
    { tag: "b", text: "F" }, { tag: "", text: " of " }, { tag: "code", text: "x*y" }, { tag: "", text: " <b>2**3</b>" },
  ]);
  assert.deepEqual(inline(""), []);
});
