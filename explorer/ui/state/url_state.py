"""Choices that a link shares: each is in the session and, under the same name, in the query string.

Streamlit's `bind="query-params"` writes an option's displayed text, in the language on screen. A link must open in
both languages, so these functions write ids. `explorer.ui.widgets.linked` has widgets that use them.

The address is written once per script run, and a page is one entry of the browser's history. Another value of one of
STEPS is an entry more; any other change replaces the entry. After Back or Forward the address wins over the session,
except for what STAYS. `assets/js/history.js` is the browser's part.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import urlencode, urlsplit

import streamlit as st

from explorer.ui.server import streamlit_private
from explorer.ui.words import escaped, t

T = TypeVar("T", bound=str | int | float)
P = TypeVar("P")
MAX_LISTED = 3  # invalid values that the notice lists; it counts the others

STEPS: Final = frozenset({
    "picture", "network", "weights", "compare_network", "compare_weights",
    "block", "step", "source_call", "zoom", "op",  # the place in a network
    "diagrams_part", "shortcut_part", "why_part", "features_part", "pretraining_part", "hw",  # the part of a page
    "run", "comparison", "model",  # what a page is about
})  # fmt: skip
"""Choices whose change is a step for the reader: Back undoes it. Sliders, orders and details are none."""

STAYS: Final = frozenset({"lang", *(f"hw{number}" for number in range(1, 7))})
"""Choices that Back leaves alone, since they are not places: the language, and the guesses of the homework."""

_address: ContextVar[dict[str, str]] = ContextVar("address")  # what this script run is going to write


def begin() -> None:
    """Reset the list of invalid query parameters at the start of each run of the whole script."""
    st.session_state.pop("refused_link", None)


def open_page(page: str) -> None:
    """Call when `page` is known. After Back or Forward, forget what the address decides.

    These are the choices that it has, and those of `page` that it leaves out: they become their defaults.
    """
    state = st.session_state
    state.page = page
    if is_back():
        state.turns = turns() + 1
        state.pop("forgotten", None)
        pages: dict[str, set[str]] = state.get("page_choices", {})
        known = set().union(*pages.values())
        for name in (pages.get(page, set()) | (known & {*st.query_params})) - STAYS:
            state.pop(name, None)


def is_back() -> bool:
    """Whether the reader went Back or Forward.

    Not to an address without any choice: the reader left that page before it was written, and the session stays.
    """
    return streamlit_private.is_history_navigation() and bool(st.query_params)


def turns() -> int:
    """How often the reader went Back or Forward; what draws in the browser by itself begins anew with each."""
    count: int = st.session_state.get("turns", 0)
    return count


@contextmanager
def written() -> Iterator[None]:
    """Write what `keep` is told within the `with` into the address, at its end. An inner `written` has no effect.

    A run that `st.rerun` or `st.switch_page` ends, or a new run interrupts, writes nothing: the next one does. To stop
    a run, call `stop`.
    """
    if _address.get(None) is not None:
        yield
        return
    token = _address.set(_base())
    try:
        yield
        _write()
    finally:
        _address.reset(token)


def stop() -> NoReturn:
    """Write the address, and stop the script run."""
    _write()  # after `st.stop` the session cannot be read
    st.stop()


def is_step(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Whether two addresses of one page differ in a choice of STEPS."""
    return any(before.get(name) != after.get(name) for name in STEPS)


def restore(name: str, allowed: Collection[Any], default: T, *, run: str = "") -> T:
    """Set and return the choice `name`: the session's value, else the link's, else `default`.

    A value that is not `allowed` becomes `default`, with a notice if it came from the link. None in the session counts
    as no value: a slow browser may send a widget as empty. A choice within `run`, a run's id, is forgotten with it.
    """
    state = st.session_state
    _register(name)
    if run:
        if state.get(name) is not None and state.get(f"{name}_run", run) != run:
            state[name] = default
        state[f"{name}_run"] = run
    if state.get(name) is None:
        asked = _asked(name)
        linked = None if asked is None else _parse(asked, type(default))
        is_allowed = linked is not None and linked in allowed  # `None in range(n)` would compare every number
        if asked is not None and not is_allowed:
            refuse(name, asked)
        state[name] = linked if is_allowed else default
    elif state[name] not in allowed:
        state[name] = default
    value: T = state[name]
    return value


