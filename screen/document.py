"""What only a script in the browser can do, as components: the content policy lets no inline script run."""

import streamlit as st

from screen.words import language

_YEAR_S = 31_536_000

_lang = st.components.v2.component(
    "document", js="export default function ({ data }) { document.documentElement.lang = data; }"
)
_cookie = st.components.v2.component("cookie", js="export default function ({ data }) { document.cookie = data; }")


def mark() -> None:
    """Streamlit says `lang="en"` of every page, whatever it shows; by it a page is read aloud, and letters have their
    Chinese forms."""
    _lang(key="document", data={"en": "en", "zh": "zh-Hans"}[language()])


def remember(name: str) -> None:
    """Have the browser send the cookie `name`=1 for a year."""
    _cookie(key=name, data=f"{name}=1; max-age={_YEAR_S}; path=/; samesite=lax")
