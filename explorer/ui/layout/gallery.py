"""Thumbnails to choose a picture from, by click or keyboard; while they are open, a picture can be pasted too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

import streamlit as st

from explorer.core import assets

_component = st.components.v2.component(
    "picture_gallery", css=assets.css("picture_gallery"), js=assets.js("picture_gallery")
)


class Entry(TypedDict):
    """A picture to choose: its id, its name, its thumbnail as a data URI."""

    id: str
    label: str
    uri: str


def draw(groups: Mapping[str, Sequence[Entry]], chosen: str, *, key: str, on_pick: Callable[[], None]) -> Any:
    """Entries below the heading of their group.

    The id of a clicked one arrives as the trigger `picked` of the session's `key`; `on_pick` is called then.
    """
    data = {"groups": [[words, list(entries)] for words, entries in groups.items()], "chosen": chosen}
    return _component(key=key, data=data, on_picked_change=on_pick)
