"""Backbones beside one another on one data set."""

import streamlit as st

from screen.words import say


def page() -> None:
    st.title(say("comparison.title"))


page()
