"""A card for each page, in an order to go in: a small picture, what it is for, how long it takes, a button to it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import streamlit as st
from markupsafe import Markup

from explorer.core.assets import ASSETS
from explorer.models import registry
from explorer.plots.pictures import data_uri
from explorer.ui.layout import navigation, style
from explorer.ui.state.cache import View
from explorer.ui.widgets import markup
from explorer.ui.words import t

GROUPS: Final[Mapping[str, Mapping[str, int]]] = {
    "look": {"sum": 2, "source": 10, "diagrams": 5, "shortcut": 15, "why": 10, "features": 10, "predict": 3},
    "train": {"finetune": 15, "compare": 10},
    "learn": {"pretraining": 10, "history": 10},
    "hand_in": {"homework": 45},
}
"""Group -> page -> minutes that a first visit takes; `sum` is on the page Home itself."""

ICONS: Final = {name: icon for pages in navigation.SECTIONS.values() for name, icon in pages.items()}


def draw(view: View) -> None:
    """Draw the cards in a grid. Those of a network without residual blocks have no sum."""
    shown = [
        (group, name, minutes)
        for group, pages in GROUPS.items()
        for name, minutes in pages.items()
        if name != "sum" or view.network.graph.blocks
    ]
    markup.apply_css("home")
    st.header(t("home.order"))
    with st.container(key="cards"):
        for number, (group, name, minutes) in enumerate(shown, 1):
            with st.container(border=True, height="stretch", vertical_alignment="distribute"):
                draw_card(number, group, name, minutes)
                if name != "sum":
                    draw_button(view, name)


def draw_card(number: int, group: str, name: str, minutes: int) -> None:
    """Draw the picture and the words in one piece of HTML."""
    place = Markup("<small><span><b>{}</b> · {}</span><span>{}</span></small>").format(
        number, t(f"home.group_{group}"), t("home.minutes", count=minutes)
    )
    words = Markup("<figcaption>{}<p>{}</p></figcaption>").format(place, t(f"home.{name}_help"))
    picture = Markup('<img src="{}" alt="">').format(picture_uri(name, style.is_dark()))
    markup.show(Markup("<figure>{}{}</figure>").format(picture, words))


@lru_cache
def picture_uri(name: str, dark: bool) -> str:
    """assets/cards/`name`.svg as a data URI. The colours in it, `var(--shortcut)`, are those of the theme, `dark` or
    light: an image cannot see the page's."""
    drawing, colours = (ASSETS / "cards" / f"{name}.svg").read_text(encoding="utf-8"), style.custom_properties()
    return data_uri(re.sub(r"var\(--(\w+)\)", lambda found: colours[found[1]], drawing).encode(), "svg+xml")


def draw_button(view: View, name: str) -> None:
    """Draw the button to page `name`; to the source, at the line that adds."""
    is_first = name == "source"
    is_other = is_first and view.network.name not in registry.NETWORKS
    words = t("home.source_other" if is_other else f"home.{name}")
    if st.button(words, type="primary" if is_first else "secondary", icon=ICONS[name]):
        if is_first and view.network.graph.blocks:
            st.session_state.update(block=view.network.graph.main_block, step="add")
        st.switch_page(navigation.path(name))
