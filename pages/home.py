"""What a residual block is, live from the chosen picture; where to go; what this machine has."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import pandas as pd
import streamlit as st

from explorer.analysis import residual
from explorer.codegen import shortcut as scripts
from explorer.models import inventory, registry
from explorer.plots import pictures
from explorer.plots.pictures import common_scale
from explorer.ui.layout import header, navigation, tour
from explorer.ui.state import cache
from explorer.ui.state.cache import View
from explorer.ui.widgets import code_export, gpu_notice, html_figures, markup, tables
from explorer.ui.words import escaped, language, network_name, t, weights_name

T = TypeVar("T")

WAYS = {
    "source": ":material/code:",
    "diagrams": ":material/account_tree:",
    "shortcut": ":material/alt_route:",
    "why": ":material/trending_down:",
    "features": ":material/grid_view:",
    "predict": ":material/bar_chart:",
    "finetune": ":material/tune:",
    "compare": ":material/leaderboard:",
    "pretraining": ":material/school:",
    "history": ":material/timeline:",
}


def page() -> None:
    st.title(t("home.title"))
    view = header.view()
    has_sum = header.has_shortcuts(view)
    if has_sum:
        draw_sum(view)
    draw_ways(view)
    if has_sum:
        code_export.offer(view, lambda file: scripts.block(view.network, shown_block(view), None, file))
    shown = st.expander(t("home.machine"), key="machine_shown", on_change="rerun", icon=":material/memory:")
    if shown.open:
        with shown:
            draw_machine()
    if not tour.is_offered():
        tour.take()
    st.caption(t("home.read_on"))


def draw_sum(view: View) -> None:
    """The chosen picture, then x + F(x) = sum: one channel of a block, whose shortcut is x itself if there is one."""
    block = shown_block(view)
    traced = cache.block_trace(view.key, block, view.network, view.x)
    shortcut, branch, total = (traced[f"{block}.{role}"][0] for role in ("shortcut", "branch", "add"))
    (channel,) = pictures.leading_channels([shortcut, branch], 1)
    name = network_name(view.network.name)
    st.markdown(t("home.claim", channel=channel, channels=len(shortcut), block=block, network=name))
    found = view.network.graph.blocks[block]
    words = {"x": "home.x" if found.identity else "home.x_changed", "f": "home.f",
             "sum": "home.sum" if found.rectified else "home.sum_left"}  # fmt: skip
    symbols = dict(zip(("x", "f"), found.terms, strict=True))
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
    """The first whose shortcut is x itself; where each changes x, the first that keeps its shape."""
    blocks = view.network.graph.blocks
    return next(
        path for path, block in sorted(blocks.items(), key=lambda each: (not each[1].identity, each[1].resizes))
    )


def draw_ways(view: View) -> None:
    """A card for each page: what it is for, and the way there; the first is where to begin."""
    first, *others = WAYS
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
        st.markdown(t(f"home.{first}_help"), width="content")
        if st.button(t(f"home.{first}"), type="primary", icon=WAYS[first]):
            if view.network.graph.blocks:
                st.session_state.update(block=shown_block(view), step="add")
            st.switch_page(navigation.path(first))
    for row in batched(others, 3):
        for name, column in zip(row, st.columns(3), strict=True):
            with column.container(border=True, height="stretch", vertical_alignment="distribute"):
                st.markdown(t(f"home.{name}_help"))
                if st.button(t(f"home.{name}"), icon=WAYS[name]):
                    st.switch_page(navigation.path(name))


def batched(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """itertools.batched of Python 3.12."""
    rest = iter(items)
    while row := tuple(islice(rest, size)):
        yield row


def draw_machine() -> None:
    found = inventory.inventory()
    for name, words in inventory.facts(found, language()).items():
        st.markdown(f"**{name}** · {escaped(words)}")
    gpu_notice.draw_problem()
    st.markdown(t("machine.gallery", count=found["data"]["gallery"]))
    columns = (*registry.BUNDLED, registry.TWIN, *registry.IMAGENET, "random")
    rows = [
        {t("machine.network"): network_name(name)}
        | {weights_name(w): t(f"machine.{weights[w]}") if w in weights else "–" for w in columns}
        for name, weights in found["networks"].items()
    ]
    tables.show(pd.DataFrame(rows), alt=t("machine.table_alt"))
    st.caption(t("home.command_line"))


page()
