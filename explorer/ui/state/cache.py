"""Results that sessions share: opened pictures, loaded networks, predictions, traces. See `memory`."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from explorer.analysis import source
from explorer.analysis.trace import Trace, trace
from explorer.core.errors import DataError, ExplorerError
from explorer.data import cifar10, images
from explorer.data.images import Picture
from explorer.models import loading, measure
from explorer.models.measure import Labelled
from explorer.models.network import Network
from explorer.models.own import Choice
from explorer.plots import pictures
from explorer.scene import payload
from explorer.ui.state import memory
from explorer.ui.state.uploads import Upload

_thread_local = threading.local()


@dataclass(frozen=True)
class View:
    """The picture and network chosen in the header; `key` identifies the pair in the cache.

    Keys consist of a kind and a content hash, so an uploaded file can never share a key with anything else. A view
    holds functions, not objects: Streamlit keeps the arguments of buttons and fragments until the session ends, and
    each of many sessions may have opened its own network.
    """

    picture_key: Hashable
    network_key: Hashable
    open_picture: Callable[[], Picture]
    open_network: Callable[[], Network]

    @property
    def picture(self) -> Picture:
        return self.open_picture()

    @property
    def network(self) -> Network:
        """The network, kept by the script's thread until it ends, because other sessions may evict it from `memory`."""
        held: dict[Hashable, Network] = _thread_local.__dict__.setdefault("networks", {})
        if self.network_key not in held:
            while len(held) > 1:  # a page compares at most two
                held.pop(next(iter(held)))
            held[self.network_key] = self.open_network()
        return held[self.network_key]

    @property
    def key(self) -> Hashable:
        return self.picture_key, self.network_key

    @property
    def x(self) -> Tensor:
        """The network's input (1, 3, H, W)."""
        return network_input(self.key, self.picture, self.network)


@dataclass(frozen=True)
class Prediction:
    """Logits (classes,) and wall time of the forward pass in seconds."""

    logits: Tensor
    seconds: float


@memory.shared
def network(name: str, weights: str, seed: int) -> Network:
    return _warm_up(loading.load(name, weights, seed=seed))


@memory.shared
def own_code(name: str, version: str) -> Network:
    """The network in the user's own Python file, as it was at `version`. Raises WeightsError."""
    return _warm_up(loading.load(name))


@memory.shared
def run_network(name: str, file: str, written: int, version: str = "") -> Network:
    """A network with the weights that a run wrote to `file` at time `written` (ns). Raises WeightsError.

    `version` is that of the user's own file, if it is one.
    """
    return _warm_up(loading.load(name, file))


@memory.shared
def own_network(name: str, digest: str, most_px: float, choice: Choice, _file: Upload) -> Network:
    """A network with uploaded weights; inputs are at most `most_px` a side, which bounds the memory of its maps."""
    return _warm_up(loading.at_most(most_px, loading.load_checkpoint(name, _file.content, _file.shown, choice)))


@memory.shared
def settled(name: str, digest: str, choice: Choice, data: str | None, written: int, _file: Upload) -> Choice:
    """`choice`, with what it leaves open as it does best on the labelled pictures of `data`, or of CIFAR-10 if found.

    Classes that are only numbered get the names of `data`, if it has as many. Raises WeightsError; DataError if `data`
    cannot be read.
    """
    pictures = labelled(data, written) if data else measure.cifar10_pictures()
    found = measure.measured(name, _file.content, _file.shown, choice, pictures) if pictures else []
    best = found[0].choice if found else choice
    if data and pictures and not best.classes:
        network = loading.load_checkpoint(name, _file.content, _file.shown, best)
        if network.facts["classes_from"] == "numbers" and len(network.labels) == len(pictures.classes):
            return replace(best, classes=pictures.classes)
    return best


@memory.shared
def labelled(data: str, written: int) -> Labelled:
    """Some labelled pictures of a data set. Raises DataError."""
    found = measure.cifar10_pictures() if data == "cifar10" else measure.folder_pictures(Path(data))
    if found is None:
        raise DataError("errors.data_no_cifar10", folder=str(cifar10.search_roots()[0]))
    return found


def _warm_up(loaded: Network) -> Network:
    """Run one forward pass on zeros: the first pass sets up torch's kernels and takes ten times as long."""
    trace(loaded, torch.zeros(loaded.preprocess.shape), keep=())
    return loaded


@memory.shared
def upload(digest: str, _file: Upload) -> Picture:
    return images.decode(_file.content, _file.name)


@memory.shared
def sample(sample_id: str) -> Picture:
    return images.open_sample(sample_id)


@memory.shared
def sample_thumbnail(sample_id: str) -> str | None:
    """Thumbnail as a data URI; None if the file cannot be read, so that one broken file does not break the gallery."""
    try:
        picture = images.open_sample(sample_id)
    except ExplorerError:
        return None
    return pictures.thumbnail_uri(picture.image, 96)


@memory.shared
def thumbnail(picture_key: Hashable, _picture: Picture, side_px: int) -> str:
    return pictures.thumbnail_uri(_picture.image, side_px)


@memory.shared
def network_input(key: Hashable, _picture: Picture, _network: Network) -> Tensor:
    return _network.preprocess(_picture.image)


@memory.shared
def prediction(key: Hashable, _network: Network, _x: Tensor) -> Prediction:
    return _predict(_network, _x)


@memory.shared
def file_prediction(digest: str, network_key: Hashable, _network: Network, _file: Upload) -> tuple[Prediction, str]:
    """Prediction for one file of a batch, and its thumbnail; its picture is not cached.

    Raises PictureError, on every call.
    """
    picture = images.decode(_file.content, _file.name).image
    return _predict(_network, _network.preprocess(picture)), pictures.thumbnail_uri(picture, 96)


def _predict(network: Network, x: Tensor) -> Prediction:
    started = time.perf_counter()
    logits = trace(network, x, keep=()).logits[0]
    return Prediction(logits, time.perf_counter() - started)


@memory.shared
def block_trace(key: Hashable, block: str, _network: Network, _x: Tensor) -> Trace:
    """Trace of every tensor in `block`; for the whole network, of the inputs and outputs of its parts."""
    return trace(_network, _x, keep=source.tensors(_network, block))


@memory.shared
def scene(key: Hashable, block: str, channels: tuple[int, ...], _network: Network, _x: Tensor) -> str:
    """The scene of `block`, packed, with `channels` besides the leading ones.

    Raises WeightsError if its values are not finite.
    """
    return payload.build(_network, block, _x, block_trace(key, block, _network, _x), channels).packed()
