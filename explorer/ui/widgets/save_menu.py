"""The menu that saves a figure: as PNG or SVG with caption, link and legend, and its numbers where it has some.

Files are made on click, outside the script, so language, theme and address are passed along.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from explorer.plots import figure_files
from explorer.plots.figure_files import Caption, Legend, Tile
from explorer.plots.pictures import ColourScale
from explorer.ui.layout import style
from explorer.ui.state import url_state
from explorer.ui.widgets.html_figures import number
from explorer.ui.words import language, t

Files = Mapping[str, tuple[Callable[[], bytes], str]]  # suffix -> maker, MIME type
MIME = {"png": "image/png", "svg": "image/svg+xml"}


def subject(words: str) -> None:
    """Set what the page's figures are of: network, weights, picture. `forget_subject` at the start of each run."""
    st.session_state.figure_subject = words


def forget_subject() -> None:
    st.session_state.pop("figure_subject", None)


def caption(title: str) -> Caption:
    """The caption of a figure on this page, with the address of what is on screen."""
    about = st.session_state.get("figure_subject")
    lines = (about,) if about else ()
    return Caption(title, lines, url_state.address(), language(), style.text_colour(), style.background())


def draw(files: Files, key: str, label: str, about: str) -> None:
    """Draw the menu, with a button for each of `files`, named `key`.suffix; `about` says what they hold."""
    menu = st.popover(
        label, icon=":material/download:", type="tertiary", width="content", key=f"save_{key}"
    )  # no tooltip: it would cover the buttons
    with menu:
        st.caption(about)
        with st.container(horizontal=True):
            for kind, (content, mime) in files.items():
                st.download_button(
                    kind.upper(), content, f"{key}.{kind}", mime, key=f"save_{key}_{kind}", on_click="ignore"
                )


def draw_for_tiles(
    title: str, make: Callable[[], Sequence[Tile]], legend: Legend | None, key: str, *, side_px: int = 168
) -> None:
    """Draw the menu for maps that the page shows; `make` returns them, and may be called outside the script."""
    made = partial(_tiles, make, caption(title), legend, side_px)
    files = {kind: (partial(made, kind), mime) for kind, mime in MIME.items()}
    draw(files, key, t("charts.save_figure"), t("charts.save_figure_help"))


def _tiles(
    make: Callable[[], Sequence[Tile]], caption: Caption, legend: Legend | None, side_px: int, kind: str
) -> bytes:
    drawing = figure_files.of_tiles(make(), caption, legend, side_px)
    return (figure_files.png if kind == "png" else figure_files.svg)(drawing, caption)


def legend(scale: ColourScale) -> Legend:
    """The legend of `scale`, with its meaning and the values at its ends."""
    low = f"≤ −{number(scale.limit)}" if scale.signed else "0"
    return Legend(scale, low, f"≥ {number(scale.limit)}")
