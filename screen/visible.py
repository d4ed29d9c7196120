"""Which runs a reader sees: all; on a public server those that this session made, and those that a link named to it.

A link is enough to watch a run, to stop it and to go on with it. Only the session that made it can delete or rename it.
"""

from collections.abc import Collection

import streamlit as st

from explorer import server
from explorer.errors import RunError
from explorer.training import runs


def names() -> Collection[str] | None:
    """The ids of the runs (and sweeps) that may be seen; None means all."""
    return _made() | _named() if server.is_public() else None


def is_own(run_id: str) -> bool:
    """Whether this session may delete or rename it."""
    return not server.is_public() or run_id in _made()


def made(*run_ids: str) -> None:
    """To be told of each run that this session creates."""
    _made().update(run_ids)


def check_room(more: int = 1) -> None:
    """Raises RunError where this session may not start `more` runs, beside those of its own that wait or train."""
    most = server.limit("EXPLORER_MAX_PER_VISITOR")
    active = sum(entry.status.state in runs.ACTIVE for entry in runs.list_runs(only=_made()))
    if active + more > most:
        raise RunError("errors.public_room", count=active, limit=f"{most:g}")


def discreet(value: object) -> object:
    """`value` of a sentence: on a public server without what `server.shown` hides, and without another's run."""
    words = server.shown(value)
    is_anothers = isinstance(words, str) and server.is_secret(words) and server.is_public()
    return "…" if is_anothers and words not in (names() or ()) else words


def _made() -> set[str]:
    found: set[str] = st.session_state.setdefault("made_runs", set())
    return found


def _named() -> set[str]:
    """By this address, or by one before: a page that is left takes its part of the address with it.

    What could be guessed, a run from before the server was public, no address names.
    """
    found: set[str] = st.session_state.setdefault("named_runs", set())
    for value in st.query_params.to_dict().values():
        found.update(filter(server.is_secret, value.removeprefix("run:").split(",")))
    return found
