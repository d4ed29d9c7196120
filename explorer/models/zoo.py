"""Networks by name: torchvision's ResNets and the CIFAR ones of `cifar_resnet`, with a choice of weights each.

A network tells where its weights came from.
"""

import gzip
import hashlib
import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision import models
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as TF

from explorer.core import files
from explorer.core.assets import ASSETS
from explorer.core.class_names import class_names
from explorer.core.download import fetch
from explorer.core.errors import WeightsError
from explorer.models.checkpoint import MAX_BYTES, description, fill, read_state_dict
from explorer.models.cifar_resnet import DEPTHS, Design
from explorer.models.graph import Graph

NETWORKS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "wide_resnet50_2")
CIFAR_NETWORKS = tuple(Design(depth, shortcut).name for shortcut in ("identity", "none") for depth in DEPTHS)
TWINS = tuple(Design(32, shortcut, width=8).name for shortcut in ("identity", "none"))
BUNDLED = ("cifar10", "upstream")  # ResNet18 only
TWIN = "twin"  # of the TWINS
IMAGENET = {"imagenet": "IMAGENET1K_V1", "imagenet-v2": "IMAGENET1K_V2"}


_SEEDING = threading.Lock()  # torch has one generator for the whole process: two at once would mix their weights

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Preprocessing:
    """A picture to the tensor that a network takes.

    The shorter side is resized to `resize_px` (bilinear, antialiased), the centre `crop_px` square cut out, scaled to
    0..1 and normalised by `mean` and `std` (RGB). With `enlarge_px` the result is then enlarged bilinearly: our own
    weights learned from 32 px pictures shown at 64 px.
    """

    resize_px: int
    crop_px: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    enlarge_px: int | None = None

    @property
    def input_px(self) -> int:
        return self.enlarge_px or self.crop_px

    def sized(self, input_px: int) -> "Preprocessing":
        """The same for a network input of `input_px` pixels a side."""
        if self.enlarge_px:
            return Preprocessing(self.resize_px, self.crop_px, self.mean, self.std, input_px)
        return Preprocessing(round(self.resize_px * input_px / self.crop_px), input_px, self.mean, self.std)

    def __call__(self, picture: Image.Image) -> Tensor:
        """(1, 3, input_px, input_px), float32. `picture` is RGB."""
        small = TF.resize(_not_too_long(picture), [self.resize_px], InterpolationMode.BILINEAR, antialias=True)
        x: Tensor = TF.to_tensor(TF.center_crop(small, [self.crop_px]))
        x = TF.normalize(x, list(self.mean), list(self.std)).unsqueeze(0)
        if self.enlarge_px and self.enlarge_px != self.crop_px:
            x = F.interpolate(x, size=(self.enlarge_px, self.enlarge_px), mode="bilinear", align_corners=False)
        return x

    def pixels(self, x: Tensor) -> Tensor:
        """`x` (N, 3, H, W) back in the colours of a picture, 0..1."""
        mean, std = (torch.tensor(figures).view(1, 3, 1, 1) for figures in (self.mean, self.std))
        return (x * std + mean).clamp(0, 1)


