"""Downloads: the maps on screen as a figure, and the tensor as .npy or .safetensors."""

import io
from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st
from safetensors.torch import save
from torch import Tensor

from explorer.core import files, local_networks
from explorer.plots.figure_files import Tile
from explorer.plots.pictures import ColourScale, map_png
from explorer.ui.features.place import Place
from explorer.ui.state.cache import View
from explorer.ui.widgets import save_menu
from explorer.ui.words import t

SIDE_PX = 64  # of a map in the saved figure


def draw(view: View, here: Place, maps: Tensor, shown: list[int], scale: ColourScale) -> None:
    """Draw the buttons; files are made on click."""
    stem = file_stem(view, here)
    files: dict[str, tuple[Callable[[], bytes], str]] = {
        "npy": (partial(as_npy, maps), "application/octet-stream"),
        "safetensors": (partial(as_safetensors, view, here, maps), "application/octet-stream"),
    }
    title = t("features.figure", place=here.title, shown=len(shown), count=len(maps), size=here.size)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        make = partial(tiles, maps[shown], shown, scale)
        save_menu.draw_for_tiles(title, make, save_menu.legend(scale), stem, side_px=SIDE_PX)
        for kind, (content, mime) in files.items():
            st.download_button(
                f".{kind}", content, f"{stem}.{kind}", mime, key=f"maps_{kind}", on_click="ignore", type="tertiary",
                icon=":material/download:", help=t("features.save_tensor"),
            )  # fmt: skip


def file_stem(view: View, here: Place) -> str:
    network = local_networks.label(view.network.name)
    return files.file_stem(f"{network}-{view.network.weights}-{here.title}-{here.size}px")


def tiles(maps: Tensor, channels: list[int], scale: ColourScale) -> list[Tile]:
    """`maps` (N, H, W) of the `channels` with their numbers."""
    return [Tile(map_png(each, scale), (f"#{number}",)) for each, number in zip(maps, channels, strict=True)]


def as_npy(maps: Tensor) -> bytes:
    """`maps` (C, H, W), float32, as .npy."""
    buffer = io.BytesIO()
    np.save(buffer, maps.numpy())
    return buffer.getvalue()


def as_safetensors(view: View, here: Place, maps: Tensor) -> bytes:
    """`maps` under its name in a trace, with its origin as metadata."""
    about = {
        "network": view.network.name,
        "weights": view.network.weights,
        "picture": view.picture.name,
        "picture_sha256": view.picture.digest,
        "input_px": str(here.size),
    }
    return save({here.tensor: maps.contiguous()}, about)
