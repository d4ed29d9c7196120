"""Browse a network by clicking: network, block, operation."""

import streamlit as st

from screen import bar
from screen.words import say


def page() -> None:
    st.title(say("diagrams.title"))
    view = bar.view()
    bar.caption(view)


page()
