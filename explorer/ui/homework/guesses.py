"""The guesses, in the session and the link (`hw1=same`), and which answers were already looked at."""

import streamlit as st

from explorer.experiments.homework.questions import QUESTIONS, number
from explorer.ui.state import url_state


def restore() -> None:
    """Restore all guesses from session or link, and write them into the link."""
    for question, options in QUESTIONS.items():
        key = _key(question)
        guess = url_state.restore(key, ("", *options), "")
        url_state.keep(**{key: guess or None})


def of(question: str) -> str | None:
    """The guess, if one was made. Call `restore` first."""
    return st.session_state[_key(question)] or None


def make(question: str, option: str | None) -> None:
    """Make a guess; None takes it back, and hides the answer."""
    st.session_state[_key(question)] = option or ""
    st.session_state[f"{_key(question)}_seen"] = False


def see(question: str) -> None:
    st.session_state[f"{_key(question)}_seen"] = True


def is_seen(question: str) -> bool:
    """Whether the reader has asked for the answer."""
    return bool(st.session_state.get(f"{_key(question)}_seen"))


def clear() -> None:
    for question in QUESTIONS:
        make(question, None)


def _key(question: str) -> str:
    return f"hw{number(question)}"
