"""Fragments: parts of a page that rerun alone, without main, so they show errors and write the address themselves."""

from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from explorer.ui.layout import browser_script
from explorer.ui.state import url_state
from explorer.ui.widgets import errors

P = ParamSpec("P")


def fragment(draw: Callable[P, None], run_every: float | None = None) -> Callable[P, None]:
    """`st.fragment(draw)` that shows an ExplorerError as a sentence and writes the address."""
    return st.fragment(url_state.written()(errors.shown()(draw)), run_every=run_every)


def watch(draw: Callable[[], bool], goes_on: bool, every_s: float = 0.9) -> None:
    """Draw a fragment, and redraw it every `every_s` seconds while `goes_on`, except in a hidden tab.

    `draw` returns whether the process still goes on. When that changes, or `redraw_page` was called, the whole page
    reruns once.
    """

    def part() -> None:
        if st.session_state.pop("redraw_page", False) or draw() != goes_on:
            st.rerun()

    fragment(part, browser_script.refresh_interval(every_s if goes_on else None))()


def redraw_page() -> None:
    """In a callback within `watch`: rerun the whole page, because the change also shows elsewhere on it."""
    st.session_state.redraw_page = True
