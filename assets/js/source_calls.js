// A function's source; the name that leads to the next function is a button, as for Ctrl+click in an editor.

/**
 * @typedef {object} Data
 * @property {[number, boolean, [string, string][]][]} rows number, whether it is marked, tokens: class and text
 * @property {string} label of the source, for a screen reader
 * @property {string} open what the button does
 * @property {string} to the function that the button opens, or ""
 * @property {string} shown the function that is shown
 */

/** @param {string} name @param {string} kind @param {string} text */
function make(name, kind, text) {
  const element = document.createElement(name);
  element.className = kind;
  element.textContent = text;
  return element;
}

/** @param {import("./component.d.ts").Component<Data>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const before = parentElement.querySelector("pre");
  if (before?.dataset.shown === data.shown && before.dataset.to === data.to) return;
  const code = make("pre", "calls", "");
  Object.assign(code.dataset, { shown: data.shown, to: data.to });
  code.tabIndex = 0;
  code.setAttribute("role", "group");
  code.setAttribute("aria-label", data.label);
  for (const [number, marked, tokens] of data.rows) {
    const line = make("div", marked ? "line here" : "line", "");
    line.append(make("span", "n", String(number)));
    for (const [kind, text] of tokens) {
      const token = make(kind === "go" ? "button" : "span", kind, text);
      if (kind === "go") {
        token.title = data.open;
        token.onclick = () => setTriggerValue("opened", data.to);
      }
      line.append(token);
    }
    code.append(line);
  }
  if (before) before.replaceWith(code); else parentElement.append(code);
  const name = /** @type {HTMLElement | null} */ (code.querySelector(".go"));
  if (!name) return;
  code.scrollTop = name.offsetTop - code.clientHeight / 2;
  code.scrollLeft = Math.max(0, name.offsetLeft + 2 * name.offsetWidth - code.clientWidth);
}
