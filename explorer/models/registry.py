"""The registry of networks: names, constructors, available weights, and the path of the head.

docs/add-a-network.md explains how to add one.
"""

from functools import lru_cache
from typing import Final

from torch import Tensor, nn

from explorer.core import local_networks
from explorer.core.assets import ASSETS
from explorer.core.errors import RecipeError
from explorer.core.local_networks import OWN
from explorer.models import own_training
from explorer.models.cifar_resnet import DEPTHS, Design
from explorer.models.families import IMAGENET as IMAGENET
from explorer.models.families import TIMM as TIMM
from explorer.models.families import Cifar, Family, Timm, Torchvision
from explorer.models.families import has_timm as has_timm
from explorer.models.meta import build_on_meta
from explorer.models.own_network import OwnFiles
from explorer.models.preprocessing import Preprocessing
from explorer.models.seeding import drawn_from
from explorer.models.transformers_models import Transformers

NETWORKS: Final = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "wide_resnet50_2")
CIFAR_NETWORKS: Final = tuple(Design(depth, shortcut).name for shortcut in ("identity", "none") for depth in DEPTHS)
TWINS: Final = tuple(Design(32, shortcut, width=8).name for shortcut in ("identity", "none"))
OTHERS: Final = (
    "vgg11_bn", "googlenet", "densenet121", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large",
    "efficientnet_b0", "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "squeezenet1_1", "regnet_y_400mf", "convnext_tiny",
    "vit_b_16", "swin_t",
)  # fmt: skip

FAMILIES: Final = (
    Torchvision((*NETWORKS, *OTHERS)),
    Cifar((*CIFAR_NETWORKS, *TWINS)),
    Timm(),
    Transformers(),
    OwnFiles(),
)
"""A name belongs to the family that has it."""

BACKBONES: Final = (*NETWORKS, *OTHERS)
"""The networks that menus list. The names of torchvision's others, of CIFAR and timm networks are typed."""

CIFAR10, UPSTREAM, TWIN = "cifar10", "upstream", "twin"
BUNDLED: Final = (CIFAR10, UPSTREAM, TWIN)
"""Weights that come with the app, for the networks that have a file `assets/NETWORK_WEIGHTS.safetensors` (or `.gz`)."""
_FILES: Final = frozenset(file.name.partition(".safetensors")[0] for file in ASSETS.glob("*.safetensors*"))

_ODD: Final = 997  # a number of classes that is no other layer's width, which identifies the head


def is_known(name: str) -> bool:
    """Whether `name` is torchvision's, a CIFAR network, or `timm:<model>` and the installed timm has the model."""
    return _find(name) is not None


def _find(name: str) -> Family | None:
    return next((each for each in FAMILIES if each.has(name)), None)


def family(name: str) -> Family:
    """The family that has `name`. Raises RecipeError for an unknown network."""
    if found := _find(name):
        return found
    if name.startswith(OWN):  # of a run, or of a link
        raise RecipeError("errors.own_not_offered", network=name)
    allowed = ", ".join((*BACKBONES, *CIFAR_NETWORKS, *([f"{TIMM}…"] if has_timm() else [])))
    raise RecipeError("errors.network_unknown", network=name, allowed=allowed)


def counterpart(name: str) -> str | None:
    """The CIFAR network of the same depth and width: plain for a residual network, residual for a plain one.

    None for a network of another family.
    """
    design = Design.named(name)
    if design is None:
        return None
    return Design(design.depth, "none" if design.residual else "identity", width=design.width).name


def weights(name: str) -> tuple[str, ...]:
    """The weights available for `name`, except a user's own file. Raises RecipeError for an unknown network."""
    found = family(name)
    bundled = (each for each in BUNDLED if f"{name}_{each}" in _FILES)
    return (*bundled, *found.published(name), *(("random",) if found.has_random else ()))


def build(name: str, num_classes: int | None = None, image_px: int = 224) -> nn.Module:
    """Build a network with random weights, for pictures of `image_px` x `image_px`.

    `num_classes` None: the constructor's default. Raises RecipeError for an unknown network.
    """
    return family(name).build(name, num_classes, image_px)


def outline(name: str, num_classes: int | None = None, image_px: int = 224) -> nn.Module:
    """`build` on the meta device: shapes without values or memory."""
    return build_on_meta(lambda: build(name, num_classes, image_px))


def blank(name: str, num_classes: int | None = None, image_px: int = 224) -> nn.Module:
    """A module whose weights are to be filled: `outline`, unless its constructor computes more than weights."""
    module = outline(name, num_classes, image_px)
    filled = module.state_dict().keys()
    is_whole = all(buffer in filled for buffer, _ in module.named_buffers(remove_duplicate=False))
    if is_whole and not any(isinstance(value, Tensor) for each in module.modules() for value in vars(each).values()):
        return module
    with drawn_from(0):
        return build(name, num_classes, image_px)


def size_option(name: str, image_px: int) -> dict[str, int]:
    """The constructor's option for the picture size, which networks of patches need; else {}.

    Raises RecipeError for an unknown network.
    """
    return family(name).size_option(name, image_px)


def preprocessing(name: str) -> Preprocessing:
    """The default preprocessing: torchvision's or timm's for this network; CIFAR-10's at 32 px for CIFAR.

    Raises RecipeError for an unknown network.
    """
    return family(name).preprocessing(name)


def labels(name: str) -> tuple[str, ...]:
    """English names of the classes of a network with random weights. Raises RecipeError for an unknown network."""
    return family(name).labels(name)


@lru_cache(maxsize=128)
def parameters(name: str) -> int:
    """The number of parameters of a known network."""
    return sum(parameter.numel() for parameter in outline(name).parameters())


def head_paths(name: str) -> tuple[str, ...]:
    """Paths of the layers that output logits: one, except for a few timm networks.

    Raises RecipeError for an unknown network, and for a file of the user's whose logits no linear layer gives.
    """
    return (own_training.head_path(name),) if local_networks.is_own(name) else _head_paths(name)


@lru_cache(maxsize=128)
def _head_paths(name: str) -> tuple[str, ...]:
    return tuple(path for path, module in outline(name, _ODD).named_modules() if _width(module) == _ODD)


def _width(module: nn.Module) -> int | None:
    if isinstance(module, nn.Linear):
        return module.out_features
    return module.out_channels if isinstance(module, nn.Conv2d) else None


def has_map_head(name: str) -> bool:
    """Whether the head is a convolution that outputs a map per class, as SqueezeNet's."""
    return not local_networks.is_own(name) and _has_map_head(name)


@lru_cache(maxsize=128)
def _has_map_head(name: str) -> bool:
    return isinstance(outline(name).get_submodule(head_paths(name)[0]), nn.Conv2d)
