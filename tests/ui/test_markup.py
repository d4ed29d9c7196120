"""HTML is drawn only from `Markup`, in one place; plain strings, which may come from a file, are escaped."""

import ast
from pathlib import Path

import pytest
import torch
from markupsafe import Markup, escape
from streamlit.testing.v1 import AppTest

from explorer.plots.pictures import ColourScale
from explorer.ui.features import attribution
from explorer.ui.widgets import html_figures

ROOT = Path(__file__).parents[2]
HOSTILE = "<img src=x onerror=\"alert(1)\"> & 'x'"
SCALE = ColourScale(1.0, signed=True)
SCREEN = [*sorted((ROOT / "explorer" / "ui").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py"))]


@pytest.mark.parametrize(
    "made",
    [
        lambda words: html_figures.tiles(torch.zeros(1, 1, 1), [0], SCALE, 1, names=[words]),
        lambda words: html_figures.tile("data:,", words, words, words),
        lambda words: html_figures.grid([words], words, words),
        lambda words: html_figures.colour_bar(words, words, words, words),
        lambda words: html_figures.facts([(words, words)]),
        lambda words: html_figures.term(words, f"{words}|{words}", words),
        lambda words: html_figures.picture("data:,", words),
        lambda words: attribution.tile(b"", words, words),
    ],
)  # fmt: skip
def test_what_makes_html_escapes_plain_words(made: "object") -> None:
    html = made(HOSTILE)  # type: ignore[operator]
    assert isinstance(html, Markup)
    assert str(escape(HOSTILE)) in html
    assert "<img src=x" not in html
    assert "'x'" not in html
    bold = made(Markup("<b>x</b>"))  # type: ignore[operator]
    assert "<b>x</b>" in bold


def drawn() -> None:
    from markupsafe import Markup

    from explorer.ui.widgets import markup

    markup.show("<b>words</b>")
    markup.show("streamlit_app.py")
    markup.show(Markup("<b>{}</b>").format("<i>"))


def test_a_plain_string_is_drawn_as_words_and_is_no_file() -> None:
    app = AppTest.from_function(drawn).run()
    assert not app.exception
    assert [part.proto.body for part in app.get("html")] == [
        "<span>&lt;b&gt;words&lt;/b&gt;</span>", "<span>streamlit_app.py</span>", "<b>&lt;i&gt;</b>",
    ]  # fmt: skip


@pytest.mark.parametrize("path", SCREEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_html_is_drawn_in_one_place(path: Path) -> None:
    """Ruff's S704 checks that `Markup` is built only from literals in our sources."""
    drawing = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in ("html", "iframe"):
            owner = ast.unparse(node.value)  # others make a file to download
            drawing += [ast.unparse(node)] if owner == "st" or "components" in owner else []
        elif isinstance(node, ast.keyword) and node.arg in ("unsafe_allow_html", "unsafe_allow_javascript", "html"):
            drawing.append(node.arg)
        elif isinstance(node, ast.JoinedStr):  # what is put into an f-string is not escaped
            words = [str(part.value) for part in node.values if isinstance(part, ast.Constant)]
            drawing += [each for each in words if "<" in each]
    assert drawing == (["st.html"] * 2 if path.name == "markup.py" else [])  # HTML, and a style sheet by its path
