"""Networks to fine-tune, with a new head: torchvision's by their names in its registry, the CIFAR networks of
`cifar_resnet` by theirs, timm's as `timm:<model>`.
"""

import copy
import importlib.util
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models.vision_transformer import interpolate_embeddings

from explorer.core.download import fetch
from explorer.core.errors import DataError, RecipeError, WeightsError
from explorer.models import zoo
from explorer.models.checkpoint import description, fill, read_state_dict
from explorer.models.cifar_resnet import Design
from explorer.models.torch_private import Operations
from explorer.models.zoo import IMAGENET, IMAGENET_PREPROCESSING, Preprocessing, Progress, drawn_from, fitted

BACKBONES: Final = (
    *zoo.NETWORKS, "vgg11_bn", "googlenet", "densenet121", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large",
    "efficientnet_b0", "shufflenet_v2_x1_0", "squeezenet1_1", "regnet_y_400mf", "convnext_tiny", "vit_b_16", "swin_t",
)  # fmt: skip
TIMM: Final = "timm:"
SIZES: Final = range(32, 225, 16)  # tried in turn where a network does not take every size
_ODD: Final = 997  # classes that no other layer has for its width: so the head is found


@dataclass(frozen=True)
class Learner:
    """A network for a caller of its own, in train mode.

    `head` is the path of its last layer with weights, which is new and gives a logit for each of `labels`; the rest is
    the backbone. `preprocess` is how it sees pictures.
    """

    name: str
    module: nn.Module
    head: str
    labels: tuple[str, ...]
    preprocess: Preprocessing

    @property
    def tail(self) -> nn.Module:
        """From what reaches the head to logits (N, classes). It shares the head's weights."""
        return _tail(self.module, self.head)

    @property
    def parts(self) -> tuple[str, ...]:
        """Paths of the blocks that the backbone is made of, in order; some weights may belong to none (the stem)."""
        if blocks := zoo.is_known(self.name) and zoo.outline(self.name).graph.blocks:
            return tuple(blocks)
        whole = sum(parameter.numel() for parameter in self.module.parameters())
        return tuple(_parts(self.module, "", self.head, whole))


@dataclass(frozen=True)
class Cost:
    """Of one picture: `multiply_adds` of convolutions, matrix products and attention, as torchvision counts them."""

    parameters: int
    multiply_adds: int


def is_known(name: str) -> bool:
    """Whether it is one of BACKBONES, a CIFAR network's name, or `timm:<model>` where timm is there and knows it."""
    return name in BACKBONES or zoo.is_known(name) or _timm_config(name) is not None


def has_timm() -> bool:
    return importlib.util.find_spec("timm") is not None


def weights(name: str) -> tuple[str, ...]:
    """The weights that `name` can start from, without a user's own file. Raises RecipeError for an unknown network."""
    _check_name(name)
    if zoo.is_known(name):
        return zoo.choices(name)
    if name in BACKBONES:
        return (*zoo.published(name), "random")
    config = _timm_config(name)
    return (*(("imagenet",) if config.hf_hub_id and config.num_classes == 1000 else ()), "random")


def check(name: str, image_px: int) -> None:
    """Raises RecipeError for an unknown network, and for a picture size that it cannot take, with what it can."""
    _check_name(name)
    if len(head_paths(name)) != 1:  # distilled transformers have two
        raise RecipeError("errors.backbone_heads", network=name, count=len(head_paths(name)))
    if not takes(name, image_px):
        allowed = ", ".join(map(str, sizes(name, SIZES))) or "–"
        raise RecipeError("errors.backbone_size", network=name, size=image_px, allowed=allowed)


def takes(name: str, image_px: int) -> bool:
    """Whether a known network takes pictures of `image_px` a side: tried with shapes alone."""
    return isinstance(_tried(name, image_px, 10), Cost)


def takes_all(name: str) -> bool:
    """Whether it takes every size from 32 px on: a network of patches, which does not, fails at an odd one."""
    return takes(name, 32) and takes(name, 33)


