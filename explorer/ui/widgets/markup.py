"""HTML on a page. Only `Markup` is treated as HTML; plain strings, which may come from a file, are escaped.

Example: `Markup("<b>{}</b>").format(words)` escapes `words`.
"""

from collections.abc import Iterable
from typing import Literal

import streamlit as st
from markupsafe import Markup

from explorer.core.assets import ASSETS


def show(html: str, width: Literal["stretch", "content"] = "stretch") -> None:
    """Draw HTML; a plain string is shown literally. No other function draws HTML."""
    # In a tag, because `st.html` opens a string that is the path of a file.
    st.html(html if isinstance(html, Markup) else Markup("<span>{}</span>").format(html), width=width)


def apply_css(name: str) -> None:
    """Apply assets/css/`name`.css to the page; takes no space on it."""
    st.html(ASSETS / "css" / f"{name}.css")


def join(parts: Iterable[str]) -> Markup:
    return Markup("").join(parts)
