"""The reader's own words, name and guesses: kept by the browser, with a copy in this session for the file."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from explorer.core import assets
from explorer.experiments.homework.questions import QUESTIONS
from explorer.ui.homework import guesses
from explorer.ui.widgets.reports import reported
from explorer.ui.words import t

NAME: Final = "name"
FIELDS: Final = (NAME, *QUESTIONS)
_GUESSES: Final = {question: f"guess {question}" for question in QUESTIONS}  # the browser's fields of the guesses
LIMIT, NAME_LIMIT = 2000, 60  # characters

_KEY, _STATE = "homework_words", "hw_words"
_LABELS: Final = (
    "saved", "empty", "not_saved", "newer", "take_theirs", "keep_mine", "characters", "clear", "clear_ask", "clear_yes",
    "clear_no",
)  # fmt: skip
_component = st.components.v2.component(
    "homework_words", css=assets.css("homework_words"), js=assets.js("homework_words")
)


def draw(field: str) -> None:
    """Draw the text of `field`, one of FIELDS; for the name also the button that clears everything.

    With "" nothing is seen, but the browser still reports what it keeps. Draw it once per run, always.
    """
    label = t("homework.name") if field == NAME else t(f"homework.words_{field}").replace("`", "") if field else ""
    data = {
        "field": field, "fields": (*FIELDS, *_GUESSES.values()), "limit": LIMIT, "name_limit": NAME_LIMIT,
        "label": label, "labels": {name: t(f"homework.{name}") for name in _LABELS},
        "guesses": {_GUESSES[question]: option for question, option in guesses.decided().items()},
    }  # fmt: skip
    _component(key=_KEY, data=data, on_words_change=_take, on_cleared_change=_clear)


def kept() -> dict[str, str]:
    """This session's copy: field -> text. The dictionary stays the same object, so a download on click reads it."""
    found: dict[str, str] = st.session_state.setdefault(_STATE, {})
    return found


def _take() -> None:
    sent = reported(_KEY, "words")
    if sent is None:
        return
    texts, held = checked(sent), kept()
    held.update(texts)  # first: a download may read it meanwhile
    for field in held.keys() - texts.keys():
        del held[field]
    if isinstance(sent, Mapping):
        for question, name in _GUESSES.items():
            guesses.offer(question, sent.get(name))


def _clear() -> None:
    kept().clear()
    guesses.clear()


def checked(texts: Any) -> dict[str, str]:
    """The texts of known fields that a browser sent, none longer than allowed; empty ones are left out."""
    if not isinstance(texts, Mapping):
        return {}
    limits = {field: NAME_LIMIT if field == NAME else LIMIT for field in FIELDS}
    return {
        field: texts[field][:limit]
        for field, limit in limits.items()
        if isinstance(texts.get(field), str) and texts[field].strip()
    }