def _not_too_long(picture: Image.Image, limit: int = 8) -> Image.Image:
    """The middle of a picture whose sides differ more than `limit` times: resized whole, 1x30000 would fill memory."""
    short = min(picture.size)
    if max(picture.size) <= limit * short:
        return picture
    width, height = (min(side, limit * short) for side in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


IMAGENET_PREPROCESSING = Preprocessing(256, 224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
TINY_PREPROCESSING = Preprocessing(32, 32, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), 64)
CIFAR_PREPROCESSING = Preprocessing(32, 32, (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010), 64)


def usual(name: str) -> Preprocessing:
    """How a network sees pictures where its weights do not say: as ImageNet's do, a CIFAR network at 32 px."""
    return CIFAR_PREPROCESSING.sized(32) if Design.named(name) else IMAGENET_PREPROCESSING


@dataclass(frozen=True)
class Network:
    """A network that is shared by all who look at it: in eval mode, float32, never changed.

    `labels` are the classes' English names in the order of the logits. `origin` names the words (and `facts` fill
    them) that say where the weights came from.
    """

    name: str
    weights: str
    module: nn.Module
    labels: tuple[str, ...]
    preprocess: Preprocessing
    graph: Graph
    origin: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def modules(self) -> dict[str, nn.Module]:
        return dict(self.module.named_modules())


@dataclass(frozen=True)
class Guess:
    """A class in English and its softmax probability, 0..1."""

    label: str
    probability: float


def top_guesses(network: Network, logits: Tensor, count: int = 5) -> list[Guess]:
    """The `count` most probable classes of one row of logits (classes,), most probable first.

    Raises WeightsError where the logits are not finite.
    """
    check_finite(logits)
    values, indices = logits.softmax(-1).topk(min(count, len(network.labels)))
    return [
        Guess(network.labels[i], probability) for probability, i in zip(values.tolist(), indices.tolist(), strict=True)
    ]


def check_finite(values: Tensor) -> None:
    """Raises WeightsError where a network's values have grown past all numbers: no figure of them means anything."""
    if not torch.isfinite(values).all():
        raise WeightsError("errors.logits_not_finite")


def is_known(name: str) -> bool:
    """Whether it is one of NETWORKS, or the name of a `cifar_resnet.Design`."""
    return name in NETWORKS or Design.named(name) is not None


def counterpart(name: str) -> str | None:
    """The CIFAR network of the same depth and width, plain where this one has shortcuts and residual where it has none;
    None for one of torchvision's."""
    design = Design.named(name)
    if design is None:
        return None
    return Design(design.depth, "none" if design.residual else "identity", width=design.width).name


def choices(name: str) -> tuple[str, ...]:
    """The weights that `name` can have, without a user's own file. Raises WeightsError for an unknown network."""
    _check_name(name)
    bundled = BUNDLED if name == "resnet18" else (TWIN,) if name in TWINS else ()
    return (*bundled, *published(name), "random")


def published(name: str) -> tuple[str, ...]:
    """The ImageNet weights that torchvision has for a network of its registry; none for a CIFAR network."""
    if Design.named(name):
        return ()
    available = {weights.name for weights in models.get_model_weights(name)}
    return tuple(key for key, member in IMAGENET.items() if member in available)


def load(
    name: str = "resnet18", weights: str = "cifar10", *, seed: int = 0, progress: Progress | None = None
) -> Network:
    """A network ready to run.

    `weights` is one of `choices(name)` or the path of a checkpoint. `seed` counts for `random` only. ImageNet weights
    that torchvision's cache lacks are downloaded; `progress(bytes so far, bytes in all)` is called meanwhile.
    Raises WeightsError (or DataError from the download) with what is wrong and what to do.
    """
    _check_name(name)
    if weights in choices(name):
        if weights == "random":
            return _random(name, seed)
        return _imagenet(name, weights, progress) if weights in IMAGENET else _bundled(name, weights)
    return load_checkpoint(name, own_file(name, weights, choices(name)), Path(weights).name)


def own_file(name: str, path: str, allowed: Sequence[str]) -> bytes:
    """A user's checkpoint for `name`. Raises WeightsError, with the names that are `allowed` in place of a path."""
    if path in (*BUNDLED, TWIN, *IMAGENET):
        raise WeightsError("errors.weights_not_for_network", weights=path, network=name, allowed=", ".join(allowed))
    file = Path(path)
    if not os.path.isfile(path):  # Path.is_file raises for a name that is too long
        raise WeightsError("errors.weights_unknown", weights=path, allowed=", ".join(allowed))
    if file.stat().st_size > MAX_BYTES:
        raise WeightsError("errors.checkpoint_too_large", file=file.name, limit_mb=MAX_BYTES >> 20)
    try:
        return file.read_bytes()
    except OSError as error:
        raise WeightsError("errors.checkpoint_unreadable", file=file.name) from error


@lru_cache(maxsize=32)
def outline(name: str, classes: int = 1000) -> Network:
    """A network of shapes alone: on the meta device, without weights or memory, and not to be run on a picture.

    Raises WeightsError for an unknown name.
    """
    _check_name(name)
    with torch.device("meta"):
        module = _build(name, classes)
    labels = tuple(map(str, range(classes)))
    return Network(name, "none", _shared(module), labels, usual(name), _graph(name), "network.origin_random")


def load_checkpoint(name: str, data: bytes, file: str) -> Network:
    """A user's own weights for network `name`: safetensors, or a state dict that torch saved.

    A `module.` prefix, a wrapping `{"state_dict": …}` or `{"model": …}`, half precision, any number of classes and a
    CIFAR-style 3x3 stem (stride 1, no pooling) are accepted. `file` is only shown. Nothing in the file is executed.
    Raises WeightsError that names the first tensor that does not fit, and both shapes.
    """
    _check_name(name)
    state = read_state_dict(data, file)
    head, stem = state.get("fc.weight"), state.get("conv1.weight")
    classes = head.shape[0] if head is not None and head.ndim == 2 and len(head) else 1000
    small_stem = stem is not None and stem.shape[-2:] == (3, 3)
    with torch.device("meta"):
        module = _build(name, classes, small_stem)
    fill(module, state, file, name)
    facts = {"file": file, "digest": hashlib.sha256(data).hexdigest()[:12], "classes": classes}
    if found := described(description(data), classes):
        labels, preprocess = found
        origin = "network.origin_own_described"
    else:
        labels, preprocess, known = _guess_classes(name, classes, small_stem)
        origin = "network.origin_own_known" if known else "network.origin_own_numbered"
    return Network(name, "own", _shared(module), labels, preprocess, _graph(name, small_stem), origin, facts)


def at_most(most_px: float, network: Network) -> Network:
    """`network`, which sees pictures at no more than `most_px` a side; its facts then say what was `reduced` from."""
    own = network.preprocess
    if own.input_px <= most_px:
        return network
    seen = fitted(own, min(own.crop_px, int(most_px)), int(most_px))
    return replace(network, preprocess=seen, facts={**network.facts, "reduced": own.input_px})


def fitted(preprocess: Preprocessing, picture_px: int, input_px: int) -> Preprocessing:
    """The same colours for square pictures of `picture_px` that the network sees at `input_px`."""
    enlarged = input_px if input_px != picture_px else None
    return Preprocessing(picture_px, picture_px, preprocess.mean, preprocess.std, enlarged)


def bundled_file(weights: str, name: str = "resnet18") -> Path:
    """The `weights` of BUNDLED as they come with the app, `upstream` packed, for room; or those of one of TWINS."""
    if weights == TWIN:
        return ASSETS / f"twin_{'residual' if name == TWINS[0] else 'plain'}.safetensors"
    return ASSETS / f"resnet18_{weights}.safetensors{'.gz' if weights == 'upstream' else ''}"


def imagenet_file(name: str, weights: str = "imagenet") -> tuple[Path, str]:
    """Where torchvision's cache keeps (or would keep) these weights, and the address they are downloaded from."""
    url = models.get_model_weights(name)[IMAGENET[weights]].url
    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2], url


