"""Choose the second of two networks, as in the header but without uploaded files."""

from dataclasses import replace

import streamlit as st

from explorer.models import registry, weight_files
from explorer.models.network import Network
from explorer.runs import store
from explorer.ui.layout import network_picker
from explorer.ui.state.cache import View
from explorer.ui.widgets import linked
from explorer.ui.words import network_name, t


def choose(view: View) -> tuple[View, str]:
    """Draw the widgets; return a view of the picture with the other network, and its weights. Raises ExplorerError."""
    usually = default_network(view)
    names = network_picker.network_options("compare_network", usually)
    name = linked.selectbox(
        t("features.compare_network"), names, key="compare_network", default=usually, width=190,
        format_func=network_name,
    )  # fmt: skip
    wanted = str(st.session_state.get("compare_weights") or st.query_params.get("compare_weights", ""))
    labels = network_picker.weight_options(name, wanted)
    weights = linked.selectbox(
        t("bar.weights"),
        labels,
        key="compare_weights",
        default=default_weights(view, name, list(labels)),
        format_func=labels.__getitem__,
        width=210,
    )
    open_network, key = network_picker.open_network(name, weights)
    return View(view.picture_key, key, view.open_picture, open_network), weights


def available_weights(name: str) -> list[str]:
    """Weights of a network that need no download."""
    return [
        one
        for one in network_picker.weight_options(name)
        if one not in registry.IMAGENET or weight_files.published(name, one)[0].is_file()
    ]


def default_network(view: View) -> str:
    """The header's network if it has other weights here; else a CIFAR network's counterpart, or ResNet18."""
    name = view.network.name
    if any(one != st.session_state.weights for one in available_weights(name)) and name not in registry.TWINS:
        return name
    return registry.counterpart(name) or "resnet18"


def default_weights(view: View, name: str, weights: list[str]) -> str:
    """The initial weights if the header has a fine-tune's; else weights other than the header's."""
    own = st.session_state.weights
    if own.startswith(network_picker.RUN_PREFIX):
        start = store.find(own.removeprefix(network_picker.RUN_PREFIX)).recipe().weights
        if start in weights:
            return start
    return next((one for one in available_weights(name) if (name, one) != (view.network.name, own)), weights[0])


def title(view: View, weights: str) -> str:
    """Network and weights as text; a run has its given name."""
    words = network_picker.weight_options(view.network.name, weights).get(weights) or str(
        view.network.facts.get("file")
    )
    return f"{network_name(view.network.name)} · {words}"


def with_file(opened: Network, weights: str) -> Network:
    """`opened` with a run's weights given as their file, for a program."""
    if not weights.startswith(network_picker.RUN_PREFIX):
        return opened
    file = f"runs/{weights.removeprefix(network_picker.RUN_PREFIX)}/{store.BEST_WEIGHTS}"
    return replace(opened, facts={**opened.facts, "file": file})
