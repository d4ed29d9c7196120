"""Widgets whose value is both in the session and in the query string, under the widget's `key`.

Each function restores the value (from the session, else the link, else `default`, else the first option), draws
Streamlit's widget of that name and writes the value into the query string; with `omit_default` only if it differs from
the default. The value is always one of the options: an unknown value, or none, which a slow browser may send, becomes
the default. All other arguments go to Streamlit.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import streamlit as st

from explorer.ui.server.streamlit_private import Container
from explorer.ui.state import url_state

T = TypeVar("T", bound=str | int | float)
P = ParamSpec("P")


def selectbox(
    label: str, options: Collection[T], *, key: str, default: T | None = None, omit_default: bool = False, **more: Any
) -> T:
    return _draw(st.selectbox, "index", (label, list(options)), options, key, default, omit_default, more)


def segmented(
    label: str, options: Collection[T], *, key: str, default: T | None = None, omit_default: bool = False, **more: Any
) -> T:
    more["required"] = True
    return _draw(st.segmented_control, "default", (label, list(options)), options, key, default, omit_default, more)


def tabs(
    label: str, parts: Mapping[str, Callable[P, None]], *, key: str, format_func: Callable[[str], str]
) -> Callable[P, None]:
    """A page in parts, one at a time: a row of buttons over the names of `parts`. Returns a function that draws the
    chosen part in its `place`."""
    chosen = segmented(label, parts, key=key, format_func=format_func, label_visibility="collapsed")
    its_place = place(chosen, parts)

    def draw(*args: P.args, **more: P.kwargs) -> None:
        with its_place:
            parts[chosen](*args, **more)

    return draw


def place(chosen: str, parts: Iterable[str]) -> Container:
    """A container for the `chosen` one of `parts`; each has its own, and those of the others are emptied.

    Without that, the browser keeps the elements of the part before, greyed out, until a long computation of the chosen
    one has ended.
    """
    return {part: st.container() if part == chosen else st.empty() for part in parts}[chosen]


def select_slider(
    label: str, options: Collection[T], *, key: str, default: T | None = None, omit_default: bool = False, **more: Any
) -> T:
    return _draw(st.select_slider, "value", (label, list(options)), options, key, default, omit_default, more)


def slider(
    label: str, values: range, *, key: str, default: int | None = None, omit_default: bool = False, **more: Any
) -> int:
    more["step"] = values.step
    return _draw(st.slider, "value", (label, values[0], values[-1]), values, key, default, omit_default, more)


def number(
    label: str, values: range, *, key: str, default: int | None = None, omit_default: bool = False, **more: Any
) -> int:
    return _draw(st.number_input, "value", (label, values[0], values[-1]), values, key, default, omit_default, more)


def toggle(label: str, *, key: str, default: bool = False, **more: Any) -> bool:
    """In the link as 1 or 0, if it differs from the default."""
    chosen = bool(url_state.restore(key, (0, 1), int(default)))
    st.toggle(label, chosen, key=key, persist_state="session", **more)
    url_state.keep(**{key: None if chosen == default else int(chosen)})
    return chosen


def multiselect(
    label: str,
    options: Sequence[Any],
    *,
    key: str,
    default: Sequence[Any],
    most: int | None = None,
    omit_default: bool = False,
    **more: Any,
) -> list[Any]:
    """A list of at most `most` options, in the order in which they were chosen."""
    restored = [each for each in url_state.restore_list(key, options, default, most) if each in options]
    chosen = st.multiselect(label, options, restored, key=key, max_selections=most, persist_state="session", **more)
    url_state.keep_list(key, () if omit_default and chosen == list(default) else chosen)
    return chosen


def _draw(
    widget: Callable[..., Any],
    initial: str,
    given: Sequence[Any],
    options: Collection[T],
    key: str,
    default: T | None,
    omit_default: bool,
    more: dict[str, Any],
) -> T:
    usual: T = next(iter(options)) if default is None else default
    chosen = url_state.restore(key, options, usual)
    # Also as the default: a browser that missed the message with the value, because the script ran again at once, would
    # show the first option and send it as chosen.
    more[initial] = list(options).index(chosen) if initial == "index" else chosen
    # "session": the value survives leaving the page, and runs that do not draw the widget.
    widget(*given, key=key, persist_state="session", **more)
    url_state.keep(**{key: None if omit_default and chosen == usual else chosen})
    return chosen