def described(found: Mapping[str, Any], classes: int) -> tuple[tuple[str, ...], Preprocessing] | None:
    """Classes and preprocessing as a fine-tune wrote them into its file; None where they are missing or absurd."""
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
    return tuple(files.one_line(name, 200) for name in labels), fitted(like, picture_px, input_px)


def _english(data: str) -> tuple[str, ...]:
    return tuple(english for english, _ in class_names()[data])


def _check_name(name: str) -> None:
    if not is_known(name):
        allowed = ", ".join((*NETWORKS, *CIFAR_NETWORKS))
        raise WeightsError("errors.network_unknown", network=name, allowed=allowed)


def _build(name: str, classes: int = 1000, small_stem: bool = False) -> nn.Module:
    if design := Design.named(name):
        return design.build(classes)
    module: Any = models.get_model(name, weights=None, num_classes=classes)
    if small_stem:
        module.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        module.maxpool = nn.Identity()
    return module  # type: ignore[no-any-return]


@lru_cache(maxsize=32)
def _graph(name: str, small_stem: bool = False) -> Graph:
    with torch.device("meta"):
        return Graph(_build(name, small_stem=small_stem))


def _shared(module: nn.Module) -> nn.Module:
    return module.eval().requires_grad_(False)


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Within it, weights are drawn as after `torch.manual_seed(seed)`; afterwards torch's generator is as it was."""
    with _SEEDING, torch.random.fork_rng(devices=[]):  # the seed is for this network alone
        torch.default_generator.manual_seed(seed)  # unlike torch.manual_seed, leaves the GPU's generators
        yield


