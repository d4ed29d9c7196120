"""A view is a link: every shared choice stands in the query string under its name in the session.

Streamlit's own `bind="query-params"` writes an option as it is shown, in the reader's language; a link must open in
both, so ids go in here.
"""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

import streamlit as st

from explorer.ui.words import escaped, t

T = TypeVar("T", bound=str | int | float)
MOST_TOLD = 3  # wrong values of a link that a notice lists


def restore(name: str, allowed: Collection[Any], default: T) -> T:
    """The choice called `name`: the session's, else the link's, else `default`.

    A value that is not `allowed` falls back to `default`; where it came with a link, a small notice says so. A browser
    that is slow to draw may send a widget as empty: its choice still stands in the link.
    """
    kind = type(default)
    if name not in st.session_state:
        wanted = st.query_params.get(name)
        chosen = default if wanted is None else _read(wanted, kind)
        if chosen is None or chosen not in allowed:  # asking whether a range holds None tries each of its numbers
            refuse(name, wanted or "")
            chosen = default
        st.session_state[name] = chosen
    elif st.session_state[name] is None:
        linked = _read(st.query_params.get(name, ""), kind)
        st.session_state[name] = linked if linked is not None and linked in allowed else default
    elif st.session_state[name] not in allowed:
        st.session_state[name] = default
    value: T = st.session_state[name]
    return value


def begin() -> None:
    """With each run of the script: what a link asks for in vain is told anew."""
    st.session_state.pop("refused_link", None)


def refuse(name: str, wanted: str) -> None:
    """Tell that the link asks for what is not there: all that it asks for in vain in one notice, which grows."""
    shown = "".join(c for c in wanted[:40] if c.isprintable())
    told = st.session_state.setdefault("refused_link", {"asked": [], "notice": st})
    told["asked"].append(f"{escaped(name)} = “{escaped(shown)}”")
    listed, more = told["asked"][:MOST_TOLD], len(told["asked"]) - MOST_TOLD
    asked = " · ".join([*listed, t("bar.asked_more", count=more)] if more > 0 else listed)
    told["notice"] = told["notice"].toast(t("bar.bad_link", asked=asked), icon=":material/link_off:")


def restore_several(name: str, allowed: Sequence[Any], default: Sequence[Any], most: int | None = None) -> list[Any]:
    """As `restore`, for a choice of several, in the order of `allowed`; `keep_several` writes them into the link.

    Of more than `most` in a link, the first are taken.
    """
    if not isinstance(st.session_state.get(name), list):
        wanted = st.query_params.get(name, "").split(" ")
        st.session_state[name] = [each for each in allowed if str(each) in wanted][:most] or list(default)
    found: list[Any] = st.session_state[name]
    return found


def keep_several(name: str, chosen: Sequence[Any]) -> None:
    keep(**{name: " ".join(map(str, chosen)) or None})


def keep(**choices: object) -> None:
    """Write `choices` into the address, where None removes; only what differs, since each write is a message."""
    for name, value in choices.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != str(value):
            st.query_params[name] = str(value)


def _read(wanted: str, kind: type) -> Any:
    try:
        return kind(wanted)
    except ValueError:
        return None
