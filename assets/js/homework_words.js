// The reader's words live in this browser: { field: { text, at } } under KEY, `at` in ms. The server has a copy for the
// file to hand in. A text is only overwritten if this tab has seen its newest version.
const KEY = "residual-explorer homework 1";
const WAIT_MS = 600;  // between the last key and the report to the server
let alone = null;  // where the browser stores nothing

const isEntry = (entry) => typeof entry?.text === "string" && Number.isFinite(entry.at);

function read() {
  if (alone) return alone;
  try {
    const held = Object.entries(JSON.parse(localStorage.getItem(KEY)) ?? {});
    return Object.fromEntries(held.filter(([, entry]) => isEntry(entry)));
  } catch {
    return {};
  }
}

function write(changes) {
  const all = { ...read(), ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    alone = all;
  }
}

function start(parent) {
  const root = document.createElement("div");
  root.className = "words";
  root.innerHTML = `<label><span class="label"></span><textarea rows="4"></textarea><input type="text"></label>
    <div class="foot"><span class="kept" role="status"></span><span class="count"></span></div>
    <div class="newer" role="alert" hidden><p></p><blockquote></blockquote><button></button><button></button></div>
    <div class="clear"><button class="ask"></button><div role="alert" hidden><p></p><button></button><button></button></div>
    </div>`;
  // Streamlit listens for single keys on the document, where what is typed in here seems to come from no text area.
  for (const kind of ["keydown", "keyup", "keypress"]) root.addEventListener(kind, (event) => event.stopPropagation());
  parent.appendChild(root);
  root.known = {};  // field -> `at` of the version that this tab has seen
  root.said = "{}";
  return root;
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".words") ?? start(parentElement);
  const { field, labels } = data;
  const [label, area, line] = root.querySelector("label").children, one = field === "name";
  const input = one ? line : area, kept = root.querySelector(".kept"), count = root.querySelector(".count");
  const newer = root.querySelector(".newer"), [said, theirs, take, keep] = newer.children;
  const clear = root.querySelector(".clear"), [ask, sure] = clear.children, [warning, yes, no] = sure.children;

  function texts() {
    const held = read();
    return Object.fromEntries(data.fields.filter((name) => held[name]?.text).map((name) => [name, held[name].text]));
  }
  root.report = () => {
    clearTimeout(root.timer);
    const now = texts(), words = JSON.stringify(now);
    if (words === root.said || !root.isConnected) return;
    root.said = words;
    setStateValue("words", now);
  };
  function tell() {
    const text = input.value;
    kept.textContent = alone ? labels.not_saved : text ? labels.saved : labels.empty;
    kept.classList.toggle("warning", alone !== null);
    count.textContent = one ? "" : `${text.length} / ${data.limit} ${labels.characters}`;
  }
  function show() {  // the newest version, unless the reader is deciding between two
    const entry = read()[field];
    if (!field || !newer.hidden || (entry?.at ?? 0) < (root.known[field] ?? 0)) return;
    root.known[field] = entry?.at ?? 0;
    const text = (entry?.text ?? "").slice(0, one ? data.name_limit : data.limit);
    if (input.value !== text) input.value = text;
    tell();
  }
  function save() {
    const at = Math.max(Date.now(), (root.known[field] ?? 0) + 1);
    root.known[field] = at;
    write({ [field]: { text: input.value, at } });
    tell();
  }
  function settle(mine) {
    newer.hidden = true;
    root.known[field] = read()[field]?.at ?? 0;
    if (mine) save(); else show();
    input.focus();
    root.report();
  }

  if (root.field !== field) {
    root.field = field;
    newer.hidden = sure.hidden = true;
    for (const each of [area, line]) each.value = "";
  }
  root.hidden = !field;
  label.textContent = data.label;
  area.hidden = one;
  line.hidden = !one;
  area.maxLength = data.limit;
  line.maxLength = data.name_limit;
  clear.hidden = !one;
  for (const [element, words] of [[said, labels.newer], [take, labels.take_theirs], [keep, labels.keep_mine],
    [ask, labels.clear], [warning, labels.clear_ask], [yes, labels.clear_yes], [no, labels.clear_no]]) {
    element.textContent = words;
  }
  show();
  tell();
  input.oninput = () => {
    const entry = read()[field];
    if (!newer.hidden) return;
    if ((entry?.at ?? 0) > (root.known[field] ?? 0) && entry.text !== input.value) {  // another tab wrote unseen
      theirs.textContent = entry.text || "–";
      newer.hidden = false;
      return;
    }
    save();
    clearTimeout(root.timer);
    root.timer = setTimeout(() => root.report(), WAIT_MS);
  };
  input.onblur = () => root.report();
  take.onclick = () => settle(false);
  keep.onclick = () => settle(true);
  ask.onclick = () => { sure.hidden = !sure.hidden; if (!sure.hidden) no.focus(); };
  no.onclick = () => { sure.hidden = true; ask.focus(); };
  yes.onclick = () => {
    const at = Date.now();
    write(Object.fromEntries(data.fields.map((name) => [name, { text: "", at }])));
    sure.hidden = true;
    show();
    root.report();
    setTriggerValue("cleared", true);
  };

  const seen = () => { if (!document.hidden) { show(); root.report(); } };
  const stored = (event) => { if (event.key === KEY || event.key === null) seen(); };
  window.addEventListener("storage", stored);
  window.addEventListener("focus", seen);
  document.addEventListener("visibilitychange", seen);
  root.report();
  return () => {
    window.removeEventListener("storage", stored);
    window.removeEventListener("focus", seen);
    document.removeEventListener("visibilitychange", seen);
  };
}
