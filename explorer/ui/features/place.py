"""Choices that two parts of the page share: the place in the network and the input's size."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from explorer.analysis import features
from explorer.analysis.trace import Trace, trace
from explorer.data.images import Picture
from explorer.models.network import Network, top_guesses
from explorer.ui.state import memory, url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import linked
from explorer.ui.words import class_names, t

SIZES = range(32, 225, 8)  # px: CIFAR-10's pictures to ImageNet's


@dataclass(frozen=True)
class Place:
    """`path` as in the link, the block's `role` ("out" elsewhere), its name in a trace, the input's side in px."""

    path: str
    role: str
    tensor: str
    size: int

    @property
    def title(self) -> str:
        return self.path if self.role == "out" else f"{self.path}.{self.role}"


def choose(allowed: Sequence[str]) -> str:
    """Draw the widget of the place, one of `allowed`; adopts the block chosen on another page."""
    return linked.selectbox(
        t("features.place"),
        allowed,
        key="block",
        default=next(place for place in allowed if place.startswith("layer")),
        format_func={place: place_name(place) for place in allowed}.__getitem__,
        width=190,
    )


def choose_role(view: View, path: str) -> str:
    """Draw the widget of a block's tensor; other places have only an output."""
    if path not in view.network.graph.blocks:
        return "out"
    words = {role: t(f"features.role_{role}") for role in features.BLOCK_ROLES}
    return linked.segmented(t("features.role"), words, key="maps_role", default="out", format_func=words.__getitem__)


def place_name(place: str) -> str:
    """A place's name on screen, with torchvision's path."""
    known = {features.STEM: "features.place_stem", features.POOL: "features.place_pool"}
    if place in known:
        return t(known[place])
    stage, _, block = place.removeprefix("layer").partition(".")
    return t("features.place_block", path=place) if block else t("features.place_stage", number=stage)


def choose_size(view: View) -> int:
    """Draw the slider of the input's side in px; it resets to each network's own size."""
    own = view.network.preprocess.input_px
    sizes: list[int] = sorted({*SIZES, own})
    state = st.session_state
    if state.setdefault("size_of", view.network_key) != view.network_key:
        state.size_of = view.network_key
        state.pop("size", None)
        url_state.keep(size=None)
    return linked.select_slider(
        t("features.size"),
        sizes,
        key="size",
        default=own,
        omit_default=True,
        format_func=lambda px: f"{px} px",
        help=t("features.size_help", own=own),
    )


@memory.shared
def network_input(key: Hashable, size: int, _picture: Picture, _network: Network) -> Tensor:
    """The preprocessed picture, (1, 3, size, size)."""
    return _network.preprocess.sized(size)(_picture.image)


@memory.shared
def trace_maps(key: Hashable, size: int, tensor: str, _picture: Picture, _network: Network) -> Trace:
    """Trace of `tensor` and the logits."""
    return trace(_network, network_input(key, size, _picture, _network), keep=[tensor])


def top_class(network: Network, logits: Tensor) -> tuple[str, float]:
    """The most probable class, in the chosen language, and its probability. Raises WeightsError."""
    first = top_guesses(network, logits, 1)[0]
    return class_names(network.labels)[network.labels.index(first.label)], first.probability
