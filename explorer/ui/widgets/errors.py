"""Show an ExplorerError as one sentence: in place, or after a callback where the page calls `show_kept`."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from explorer.core.errors import ExplorerError
from explorer.ui.words import error_message


def show(error: ExplorerError) -> None:
    st.error(error_message(error), icon=":material/error:")


@contextmanager
def shown() -> Iterator[None]:
    """Context manager: catch an ExplorerError and show it."""
    try:
        yield
    except ExplorerError as error:
        show(error)


@contextmanager
def kept(name: str) -> Iterator[None]:
    """Context manager for callbacks, which cannot draw: catch an ExplorerError for `show_kept(name)` to show."""
    try:
        yield
    except ExplorerError as error:
        st.session_state[name] = error_message(error)


def show_kept(name: str) -> None:
    """Show the error that `kept(name)` caught, once."""
    if sentence := st.session_state.pop(name, None):
        st.error(sentence, icon=":material/error:")
