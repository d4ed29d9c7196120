"""A user's error on screen: one sentence, where it happened or, from a callback, where the page wants it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from explorer.core.errors import ExplorerError
from explorer.ui.words import error_message


def show(error: ExplorerError) -> None:
    st.error(error_message(error), icon=":material/error:")


@contextmanager
def shown() -> Iterator[None]:
    """Show an ExplorerError that is raised within, which ends there."""
    try:
        yield
    except ExplorerError as error:
        show(error)


@contextmanager
def kept(name: str) -> Iterator[None]:
    """In a callback, which draws nothing: keep the sentence of an ExplorerError for `show_kept(name)`."""
    try:
        yield
    except ExplorerError as error:
        st.session_state[name] = error_message(error)


def show_kept(name: str) -> None:
    """Show what `kept(name)` has caught, once."""
    if sentence := st.session_state.pop(name, None):
        st.error(sentence, icon=":material/error:")