def sizes(name: str, among: Sequence[int]) -> list[int]:
    """Those picture sizes of `among`, 32 px and more, that the network takes."""
    return list(among) if takes_all(name) else [px for px in among if takes(name, px)]


def cost(name: str, image_px: int, classes: int = 10) -> Cost:
    """Parameters and multiply-adds with a head for `classes`. Raises RecipeError as `check` does."""
    check(name, image_px)
    found = _tried(name, image_px, classes)
    assert found is not None
    return found


def to_fine_tune(
    name: str, weights: str, labels: Sequence[str], picture_px: int, input_px: int, *, seed: int = 0,
    progress: Progress | None = None,
) -> Learner:  # fmt: skip
    """`weights` with a new head for `labels`: one of `weights(name)`, or the path of a checkpoint.

    With `random` weights it is the library's constructor right after `torch.manual_seed(seed)`, its head then replaced;
    with others `seed` is the head's. Pictures of `picture_px` a side are enlarged to `input_px` after normalisation.
    Raises RecipeError as `check` does, WeightsError for weights that do not exist, fit or arrive, DataError from a
    download.
    """
    check(name, input_px)
    head = head_paths(name)[0]
    source, preprocess = _source(name, weights, input_px, seed, progress)
    with drawn_from(seed):
        module = source or _built(name, input_px)
        new = _new_head(module.get_submodule(head), len(labels))
    module.set_submodule(head, new)
    if hasattr(module, "num_classes"):
        module.num_classes = len(labels)  # type: ignore[assignment]
    module.requires_grad_(True).train()
    return Learner(name, module, head, tuple(labels), fitted(preprocess, picture_px, input_px))


def weights_file(name: str, weights: str = "imagenet") -> tuple[Path, str]:
    """Where published weights are (or would be) kept on this machine, and the address they are downloaded from."""
    if name in BACKBONES:
        return zoo.imagenet_file(name, weights)
    repository = _timm_config(name).hf_hub_id
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    file = Path(torch.hub.get_dir()) / "checkpoints" / f"{repository.replace('/', '--')}.safetensors"
    if not file.is_file():
        from huggingface_hub import try_to_load_from_cache

        cached = try_to_load_from_cache(repository, "model.safetensors")
        file = Path(cached) if isinstance(cached, str) else file
    return file, f"{hub}/{repository}/resolve/main/model.safetensors"


def get_weights(name: str, weights: str, progress: Progress | None = None) -> Path:
    """The file of published weights, downloaded where this machine lacks it. Raises WeightsError or DataError."""
    file, url = weights_file(name, weights)
    if file.is_file():
        return file
    if name in BACKBONES:
        return fetch(url, file, sha256_prefix=file.stem.rpartition("-")[2], progress=progress)
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):  # as the hub's own client reads it
        raise WeightsError("errors.download_unreachable", file=file.name, folder=str(file.parent))
    try:
        return fetch(url, file, progress=progress)
    except DataError as error:
        raise WeightsError(error.key, **error.values) from error


def colours(name: str) -> Preprocessing:
    """ImageNet's, CIFAR-10's for its own networks, or those that timm's weights learned from."""
    if not name.startswith(TIMM):
        return zoo.usual(name)
    config = _timm_config(name)
    return replace(IMAGENET_PREPROCESSING, mean=tuple(config.mean), std=tuple(config.std))


def sized(name: str, image_px: int) -> dict[str, int]:
    """What the constructor of a network of patches needs to know of the picture's size."""
    if not name.startswith(TIMM):
        return {"image_size": image_px} if name.startswith("vit_") else {}
    return {"img_size": image_px} if _timm_config(name).fixed_input_size else {}


def has_map_head(name: str) -> bool:
    """Whether the head is a convolution, which gives a map of each class, as SqueezeNet's."""
    return isinstance(_outline(name, 224).get_submodule(head_paths(name)[0]), nn.Conv2d)


@lru_cache(maxsize=128)
def head_paths(name: str) -> tuple[str, ...]:
    """Paths of the layers that give a logit a class: one, but for a few of timm's."""
    return tuple(path for path, module in _outline(name, 224, _ODD).named_modules() if _width(module) == _ODD)


