"""What only a script in the browser can do, as components: the content policy lets no inline script run."""

import streamlit as st

from explorer.core import assets
from explorer.ui.words import language

_YEAR_S = 31_536_000

_document = st.components.v2.component("document", js=assets.js("document"))
_cookie = st.components.v2.component("cookie", js=assets.js("cookie"))


def mark() -> None:
    """Streamlit says `lang="en"` of every page, whatever it shows; by it a page is read aloud, and letters have their
    Chinese forms. And have the browser tell when nobody sees the page."""
    data = {"en": "en", "zh": "zh-Hans"}[language()]
    _document(key="document", data=data, default={"hidden": False}, on_hidden_change=lambda: None)


def every(seconds: float | None) -> float | None:
    """How often a part of the page is drawn again: not while the page is in a hidden tab, or its window is."""
    is_hidden = st.session_state.get("document", {}).get("hidden", False)
    return None if is_hidden else seconds


def remember(name: str) -> None:
    """Have the browser send the cookie `name`=1 for a year."""
    _cookie(key=name, data=f"{name}=1; max-age={_YEAR_S}; path=/; samesite=lax")
