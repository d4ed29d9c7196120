"""Which runs a reader sees: all; on a public server those that this session made, and those that a link named to it.

A link is enough to watch a run, to stop it and to go on with it. Only the session that made it can delete or rename it.
"""

import secrets
from collections.abc import Collection
from typing import Final

import streamlit as st

from explorer.core import settings
from explorer.runs import store

MOST_NAMED: Final = 200  # by links, in a session: the last ones


def names() -> Collection[str] | None:
    """The ids of the runs (and sweeps) that may be seen; None means all."""
    return _made() | _named() if settings.is_public() else None


def is_own(run_id: str) -> bool:
    """Whether this session may delete or rename it."""
    return not settings.is_public() or run_id in _made()


def made(*run_ids: str) -> None:
    """To be told of each run that this session creates, before it is submitted: then its limits are asked."""
    _made().update(run_ids)
    for run_id in run_ids:
        store.set_visitor(store.find(run_id), _visitor())


def check_room(more: int = 1) -> None:
    """Raises RunError where this session may not start `more` runs: before any of them is made."""
    store.check_visitor_limits(store.folder(), _visitor(), more)


def discreet(value: object) -> object:
    """`value` of a sentence: on a public server without what `settings.redact` hides, and without another's run."""
    words = settings.redact(value)
    is_anothers = isinstance(words, str) and settings.is_secret(words) and settings.is_public()
    return "…" if is_anothers and words not in (names() or ()) else words


def _visitor() -> str:
    """What this session's runs are counted by."""
    found: str = st.session_state.setdefault("visitor", secrets.token_hex(8))
    return found


def _made() -> set[str]:
    found: set[str] = st.session_state.setdefault("made_runs", set())
    return found


def _named() -> set[str]:
    """By this address, or by one before: a page that is left takes its part of the address with it.

    What could be guessed, a run from before the server was public, no address names.
    """
    found: dict[str, None] = st.session_state.setdefault("named_runs", {})
    for value in st.query_params.to_dict().values():
        for name in value.removeprefix("run:").split(",", MOST_NAMED)[:MOST_NAMED]:
            if settings.is_secret(name):
                found.pop(name, None)
                found[name] = None
    while len(found) > MOST_NAMED:
        found.pop(next(iter(found)))
    return set(found)
