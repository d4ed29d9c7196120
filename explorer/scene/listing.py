"""Source lines as coloured tokens: what the scene and the source view draw."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String

from explorer.analysis.source import Listing, Step

Token = tuple[str, str]  # CSS class or "", text


def rows(shown: Listing, steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The lines of `shown`: number, tokens, the id of the step that the line is, and whether it was skipped."""
    own = [step for step in steps if step.listing == shown.name]
    by_line = {step.line: step.id for step in reversed(own)}
    skipped = _skipped(own)
    added = next((step.line for step in own if step.kind == "add"), None)
    numbers = range(shown.first, shown.last + 1)
    return [
        {"number": number, "tokens": tokens, "step": by_line.get(number), "off": number in skipped}
        for number, tokens in zip(numbers, _coloured(shown, added), strict=True)
    ]


def _skipped(steps: list[Step]) -> set[int]:
    """Lines between an if-statement that was false and the next step."""
    return {
        number
        for step, after in pairwise(steps)
        if step.kind == "test" and not step.truth
        for number in range(step.end + 1, after.line)
    }


@lru_cache(maxsize=64)
def _coloured(shown: Listing, added: int | None) -> tuple[tuple[Token, ...], ...]:
    """Lines as tokens. `x` and `identity` have the shortcut's colour; `out` the branch's, then the sum's."""
    lines: list[list[Token]] = [[]]
    number = shown.first
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens("\n".join(shown.lines)):
        for k, part in enumerate(value.split("\n")):
            if k:
                lines.append([])
                number += 1
            name = _class(kind, part, after_add=added is not None and number >= added) if added else _class(kind, part)
            before = lines[-1][-1] if lines[-1] else ("-", "")
            if part and before[0] == name:
                lines[-1][-1] = (name, before[1] + part)
            elif part:
                lines[-1].append((name, part))
    return tuple(map(tuple, lines))


def _class(kind: Any, word: str, after_add: bool | None = None) -> str:
    if after_add is not None and kind in Name:
        if word in ("identity", "x"):
            return "shortcut"
        if word == "out":
            return "sum" if after_add else "branch"
    families = {Keyword: "kw", Comment: "co", String: "st", Number: "nu"}
    return next((name for family, name in families.items() if kind in family), "")
