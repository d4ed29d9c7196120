"""Source lines as coloured tokens: what the scene and the source view draw."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from explorer.analysis.source import Listing, Step

Token = tuple[str, str]  # CSS class or "", text
Roles = tuple[tuple[str, str], tuple[tuple[str, str], ...]]  # what a line assigns, what it reads: (variable, role)


def rows(shown: Listing, steps: Iterable[Step], role: Callable[[str], str] | None = None) -> list[dict[str, Any]]:
    """The lines of `shown`: number, tokens, the id of the step that the line is, and whether it was skipped.

    `role` gives the role of a tensor in the block; a variable has the colour of the tensor that it holds.
    """
    own = [step for step in steps if step.listing == shown.name]
    by_line = {step.line: step.id for step in reversed(own)}
    skipped = _skipped(own)
    names = _roles(shown, [step for step in own if step.depth == 0], role) if role else ()
    numbers = range(shown.first, shown.last + 1)
    return [
        {"number": number, "tokens": tokens, "step": by_line.get(number), "off": number in skipped}
        for number, tokens in zip(numbers, _coloured(shown, names), strict=True)
    ]


def _roles(shown: Listing, steps: Sequence[Step], role: Callable[[str], str]) -> tuple[Roles, ...]:
    """For each line the roles of the variables before the statement, and that of what it assigns."""
    found: dict[int, Roles] = {}
    for step in steps:
        reads = tuple((name, role(tensor)) for name, tensor in step.reads)
        target = (step.variable, role(step.tensor)) if step.variable and step.kind != "setting" else ("", "")
        for line in range(step.line, step.end + 1):
            found.setdefault(line, (target if line == step.line else ("", ""), reads))
    if steps:  # the arguments
        first = steps[0]
        given = tuple((name, role(tensor)) for name, tensor in first.reads)
        for line in range(shown.first, first.line):
            found.setdefault(line, (("", ""), given))
    return tuple(found.get(line, (("", ""), ())) for line in range(shown.first, shown.last + 1))


def _skipped(steps: list[Step]) -> set[int]:
    """Lines between an if-statement that was false and the next step."""
    ran = {number for step in steps for number in range(step.line, step.end + 1)}
    return {
        number
        for step, after in pairwise(steps)
        if step.kind == "test" and step.truth is False
        for number in range(step.end + 1, after.line)
    } - ran


@lru_cache(maxsize=64)
def _coloured(shown: Listing, roles: tuple[Roles, ...]) -> tuple[tuple[Token, ...], ...]:
    """Lines as tokens. A variable has the colour of its tensor's role: before the statement, left of `=` after it."""
    lines: list[list[Token]] = [[]]
    is_target = True
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens("\n".join(shown.lines)):
        for k, part in enumerate(value.split("\n")):
            if k:
                lines.append([])
                is_target = True
            name = _class(kind)
            if roles and part and _is_in(kind, Name):
                (target, after), reads = roles[len(lines) - 1]
                name = after if is_target and part == target else dict(reads).get(part, name)
            elif _is_in(kind, Operator) and part.endswith("="):
                is_target = False
            before = lines[-1][-1] if lines[-1] else ("-", "")
            if part and before[0] == name:
                lines[-1][-1] = (name, before[1] + part)
            elif part:
                lines[-1].append((name, part))
    return tuple(map(tuple, lines))


def _is_in(kind: Any, family: Any) -> bool:
    return bool(kind in family)


def _class(kind: Any) -> str:
    families = {Keyword: "kw", Comment: "co", String: "st", Number: "nu"}
    return next((name for family, name in families.items() if kind in family), "")
