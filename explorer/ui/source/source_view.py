"""Source lines that can be clicked and stepped through with the arrow keys; the current line is lit."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import streamlit as st
from markupsafe import Markup
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String

from explorer.analysis.source import Listing, Step

_CSS = """
.code { font: 0.82rem/1.55 var(--st-code-font, monospace); border: 1px solid var(--st-border-color);
  border-radius: .5rem; overflow: auto; position: relative; padding: .35rem 0;
  background: var(--st-secondary-background-color); }
.line { display: flex; width: max-content; min-width: 100%; box-sizing: border-box; border: 0; background: none;
  font: inherit; color: inherit; text-align: left; padding: 0 .6rem 0 0; white-space: pre; margin: 0;
  border-left: .25rem solid transparent; }
button.line { cursor: pointer; }
button.line:hover { background: var(--page); }
.line.lit { background: color-mix(in srgb, var(--st-primary-color) 10%, var(--page));
  border-left-color: var(--focus); }
.line:focus-visible, .code:focus-visible { outline: 2px solid var(--focus); outline-offset: -2px; }
.n { display: inline-block; width: 2.6rem; text-align: right; padding-right: .8rem; opacity: .75; flex: none; }
.kw { font-weight: 650; } .co { font-style: italic; opacity: .8; } .st { opacity: .85; } .nu { opacity: .85; }
.shortcut { color: var(--shortcut); font-weight: 650; } .branch { color: var(--branch); font-weight: 650; }
.sum { color: var(--sum); font-weight: 650; }
.off, .off * { color: color-mix(in srgb, var(--st-text-color) 75%, transparent); font-weight: 400; }
.off .n { opacity: 1; }
.code.low { max-height: 13rem; }
@media (max-width: 640px) {
  .code { max-height: 13rem; font-size: .75rem; }
  button.line { min-height: 1.5rem; align-items: center; }  /* a thumb's */
}
"""

_JS = """
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
    const indent = text.textContent.search(/\\S/) * text.offsetWidth / text.textContent.length;
    code.scrollTop = rows[lit].offsetTop - code.clientHeight / 2;
    code.scrollLeft = data.low ? indent : 0;
  }
  if (held && rows[lit]) rows[lit].focus({ preventScroll: true });
}
"""

_component = st.components.v2.component("source_lines", css=_CSS, js=_JS)


def draw(
    shown: Listing,
    steps: Iterable[Step],
    current: Step | None,
    *,
    label: str,
    key: str,
    low: bool = False,
    on_step: Callable[[], None] | None = None,
) -> Any:
    """The listing with its real line numbers. Lines of `steps` can be clicked; the id of a clicked step arrives as the
    trigger `step`, and `on_step` is called then. A `low` listing shows a few lines around the current one."""
    own = [step for step in steps if step.listing == shown.name]
    by_line = {step.line: step for step in own}
    lit = range(current.line, current.end + 1) if current and current.listing == shown.name else range(0)
    skipped = _skipped(own)
    added = next((step.line for step in own if step.kind == "add"), None)
    lines = []
    for number, html in zip(range(shown.first, shown.last + 1), _coloured(shown, added), strict=True):
        step = by_line.get(number)
        lines.append(
            {
                "number": number,
                "html": html or " ",
                "step": step.id if step else None,
                "lit": number in lit,
                "off": number in skipped,
            }
        )
    data = {"lines": lines, "label": label, "low": low}
    return _component(key=key, data=data, on_step_change=on_step or (lambda: None))


def _skipped(steps: list[Step]) -> set[int]:
    """Lines between a test that came out false and the step after it."""
    return {
        number
        for step, after in pairwise(steps)
        if step.kind == "test" and not step.truth
        for number in range(step.end + 1, after.line)
    }


@lru_cache(maxsize=64)
def _coloured(shown: Listing, added: int | None) -> tuple[Markup, ...]:
    """Each line as HTML: `x` and `identity` in the shortcut's colour, `out` in the branch's, then the sum's."""
    lines, number = [Markup("")], shown.first
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens("\n".join(shown.lines)):
        for k, part in enumerate(value.split("\n")):
            if k:
                lines.append(Markup(""))
                number += 1
            name = _class(kind, part, after_add=added is not None and number >= added) if added else _class(kind, part)
            lines[-1] += Markup('<span class="{}">{}</span>').format(name, part) if name else part
    return tuple(lines)


def _class(kind: Any, word: str, after_add: bool | None = None) -> str:
    if after_add is not None and kind in Name:
        if word in ("identity", "x"):
            return "shortcut"
        if word == "out":
            return "sum" if after_add else "branch"
    families = {Keyword: "kw", Comment: "co", String: "st", Number: "nu"}
    return next((name for family, name in families.items() if kind in family), "")
