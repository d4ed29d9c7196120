"""Choose the channels of a tensor to show; the choice applies to every line of a block."""

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup
from torch import Tensor

from explorer.analysis.trace import Trace
from explorer.plots.pictures import ColourScale, leading_channels
from explorer.ui.state import url_state
from explorer.ui.widgets import html_figures, linked
from explorer.ui.words import escaped, t

ORDERS = ("clearest", "first", "chosen")
DEFAULT_CHANNELS = "0, 1, 2, 3"


def choose(count: int) -> None:
    """Draw the widgets. `count` is the number of channels of the tensor on screen."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="channel_choice"):
        order = linked.segmented(
            t("source.channels"),
            ORDERS,
            key="channels",
            omit_default=True,
            format_func={order: t(f"source.channels_{order}") for order in ORDERS}.__getitem__,
        )
        url_state.restore("channels_start", range(count), 0)
        if order == "first" and count > 1:
            linked.number(t("source.channels_start"), range(count), key="channels_start", omit_default=True, width=150)
        else:
            url_state.keep(channels_start=None)
        if "channels_list" not in st.session_state:  # any text: an invalid list is reported below
            st.session_state.channels_list = st.query_params.get("channels_list", DEFAULT_CHANNELS)[:200]
        given: str = st.session_state.channels_list
        if order == "chosen":
            st.text_input(
                t("source.channels_list"), key="channels_list", max_chars=200, width=220, persist_state="session"
            )
            if _parse_channels(given, count) is None:
                st.warning(t("source.channels_bad", given=escaped(given), last=count - 1))
    url_state.keep(channels_list=given if order == "chosen" else None)


def grid(tensor: Tensor, traced: Trace, block: str, scale: ColourScale, *, count: int, columns: int) -> Markup:
    """The chosen channels of `tensor` (1, C, H, W) as HTML; a vector (1, C) is treated as C maps of one pixel."""
    maps = tensor[0] if tensor.ndim == 4 else tensor[0][:, None, None]
    return html_figures.tiles(maps, _chosen(maps, traced, block, count), scale, columns)


def _chosen(maps: Tensor, traced: Trace, block: str, count: int) -> Sequence[int]:
    order = st.session_state.get("channels", "clearest")
    if order == "first":
        start = min(st.session_state.get("channels_start", 0), len(maps) - 1)
        return range(start, min(start + count, len(maps)))
    if order == "chosen" and (listed := _parse_channels(st.session_state.get("channels_list", ""), len(maps))):
        return listed[:count]
    # The leading channels of both terms of the sum, so that every line of the block shows the same channels.
    roles = [f"{block}.{role}" for role in ("shortcut", "branch")]
    terms = [traced[role][0] for role in roles if role in traced.tensors] or [maps]
    return sorted(leading_channels(terms if len(terms[0]) == len(maps) else [maps], count))


def _parse_channels(given: str, count: int) -> list[int] | None:
    """Parse a list of channel numbers below `count`; None if the text is not one."""
    parts = given.replace("，", ",").split(",")
    if not all(part.strip().isascii() and part.strip().isdigit() and len(part) < 9 for part in parts):
        return None
    numbers = [int(part) for part in parts]
    return numbers if max(numbers) < count else None
