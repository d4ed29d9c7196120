"""What the parts share: accounts, and charts as the specifications that the browser takes, each made once.

Altair needs a tenth of a second for a diagram, too long for every redraw.
"""

from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import streamlit as st

from explorer.drawing import charts, diagrams
from explorer.network import account as accounts
from explorer.network import source, zoo
from explorer.network.account import Account
from explorer.network.source import WHOLE
from explorer.network.zoo import Network
from screen import style
from screen.cached import View
from screen.words import language, say

Chart = alt.LayerChart | alt.FacetChart
Spec = dict[str, Any]


def account(view: View) -> Account:
    return _account(view.network_key, view.network)


@st.cache_resource(max_entries=16, show_spinner=False)
def _account(network_key: str, _network: Network) -> Account:
    return accounts.account(_network)


@st.cache_resource(max_entries=32, show_spinner=False)
def outline(name: str, classes: int, input_px: int) -> Account:
    """Of a network without weights."""
    return accounts.account(zoo.outline(name, classes), input_px)


def dark() -> bool:
    return st.context.theme.type == "dark"


def spec(key: object, draw: Callable[..., Chart], *given: Any, **named: Any) -> Spec:
    """What `draw(*given, **named)` makes, cached by `key`, which names all that is given, and by language and theme."""
    return _spec(f"{draw.__module__} {draw.__name__} {key}", language(), style.ink(), draw, given, named)


@st.cache_resource(max_entries=256, show_spinner=False)
def _spec(
    key: str, language: str, ink: str, _draw: Callable[..., Chart], _given: tuple[Any, ...], _named: Mapping[str, Any]
) -> Spec:
    drawn: Spec = charts.legible(_draw(*_given, **_named), ink).to_dict()
    return drawn


def network_spec(
    account: Account, chosen: str, key: str = "", values: Mapping[str, float] | None = None, scale: str = ""
) -> Spec:
    """The diagram of a network. `key` names the `values` that colour its blocks."""
    return spec((account.network, account.input_px, account.total, chosen, key), diagrams.network, account, say,
                dark=dark(), values=values, scale=scale, chosen=chosen)  # fmt: skip


def shape(sizes: tuple[int, ...]) -> str:
    return " × ".join(map(str, sizes))


def step_of(network: Network, block: str, op: str) -> str:
    """The step on the source page that runs `op`: the innermost, as `downsample.0` lies within `downsample`."""
    node = op if block == WHOLE else f"{block}.{op}"
    return [step.id for step in source.walk(network, block) if node in step.nodes and "/" not in step.id][-1]
