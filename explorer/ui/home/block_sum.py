"""One channel of a residual block, as x + F(x) = sum."""

import streamlit as st

from explorer.analysis import residual
from explorer.plots import pictures
from explorer.plots.pictures import common_scale
from explorer.ui.state import cache
from explorer.ui.state.cache import View
from explorer.ui.widgets import html_figures, markup
from explorer.ui.words import network_name, t


def draw(view: View) -> None:
    """Draw the chosen picture, then x + F(x) = sum for the leading channel of `shown_block`."""
    block = shown_block(view)
    traced = cache.block_trace(view.key, block, view.network, view.x)
    shortcut, branch, total = (traced[f"{block}.{role}"][0] for role in ("shortcut", "branch", "add"))
    (channel,) = pictures.leading_channels([shortcut, branch], 1)
    name = network_name(view.network.name)
    st.markdown(t("home.claim", channel=channel, channels=len(shortcut), block=block, network=name))
    details = view.network.graph.blocks[block]
    words = {"x": "home.x" if details.identity else "home.x_changed", "f": "home.f",
             "sum": "home.sum" if details.rectified else "home.sum_left"}  # fmt: skip
    symbols = dict(zip(("x", "f"), details.terms, strict=True))
    maps = {"x": shortcut[channel], "f": branch[channel], "sum": total[channel]}
    scale = common_scale(maps.values())
    seen = pictures.rgb_png(view.network.preprocess.pixels(view.x)[0])
    terms = [
        html_figures.term("", t("home.seen"), html_figures.picture(pictures.data_uri(seen), t("home.picture_alt")))
    ]
    for role, (word, values) in zip(("shortcut", "branch", "sum"), maps.items(), strict=True):
        image = html_figures.picture(pictures.data_uri(pictures.map_png(values, scale)), t(f"home.{word}_alt"))
        terms.append(html_figures.term(role, t(words[word], **symbols), image))
    markup.show(html_figures.sum_row(terms, scale))
    st.markdown(t("home.finding", ratio=residual.measure_sum(shortcut, branch).ratio))


def shown_block(view: View) -> str:
    """The first block with an identity shortcut; if there is none, the first that keeps the shape of x."""
    blocks = view.network.graph.blocks
    return next(
        path for path, block in sorted(blocks.items(), key=lambda each: (not each[1].identity, each[1].resizes))
    )
