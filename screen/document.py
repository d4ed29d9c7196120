"""What the document itself says of its language: how it is read aloud, and which Chinese forms its letters take."""

import streamlit as st

from screen.words import language

_JS = "export default function ({ data }) { document.documentElement.lang = data; }"

_component = st.components.v2.component("document", js=_JS)


def mark() -> None:
    """Streamlit says `lang="en"` of every page, whatever it shows."""
    _component(key="document", data={"en": "en", "zh": "zh-Hans"}[language()])
