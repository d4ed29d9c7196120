"""One channel of a residual block as x + F(x) = sum, with the numbers of any pixel."""

import streamlit as st

from explorer.analysis import maps, residual
from explorer.plots import pictures
from explorer.ui.state import cache
from explorer.ui.state.cache import View
from explorer.ui.widgets import scene_view
from explorer.ui.words import network_name, t


def draw(view: View) -> None:
    """Draw the sum in the network's main block: its drawing, its three maps, the arithmetic of a pixel."""
    block = view.network.graph.main_block
    traced = cache.block_trace(view.key, block, view.network, view.x)
    names = [f"{block}.{role}" for role in ("shortcut", "branch")]
    shortcut, branch = (maps.as_maps(view.network.graph, name, traced[name])[0] for name in names)
    (channel,) = pictures.leading_channels([shortcut, branch], 1)
    name = network_name(view.network.name)
    st.markdown(t("home.claim", channel=channel, channels=len(shortcut), block=block, network=name))
    scene_view.draw(view, block, key="sum", start={}, on={}, only=True)
    st.markdown(t("home.finding", ratio=residual.measure_sum(*(traced[name] for name in names)).ratio))
