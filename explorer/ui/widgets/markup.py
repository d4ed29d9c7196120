"""HTML on a page. Only what is `Markup` is taken for HTML: words in a plain string may come from a file.

Made with `Markup("<b>{}</b>").format(words)`, which escapes the words; a plain string is escaped wherever it is put.
"""

from collections.abc import Iterable
from typing import Literal

import streamlit as st
from markupsafe import Markup

from explorer.core.assets import ASSETS


def show(html: str, width: Literal["stretch", "content"] = "stretch") -> None:
    """The one way to draw HTML; a plain string is shown as it is."""
    # Within a tag: Streamlit would take the name of a file for what is in it.
    st.html(html if isinstance(html, Markup) else Markup("<span>{}</span>").format(html), width=width)


def apply_css(name: str) -> None:
    """Apply assets/css/`name`.css to the page; takes no room on it."""
    st.html(ASSETS / "css" / f"{name}.css")


def joined(parts: Iterable[str]) -> Markup:
    return Markup("").join(parts)