def _check_name(name: str) -> None:
    if not is_known(name):
        allowed = ", ".join((*BACKBONES, *zoo.CIFAR_NETWORKS, *([f"{TIMM}…"] if has_timm() else [])))
        raise RecipeError("errors.network_unknown", network=name, allowed=allowed)


def _timm_config(name: str) -> Any:
    """timm's own description of the weights of `timm:<model>`; None where there is no such model, or no timm."""
    model = name.removeprefix(TIMM)
    if not (name.startswith(TIMM) and re.fullmatch(r"\w+(\.\w+)?", model) and has_timm()):
        return None
    import timm

    if not timm.is_model(model):
        return None
    try:
        return timm.get_pretrained_cfg(model, allow_unregistered=False)
    except RuntimeError:  # a tag that the model does not have
        return None


# Building


def _built(name: str, image_px: int, classes: int | None = None) -> nn.Module:
    """The library's constructor. None for `classes` means as many as it has by default."""
    if design := Design.named(name):
        return design.build() if classes is None else design.build(classes)
    more: dict[str, Any] = sized(name, image_px) | ({} if classes is None else {"num_classes": classes})
    if name.startswith(TIMM):
        import timm

        return timm.create_model(name.removeprefix(TIMM), **more)
    if name == "googlenet":
        # Without the two auxiliary heads, as torchvision has it once it has loaded ImageNet's weights: they are not in
        # `forward`'s answer and would not learn. Saying so, and how weights are drawn, keeps it from warning.
        more |= {"aux_logits": False, "init_weights": True}
    return models.get_model(name, weights=None, **more)  # type: ignore[no-any-return]


def _outline(name: str, image_px: int, classes: int | None = None) -> nn.Module:
    """The network without memory, on the meta device."""
    try:
        with torch.device("meta"):
            return _built(name, image_px, classes)
    except (NotImplementedError, RuntimeError):  # a constructor that computes with tensors, as RegNet's does
        with drawn_from(0):
            return _built(name, image_px, classes).to("meta")


