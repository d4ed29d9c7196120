"""The guesses, in the session, the link (`hw1=same`) and the browser, and which answers were already looked at.

The link's guess is shown before the browser's. Only what the reader decides by a button is written to the browser: a
link of somebody else changes nothing there.
"""

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
    st.session_state[_key(question)] = decided()[question] = option or ""
    st.session_state[f"{_key(question)}_seen"] = False


def decided() -> dict[str, str]:
    """What the reader has decided in this session: question -> guess, "" for one that was taken back."""
    found: dict[str, str] = st.session_state.setdefault("hw_decided", {})
    return found


def offer(question: str, option: object) -> None:
    """In a callback: take over the guess that the browser keeps, unless there is one or the reader has decided."""
    if question not in decided() and not st.session_state.get(_key(question)) and option in QUESTIONS[question]:
        st.session_state[_key(question)] = option


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
