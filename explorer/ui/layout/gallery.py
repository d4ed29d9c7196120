"""A component of thumbnails to choose from by click or keyboard; while it is open, a picture can be pasted too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

import streamlit as st

from explorer.core import assets

_component = st.components.v2.component(
    "picture_gallery", css=assets.css("picture_gallery"), js=assets.js("picture_gallery")
)


class Entry(TypedDict):
    """A picture: its id, its name, its thumbnail as a data URI."""

    id: str
    label: str
    uri: str


def draw(
    groups: Mapping[str, Sequence[Entry]],
    chosen: str,
    *,
    key: str,
    on_pick: Callable[[], None],
    on_page: bool = False,
) -> Any:
    """Draw `groups` (heading, or "" for none -> entries).

    A click sets `st.session_state[key].picked` to the entry's id and calls `on_pick`. `on_page`: larger, with whole
    labels, and without taking pasted pictures.
    """
    data = {
        "groups": [[words, list(entries)] for words, entries in groups.items()],
        "chosen": chosen,
        "onPage": on_page,
    }
    return _component(key=key, data=data, on_picked_change=on_pick)
