"""Browser scripts, as Streamlit components, because the content security policy forbids inline scripts."""

import streamlit as st

from explorer.core import assets
from explorer.ui.words import language

_YEAR_S = 31_536_000

_document = st.components.v2.component("document", js=assets.js("document"))
_cookie = st.components.v2.component("cookie", js=assets.js("cookie"))


def set_language() -> None:
    """Set the document's `lang`, and have the browser report whether the page is hidden.

    Streamlit always sends `lang="en"`; screen readers and the choice of Chinese glyphs depend on it.
    """
    data = {"en": "en", "zh": "zh-Hans"}[language()]
    _document(key="document", data=data, default={"hidden": False}, on_hidden_change=lambda: None)


def refresh_interval(seconds: float | None) -> float | None:
    """`seconds` as a refresh interval; None (no refresh) while the tab or window is hidden."""
    is_hidden = st.session_state.get("document", {}).get("hidden", False)
    return None if is_hidden else seconds


def set_cookie(name: str) -> None:
    """Set the cookie `name`=1 for a year."""
    _cookie(key=name, data=f"{name}=1; max-age={_YEAR_S}; path=/; samesite=lax")