def _random(name: str, seed: int) -> Network:
    cifar = Design.named(name) is not None
    labels = _english("cifar10") if cifar else tuple(models.get_model_weights(name)["IMAGENET1K_V1"].meta["categories"])
    with drawn_from(seed):
        module = _build(name, len(labels))
    origin = "network.origin_random_cifar" if cifar else "network.origin_random"
    return Network(name, "random", _shared(module), labels, usual(name), _graph(name), origin, {"seed": seed})


def _bundled(name: str, weights: str) -> Network:
    data, preprocess = {
        "cifar10": ("cifar10", CIFAR_PREPROCESSING),
        "upstream": ("tiny_imagenet", TINY_PREPROCESSING),
        TWIN: ("cifar10", CIFAR_PREPROCESSING.sized(32)),
    }[weights]
    labels = _english(data)
    file = bundled_file(weights, name)
    content = file.read_bytes()
    with torch.device("meta"):
        module = _build(name, len(labels))
    state = read_state_dict(gzip.decompress(content) if file.suffix == ".gz" else content, file.name)
    fill(module, state, file.name, name)
    return Network(name, weights, _shared(module), labels, preprocess, _graph(name), f"network.origin_{weights}")


def _imagenet(name: str, weights: str, progress: Progress | None) -> Network:
    member = models.get_model_weights(name)[IMAGENET[weights]]
    file, url = imagenet_file(name, weights)
    if not file.is_file():
        fetch(url, file, sha256_prefix=file.stem.rpartition("-")[2], progress=progress)
    with torch.device("meta"):
        module = _build(name)
    fill(module, cached(file), file.name, name)
    transforms = member.transforms()
    preprocess = Preprocessing(
        transforms.resize_size[0], transforms.crop_size[0], tuple(transforms.mean), tuple(transforms.std)
    )
    facts = {"member": member.name, "file": file.name, "accuracy": member.meta["_metrics"]["ImageNet-1K"]["acc@1"]}
    labels = tuple(member.meta["categories"])
    return Network(name, weights, _shared(module), labels, preprocess, _graph(name), "network.origin_imagenet", facts)


def cached(file: Path) -> dict[str, Tensor]:
    """The state dict in a file of torchvision's cache, where a download may have broken off. Raises WeightsError."""
    try:
        return read_state_dict(file.read_bytes(), file.name)
    except (OSError, WeightsError) as error:
        raise WeightsError("errors.weights_half", file=file.name) from error


def _guess_classes(name: str, classes: int, small_stem: bool) -> tuple[tuple[str, ...], Preprocessing, bool]:
    """A state dict does not say what its classes are: ten are taken for CIFAR-10's, 200 and 1000 for the ImageNets'."""
    if classes == 1000 and not small_stem:
        return tuple(models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"]), IMAGENET_PREPROCESSING, True
    preprocess = TINY_PREPROCESSING if classes == 200 else CIFAR_PREPROCESSING
    preprocess = preprocess.sized(32) if small_stem or Design.named(name) else preprocess
    known = {10: "cifar10", 200: "tiny_imagenet"}.get(classes)
    return (
        (_english(known), preprocess, True)
        if known
        else (tuple(f"class {i}" for i in range(classes)), preprocess, False)
    )
