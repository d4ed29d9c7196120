"""Choices that two parts of the page share: the place in the network and the input's size."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from explorer.analysis import features, labels
from explorer.analysis.features import Sizes
from explorer.analysis.trace import Trace, trace
from explorer.core.errors import ExplorerError, TraceError
from explorer.data.images import Picture
from explorer.models.network import Network, top_guesses
from explorer.ui.state import memory, url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import linked
from explorer.ui.words import class_names, escaped, t

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


def choose(network: Network, allowed: Sequence[str]) -> str:
    """Draw the widget of the place, one of `allowed`; adopts the block chosen on another page."""
    stem = features.stem(network)
    return linked.selectbox(
        t("features.place"),
        allowed,
        key="block",
        default=next((place for place in allowed if place not in stem), allowed[0]),
        format_func=names(network, allowed).__getitem__,
        width=190 if max(map(len, allowed)) < 20 else 320,
    )


def choose_role(view: View, path: str) -> str:
    """Draw the widget of a block's tensor; other places have only an output."""
    if path not in view.network.graph.blocks:
        return "out"
    words = {role: t(f"features.role_{role}") for role in features.BLOCK_ROLES}
    return linked.segmented(t("features.role"), words, key="maps_role", default="out", format_func=words.__getitem__)


def names(network: Network, places: Sequence[str]) -> dict[str, str]:
    """Names of places on screen, with the network's paths; a long path of a block follows its short name."""
    graph, stem = network.graph, features.stem(network)
    pooled = bool(stem) and "pool" in graph.nodes[stem[-1]].kind.lower()
    words = dict(zip(stem, ("stem", "pool") if pooled else ("first", "stem")[-len(stem) :], strict=False))
    short, numbers = labels.of_blocks(graph), {stage: k for k, stage in enumerate(graph.stages, 1)}

    def name(place: str) -> str:
        if place in words:
            return t(f"features.place_{words[place]}")
        if place not in numbers or place in graph.parts:
            return place if short.get(place, place) == place else f"{short[place]} · {place}"
        stage = t("features.place_stage", number=numbers[place])
        return stage if place == f"layer{numbers[place]}" else f"{stage} · {place}"

    return {place: name(place) for place in places}


def short_names(network: Network, places: Sequence[str]) -> dict[str, str]:
    """`names` for the axis of a chart and for tiles: without the path, where a short name tells places apart."""
    whole = names(network, places)
    short = {place: name.partition(" · ")[0] for place, name in whole.items()}
    return short if len(set(short.values())) == len(short) else whole


@memory.shared
def taken_sizes(key: Hashable, _network: Network) -> Sizes:
    return features.sizes(_network)


def sizes(view: View) -> list[int]:
    """The input sizes that the network takes, in px; at least its own."""
    own, found = view.network.preprocess.input_px, taken_sizes(view.network_key, view.network).sides
    others = [px for px in SIZES if px >= min(found)] if len(found) > 1 else []
    return sorted({*others, own})


def choose_size(view: View) -> int:
    """Draw the slider of the input's side in px; it resets to each network's own size."""
    own = view.network.preprocess.input_px
    state = st.session_state
    if state.get("size_of", view.network_key) != view.network_key and "size" in state:
        url_state.forget("size")
    state.size_of = view.network_key
    allowed = sizes(view)
    if len(allowed) == 1:
        reason = taken_sizes(view.network_key, view.network).refusal
        height, width = view.network.preprocess.shape[2:]
        side = own if height == width else f"{height}×{width}"
        key = "features.size_fixed" if reason else "features.size_only"
        st.caption(t(key, own=side, reason=escaped(reason)))
        url_state.keep(size=None)
        return own
    return linked.select_slider(
        t("features.size"),
        allowed,
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
    """Trace of `tensor`, as maps (1, C, H, W), and the logits. Raises TraceError if the code refuses the size."""
    x = network_input(key, size, _picture, _network)
    try:
        run = trace(_network, x, keep=[tensor])
        return Trace(run.logits, {tensor: features.maps_of(_network, x, tensor, run[tensor])})
    except ExplorerError:
        raise
    except Exception as error:
        if size == _network.preprocess.input_px:
            raise
        raise TraceError("errors.trace_size", size=size, reason=str(error)) from error


def top_class(network: Network, logits: Tensor) -> tuple[str, float]:
    """The most probable class, in the chosen language, and its probability. Raises WeightsError."""
    first = top_guesses(network, logits, 1)[0]
    return class_names(network.labels)[network.labels.index(first.label)], first.probability
