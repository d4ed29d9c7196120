"""A download on screen."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from explorer.ui.words import t


@contextmanager
def showing() -> Iterator[Callable[[int, int | None], None]]:
    """A bar for the time of a download; call what it gives with the bytes so far and in all.

    The button beside it needs to do nothing: any click draws the page anew, and what is half loaded is removed.
    """
    space, begun = st.empty(), time.monotonic()
    with space.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, t("bar.connecting"))
        st.button(t("bar.job_stop"), key="stop_download", icon=":material/stop:")

    def show(done: int, total: int | None) -> None:
        if not total:
            bar.progress(0.0, t("bar.downloaded_some", done=done / 1e6))
            return
        left = (time.monotonic() - begun) * (total - done) / max(done, 1)
        words = t("bar.downloaded", done=done / 1e6, total=total / 1e6, seconds=max(left, 0))
        bar.progress(min(done / total, 1.0), words)

    try:
        yield show
    finally:
        space.empty()
