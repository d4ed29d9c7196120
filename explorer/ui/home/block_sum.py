"""One channel of a residual block as x + F(x) = sum, with the numbers of any pixel."""

from collections.abc import Mapping
from typing import Final

import streamlit as st
from torch import Tensor

from explorer.analysis import labels, maps, residual
from explorer.core.palette import Role
from explorer.plots import pictures
from explorer.plots.figure_files import Tile
from explorer.ui.layout import style
from explorer.ui.state import cache
from explorer.ui.state.cache import View
from explorer.ui.widgets import save_menu, scene_view
from explorer.ui.words import network_name, t

SIGNS: Final[Mapping[Role, str]] = {"shortcut": "", "branch": "+", "sum": "="}


def draw(view: View) -> None:
    """Draw the sum in the network's main block: its drawing, its three maps, the arithmetic of a pixel."""
    graph, block = view.network.graph, view.network.graph.main_block
    traced = cache.block_trace(view.key, block, view.network, view.x)
    *terms, total = maps_of_sum(view)
    (channel,) = pictures.leading_channels(terms, 1)
    name = network_name(view.network.name)
    st.markdown(
        t("home.claim", channel=channel, channels=len(terms[0]), block=labels.of_blocks(graph)[block], network=name)
    )
    scene_view.draw(view, block, key="sum", start={}, on={}, only=True)
    _offer_figure(view, block, channel, [*terms, total])
    ratio = residual.measure_sum(traced[f"{block}.shortcut"], traced[f"{block}.branch"]).ratio
    st.markdown(t("home.finding", ratio=f"{ratio:.2f}" if ratio >= 0.005 else f"{ratio:.2g}"))


def pixel(view: View) -> dict[str, float]:
    """Role -> value of the main block, of the channel drawn below, at the pixel that the drawing begins with.

    Empty for a network without residual blocks.
    """
    if not view.network.graph.blocks:
        return {}
    shortcut, branch, _ = maps_of_sum(view)
    (channel,) = pictures.leading_channels((shortcut, branch), 1)
    place = residual.clearest_pixel(shortcut[channel], branch[channel])
    x, f = (float(each[channel].flatten()[place]) for each in (shortcut, branch))
    return {"sum": x + f, "shortcut": x, "branch": f}


def maps_of_sum(view: View) -> list[Tensor]:
    """Shortcut, branch and sum of the main block, (C, H, W) each."""
    graph, block = view.network.graph, view.network.graph.main_block
    traced = cache.block_trace(view.key, block, view.network, view.x)
    return [maps.as_maps(graph, f"{block}.add", traced[f"{block}.{role}"])[0] for role in ("shortcut", "branch", "add")]


def _offer_figure(view: View, block: str, channel: int, summed: list[Tensor]) -> None:
    """Draw the menu that saves `channel` of x, F(x) and their sum, each (C, H, W), on one colour scale."""
    graph, shown = view.network.graph, [each[channel] for each in summed]
    scale = pictures.common_scale(shown)
    symbols = (*graph.blocks[block].terms, " + ".join(graph.blocks[block].terms))
    colours = style.custom_properties()
    tiles = [
        Tile(pictures.map_png(each, scale), (symbol,), sign, colours[role])
        for each, symbol, (role, sign) in zip(shown, symbols, SIGNS.items(), strict=True)
    ]
    title = t("home.figure", channel=channel, block=labels.of_blocks(graph)[block])
    save_menu.draw_for_tiles(title, lambda: tiles, save_menu.legend(scale), "sum")
