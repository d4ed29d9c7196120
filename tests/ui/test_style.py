"""Contrast of all text and background colours in both themes (WCAG AA), and of state indicators."""

import ast
import tomllib
from pathlib import Path

import pytest

from explorer.core import palette
from explorer.core.palette import ROLE_COLOURS
from tests.plots.colours import contrast, mixed

ROOT = Path(__file__).parents[2]
THEMES = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_words_are_legible(name: str) -> None:
    theme, k = THEMES[name], int(name == "dark")
    page, second, ink = theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["textColor"]
    lit = mixed(theme["primaryColor"], page, 0.1)  # the current line of source
    roles = [pair[k] for pair in ROLE_COLOURS.values()]
    pairs = {
        "captions": (mixed(ink, page, 0.8), page), "quiet words": (mixed(ink, page, 0.75), page),
        "right": (palette.RIGHT[k], page), "wrong": (palette.WRONG[k], page), "code": (palette.RIGHT[k], second),
        "a button": ("#ffffff", theme["primaryColor"]),
        "line numbers": (mixed(ink, second, 0.75), second), "the lit line's": (mixed(ink, lit, 0.75), lit),
        **{f"{words} on {ground}": (words, ground) for words in (ink, theme["linkColor"], *roles)
           for ground in (page, second, lit)},
    }  # fmt: skip
    assert {what: contrast(*pair) for what, pair in pairs.items() if contrast(*pair) < 4.5} == {}
    shown = {"focus": palette.FOCUS[k], "a choice": theme["primaryColor"]}
    assert {what: contrast(colour, page) for what, colour in shown.items() if contrast(colour, page) < 3} == {}


def test_every_chart_and_table_says_in_words_what_it_shows() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in [*sorted((ROOT / "explorer" / "ui").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py"))]
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("vega_lite_chart", "altair_chart", "dataframe", "data_editor")
        and "alt" not in [keyword.arg for keyword in call.keywords]
    ]  # fmt: skip
    assert silent == []
