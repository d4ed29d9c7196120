"""A card for each page: what it is for, and a button to it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import streamlit as st

from explorer.models import registry
from explorer.ui.layout import navigation
from explorer.ui.state.cache import View
from explorer.ui.words import t

T = TypeVar("T")

ICONS = {
    "source": ":material/code:",
    "homework": ":material/assignment:",
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


def draw(view: View) -> None:
    """Draw the first two pages as wide cards (where to begin, and the way through), the others three in a row."""
    first, second, *others = ICONS
    for name in (first, second):
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
            st.markdown(t(f"home.{name}_help"), width="content")
            is_other = name == first and view.network.name not in registry.NETWORKS
            words = t("home.source_other" if is_other else f"home.{name}")
            if st.button(words, type="primary" if name == first else "secondary", icon=ICONS[name]):
                if name == first and view.network.graph.blocks:
                    st.session_state.update(block=view.network.graph.main_block, step="add")
                st.switch_page(navigation.path(name))
    for row in batched(others, 3):
        for name, column in zip(row, st.columns(3), strict=True):
            with column.container(border=True, height="stretch", vertical_alignment="distribute"):
                st.markdown(t(f"home.{name}_help"))
                if st.button(t(f"home.{name}"), icon=ICONS[name]):
                    st.switch_page(navigation.path(name))


def batched(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """itertools.batched of Python 3.12."""
    rest = iter(items)
    while row := tuple(islice(rest, size)):
        yield row
