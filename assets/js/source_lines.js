/**
 * @typedef {{ number: number, html: string, step: string | null, lit: boolean, off: boolean }} Line
 * @typedef {{ lines: Line[], label: string, low: boolean }} Data
 * @param {import("./component.d.ts").Component<Data>} component
 */
export default function ({ data, parentElement, setTriggerValue }) {
  /** @type {HTMLElement | null} */
  let code = parentElement.querySelector(".code");
  const held = code && code.contains((parentElement.activeElement ?? document.activeElement));
  if (!code) {
    code = document.createElement("div");
    parentElement.appendChild(code);
  }
  code.className = data.low ? "code low" : "code";
  code.setAttribute("role", "group");
  code.setAttribute("aria-label", data.label);
  code.replaceChildren(...data.lines.map((line) => {
    const row = document.createElement(line.step ? "button" : "div");
    row.className = "line" + (line.lit ? " lit" : "") + (line.off ? " off" : "");
    const number = document.createElement("span");
    number.className = "n";
    number.textContent = String(line.number);
    const text = document.createElement("span");
    text.innerHTML = line.html;
    row.append(number, text);
    if (line.lit) row.setAttribute("aria-current", "step");
    if (line.step) {
      row.dataset.step = line.step;
      row.onclick = () => setTriggerValue("step", line.step);
    }
    return row;
  }));
  const rows = [.../** @type {NodeListOf<HTMLElement>} */ (code.querySelectorAll("button.line"))];
  code.tabIndex = rows.length ? -1 : 0;  // what has nothing to press is scrolled by keys itself
  const lit = rows.findIndex((row) => row.classList.contains("lit"));
  /** @type {Record<string, number | undefined>} */
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  code.onkeydown = (event) => {
    const move = moves[event.key];
    const next = move && rows[lit + move];
    if (!next) return;
    event.preventDefault();
    setTriggerValue("step", next.dataset.step);
  };
  if (rows[lit]) {
    const text = /** @type {HTMLElement} */ (rows[lit].lastChild), words = text.textContent ?? "";
    const indent = words.search(/\S/) * text.offsetWidth / words.length;
    code.scrollTop = rows[lit].offsetTop - code.clientHeight / 2;
    code.scrollLeft = data.low ? indent : 0;
  }
  if (held && rows[lit]) rows[lit].focus({ preventScroll: true });
}
