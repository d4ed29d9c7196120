"""Load networks with weights: `load` returns one to trace, `to_fine_tune` one to train.

Both accept the same weights: random, bundled, published, or a user's file.
"""

import gzip
import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torchvision import models

from explorer.core import files
from explorer.core.class_names import class_names
from explorer.core.download import Progress
from explorer.core.errors import WeightsError
from explorer.models import registry, trial, weight_files
from explorer.models.checkpoint import description, fill, read_state_dict
from explorer.models.cifar_resnet import Design
from explorer.models.families import Pretrained
from explorer.models.graph import Graph
from explorer.models.learner import Learner, new_head, parts
from explorer.models.network import Network
from explorer.models.preprocessing import CIFAR_PREPROCESSING, IMAGENET_PREPROCESSING, TINY_PREPROCESSING, Preprocessing
from explorer.models.registry import CIFAR_NETWORKS, IMAGENET, NETWORKS, TWIN, build
from explorer.models.seeding import drawn_from

# To trace


def load(
    name: str = "resnet18", weights: str = "cifar10", *, seed: int = 0, progress: Progress | None = None
) -> Network:
    """A network ready to run.

    `weights` is one of `registry.weights(name)` or the path of a checkpoint. `seed` is used for `random` only. ImageNet
    weights that are not in torchvision's cache are downloaded; `progress(bytes so far, total bytes)` reports that.
    Raises WeightsError, or DataError from the download; the message says how to fix it.
    """
    _check_traceable(name)
    if weights == "random":
        return _random(name, seed)
    found = _pretrained(name, weights, progress=progress)
    return _network(name, weights if weights in registry.weights(name) else "own", found)


def load_checkpoint(name: str, data: bytes, file: str) -> Network:
    """Load a user's own weights for network `name`: safetensors, or a state dict saved by torch.

    A `module.` prefix, a wrapping `{"state_dict": …}` or `{"model": …}`, half precision, any number of classes and a
    CIFAR-style 3x3 stem (stride 1, no pooling) are accepted. `file` is shown in messages only. No code in the file is
    executed. Raises WeightsError that names the first tensor that does not fit, with both shapes.
    """
    _check_traceable(name)
    return _network(name, "own", _own(name, data, file))


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
        _give_small_stem(module)
    return Graph(module)


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
    start = None if weights == "random" else _pretrained(name, weights, input_px, progress)
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


def _pretrained(name: str, weights: str, image_px: int = 224, progress: Progress | None = None) -> Pretrained:
    """Load any weights except random ones. Raises WeightsError, or DataError from a download."""
    allowed = registry.weights(name)
    if weights not in allowed:
        return _own(name, weight_files.own(name, weights, allowed), Path(weights).name, image_px)
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


def _own(name: str, data: bytes, file: str, image_px: int = 224) -> Pretrained:
    """Load a user's file with any number of classes. A run's file includes their names and the preprocessing."""
    state = read_state_dict(data, file)
    classes = _count_classes(name, state)
    module = registry.outline(name, classes, image_px)
    small_stem = name in NETWORKS and "conv1.weight" in state and state["conv1.weight"].shape[-2:] == (3, 3)
    if small_stem:
        _give_small_stem(module)
    fill(module, registry.family(name).adapted(name, state, file, image_px), file, name)
    facts = {"file": file, "digest": hashlib.sha256(data).hexdigest()[:12], "classes": classes}
    if found := described(description(data), classes):
        labels, preprocess = found
        return Pretrained(module, preprocess, labels, "network.origin_own_described", facts)
    labels, preprocess, known = _guess_classes(name, classes, small_stem)
    if not registry.is_traceable(name):
        preprocess = registry.preprocessing(name)
    origin = "network.origin_own_known" if known else "network.origin_own_numbered"
    return Pretrained(module, preprocess, labels, origin, facts)


def _count_classes(name: str, state: Mapping[str, Tensor]) -> int:
    head = state.get(f"{registry.head_paths(name)[0]}.weight")
    dimensions = 4 if registry.has_map_head(name) else 2
    return head.shape[0] if head is not None and head.ndim == dimensions and len(head) else 1000


def _give_small_stem(module: Any) -> None:
    """Replace the stem by a 3x3 convolution without pooling, as ResNets for CIFAR's small pictures often have."""
    device = module.conv1.weight.device
    module.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False, device=device)
    module.maxpool = nn.Identity()


def described(found: Mapping[str, Any], classes: int) -> tuple[tuple[str, ...], Preprocessing] | None:
    """Validate the classes and preprocessing that a fine-tune stored in its file; None if missing or invalid."""
    labels: Any = found.get("classes")
    sizes: Any = found.get("preprocess")
    if not (isinstance(labels, list) and len(labels) == classes and all(isinstance(name, str) for name in labels)):
        return None
    try:
        picture_px, input_px = int(sizes["picture_px"]), int(sizes["input_px"])
        mean, std = (tuple(float(value) for value in sizes[key]) for key in ("mean", "std"))
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
    sane = len(mean) == len(std) == 3 and all(map(math.isfinite, (*mean, *std))) and min(std) > 0
    if not (sane and 1 <= picture_px <= input_px <= 1024):
        return None
    like = Preprocessing(picture_px, picture_px, mean, std)  # type: ignore[arg-type]
    return tuple(files.one_line(name, 200) for name in labels), like.fitted(picture_px, input_px)


def _guess_classes(name: str, classes: int, small_stem: bool) -> tuple[tuple[str, ...], Preprocessing, bool]:
    """Guess the classes of a state dict from their number: 10 CIFAR-10, 200 Tiny ImageNet, 1000 ImageNet.

    Returns (labels, preprocessing, whether the classes are known).
    """
    small = small_stem or Design.named(name) is not None
    if classes == 1000 and not small:
        return tuple(models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"]), IMAGENET_PREPROCESSING, True
    preprocess = TINY_PREPROCESSING if classes == 200 else CIFAR_PREPROCESSING
    preprocess = preprocess.sized(32) if small else preprocess
    known = {10: "cifar10", 200: "tiny_imagenet"}.get(classes)
    labels = _english(known) if known else tuple(f"class {i}" for i in range(classes))
    return labels, preprocess, known is not None


def _english(data: str) -> tuple[str, ...]:
    return tuple(english for english, _ in class_names()[data])
