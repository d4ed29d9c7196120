"""Access to runs. On a private server every session sees all runs; on a public one, its own and those it has links to.

A link is enough to watch, stop and resume a run. Only the session that created a run can delete or rename it.
"""

import secrets
from collections.abc import Collection
from typing import Final

import streamlit as st

from explorer.core import settings
from explorer.runs import store
from explorer.runs.store import Entry

MAX_LINKED: Final = 200  # run ids from links that a session remembers; older ones are forgotten


def visible_run_ids() -> Collection[str] | None:
    """Ids of the runs and sweeps that this session may see; None means all."""
    return _own_runs() | _linked_runs() if settings.is_public() else None


def newest_runs(most: int = store.NEWEST, also: Collection[str] = ()) -> list[Entry]:
    """Of the runs that this session may see, the newest `most`, those that run or wait, and `also`. Raises RunError."""
    return store.list_runs(only=visible_run_ids(), most=most, also=also)


def is_own(run_id: str) -> bool:
    """Whether this session may delete or rename the run."""
    return not settings.is_public() or run_id in _own_runs()


def started_here(run_id: str) -> bool:
    """Whether this session has started or resumed the run."""
    return run_id in _own_runs() or run_id in _started_runs()


def register_started(run_id: str) -> None:
    """Record that this session has resumed the run."""
    _started_runs().add(run_id)


def register_runs(*run_ids: str) -> None:
    """Record new runs as this session's. Call it before they are submitted: submitting checks the visitor's limits."""
    _own_runs().update(run_ids)
    for run_id in run_ids:
        store.set_visitor(store.find(run_id), _visitor_id())


def check_limits(more: int = 1) -> None:
    """Raise RunError if this session may not start `more` runs. Call it before any of them is created."""
    store.check_visitor_limits(store.folder(), _visitor_id(), more)


def redact(value: object) -> object:
    """A value for an error message: on a public server, `settings.redact` it and replace another session's run id."""
    words = settings.redact(value)
    is_anothers = isinstance(words, str) and settings.is_secret(words) and settings.is_public()
    return "…" if is_anothers and words not in (visible_run_ids() or ()) else words


def _visitor_id() -> str:
    """Random id of this session; the limits on runs count by it."""
    visitor: str = st.session_state.setdefault("visitor", secrets.token_hex(8))
    return visitor


def _own_runs() -> set[str]:
    ids: set[str] = st.session_state.setdefault("made_runs", set())
    return ids


def _started_runs() -> set[str]:
    ids: set[str] = st.session_state.setdefault("started_runs", set())
    return ids


def _linked_runs() -> set[str]:
    """Run ids in the query string, now or earlier in this session (leaving a page removes its parameters).

    Only unguessable ids count, so not runs from before the server was public.
    """
    ids: dict[str, None] = st.session_state.setdefault("named_runs", {})
    for value in st.query_params.to_dict().values():
        for name in value.removeprefix("run:").split(",", MAX_LINKED)[:MAX_LINKED]:
            run_id = name.partition(":")[0]  # a picture of a run is <id>:<index>
            if settings.is_secret(run_id):
                ids.pop(run_id, None)
                ids[run_id] = None
    while len(ids) > MAX_LINKED:
        ids.pop(next(iter(ids)))
    return set(ids)
