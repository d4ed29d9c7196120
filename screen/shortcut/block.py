"""To be written."""

import streamlit as st

from screen.cached import View


@st.fragment
def draw(view: View) -> None:
    st.write(view.key)
