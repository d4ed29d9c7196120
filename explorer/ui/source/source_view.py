"""Source lines to click or step through with the arrow keys; the current line is highlighted."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import streamlit as st
from markupsafe import Markup
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String

from explorer.analysis.source import Listing, Step
from explorer.core import assets

_component = st.components.v2.component("source_lines", css=assets.css("source_lines"), js=assets.js("source_lines"))


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
    """Draw the listing with its real line numbers; lines of `steps` can be clicked.

    A click sets `st.session_state[key].step` to the step's id and calls `on_step`. A `low` listing shows a few lines
    around the current one.
    """
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
    """Lines between an if-statement that was false and the next step."""
    return {
        number
        for step, after in pairwise(steps)
        if step.kind == "test" and not step.truth
        for number in range(step.end + 1, after.line)
    }


@lru_cache(maxsize=64)
def _coloured(shown: Listing, added: int | None) -> tuple[Markup, ...]:
    """Lines as HTML. `x` and `identity` have the shortcut's colour; `out` the branch's, then the sum's."""
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
