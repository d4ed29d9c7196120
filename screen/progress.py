"""A download on screen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from screen.words import say


@contextmanager
def showing() -> Iterator[Callable[[int, int | None], None]]:
    """A bar for the time of a download; call what it gives with the bytes so far and in all."""
    bar = st.progress(0.0, say("bar.connecting"))

    def show(done: int, total: int | None) -> None:
        words = say("bar.downloaded", done=done / 1e6, total=(total or 0) / 1e6)
        bar.progress(min(done / total, 1.0) if total else 0.0, words)

    try:
        yield show
    finally:
        bar.empty()
