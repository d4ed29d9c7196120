"""Families of networks. A family is one library's: its constructors, its published weights and their preprocessing.

`registry` has the table of families and functions that take a network's name.
"""

import importlib.util
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models.vision_transformer import interpolate_embeddings

from explorer.core.class_names import class_names
from explorer.core.errors import WeightsError
from explorer.models.checkpoint import fill, read_state_dict
from explorer.models.cifar_resnet import Design
from explorer.models.meta import build_on_meta
from explorer.models.preprocessing import CIFAR_PREPROCESSING, Preprocessing
from explorer.models.seeding import drawn_from

IMAGENET: Final = {"imagenet": "IMAGENET1K_V1", "imagenet-v2": "IMAGENET1K_V2"}
"""Our name of published weights -> torchvision's."""
TIMM: Final = "timm:"
INCEPTIONS: Final = ("googlenet", "inception_v3")
"""Networks with auxiliary heads, which normalise pictures themselves if they have torchvision's weights."""


@dataclass(frozen=True)
class Pretrained:
    """A network with loaded weights and its preprocessing. The caller owns `module`; it is not shared.

    `labels`, `origin` and `facts` as in `Network`.
    """

    module: nn.Module
    preprocess: Preprocessing
    labels: tuple[str, ...]
    origin: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """A group of networks from one library. `names` are those that menus list.

    `trainable`: runs, which are other processes, can build them by name. `has_random`: random weights are one choice.
    """

    names: tuple[str, ...] = ()
    trainable: ClassVar[bool] = True
    has_random: ClassVar[bool] = True
    suffix: ClassVar[str] = ""  # of the words for random weights

    def has(self, name: str) -> bool:
        """Whether `name` belongs to this family, listed in `names` or not."""
        return name in self.names

    def build(self, name: str, num_classes: int | None, image_px: int) -> nn.Module:
        """Call the library's constructor: random weights, `num_classes` outputs (None: its default)."""
        raise NotImplementedError

    def size_option(self, name: str, image_px: int) -> dict[str, int]:
        """The constructor's option for the picture size, which networks of patches need; else {}."""
        return {}

    def preprocessing(self, name: str) -> Preprocessing:
        """The default preprocessing, for weights that do not define their own."""
        raise NotImplementedError

    def labels(self, name: str) -> tuple[str, ...]:
        """English names of the classes of a network with random weights."""
        return class_labels(1000)

    def published(self, name: str) -> tuple[str, ...]:
        """The keys of IMAGENET for which the library publishes weights."""
        return ()

    def published_file(self, name: str, weights: str) -> tuple[Path, str]:
        """The local path of published weights, whether or not the file exists, and their URL."""
        raise NotImplementedError

    def pretrained(self, name: str, weights: str, file: Path, image_px: int) -> Pretrained:
        """Load published weights from `file` into a network for pictures of `image_px`. Raises WeightsError."""
        raise NotImplementedError

    def adapted(self, name: str, state: Mapping[str, Tensor], file: str, image_px: int) -> Mapping[str, Tensor]:
        """A checkpoint's tensors, resized for a network that takes pictures of `image_px`. Raises WeightsError."""
        return state


