"""What Home shows while torch loads: its first figure, as stored for the bundled network and a sample picture.

`python -m benchmarks.first_figure` stores it. Needs no torch.
"""

import json
from functools import partial
from typing import Any, Final

import streamlit as st

from explorer.core import local_networks
from explorer.core.assets import ASSETS
from explorer.ui.home import definition
from explorer.ui.widgets import scene_component
from explorer.ui.words import t

FILE: Final = ASSETS / "first_figure.json"
CHOICES: Final = {"network": "resnet18", "weights": "cifar10", "picture": "china"}
"""What it shows: what Home shows at first."""


def is_asked_for() -> bool:
    """Whether the address and the command line leave Home with CHOICES."""
    asked = st.query_params.to_dict()
    return not local_networks.offered() and all(asked.get(name, value) == value for name, value in CHOICES.items())


def draw() -> None:
    """Draw Home as far as the figure. Soon after, `block_sum` draws the live one."""
    stored: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    st.title(t("home.title"))
    definition.draw(stored["pixel"])
    st.caption(t("home.stored_figure", picture=t(f"bar.sample_{CHOICES['picture']}")))
    scene_component.draw(stored["packed"], key="stored_sum", identity="stored", options={"only": True}, reports={})


def live() -> dict[str, Any]:
    """What FILE holds, computed now, and kept for the page. Needs torch."""
    from explorer.ui.home import block_sum
    from explorer.ui.layout import network_picker
    from explorer.ui.state import cache

    open_network, network_key = network_picker.open_network(CHOICES["network"], CHOICES["weights"])
    picture = CHOICES["picture"]
    view = cache.View(("sample", picture), network_key, partial(cache.sample, picture), open_network)
    packed = cache.scene(view.key, view.network.graph.main_block, (), view.network, view.x)
    return {"pixel": block_sum.pixel(view), "packed": packed}
