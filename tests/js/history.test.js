import assert from "node:assert/strict";
import test from "node:test";

/** The entries of a browser's history, and where the reader is in it. */
const entries = ["http://here/home"];
let at = 0;
const location = {
  get href() { return entries[at]; },
  get pathname() { return new URL(entries[at]).pathname; },
  get search() { return new URL(entries[at]).search; },
};
const history = {
  /** @param {unknown} _ @param {string} __ @param {string} url */
  pushState(_, __, url) { entries.splice(++at, Infinity, new URL(url, "http://here").href); },
  /** @param {unknown} _ @param {string} __ @param {string} url */
  replaceState(_, __, url) { entries[at] = new URL(url, "http://here").href; },
};
const listeners = new EventTarget();
Object.assign(globalThis, { location, history, addEventListener: listeners.addEventListener.bind(listeners) });
await import(new URL("../../assets/js/history.js", import.meta.url).href);

/** What Streamlit's page does at a message from the server. @param {string} url */
const told = (url) => history.pushState({}, "", url);
/** @param {number} by */
function go(by) {
  at += by;
  listeners.dispatchEvent(new Event("popstate"));
}
const paths = () => entries.map((entry) => entry.replace("http://here", ""));

test("an address replaces an entry without choices, and one that is announced to be replaced", () => {
  told("/home?a=1");
  told("/home");
  told("/home?a=2");
  assert.deepEqual(paths(), ["/home?a=2"]);
  told("/home?a=3");
  assert.deepEqual(paths(), ["/home?a=2", "/home?a=3"], "a step");
});

test("another page is an entry, which its address completes; leaving changes nothing", () => {
  told("/home");  // st.switch_page empties the address first
  told("/source");
  told("/source?b=1");
  assert.deepEqual(paths(), ["/home?a=2", "/home?a=3", "/source?b=1"]);
});

test("a late answer to an earlier Back adds no page, until the reader acts", () => {
  go(-2);
  told("/source");
  assert.deepEqual([paths().length, at], [3, 0]);
  listeners.dispatchEvent(new Event("pointerdown"));
  told("/runs");
  assert.deepEqual(paths(), ["/home?a=2", "/runs"]);
});
