"""Parts of a page that redraw alone. Their reruns bypass the try/except in main, so they show errors themselves."""

from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from explorer.ui.layout import browser_script
from explorer.ui.widgets import errors

P = ParamSpec("P")


def fragment(draw: Callable[P, None], run_every: float | None = None) -> Callable[P, None]:
    """`st.fragment` in which an ExplorerError is shown as a sentence."""
    return st.fragment(errors.shown()(draw), run_every=run_every)


def watch(draw: Callable[[], bool], goes_on: bool, every_s: float = 0.9) -> None:
    """Draw a part of the page, and again every `every_s` seconds while `goes_on`, except in a hidden tab.

    `draw` returns whether it still goes on. Once that has changed, or `redraw_page` was called, the whole page is drawn
    once more.
    """

    def part() -> None:
        if st.session_state.pop("redraw_page", False) or draw() != goes_on:
            st.rerun()

    fragment(part, browser_script.every(every_s if goes_on else None))()


def redraw_page() -> None:
    """In a callback of a part that is watched: what it changes is drawn elsewhere on the page, too."""
    st.session_state.redraw_page = True
