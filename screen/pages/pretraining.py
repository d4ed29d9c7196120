"""What pretraining is, and what it gives."""

import streamlit as st

from screen.words import say


def page() -> None:
    st.title(say("pretraining.title"))


page()
