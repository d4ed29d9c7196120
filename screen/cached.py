"""What viewers share: networks, pictures and results, bounded in number, read by all and changed by none.

`st.cache_resource` hands out the very object: nothing that it returns is ever written to.
"""

import time
from dataclasses import dataclass

import streamlit as st
import torch
from streamlit.runtime.uploaded_file_manager import UploadedFile
from torch import Tensor

from explorer import images
from explorer.drawing import pictures
from explorer.errors import ExplorerError
from explorer.images import Picture
from explorer.network import zoo
from explorer.network.source import WHOLE
from explorer.network.trace import Trace, trace
from explorer.network.zoo import Network


@dataclass(frozen=True)
class View:
    """What the bar says: a picture and a network. `key` names the pair, and all that is computed from it."""

    picture: Picture
    network: Network
    picture_key: str
    network_key: str

    @property
    def key(self) -> str:
        return f"{self.picture_key} {self.network_key}"

    @property
    def x(self) -> Tensor:
        """The network's input (1, 3, H, W)."""
        return network_input(self.key, self.picture, self.network)


@dataclass(frozen=True)
class Prediction:
    """Logits (classes,) and how long the forward pass took, in seconds of wall time."""

    logits: Tensor
    seconds: float


@st.cache_resource(max_entries=4, show_spinner=False)
def network(name: str, weights: str, seed: int) -> Network:
    return _warm(zoo.load(name, weights, seed=seed))


@st.cache_resource(max_entries=2, show_spinner=False)
def run_network(name: str, file: str, written: int) -> Network:
    """The weights that a run wrote to `file` at that time. Raises WeightsError."""
    return _warm(zoo.load(name, file))


@st.cache_resource(max_entries=2, show_spinner=False)
def own_network(name: str, file_id: str, _data: bytes, _file: str) -> Network:
    return _warm(zoo.load_checkpoint(name, _data, _file))


def _warm(loaded: Network) -> Network:
    """The first pass sets up torch's kernels, which takes ten times as long: not while a reader waits for an answer."""
    size = loaded.preprocess.input_px
    trace(loaded, torch.zeros(1, 3, size, size), keep=())
    return loaded


@st.cache_resource(max_entries=3, show_spinner=False, ttl=600)
def upload(file_id: str, _data: bytes, _name: str) -> Picture:
    return images.decode(_data, _name)


@st.cache_resource(max_entries=8, show_spinner=False)
def sample(sample_id: str) -> Picture:
    return images.open_sample(sample_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def sample_thumbnail(sample_id: str) -> str | None:
    """None where the file is not one that can be read: a broken one among a user's own must not take the rest down."""
    try:
        picture = images.open_sample(sample_id)
    except ExplorerError:
        return None
    return pictures.thumbnail_uri(picture.image, 96)


@st.cache_resource(max_entries=64, show_spinner=False)
def thumbnail(picture_key: str, _picture: Picture, side_px: int) -> str:
    return pictures.thumbnail_uri(_picture.image, side_px)


@st.cache_resource(max_entries=64, show_spinner=False)
def network_input(key: str, _picture: Picture, _network: Network) -> Tensor:
    return _network.preprocess(_picture.image)


@st.cache_resource(max_entries=256, show_spinner=False)
def prediction(key: str, _network: Network, _x: Tensor) -> Prediction:
    return _predicted(_network, _x)


@st.cache_resource(max_entries=512, show_spinner=False)
def file_prediction(file_id: str, network_key: str, _network: Network, _file: UploadedFile) -> Prediction:
    """Of one of many files, whose picture is not kept. Raises PictureError, each time anew."""
    return _predicted(_network, _network.preprocess(images.decode(_file.getvalue(), _file.name).image))


def _predicted(network: Network, x: Tensor) -> Prediction:
    started = time.perf_counter()
    logits = trace(network, x, keep=()).logits[0]
    return Prediction(logits, time.perf_counter() - started)


@st.cache_resource(max_entries=12, show_spinner=False)
def block_trace(key: str, block: str, _network: Network, _x: Tensor) -> Trace:
    """All that a walk through `block` shows; for the whole network, what enters and leaves its parts."""
    anatomy = _network.anatomy
    outside = [name for name in anatomy.nodes if name.partition(".")[0] not in anatomy.ends]
    if block == WHOLE:
        return trace(_network, _x, keep=[*outside, *anatomy.ends.values()])
    return trace(_network, _x, keep=anatomy.blocks[block].names() if anatomy.blocks else anatomy.inside(block))
