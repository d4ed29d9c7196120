"""The scene of a block as a component: it steps in the browser, and reports where it rests."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from explorer.analysis import source
from explorer.analysis.source import WHOLE
from explorer.ui.state import cache, url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import scene_component
from explorer.ui.widgets.reports import reported
from explorer.ui.words import t

EVENTS = {"step": str, "block": str, "operation": str, "channel": int, "channels": list, "factors": list}
"""What the browser reports, and its type: the line and the channels (of the block's output) that are shown, another
block, an operation that was clicked, the number of a channel that is not there, the factors [alpha, beta]."""


def restart(key: str) -> None:
    """Call in each run of the whole page: its scene may be new, and then begins where the reader is."""
    st.session_state.pop(f"{key}_start", None)


def draw(
    view: View, block: str, *, key: str, start: Mapping[str, Any], channels: tuple[int, ...] = (),
    on: Mapping[str, Callable[[Any], None]], **options: Any,
) -> None:  # fmt: skip
    """Draw the scene of `block`, with the numbers of `channels` besides the leading ones.

    `start` says with which `step` and `picked` channels a new scene begins; it is the same until `restart`, or the same
    scene would be sent with each step. `on` has
    a function for each of the EVENTS that matter. `options` are those of assets/scene/walk.js: `only` shows drawing and
    numbers of one line, `sketch` the drawing alone, `factors` scales the terms of the sum.
    """
    channels = _existing(view, block, channels)
    found = cache.scene(view.key, block, channels, view.network, view.x)
    identity = f"{hash((view.key, block, channels, url_state.turns())):x}"
    known: tuple[str, Mapping[str, Any]] = st.session_state.get(f"{key}_start", ("", {}))
    if known[0] != identity:
        st.session_state[f"{key}_start"] = known = (identity, start)
    reports = {f"on_{event}_change": partial(_report, key, event, on.get(event)) for event in EVENTS}
    scene_component.draw(
        found, key=key, options={**known[1], **options}, reports=reports, identity=identity, turn=url_state.turns(),
        names={WHOLE: t("scene.whole")}, more="channel" in on,
    )  # fmt: skip


def _existing(view: View, block: str, channels: tuple[int, ...]) -> tuple[int, ...]:
    """The channels that the block's output has, sorted: the same scene has one key in the shared cache."""
    if not channels:
        return ()
    output = source.walk(view.network, block)[-1].tensor
    width = cache.block_trace(view.key, block, view.network, view.x)[output].shape[1]
    return tuple(sorted({channel for channel in channels if 0 <= channel < width}))


def _report(key: str, event: str, call: Callable[[Any], None] | None) -> None:
    """Pass on what the browser reports, if it is of the type that the scene sends."""
    value = reported(key, event)
    if call and type(value) is EVENTS[event]:
        call(value)
