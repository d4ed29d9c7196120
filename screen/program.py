"""A view is a program: the script that computes what is on screen, and the picture that it opens."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer.drawing import pictures
from screen.cached import View
from screen.words import say

FILE = "picture.png"


def offer(view: View, write: Callable[[str], str]) -> None:
    """Folded away; once it is unfolded, `write` makes the script from the name of the picture's file."""
    shown = st.expander(say("bar.code"), key="code_shown", on_change="rerun", icon=":material/terminal:")
    if not shown.open:
        return
    with shown:
        st.markdown(say("bar.code_help", file=FILE))
        st.code(write(FILE), language="python")
        st.download_button(
            say("bar.code_picture", file=FILE),
            partial(pictures.png, view.picture.image),
            FILE,
            "image/png",
            on_click="ignore",
            icon=":material/download:",
        )
