"""The scene of a block as a component: it steps in the browser, and reports the line on which it rests."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from explorer.analysis.source import WHOLE
from explorer.scene import bundle, document
from explorer.ui.state import cache
from explorer.ui.state.cache import View
from explorer.ui.words import language, t

_component = st.components.v2.component("scene", css=bundle.style("scene"), js=bundle.script("component"))


def draw(
    view: View, block: str, *, key: str, step: str = "", on_step: Callable[[str], None] | None = None,
    on_block: Callable[[str], None] | None = None, **options: Any,
) -> None:  # fmt: skip
    """Draw the scene of `block`, beginning at the line `step`.

    `on_step(step)` is called when the reader rests on another line, `on_block(block)` when they choose another block.
    `options` are those of assets/scene/scene.js: `only` shows the drawing and the numbers of one line.
    """
    found = cache.scene(view.key, block, view.network, view.x)
    identity = hash((view.key, block))
    # The first step of this scene, so that what is sent stays the same while the reader steps
    started: tuple[int, str] = st.session_state.get(f"{key}_started", (0, ""))
    if started[0] != identity:
        st.session_state[f"{key}_started"] = started = (identity, step)
    words = document.words()[language()]
    data = {
        "key": identity, "packed": found, "names": {WHOLE: t("scene.whole")},
        "options": {"words": words, "language": language(), "step": started[1], **options},
    }  # fmt: skip
    _component(
        key=key, data=data,
        on_step_change=partial(_report, key, "step", on_step), on_block_change=partial(_report, key, "block", on_block),
    )  # fmt: skip


def _report(key: str, what: str, call: Callable[[str], None] | None) -> None:
    value = getattr(st.session_state[key], what, None)
    if call and isinstance(value, str):
        call(value)
