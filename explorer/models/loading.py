"""Load networks with weights: `load` returns one to trace, `to_fine_tune` one to train.

Both accept the same weights: random, bundled, published, or a user's file.
"""

import gzip
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from torch import nn

from explorer.core import local_networks
from explorer.core.download import Progress
from explorer.core.errors import WeightsError
from explorer.models import own_network, own_training, registry, trial, weight_files
from explorer.models.checkpoint import fill, read_state_dict
from explorer.models.cifar_resnet import Design
from explorer.models.families import Pretrained, class_labels
from explorer.models.graph import Graph
from explorer.models.learner import Learner, new_head, parts
from explorer.models.network import Network
from explorer.models.own import AS_FOUND, Choice, give_small_stem, load_own, networks_of
from explorer.models.own import described as described
from explorer.models.preprocessing import CIFAR_PREPROCESSING, TINY_PREPROCESSING, Preprocessing
from explorer.models.registry import BUNDLED, CIFAR10, NETWORKS, TWIN, UPSTREAM, build
from explorer.models.seeding import drawn_from

# To trace


def load(
    name: str = "resnet18", weights: str = "cifar10", *, seed: int = 0, progress: Progress | None = None,
    choice: Choice = AS_FOUND,
) -> Network:  # fmt: skip
    """A network ready to run.

    `weights` is one of `registry.weights(name)` or the path of a checkpoint; `choice` says what that file does not.
    `seed` is used for `random` only. ImageNet
    weights that are not in torchvision's cache are downloaded; `progress(bytes so far, total bytes)` reports that.
    Raises WeightsError, or DataError from the download; the message says how to fix it.
    """
    if local_networks.is_own(name):
        is_run = weights not in registry.weights(name) and os.path.isfile(weights)
        return own_network.load_run(name, weights, own_training.head_path(name)) if is_run else own_network.load(name)
    if weights == "random":
        return _random(name, seed)
    found = _pretrained(name, weights, progress=progress, choice=choice)
    return _network(name, weights if weights in registry.weights(name) else "own", found)


def load_checkpoint(name: str, data: bytes, file: str, choice: Choice = AS_FOUND) -> Network:
    """Load a user's own weights for network `name`: safetensors, or a state dict saved by torch.

    Wrappers and prefixes of names, other libraries' names for the same layers, half precision, any number of classes
    and a CIFAR-style 3x3 stem (stride 1, no pooling) are accepted. `file` is shown in messages only. No code in the
    file is executed. Raises WeightsError that names the first tensor that does not fit, with both shapes, and the
    networks that the file resembles.
    """
    return _network(name, "own", load_own(name, data, file, choice))


def find_network(data: bytes, file: str) -> str:
    """The network that a user's file fits, also without its last layer, which `load_checkpoint` then says.

    Raises WeightsError, which names the nearest, if there is none.
    """
    near = networks_of(data, file)
    if near and (near[0].fits == near[0].tensors or near[0].headless):
        return near[0].name
    raise WeightsError("errors.checkpoint_which", file=file, near=", ".join(map(str, near[:3])) or "–")


def outline(name: str, classes: int = 1000) -> Network:
    """A network on the meta device: shapes without values or memory. It cannot be run on a picture.

    Raises RecipeError for an unknown name. A file of the user's own is opened with its weights.
    """
    return own_network.load(name) if local_networks.is_own(name) else _outline(name, classes)


@lru_cache(maxsize=32)
def _outline(name: str, classes: int) -> Network:
    preprocess = registry.preprocessing(name)
    module = _shared(registry.outline(name, classes, preprocess.input_px))
    graph = graph_of(name, classes, preprocess.input_px)
    return Network(name, "none", module, tuple(map(str, range(classes))), preprocess, graph, "network.origin_random")


def at_size(network: Network, preprocess: Preprocessing) -> Network:
    """`network` with another preprocessing; the position embeddings of a ViT are resized with its input.

    Raises WeightsError if it does not accept pictures of that size.
    """
    name, px = network.name, preprocess.input_px
    if px == network.preprocess.input_px or not registry.is_known(name):
        return replace(network, preprocess=preprocess)
    if not trial.takes(name, px):
        raise WeightsError("errors.network_size", network=name, size=px)
    if not registry.size_option(name, px):
        return replace(network, preprocess=preprocess)
    state = registry.family(name).adapted(name, network.module.state_dict(), name, px)
    module = registry.blank(name, len(network.labels), px)
    fill(module, state, name, name)
    graph = graph_of(name, len(network.labels), px)
    return replace(network, preprocess=preprocess, module=_shared(module), graph=graph)


def at_most(most_px: float, network: Network) -> Network:
    """`network` with its input limited to `most_px` pixels a side; `facts["reduced"]` is then its original size."""
    own = network.preprocess
    if own.input_px <= most_px:
        return network
    seen = own.fitted(min(own.crop_px, int(most_px)), int(most_px))
    return replace(at_size(network, seen), facts={**network.facts, "reduced": own.input_px})


