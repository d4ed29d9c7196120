"""The card of a data set: pictures by class, where the test pictures come from, what is left out, a proposed recipe."""

import os
from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from explorer.data import card
from explorer.data.card import Card
from explorer.plots import pictures
from explorer.training import advice
from explorer.training.recipe import Recipe
from explorer.ui.state import memory
from explorer.ui.widgets import markup
from explorer.ui.widgets.markup import join
from explorer.ui.words import class_names, escaped, sentences, t

SHOWN = 12  # classes with example pictures; further classes are in the list of all
EXAMPLES = 4  # pictures of a class
THUMBNAIL_PX = 64


def draw(data: str) -> None:
    """Draw the card of the folder or zip `data`. Raises DataError."""
    found = read(data)
    with st.container(border=True, gap="small", key="data_card"):
        st.markdown(head(found))
        markup.show(_table(found, dict(list(found.classes.items())[:SHOWN]), data))
        if len(found.classes) > SHOWN:
            with st.expander(t("data.all_classes", count=len(found.classes))):
                markup.show(_table(found, found.classes))
        st.caption(sentences(*card.remarks(found, t)))
        if found.left_out:
            _draw_left_out(found)


def read(data: str) -> Card:
    """The card of the folder or zip `data`. Raises DataError."""
    return _look(data, os.stat(data).st_mtime_ns)


@memory.shared
def _look(data: str, written: int) -> Card:
    return card.look(Path(data))


@memory.shared
def _examples(data: str, written: int, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Data URIs of EXAMPLES pictures of each class."""
    found = card.examples(Path(data), names, EXAMPLES)
    return {
        name: [pictures.thumbnail_uri(picture, THUMBNAIL_PX) for picture in shown] for name, shown in found.items()
    }


def head(found: Card) -> str:
    """Numbers of classes and pictures, and their size, in Markdown."""
    train, test = (sum(counts[k] for counts in found.classes.values()) for k in (0, 1))
    low, _, high = found.sizes_px
    px = f"{low} px" if low == high else f"{low}–{high} px"
    return t("data.head", classes=len(found.classes), train=train, test=test, px=px)


def _table(found: Card, classes: Mapping[str, tuple[int, int]], data: str = "") -> Markup:
    """A row for each class: its name, counts as bars, and examples if `data` is given."""
    most = max(train + test for train, test in found.classes.values()) or 1
    shown = _examples(data, os.stat(data).st_mtime_ns, tuple(classes)) if data else {}
    row = Markup(
        '<tr><th scope="row">{}</th><td><i style="width: {}%"></i><i style="width: {}%"></i>'
        "<span>{} + {}</span></td><td>{}</td></tr>"
    )
    picture = Markup('<img src="{}" alt="">')
    rows = join(
        row.format(label, round(100 * train / most, 1), round(100 * test / most, 1), train, test,
                   join(picture.format(uri) for uri in shown.get(name, [])))
        for label, (name, (train, test)) in zip(class_names(list(classes)), classes.items(), strict=True)
    )  # fmt: skip
    return Markup('<table class="data-card"><caption>{}</caption>{}</table>').format(t("data.counts"), rows)
