"""Charts as the specifications that the browser takes, each made once: Altair needs up to 0.1 s for one."""

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import streamlit as st

from explorer.drawing import charts
from screen import style
from screen.words import language

Chart = alt.LayerChart | alt.FacetChart
Spec = dict[str, Any]


def made(key: object, draw: Callable[..., Chart], *given: Any, **named: Any) -> Spec:
    """What `draw(*given, **named)` makes, cached by `key`, which names all that is given, and by language and theme."""
    return _spec(f"{draw.__module__} {draw.__name__} {key}", language(), style.ink(), draw, given, named)


@st.cache_resource(max_entries=256, show_spinner=False)
def _spec(
    key: str, language: str, ink: str, _draw: Callable[..., Chart], _given: tuple[Any, ...], _named: Mapping[str, Any]
) -> Spec:
    drawn: Spec = charts.legible(_draw(*_given, **_named), ink).to_dict()
    return drawn