@lru_cache(maxsize=512)
def _tried(name: str, image_px: int, classes: int) -> Cost | None:
    """What a training step's forward pass costs a picture; None where the network does not take that size."""
    try:
        module = _outline(name, image_px, classes)
        with Operations() as counter:  # type: ignore[no-untyped-call]
            answer = module(torch.empty(2, 3, image_px, image_px, device="meta"))
    except Exception:  # the networks of two libraries refuse a size in as many ways as there are of them
        return None
    if not isinstance(answer, Tensor) or answer.shape != (2, classes):
        return None
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return Cost(parameters, counter.total // 4)  # two pictures, and two operations a multiply-add


def _width(module: nn.Module) -> int | None:
    if isinstance(module, nn.Linear):
        return module.out_features
    return module.out_channels if isinstance(module, nn.Conv2d) else None


def _new_head(old: nn.Module, classes: int) -> nn.Module:
    if isinstance(old, nn.Conv2d):  # SqueezeNet's, 1x1: a map of each class, averaged afterwards
        return nn.Conv2d(old.in_channels, classes, old.kernel_size)  # type: ignore[arg-type]
    assert isinstance(old, nn.Linear)
    return nn.Linear(old.in_features, classes)


def _tail(module: nn.Module, head: str) -> nn.Module:
    layer = module.get_submodule(head)
    if isinstance(layer, nn.Linear):
        return layer
    above, _, own = head.rpartition(".")
    after = list(module.get_submodule(above).named_children())
    place = [name for name, _ in after].index(own)
    return nn.Sequential(*(child for _, child in after[place:]), nn.Flatten())


def _parts(module: nn.Module, path: str, head: str, whole: int) -> list[str]:
    """Containers are opened, and whatever holds the head or nearly all weights; other modules are parts."""
    found = []
    for name, child in module.named_children():
        inner, size = f"{path}{name}", sum(parameter.numel() for parameter in child.parameters())
        opened = type(child) in (nn.Sequential, nn.ModuleList) or head.startswith(f"{inner}.") or size > 0.9 * whole
        if inner == head or not size:
            continue
        found += _parts(child, f"{inner}.", head, whole) if opened and any(child.children()) else [inner]
    return found


# Weights


def _source(
    name: str, chosen: str, image_px: int, seed: int, progress: Progress | None
) -> tuple[nn.Module | None, Preprocessing]:
    """A module with the `chosen` weights and its old head, None for `random`; and how it sees pictures."""
    if zoo.is_known(name):
        source = zoo.load(name, chosen, seed=seed, progress=progress)
        return None if chosen == "random" else copy.deepcopy(source.module), source.preprocess
    preprocess = colours(name)
    if chosen == "random":
        return None, preprocess
    if chosen not in weights(name):
        return _own(name, chosen, image_px, preprocess)
    file = get_weights(name, chosen, progress)
    if name.startswith(TIMM):
        return _timm_pretrained(name, file, image_px), preprocess
    state = _as_built(name, zoo.cached(file))
    transforms = models.get_model_weights(name)[IMAGENET[chosen]].transforms()
    preprocess = replace(preprocess, mean=tuple(transforms.mean), std=tuple(transforms.std))
    if name == "googlenet":  # learned so; torchvision keeps ImageNet's figures and turns them into these in `forward`
        preprocess = replace(preprocess, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    return _filled(name, state, file.name, image_px), preprocess


def _own(name: str, path: str, image_px: int, preprocess: Preprocessing) -> tuple[nn.Module, Preprocessing]:
    """From a user's file, with any number of classes; a run's says how its network saw pictures."""
    data = zoo.own_file(name, path, weights(name))
    state = read_state_dict(data, Path(path).name)
    head = state.get(f"{head_paths(name)[0]}.weight")
    classes = len(head) if head is not None and head.ndim else 1000
    described = zoo.described(description(data), classes)
    return _filled(name, state, Path(path).name, image_px, classes), described[1] if described else preprocess


def _filled(name: str, state: Mapping[str, Tensor], file: str, image_px: int, classes: int = 1000) -> nn.Module:
    module = _outline(name, image_px, classes)
    if "encoder.pos_embedding" in state and name.startswith("vit_"):
        state = interpolated(state, image_px, int(module.patch_size), file)  # type: ignore[arg-type]
    fill(module, state, file, name)
    return module


def interpolated(state: Mapping[str, Tensor], image_px: int, patch_px: int, file: str) -> Mapping[str, Tensor]:
    """A ViT's weights for pictures of `image_px`: its position embedding as a grid, resized bicubically.

    By torchvision's own function. Raises WeightsError where the embedding is no square grid.
    """
    try:
        return interpolate_embeddings(image_px, patch_px, dict(state))  # type: ignore[no-any-return]
    except (ValueError, RuntimeError) as error:
        raise WeightsError("errors.checkpoint_broken", file=file) from error


def _as_built(name: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """torchvision's older files by the names of today's modules, as its own constructors take them."""
    if name == "googlenet":
        return {key: value for key, value in state.items() if not key.startswith(("aux1.", "aux2."))}
    if name == "densenet121":  # "denselayer1.norm.1.weight": a module's name may have no dot any more
        return {re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.([12])\.", r"\1\2.", key): v for key, v in state.items()}
    return dict(state)


def _timm_pretrained(name: str, file: Path, image_px: int) -> nn.Module:
    """By timm itself, which fits position embeddings to `image_px`. A safetensors file: nothing in it is executed."""
    import timm

    options: dict[str, Any] = {
        "pretrained": True,
        "pretrained_cfg_overlay": {"file": str(file)},
        **sized(name, image_px),
    }
    try:
        with drawn_from(0):
            return timm.create_model(name.removeprefix(TIMM), **options)
    # a broken file fails in as many ways as it has bytes
    except Exception as error:
        raise WeightsError("errors.checkpoint_broken", file=file.name) from error
