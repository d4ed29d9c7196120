"""A sheet of tiles as one image; a click or the arrow keys choose a tile."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from PIL import Image

from explorer.core import assets
from explorer.data import images
from explorer.plots import pictures, sheet

_component = st.components.v2.component("channel_grid", css=assets.css("channel_grid"), js=assets.js("channel_grid"))


def draw(
    picture: Image.Image,
    channels: Sequence[int],
    notes: Sequence[str],
    chosen: int,
    last: int,
    *,
    label: str,
    key: str,
    on_pick: Callable[[], None],
    room_px: int = 540,
) -> Any:
    """Draw a `sheet` of `channels`; `notes` are the tiles' tooltips.

    A click sets `st.session_state[key].picked` to the tile's number and calls `on_pick`. `last` is the highest number.
    Tiles shrink until all fit into a height of `room_px`.
    """
    columns = sheet.columns_of(len(channels))
    data = {
        "uri": pictures.data_uri(images.png(picture)),
        "columns": columns,
        "side": picture.width // columns,
        "channels": list(channels),
        "notes": list(notes),
        "chosen": chosen,
        "last": last,
        "label": label,
        "room": room_px,
    }
    return _component(key=key, data=data, on_picked_change=on_pick)
