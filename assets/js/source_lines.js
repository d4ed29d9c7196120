export default function ({ data, parentElement, setTriggerValue }) {
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
    number.textContent = line.number;
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
  const rows = [...code.querySelectorAll("button.line")];
  code.tabIndex = rows.length ? -1 : 0;  // what has nothing to press is scrolled by keys itself
  const lit = rows.findIndex((row) => row.classList.contains("lit"));
  code.onkeydown = (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = move && rows[lit + move];
    if (!next) return;
    event.preventDefault();
    setTriggerValue("step", next.dataset.step);
  };
  if (rows[lit]) {
    const text = rows[lit].lastChild;
    const indent = text.textContent.search(/\S/) * text.offsetWidth / text.textContent.length;
    code.scrollTop = rows[lit].offsetTop - code.clientHeight / 2;
    code.scrollLeft = data.low ? indent : 0;
  }
  if (held && rows[lit]) rows[lit].focus({ preventScroll: true });
}