def class_labels(count: int) -> tuple[str, ...]:
    """English names of `count` classes, by their number: ImageNet's, Tiny ImageNet's, CIFAR-10's, else numbers."""
    if count == 1000:
        return tuple(models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"])
    if data := {10: "cifar10", 200: "tiny_imagenet"}.get(count):
        return tuple(english for english, _ in class_names()[data])
    return tuple(f"class {i}" for i in range(count))


class Cifar(Family):
    """The networks of `cifar_resnet`; their names are those of a `Design`."""

    suffix = "_cifar"

    def has(self, name: str) -> bool:
        return Design.named(name) is not None

    def build(self, name: str, num_classes: int | None, image_px: int) -> nn.Module:
        design = Design.named(name)
        assert design is not None
        return design.build() if num_classes is None else design.build(num_classes)

    def preprocessing(self, name: str) -> Preprocessing:
        return CIFAR_PREPROCESSING.sized(32)

    def labels(self, name: str) -> tuple[str, ...]:
        return class_labels(10)


class Torchvision(Family):
    """torchvision's networks for classification, by their names in its registry."""

    def has(self, name: str) -> bool:
        return name in _torchvision_names()

    def build(self, name: str, num_classes: int | None, image_px: int) -> nn.Module:
        options: dict[str, Any] = self.size_option(name, image_px)
        if num_classes is not None:
            options["num_classes"] = num_classes
        if name in INCEPTIONS:
            # Without the auxiliary heads, as torchvision's pretrained GoogLeNet: the logits do not depend on them, so
            # they would not be trained. Setting both options explicitly avoids torchvision's warnings.
            options |= {"aux_logits": False, "init_weights": True}
        return models.get_model(name, weights=None, **options)  # type: ignore[no-any-return]

    def size_option(self, name: str, image_px: int) -> dict[str, int]:
        return {"image_size": image_px} if name.startswith("vit_") else {}

    def preprocessing(self, name: str) -> Preprocessing:
        """That of the first ImageNet weights; of the smallest where a network has others only."""
        members = list(models.get_model_weights(name))
        return _preprocessing(next((each for each in members if each.name == IMAGENET["imagenet"]), members[-1]))

    def published(self, name: str) -> tuple[str, ...]:
        available = {weights.name for weights in models.get_model_weights(name)}
        return tuple(key for key, member in IMAGENET.items() if member in available)

    def published_file(self, name: str, weights: str) -> tuple[Path, str]:
        url = models.get_model_weights(name)[IMAGENET[weights]].url
        return _cache() / url.rpartition("/")[2], url

    def pretrained(self, name: str, weights: str, file: Path, image_px: int) -> Pretrained:
        member = models.get_model_weights(name)[IMAGENET[weights]]
        preprocess, meta = _preprocessing(member), member.meta
        if name in INCEPTIONS:  # trained with these; torchvision converts from ImageNet's mean and std in `forward`
            preprocess = replace(preprocess, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
        state = self.adapted(name, _renamed(name, _from_cache(file)), file.name, image_px)
        module = build_on_meta(lambda: self.build(name, 1000, image_px))
        fill(module, state, file.name, name)
        facts = {"member": member.name, "file": file.name, "accuracy": meta["_metrics"]["ImageNet-1K"]["acc@1"]}
        return Pretrained(module, preprocess, tuple(meta["categories"]), "network.origin_imagenet", facts)

    def adapted(self, name: str, state: Mapping[str, Tensor], file: str, image_px: int) -> Mapping[str, Tensor]:
        """Resize a ViT's grid of position embeddings bicubically, by torchvision's own function."""
        if not (name.startswith("vit_") and "encoder.pos_embedding" in state):
            return state
        patch_px = int(name.rpartition("_")[2])
        try:
            return interpolate_embeddings(image_px, patch_px, dict(state))  # type: ignore[no-any-return]
        except (ValueError, RuntimeError) as error:  # not a square grid
            raise WeightsError("errors.checkpoint_broken", file=file) from error


@lru_cache(maxsize=1)
def _torchvision_names() -> frozenset[str]:
    return frozenset(models.list_models(module=models))


def _preprocessing(member: models.WeightsEnum) -> Preprocessing:
    """The preprocessing of published weights of torchvision's."""
    transforms = member.transforms()
    return Preprocessing(
        transforms.resize_size[0], transforms.crop_size[0], tuple(transforms.mean), tuple(transforms.std)
    )


def torchvision_outline(name: str) -> nn.Module:
    """Any torchvision network, listed here or not, on the meta device, with a head for ImageNet's classes."""
    return build_on_meta(lambda: Torchvision().build(name, None, 224))


def _cache() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _from_cache(file: Path) -> dict[str, Tensor]:
    """The state dict in a file of torchvision's cache. Raises WeightsError, for example for a partial download."""
    try:
        return read_state_dict(file.read_bytes(), file.name)
    except (OSError, WeightsError) as error:
        raise WeightsError("errors.weights_half", file=file.name) from error


def _renamed(name: str, state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Rename or drop keys of torchvision's older files, as its own constructors do."""
    if name in INCEPTIONS:
        return {key: value for key, value in state.items() if not key.startswith(("aux1.", "aux2.", "AuxLogits."))}
    if name.startswith("densenet"):  # "denselayer1.norm.1.weight": module names can no longer contain dots
        return {re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.([12])\.", r"\1\2.", key): v for key, v in state.items()}
    return state


class Timm(Family):
    """timm's networks, as `timm:<model>`, if timm is installed. It is imported only when such a name is used."""

    suffix = "_timm"

    def has(self, name: str) -> bool:
        return _timm_config(name) is not None

    def build(self, name: str, num_classes: int | None, image_px: int) -> nn.Module:
        classes = {} if num_classes is None else {"num_classes": num_classes}
        return _timm_model(name, self.size_option(name, image_px) | classes)

    def size_option(self, name: str, image_px: int) -> dict[str, int]:
        return {"img_size": image_px} if _timm_config(name).fixed_input_size else {}

    def preprocessing(self, name: str) -> Preprocessing:
        config = _timm_config(name)
        side = config.input_size[-1]
        return Preprocessing(round(side / config.crop_pct), side, tuple(config.mean), tuple(config.std))

    def labels(self, name: str) -> tuple[str, ...]:
        return class_labels(_timm_config(name).num_classes or 1000)  # 0: only weights without a head are published

    def published(self, name: str) -> tuple[str, ...]:
        config = _timm_config(name)
        return ("imagenet",) if config.hf_hub_id and config.num_classes == 1000 else ()

    def published_file(self, name: str, weights: str) -> tuple[Path, str]:
        repository = _timm_config(name).hf_hub_id
        hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
        file = _cache() / f"{repository.replace('/', '--')}.safetensors"
        if not file.is_file():
            from huggingface_hub import try_to_load_from_cache

            cached = try_to_load_from_cache(repository, "model.safetensors")
            file = Path(cached) if isinstance(cached, str) else file
        return file, f"{hub}/{repository}/resolve/main/model.safetensors"

    def pretrained(self, name: str, weights: str, file: Path, image_px: int) -> Pretrained:
        """Load by timm, which resizes position embeddings to `image_px`. Safetensors files contain no code."""
        options = {"pretrained": True, "pretrained_cfg_overlay": {"file": str(file)}}
        try:
            with drawn_from(0):
                module = _timm_model(name, options | self.size_option(name, image_px))
        except Exception as error:  # a corrupt file can raise almost any exception
            raise WeightsError("errors.checkpoint_broken", file=file.name) from error
        facts = {"member": _timm_config(name).tag or name.removeprefix(TIMM), "file": file.name}
        return Pretrained(module, self.preprocessing(name), class_labels(1000), "network.origin_timm", facts)


def has_timm() -> bool:
    return importlib.util.find_spec("timm") is not None


def _timm_model(name: str, options: Mapping[str, Any]) -> nn.Module:
    import timm

    return timm.create_model(name.removeprefix(TIMM), **options)


def _timm_config(name: str) -> Any:
    """timm's `PretrainedCfg` of `timm:<model>`; None if the model is unknown or timm is not installed."""
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
