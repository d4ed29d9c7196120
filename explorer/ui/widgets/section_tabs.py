"""A page in parts, one on screen at a time, chosen by a row of buttons and named in the link."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from explorer.ui.state import url_state
from explorer.ui.state.cache import View

Part = Callable[[View], None]


def draw(key: str, label: str, parts: Mapping[str, Part], named: Callable[[str], str], view: View) -> None:
    """`parts` by id, `named` says their names; the choice stands in the link under `key`."""
    parts[choose(key, label, tuple(parts), named)](view)


def choose(key: str, label: str, parts: Sequence[str], named: Callable[[str], str]) -> str:
    """The id of the part on screen."""
    chosen = url_state.restore(key, parts, parts[0])
    st.segmented_control(
        label,
        parts,
        key=key,
        required=True,
        format_func=named,
        label_visibility="collapsed",
        persist_state="session",
    )
    url_state.keep(**{key: chosen})
    return chosen