def _random(name: str, seed: int) -> Network:
    labels, preprocess = registry.labels(name), registry.preprocessing(name)
    with drawn_from(seed):
        module = build(name, len(labels), preprocess.input_px)
    graph = graph_of(name, len(labels), preprocess.input_px)
    origin = f"network.origin_random{registry.family(name).suffix}"
    return Network(name, "random", _shared(module), labels, preprocess, graph, origin, {"seed": seed})


def _network(name: str, weights: str, found: Pretrained) -> Network:
    module = _shared(found.module)
    small_stem = isinstance(getattr(module, "maxpool", None), nn.Identity)
    fixed = registry.size_option(name, found.preprocess.input_px)
    px = (found.preprocess if fixed else registry.preprocessing(name)).input_px
    graph = graph_of(name, len(found.labels), px, small_stem)
    return Network(name, weights, module, found.labels, found.preprocess, graph, found.origin, found.facts)


def _shared(module: nn.Module) -> nn.Module:
    return module.eval().requires_grad_(False)


@lru_cache(maxsize=32)
def graph_of(name: str, classes: int, px: int, small_stem: bool = False) -> Graph:
    """The graph, recorded without values; with random weights where the network's code needs values."""
    shape = (1, 3, px, px)
    module = registry.outline(name, classes, px)
    if small_stem:
        give_small_stem(module)
    with suppress(Exception):  # a library's code can raise anything
        graph = Graph.of(module, shape)
        if not graph.tape.has_meta_values:
            return graph
    with drawn_from(0):
        module = build(name, classes, px)
    return Graph.of(_shared(module), shape)


# To fine-tune


def to_fine_tune(
    name: str, weights: str, labels: Sequence[str], picture_px: int, input_px: int, *, seed: int = 0,
    progress: Progress | None = None,
) -> Learner:  # fmt: skip
    """Load `weights` and replace the head by a new one for `labels`.

    `weights` is one of `registry.weights(name)` or the path of a checkpoint. `random` weights are those of the
    library's constructor after `torch.manual_seed(seed)`, with the new head drawn next; for other weights `seed` sets
    the head only; a file of the user's own is imported here, with its own weights. Pictures of `picture_px` are
    enlarged to `input_px` after normalisation. Raises RecipeError as
    `trial.check` does, WeightsError for weights that are missing, do not fit or cannot be downloaded, DataError from a
    download.
    """
    if local_networks.is_own(name):
        return own_training.to_fine_tune(name, labels, picture_px, input_px, seed)
    trial.check(name, input_px)
    head = registry.head_paths(name)[0]
    start = None if weights == "random" else _pretrained(name, weights, input_px, progress, headless=True)
    with drawn_from(seed):
        module = start.module if start else build(name, image_px=input_px)
        new = new_head(module.get_submodule(head), len(labels))
    module.set_submodule(head, new)
    if hasattr(module, "num_classes"):
        module.num_classes = len(labels)  # type: ignore[assignment]
    module.requires_grad_(True).train()
    preprocess = start.preprocess if start else registry.preprocessing(name)
    is_resnet = name in NETWORKS or Design.named(name)
    blocks = tuple(outline(name).graph.blocks) if is_resnet else ()
    return Learner(
        name, module, head, tuple(labels), preprocess.fitted(picture_px, input_px), blocks or parts(module, head)
    )


def to_measure(name: str, labels: Sequence[str], picture_px: int, input_px: int) -> Learner:
    """A network as large as `to_fine_tune` returns, with weights that do not matter. Runs no code of the user's."""
    if local_networks.is_own(name):
        return own_training.to_measure(name, labels, picture_px, input_px)
    return to_fine_tune(name, "random", labels, picture_px, input_px)


# Weights


def _pretrained(
    name: str, weights: str, image_px: int | None = None, progress: Progress | None = None, *,
    choice: Choice = AS_FOUND, headless: bool = False,
) -> Pretrained:  # fmt: skip
    """Load any weights except random ones, for pictures of `image_px`, by default of the size that the weights say.

    Raises WeightsError, or DataError from a download.
    """
    allowed = registry.weights(name)
    if weights not in allowed:
        data = weight_files.own(name, weights, allowed)
        return load_own(name, data, Path(weights).name, choice, image_px=image_px, headless=headless)
    if weights in BUNDLED:
        return _bundled(name, weights)
    file = weight_files.get(name, weights, progress)
    return registry.family(name).pretrained(name, weights, file, image_px or registry.preprocessing(name).input_px)


def _bundled(name: str, weights: str) -> Pretrained:
    data, preprocess = {
        CIFAR10: ("cifar10", CIFAR_PREPROCESSING),
        UPSTREAM: ("tiny_imagenet", TINY_PREPROCESSING),
        TWIN: ("cifar10", CIFAR_PREPROCESSING.sized(32)),
    }[weights]
    labels = class_labels({"cifar10": 10, "tiny_imagenet": 200}[data])
    file = weight_files.bundled(name, weights)
    content = file.read_bytes()
    module = registry.outline(name, len(labels))
    state = read_state_dict(gzip.decompress(content) if file.suffix == ".gz" else content, file.name)
    fill(module, state, file.name, name)
    return Pretrained(module, preprocess, labels, f"network.origin_{weights}")
