// The reader's words and guesses live in this browser: { field: { text, at } } under KEY, `at` in ms. The server has a copy for the
// file to hand in. A text is only overwritten if this tab has seen its newest version.
export const KEY = "residual-explorer homework 1";
const WAIT_MS = 600;  // between the last key and the report to the server

/**
 * @typedef {{ text: string, at: number }} Entry
 * @typedef {Record<string, Entry>} Entries
 * @typedef {{ field: string, fields: string[], limit: number, name_limit: number, label: string,
 *   guesses: Record<string, string>, labels: Record<string, string> }} Data
 * @typedef {{ field: string | null, known: Record<string, number>, said: string, timer: number,
 *   report: () => void }} State  known: field -> `at` of the version that this tab has seen; said: the last report
 */

/** @type {Entries | null} */
let alone = null;  // where the browser stores nothing
/** @type {WeakMap<Element, State>} */
const states = new WeakMap();

/** @param {any} entry */
const isEntry = (entry) => typeof entry?.text === "string" && Number.isFinite(entry.at);

/** What the browser keeps; entries of another form are left out. @returns {Entries} */
export function read() {
  if (alone) return alone;
  try {
    const held = Object.entries(JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {});
    return Object.fromEntries(held.filter(([, entry]) => isEntry(entry)));
  } catch {
    return {};
  }
}

/** @param {Entries} changes */
export function write(changes) {
  const all = { ...read(), ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    alone = all;
  }
}

/** @param {ShadowRoot} parent */
function start(parent) {
  const root = document.createElement("div");
  root.className = "words";
  root.innerHTML = `<label class="many"><span></span><textarea rows="4"></textarea></label>
    <label class="one"><span></span><input type="text"></label>
    <div class="foot"><span class="kept" role="status"></span><span class="count"></span></div>
    <div class="newer" role="alert" hidden><p></p><blockquote></blockquote><button class="take"></button>
      <button class="keep"></button></div>
    <div class="clear"><button class="ask"></button><div class="sure" role="alert" hidden><p></p>
      <button class="yes"></button><button class="no"></button></div></div>`;
  // Streamlit listens for single keys on the document, where what is typed in here seems to come from no text area.
  for (const kind of ["keydown", "keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation());
  parent.appendChild(root);
  states.set(root, { field: null, known: {}, said: "{}", timer: 0, report: () => {} });
  return root;
}

/** @param {import("./component.d.ts").Component<Data>} component */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector("div.words") ?? start(parentElement);
  const state = /** @type {State} */ (states.get(root));
  /** @param {string} selector */
  const find = (selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
  const { field, labels } = data, isName = field === "name";
  const area = /** @type {HTMLTextAreaElement} */ (find("textarea"));
  const line = /** @type {HTMLInputElement} */ (find("input"));
  const input = isName ? line : area, newer = find(".newer"), sure = find(".sure"), kept = find(".kept");
  const seenAt = () => state.known[field] ?? 0;

  function texts() {
    const held = read();
    return Object.fromEntries(data.fields.filter((name) => held[name]?.text).map((name) => [name, held[name].text]));
  }
  state.report = () => {
    clearTimeout(state.timer);
    const now = texts(), words = JSON.stringify(now);
    if (words === state.said || !root.isConnected) return;
    state.said = words;
    setStateValue("words", now);
  };
  function tell() {
    kept.textContent = alone ? labels.not_saved : input.value ? labels.saved : labels.empty;
    kept.classList.toggle("warning", alone !== null);
    find(".count").textContent = isName ? "" : `${input.value.length} / ${data.limit} ${labels.characters}`;
  }
  function show() {  // the newest version, unless the reader is deciding between two
    const entry = read()[field];
    if (!field || !newer.hidden || (entry?.at ?? 0) < seenAt()) return;
    state.known[field] = entry?.at ?? 0;
    const text = (entry?.text ?? "").slice(0, isName ? data.name_limit : data.limit);
    if (input.value !== text) input.value = text;
    tell();
  }
  function save() {
    const at = Math.max(Date.now(), seenAt() + 1);
    state.known[field] = at;
    write({ [field]: { text: input.value, at } });
    tell();
  }
  /** @param {boolean} mine */
  function settle(mine) {
    newer.hidden = true;
    state.known[field] = read()[field]?.at ?? 0;
    if (mine) save(); else show();
    input.focus();
    state.report();
  }

  if (state.field !== field) {
    state.field = field;
    newer.hidden = sure.hidden = true;
    area.value = line.value = "";
  }
  /** @type {HTMLElement} */ (root).hidden = !field;
  find(".many").hidden = isName;
  find(".one").hidden = !isName;
  area.maxLength = data.limit;
  line.maxLength = data.name_limit;
  find(".clear").hidden = !isName;
  const words = {
    ".many span": isName ? "" : data.label, ".one span": isName ? data.label : "", ".newer p": labels.newer,
    ".take": labels.take_theirs, ".keep": labels.keep_mine,
    ".ask": labels.clear, ".sure p": labels.clear_ask, ".yes": labels.clear_yes, ".no": labels.clear_no,
  };
  for (const [selector, text] of Object.entries(words)) find(selector).textContent = text;
  show();
  tell();
  input.oninput = () => {
    const entry = read()[field];
    if (!newer.hidden) return;
    if ((entry?.at ?? 0) > seenAt() && entry.text !== input.value) {  // another tab wrote, and this one has not seen it
      find("blockquote").textContent = entry.text || "–";
      newer.hidden = false;
      kept.textContent = "";
      return;
    }
    save();
    clearTimeout(state.timer);
    state.timer = window.setTimeout(() => state.report(), WAIT_MS);
  };
  input.onblur = () => state.report();
  find(".take").onclick = () => settle(false);
  find(".keep").onclick = () => settle(true);
  find(".ask").onclick = () => {
    sure.hidden = !sure.hidden;
    if (!sure.hidden) find(".no").focus();
  };
  find(".no").onclick = () => {
    sure.hidden = true;
    find(".ask").focus();
  };
  find(".yes").onclick = () => {
    const at = Date.now();
    write(Object.fromEntries(data.fields.map((name) => [name, { text: "", at }])));
    sure.hidden = true;
    show();
    state.report();
    setTriggerValue("cleared", true);
  };

  const seen = () => {
    if (document.hidden) return;
    show();
    state.report();
  };
  /** @param {StorageEvent} event */
  const stored = (event) => {
    if (event.key === KEY || event.key === null) seen();
  };
  window.addEventListener("storage", stored);
  window.addEventListener("focus", seen);
  document.addEventListener("visibilitychange", seen);
  for (const [name, guess] of Object.entries(data.guesses)) {
    if ((read()[name]?.text ?? "") !== guess) write({ [name]: { text: guess, at: Date.now() } });
  }
  state.report();
  return () => {
    window.removeEventListener("storage", stored);
    window.removeEventListener("focus", seen);
    document.removeEventListener("visibilitychange", seen);
  };
}
