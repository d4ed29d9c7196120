"""The progress bar of a download."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from explorer.ui.words import t


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int | None], None]]:
    """Context manager: draw a progress bar; call the yielded function with (bytes so far, total bytes or None).

    The stop button has no callback: any click reruns the page, which ends the download and removes the partial file.
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
