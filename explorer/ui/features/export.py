"""Downloads: the sheet of maps with its legend as PNG, and the tensor as .npy or .safetensors."""

import io
import re
from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st
from safetensors.torch import save
from torch import Tensor

from explorer.data import images
from explorer.plots import sheet
from explorer.plots.pictures import ColourScale
from explorer.ui.features.place import Place
from explorer.ui.state.cache import View
from explorer.ui.words import t


def draw(view: View, here: Place, maps: Tensor, shown: list[int], scale: ColourScale) -> None:
    """Draw the buttons; files are made on click."""
    stem = file_stem(view, here)
    files: dict[str, tuple[Callable[[], bytes], str]] = {
        "png": (partial(poster, view, here, maps, shown, scale), "image/png"),
        "npy": (partial(as_npy, maps), "application/octet-stream"),
        "safetensors": (partial(as_safetensors, view, here, maps), "application/octet-stream"),
    }
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for kind, (content, mime) in files.items():
            words = t("features.save_sheet") if kind == "png" else f".{kind}"
            st.download_button(
                words, content, f"{stem}.{kind}", mime, key=f"maps_{kind}", on_click="ignore", type="tertiary",
                icon=":material/download:", help=None if kind == "png" else t("features.save_tensor"),
            )  # fmt: skip


def file_stem(view: View, here: Place) -> str:
    named = f"{view.network.name}-{view.network.weights}-{here.title}-{here.size}px"
    return re.sub(r"[^\w.-]", "_", named)


def poster(view: View, here: Place, maps: Tensor, shown: list[int], scale: ColourScale) -> bytes:
    """The sheet as PNG, with English text, because Pillow's default font has no Chinese."""
    lines = (
        f"{view.network.name} · {view.network.weights} · {here.title} · picture: {view.picture.name}",
        f"{len(shown)} of {len(maps)} maps of {maps.shape[1]} x {maps.shape[2]}, input {here.size} px",
    )
    return images.png(sheet.poster(maps, shown, scale, lines))


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
