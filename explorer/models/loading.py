"""Load networks with weights: `load` returns one to trace, `to_fine_tune` one to train.

Both accept the same weights: random, bundled, published, or a user's file.
"""

import gzip
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from torch import nn
from torchvision import models

from explorer.core.class_names import class_names
from explorer.core.download import Progress
from explorer.core.errors import WeightsError
from explorer.models import registry, trial, weight_files
from explorer.models.checkpoint import fill, read_state_dict
from explorer.models.cifar_resnet import Design
from explorer.models.families import Pretrained
from explorer.models.graph import Graph
from explorer.models.learner import Learner, new_head, parts
from explorer.models.network import Network
from explorer.models.own import AS_FOUND, Choice, give_small_stem, load_own, networks_of
from explorer.models.own import described as described
from explorer.models.preprocessing import CIFAR_PREPROCESSING, TINY_PREPROCESSING
from explorer.models.registry import CIFAR_NETWORKS, IMAGENET, NETWORKS, TWIN, build
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
    _check_traceable(name)
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
    _check_traceable(name)
    return _network(name, "own", load_own(name, data, file, choice))


def find_network(data: bytes, file: str) -> str:
    """The traceable network that a user's file fits, also without its last layer, which `load_checkpoint` then says.

    Raises WeightsError, which names the nearest, if there is none.
    """
    near = networks_of(data, file)
    if near and (near[0].fits == near[0].tensors or near[0].headless) and registry.is_traceable(near[0].name):
        return near[0].name
    raise WeightsError("errors.checkpoint_which", file=file, near=", ".join(map(str, near[:3])) or "–")


@lru_cache(maxsize=32)
def outline(name: str, classes: int = 1000) -> Network:
    """A network on the meta device: shapes without values or memory. It cannot be run on a picture.

    Raises WeightsError for an unknown name.
    """
    _check_traceable(name)
    labels = tuple(map(str, range(classes)))
    module = registry.outline(name, classes)
    return Network(
        name, "none", _shared(module), labels, registry.preprocessing(name), _graph(name), "network.origin_random"
    )


def _check_traceable(name: str) -> None:
    if not registry.is_traceable(name):
        allowed = ", ".join((*NETWORKS, *CIFAR_NETWORKS))
        raise WeightsError("errors.network_unknown", network=name, allowed=allowed)


def _random(name: str, seed: int) -> Network:
    cifar = Design.named(name) is not None
    labels = _english("cifar10") if cifar else tuple(models.get_model_weights(name)["IMAGENET1K_V1"].meta["categories"])
    with drawn_from(seed):
        module = build(name, len(labels))
    origin = "network.origin_random_cifar" if cifar else "network.origin_random"
    preprocess = registry.preprocessing(name)
    return Network(name, "random", _shared(module), labels, preprocess, _graph(name), origin, {"seed": seed})


def _network(name: str, weights: str, found: Pretrained) -> Network:
    module = _shared(found.module)
    graph = _graph(name, isinstance(getattr(module, "maxpool", None), nn.Identity))
    return Network(name, weights, module, found.labels, found.preprocess, graph, found.origin, found.facts)


def _shared(module: nn.Module) -> nn.Module:
    return module.eval().requires_grad_(False)


@lru_cache(maxsize=32)
def _graph(name: str, small_stem: bool = False) -> Graph:
    module = registry.outline(name)
    if small_stem:
        give_small_stem(module)
    px = registry.preprocessing(name).input_px
    return Graph.of(module, (1, 3, px, px))


# To fine-tune


def to_fine_tune(
    name: str, weights: str, labels: Sequence[str], picture_px: int, input_px: int, *, seed: int = 0,
    progress: Progress | None = None,
) -> Learner:  # fmt: skip
    """Load `weights` and replace the head by a new one for `labels`.

    `weights` is one of `registry.weights(name)` or the path of a checkpoint. `random` weights are those of the
    library's constructor after `torch.manual_seed(seed)`, with the new head drawn next; for other weights `seed` sets
    the head only. Pictures of `picture_px` are enlarged to `input_px` after normalisation. Raises RecipeError as
    `trial.check` does, WeightsError for weights that are missing, do not fit or cannot be downloaded, DataError from a
    download.
    """
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
    blocks = registry.is_traceable(name) and tuple(outline(name).graph.blocks)
    return Learner(
        name, module, head, tuple(labels), preprocess.fitted(picture_px, input_px), blocks or parts(module, head)
    )


# Weights


def _pretrained(
    name: str, weights: str, image_px: int = 224, progress: Progress | None = None, *, choice: Choice = AS_FOUND,
    headless: bool = False,
) -> Pretrained:  # fmt: skip
    """Load any weights except random ones. Raises WeightsError, or DataError from a download."""
    allowed = registry.weights(name)
    if weights not in allowed:
        data = weight_files.own(name, weights, allowed)
        return load_own(name, data, Path(weights).name, choice, image_px=image_px, headless=headless)
    if weights not in IMAGENET:
        return _bundled(name, weights)
    file = weight_files.get(name, weights, progress)
    return registry.family(name).pretrained(name, weights, file, image_px)


def _bundled(name: str, weights: str) -> Pretrained:
    data, preprocess = {
        "cifar10": ("cifar10", CIFAR_PREPROCESSING),
        "upstream": ("tiny_imagenet", TINY_PREPROCESSING),
        TWIN: ("cifar10", CIFAR_PREPROCESSING.sized(32)),
    }[weights]
    labels = _english(data)
    file = weight_files.bundled(weights, name)
    content = file.read_bytes()
    module = registry.outline(name, len(labels))
    state = read_state_dict(gzip.decompress(content) if file.suffix == ".gz" else content, file.name)
    fill(module, state, file.name, name)
    return Pretrained(module, preprocess, labels, f"network.origin_{weights}")


def _english(data: str) -> tuple[str, ...]:
    return tuple(english for english, _ in class_names()[data])
