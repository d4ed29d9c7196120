import assert from "node:assert/strict";
import test from "node:test";
import { KEY, read, write } from "../../assets/js/homework_words.js";

/** @type {Record<string, string>} */
const stored = {};
let full = false;
Object.assign(globalThis, { localStorage: {
  getItem: (/** @type {string} */ key) => stored[key] ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ text) => {
    if (full) throw new Error("QuotaExceededError");
    stored[key] = text;
  },
} });

test("a field is written without touching the others", () => {
  write({ identity: { text: "it is x", at: 1 } });
  write({ branch: { text: "what to add", at: 2 } });
  write({ identity: { text: "x <b>", at: 3 } });
  assert.deepEqual(read(), { identity: { text: "x <b>", at: 3 }, branch: { text: "what to add", at: 2 } });
});

test("what is no entry, or no JSON, is left out", () => {
  for (const text of ["", "{", "null", "7", "[]", '"a"', '{"identity": 3, "branch": {"text": 1, "at": 2}}']) {
    stored[KEY] = text;
    assert.deepEqual(read(), {}, text);
  }
  stored[KEY] = '{"identity": {"text": "a", "at": 5}, "name": {"text": "b"}}';
  assert.deepEqual(read(), { identity: { text: "a", at: 5 } });
});

test("a browser that stores nothing keeps the words in the page", () => {
  full = true;
  write({ cut: { text: "here", at: 9 } });
  assert.deepEqual(read().cut, { text: "here", at: 9 });
});
