"""A sheet of tiles as one image that is clicked, or walked through with the arrow keys, to choose a tile."""

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
    """A `sheet` whose tiles are `channels`, with a note each, which is shown while a pointer is on the tile.

    The number of a clicked one arrives as the trigger `picked` of the session's `key`; `on_pick` is called then.
    `last` is the highest number that there is; tiles shrink until all fit into a height of `room_px`.
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
