"""Pretrained networks since LeNet-5."""

import streamlit as st

from screen.words import say


def page() -> None:
    st.title(say("history.title"))


page()
