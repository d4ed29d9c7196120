"""The scene's script as a component. Needs no torch: Home draws a stored scene with it while torch loads."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from explorer.scene import bundle
from explorer.ui.words import language

_component = st.components.v2.component("scene", css=bundle.style("scene"), js=bundle.script("component"))


def draw(packed: str, *, key: str, options: Mapping[str, Any], reports: Mapping[str, Any], **more: Any) -> None:
    """Draw the scene `packed` (explorer/scene/payload.py). `options` are those of assets/scene/walk.js.

    `reports` are Streamlit's callbacks, `on_step_change` for instance; `more` is data for assets/scene/component.js.
    """
    words = {"words": bundle.words()[language()], "language": language()}
    _component(key=key, data={"packed": packed, "options": {**words, **options}, **more}, **reports)
