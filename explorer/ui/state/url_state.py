"""Choices that a link shares: each is in the session and, under the same name, in the query string.

Streamlit's `bind="query-params"` writes an option's displayed text, in the language on screen. A link must open in
both languages, so these functions write ids. `explorer.ui.widgets.linked` has widgets that use them.
"""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

import streamlit as st

from explorer.ui.words import escaped, t

T = TypeVar("T", bound=str | int | float)
MAX_LISTED = 3  # invalid values that the notice lists; it counts the others


def begin() -> None:
    """Reset the list of invalid query parameters at the start of each script run."""
    st.session_state.pop("refused_link", None)


def restore(name: str, allowed: Collection[Any], default: T, *, run: str = "") -> T:
    """Set and return the choice `name`: the session's value, else the link's, else `default`.

    A value that is not `allowed` becomes `default`, with a notice if it came from the link. None in the session counts
    as no value: a slow browser may send a widget as empty. A choice within `run`, a run's id, is forgotten with it.
    """
    state = st.session_state
    if run and state.setdefault(f"{name}_run", run) != run:
        state.update({name: default, f"{name}_run": run})
    if state.get(name) is None:
        asked = st.query_params.get(name)
        linked = None if asked is None else _parse(asked, type(default))
        is_allowed = linked is not None and linked in allowed  # `None in range(n)` would compare every number
        if asked is not None and not is_allowed:
            refuse(name, asked)
        state[name] = linked if is_allowed else default
    elif state[name] not in allowed:
        state[name] = default
    value: T = state[name]
    return value


def restore_list(name: str, allowed: Sequence[Any], default: Sequence[Any], most: int | None = None) -> list[Any]:
    """`restore` for a list of options, in the order of `allowed`, at `most` so many; `keep_list` writes them."""
    if not isinstance(st.session_state.get(name), list):
        asked = st.query_params.get(name, "").split(" ")
        st.session_state[name] = [each for each in allowed if str(each) in asked][:most] or list(default)
    chosen: list[Any] = st.session_state[name]
    return chosen


def keep(**choices: object) -> None:
    """Write `choices` into the query string; None removes one. Only changes are written, since each sends a message."""
    for name, value in choices.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != str(value):
            st.query_params[name] = str(value)


def keep_list(name: str, chosen: Sequence[Any]) -> None:
    keep(**{name: " ".join(map(str, chosen)) or None})


def refuse(name: str, asked: str) -> None:
    """Show that the link's value `asked` is invalid; one notice lists all such values of a script run."""
    shown = "".join(c for c in asked[:40] if c.isprintable())
    refused = st.session_state.setdefault("refused_link", {"asked": [], "notice": st})
    refused["asked"].append(f"{escaped(name)} = “{escaped(shown)}”")
    listed, more = refused["asked"][:MAX_LISTED], len(refused["asked"]) - MAX_LISTED
    words = " · ".join([*listed, t("bar.asked_more", count=more)] if more > 0 else listed)
    refused["notice"] = refused["notice"].toast(t("bar.bad_link", asked=words), icon=":material/link_off:")


def _parse(value: str, kind: type) -> Any:
    try:
        return kind(value)
    except ValueError:
        return None
