"""Backbone, neck and head: a word is chosen, and its part of a network lights up."""

import streamlit as st

from explorer.drawing import pyramid as drawing
from explorer.network import pyramid
from screen import link, specs, style
from screen.words import say

KEY = "pretraining_role"


@st.fragment
def draw() -> None:
    st.markdown(say("pretraining.parts_about"))
    chosen = link.restore(KEY, drawing.PARTS, drawing.PARTS[0])
    st.segmented_control(
        say("pretraining.role"), drawing.PARTS, key=KEY, required=True, label_visibility="collapsed",
        format_func=lambda part: say(f"pretraining.part_{part}"), persist_state="session",
    )  # fmt: skip
    link.keep(**{KEY: chosen})
    st.markdown(say(f"pretraining.means_{chosen}"))
    dark = style.dark()
    found = pyramid.parts()
    spec = specs.made((chosen, dark), drawing.diagram, found, chosen, say, dark=dark)
    levels = {**found.backbone, **found.neck}.items()
    shapes = ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in levels)
    specs.show(say("pretraining.tab_parts"), spec, key="roles", on_select=pick, selection_mode="card",
               alt=say("pretraining.parts_alt", shapes=shapes))  # fmt: skip
    st.caption(say("pretraining.parts_note", px=found.picture[-1]))


def pick() -> None:
    """A click on a card chooses its part."""
    if cards := st.session_state.roles.selection.card:
        st.session_state[KEY] = cards[0]["id"].partition(":")[0]
