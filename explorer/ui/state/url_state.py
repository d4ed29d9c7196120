"""Choices that a link shares: each in the session and, under the same name, in the query string.

Streamlit's own `bind="query-params"` writes an option as it is shown, in the reader's language; a link must open in
both, so ids go in here. `explorer.ui.widgets.linked` has widgets that restore and keep their value.
"""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

import streamlit as st

from explorer.ui.words import escaped, t

T = TypeVar("T", bound=str | int | float)
MAX_LISTED = 3  # invalid values of a link in its notice; of others the number


def begin() -> None:
    """Reset the list of invalid query parameters at the start of each script run."""
    st.session_state.pop("refused_link", None)


def restore(name: str, allowed: Collection[Any], default: T) -> T:
    """The choice called `name`: the session's, else the link's, else `default`.

    A value that is not `allowed` falls back to `default`; where it came with a link, a small notice says so. None in
    the session is no choice: a browser that is slow to draw may send a widget as empty.
    """
    state = st.session_state
    if state.get(name) is None:
        asked = st.query_params.get(name)
        linked = None if asked is None else _read(asked, type(default))
        is_allowed = linked is not None and linked in allowed  # whether a range holds None would try all its numbers
        if asked is not None and not is_allowed:
            refuse(name, asked)
        state[name] = linked if is_allowed else default
    elif state[name] not in allowed:
        state[name] = default
    value: T = state[name]
    return value


def restore_several(name: str, allowed: Sequence[Any], default: Sequence[Any], most: int | None = None) -> list[Any]:
    """As `restore`, for several options, in the order of `allowed`; `keep_several` writes them into the link.

    Of more than `most` in a link, the first are taken.
    """
    if not isinstance(st.session_state.get(name), list):
        asked = st.query_params.get(name, "").split(" ")
        st.session_state[name] = [each for each in allowed if str(each) in asked][:most] or list(default)
    found: list[Any] = st.session_state[name]
    return found


def keep(**choices: object) -> None:
    """Write `choices` into the address, where None removes; only what differs, since each write is a message."""
    for name, value in choices.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != str(value):
            st.query_params[name] = str(value)


def keep_several(name: str, chosen: Sequence[Any]) -> None:
    keep(**{name: " ".join(map(str, chosen)) or None})


def refuse(name: str, asked: str) -> None:
    """Say that the link's value is not available; one notice lists all such values of a script run."""
    shown = "".join(c for c in asked[:40] if c.isprintable())
    refused = st.session_state.setdefault("refused_link", {"asked": [], "notice": st})
    refused["asked"].append(f"{escaped(name)} = “{escaped(shown)}”")
    listed, more = refused["asked"][:MAX_LISTED], len(refused["asked"]) - MAX_LISTED
    words = " · ".join([*listed, t("bar.asked_more", count=more)] if more > 0 else listed)
    refused["notice"] = refused["notice"].toast(t("bar.bad_link", asked=words), icon=":material/link_off:")


def _read(value: str, kind: type) -> Any:
    try:
        return kind(value)
    except ValueError:
        return None
