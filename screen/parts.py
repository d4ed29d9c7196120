"""A page in parts, one on screen at a time, chosen by a row of buttons and named in the link."""

from collections.abc import Callable, Mapping

import streamlit as st

from screen import link
from screen.cached import View
from screen.words import say

Part = Callable[[View], None]


def draw(page: str, parts: Mapping[str, Part], view: View) -> None:
    """Parts by id; `<page>.part_<id>` names one in words. The reader's choice is kept for each page."""
    key = f"{page}_part"
    chosen = link.restore(key, tuple(parts), next(iter(parts)))
    st.segmented_control(
        say(f"{page}.parts"),
        list(parts),
        key=key,
        required=True,
        format_func=lambda part: say(f"{page}.part_{part}"),
        label_visibility="collapsed",
        persist_state="session",
    )
    link.keep(**{key: chosen})
    parts[chosen](view)