def asked(name: str) -> str:
    """The choice `name` before it is checked: the session's, else the link's, else "". Changes nothing."""
    return str(st.session_state.get(name) or st.query_params.get(name) or "")


def restore_list(name: str, allowed: Sequence[Any], default: Sequence[Any], most: int | None = None) -> list[Any]:
    """`restore` for a list of options, in the order of `allowed`, at `most` so many; `keep_list` writes them."""

    def parse(text: str) -> list[Any]:
        asked = text.split(" ")
        return [each for each in allowed if str(each) in asked][:most] or list(default)

    return restore_parsed(name, parse, list)


def restore_parsed(name: str, parse: Callable[[str], P], kind: type[P], *, link: str = "") -> P:
    """`restore` for a value of another `kind`, made by `parse` from the link's text, which is empty if there is none.

    `link` is the name in the link, if that is not `name`. Whoever calls this writes the text with `keep`.
    """
    _register(name)
    if not isinstance(st.session_state.get(name), kind):
        st.session_state[name] = parse(_asked(link or name) or "")
    value: P = st.session_state[name]
    return value


def keep(**choices: object) -> None:
    """Put `choices` into the address; None removes one. Only within `written`, which surrounds pages and fragments."""
    address = _address.get()
    for name, value in choices.items():
        _register(name)
        if value is None:
            address.pop(name, None)
        else:
            address[name] = str(value)


def address() -> str:
    """The whole address of what is on screen, as far as `keep` has told it in this run; empty without a browser."""
    told = _address.get(None)
    query = urlencode(st.query_params.to_dict() if told is None else told)
    page = st.context.url or ""
    slash = "/" if page and not urlsplit(page).path else ""
    return f"{page}{slash}?{query}" if page and query else page


def keep_list(name: str, chosen: Sequence[Any]) -> None:
    keep(**{name: " ".join(map(str, chosen)) or None})


def forget(*names: str) -> None:
    """Forget choices, so that `restore` takes the default. For callbacks, too."""
    for name in names:
        st.session_state.pop(name, None)
    st.session_state.setdefault("forgotten", set()).update(names)


def refuse(name: str, asked: str) -> None:
    """Show that the link's value `asked` is invalid; one notice lists all such values of a script run."""
    shown = "".join(c for c in asked[:40] if c.isprintable())
    refused = st.session_state.setdefault("refused_link", {"asked": [], "notice": st})
    refused["asked"].append(f"{escaped(name)} = “{escaped(shown)}”")
    listed, more = refused["asked"][:MAX_LISTED], len(refused["asked"]) - MAX_LISTED
    words = " · ".join([*listed, t("bar.asked_more", count=more)] if more > 0 else listed)
    refused["notice"] = refused["notice"].toast(t("bar.bad_link", asked=words), icon=":material/link_off:")


def _base() -> dict[str, str]:
    """The choices that a run begins with. The browser may ask for a fragment before it has the last run's address."""
    page, last = st.session_state.get("written", ("", {}))
    if streamlit_private.is_fragment_run() and page == st.session_state.get("page"):
        return dict(last)
    return st.query_params.to_dict()


def _write() -> None:
    """Write the address, if it changed. That `st.query_params` is emptied first says: replace the browser's entry."""
    state, address = st.session_state, _address.get()
    page = state.get("page", "")
    before: tuple[str, dict[str, str]] | None = state.get("written")
    state.written = (page, dict(address))
    changed = address != st.query_params.to_dict()
    is_entry = before is not None and before[0] == page and is_step(before[1], address) and not is_back()
    if changed and not is_entry:
        st.query_params.clear()
    if changed or is_back():  # two quick Backs may have left the address of one in the entry of the other
        st.query_params.from_dict(address)


def _asked(name: str) -> str | None:
    """The link's value of `name`, unless that was forgotten."""
    forgotten: set[str] = st.session_state.setdefault("forgotten", set())
    if name in forgotten:
        forgotten.discard(name)
        return None
    return st.query_params.get(name)


def _register(name: str) -> None:
    """Note that the page has this choice."""
    pages: dict[str, set[str]] = st.session_state.setdefault("page_choices", {})
    pages.setdefault(st.session_state.get("page", ""), set()).add(name)


def _parse(value: str, kind: type) -> Any:
    try:
        return kind(value)
    except ValueError:
        return None
