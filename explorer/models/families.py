"""Families of networks: how one library's networks are built, which weights it publishes, how they see pictures.

`registry` has the table of families, and functions by a network's name.
"""

import importlib.util
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models.vision_transformer import interpolate_embeddings

from explorer.core.errors import WeightsError
from explorer.models.checkpoint import fill, read_state_dict
from explorer.models.cifar_resnet import Design
from explorer.models.meta import build_on_meta
from explorer.models.preprocessing import CIFAR_PREPROCESSING, IMAGENET_PREPROCESSING, Preprocessing
from explorer.models.seeding import drawn_from

IMAGENET: Final = {"imagenet": "IMAGENET1K_V1", "imagenet-v2": "IMAGENET1K_V2"}
"""Published weights -> torchvision's name of them."""
TIMM: Final = "timm:"


@dataclass(frozen=True)
class Pretrained:
    """A network with its weights, and how it sees pictures. Nobody else holds `module`.

    `labels`, `origin` and `facts` are a `Network`'s; empty for one that cannot be traced.
    """

    module: nn.Module
    preprocess: Preprocessing
    labels: tuple[str, ...] = ()
    origin: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Family:
    """Networks that are built alike. `names` are those that menus list.

    `traceable` ones have residual blocks that `graph.Graph` finds: the pages that look inside take them.
    """

    names: tuple[str, ...] = ()
    traceable: bool = False

    def has(self, name: str) -> bool:
        """Whether it is the name of one of these networks, listed or not."""
        return name in self.names

    def build(self, name: str, num_classes: int | None, image_px: int) -> nn.Module:
        """The library's constructor, with random weights. `num_classes` None: as many as it has by default."""
        raise NotImplementedError

    def size_option(self, name: str, image_px: int) -> dict[str, int]:
        """The option that tells the constructor of a network of patches how large pictures are; else {}."""
        return {}

    def preprocessing(self, name: str) -> Preprocessing:
        """How a network sees pictures where its weights do not say."""
        return IMAGENET_PREPROCESSING

    def published(self, name: str) -> tuple[str, ...]:
        """The weights that the library publishes, among IMAGENET's."""
        return ()

    def published_file(self, name: str, weights: str) -> tuple[Path, str]:
        """Where published weights are (or would be) kept on this machine, and the address they are downloaded from."""
        raise NotImplementedError

    def pretrained(self, name: str, weights: str, file: Path, image_px: int) -> Pretrained:
        """The network with the published weights of `file`, for pictures of `image_px`. Raises WeightsError."""
        raise NotImplementedError

    def adapted(self, name: str, state: Mapping[str, Tensor], file: str, image_px: int) -> Mapping[str, Tensor]:
        """The tensors of a checkpoint as they fit a network for pictures of `image_px`. Raises WeightsError."""
        return state


class Cifar(Family):
    """The networks of `cifar_resnet`, by the name of a `Design`."""

    def has(self, name: str) -> bool:
        return Design.named(name) is not None

    def build(self, name: str, num_classes: int | None, image_px: int) -> nn.Module:
        design = Design.named(name)
        assert design is not None
        return design.build() if num_classes is None else design.build(num_classes)

    def preprocessing(self, name: str) -> Preprocessing:
        return CIFAR_PREPROCESSING.sized(32)


class Torchvision(Family):
    """torchvision's, by their names in its registry."""

    def build(self, name: str, num_classes: int | None, image_px: int) -> nn.Module:
        options: dict[str, Any] = self.size_option(name, image_px)
        if num_classes is not None:
            options["num_classes"] = num_classes
        if name == "googlenet":
            # Without the two auxiliary heads, as torchvision has it once it has loaded ImageNet's weights: they are not
            # in `forward`'s answer and would not learn. Saying so, and how weights are drawn, keeps it from warning.
            options |= {"aux_logits": False, "init_weights": True}
        return models.get_model(name, weights=None, **options)  # type: ignore[no-any-return]

    def size_option(self, name: str, image_px: int) -> dict[str, int]:
        return {"image_size": image_px} if name.startswith("vit_") else {}

    def published(self, name: str) -> tuple[str, ...]:
        available = {weights.name for weights in models.get_model_weights(name)}
        return tuple(key for key, member in IMAGENET.items() if member in available)

    def published_file(self, name: str, weights: str) -> tuple[Path, str]:
        url = models.get_model_weights(name)[IMAGENET[weights]].url
        return _cache() / url.rpartition("/")[2], url

    def pretrained(self, name: str, weights: str, file: Path, image_px: int) -> Pretrained:
        member = models.get_model_weights(name)[IMAGENET[weights]]
        transforms, meta = member.transforms(), member.meta
        preprocess = Preprocessing(
            transforms.resize_size[0], transforms.crop_size[0], tuple(transforms.mean), tuple(transforms.std)
        )
        if name == "googlenet":  # learned so; torchvision turns ImageNet's mean and std into these in `forward`
            preprocess = replace(preprocess, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
        state = self.adapted(name, _renamed(name, _from_cache(file)), file.name, image_px)
        module = build_on_meta(lambda: self.build(name, 1000, image_px))
        fill(module, state, file.name, name)
        facts = {"member": member.name, "file": file.name, "accuracy": meta["_metrics"]["ImageNet-1K"]["acc@1"]}
        return Pretrained(module, preprocess, tuple(meta["categories"]), "network.origin_imagenet", facts)

    def adapted(self, name: str, state: Mapping[str, Tensor], file: str, image_px: int) -> Mapping[str, Tensor]:
        """A ViT's position embedding is a grid, resized bicubically by torchvision's own function."""
        if not (name.startswith("vit_") and "encoder.pos_embedding" in state):
            return state
        patch_px = int(name.rpartition("_")[2])
        try:
            return interpolate_embeddings(image_px, patch_px, dict(state))  # type: ignore[no-any-return]
        except (ValueError, RuntimeError) as error:  # no square grid
            raise WeightsError("errors.checkpoint_broken", file=file) from error


def torchvision_outline(name: str) -> nn.Module:
    """Any network of torchvision on the meta device, with a head for ImageNet's classes; also those not listed here."""
    return build_on_meta(lambda: Torchvision().build(name, None, 224))


def _cache() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _from_cache(file: Path) -> dict[str, Tensor]:
    """The state dict in a file of torchvision's cache, where a download may have broken off. Raises WeightsError."""
    try:
        return read_state_dict(file.read_bytes(), file.name)
    except (OSError, WeightsError) as error:
        raise WeightsError("errors.weights_half", file=file.name) from error


def _renamed(name: str, state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """torchvision's older files by the names of today's modules, as its own constructors take them."""
    if name == "googlenet":
        return {key: value for key, value in state.items() if not key.startswith(("aux1.", "aux2."))}
    if name.startswith("densenet"):  # "denselayer1.norm.1.weight": a module's name may have no dot any more
        return {re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.([12])\.", r"\1\2.", key): v for key, v in state.items()}
    return state


class Timm(Family):
    """timm's, as `timm:<model>`, where it is installed. It is imported only where such a name is asked for."""

    def has(self, name: str) -> bool:
        return _timm_config(name) is not None

    def build(self, name: str, num_classes: int | None, image_px: int) -> nn.Module:
        classes = {} if num_classes is None else {"num_classes": num_classes}
        return _timm_model(name, self.size_option(name, image_px) | classes)

    def size_option(self, name: str, image_px: int) -> dict[str, int]:
        return {"img_size": image_px} if _timm_config(name).fixed_input_size else {}

    def preprocessing(self, name: str) -> Preprocessing:
        config = _timm_config(name)
        return replace(IMAGENET_PREPROCESSING, mean=tuple(config.mean), std=tuple(config.std))

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
        """By timm itself, which fits position embeddings to `image_px`. In a safetensors file nothing is executed."""
        options = {"pretrained": True, "pretrained_cfg_overlay": {"file": str(file)}}
        try:
            with drawn_from(0):
                module = _timm_model(name, options | self.size_option(name, image_px))
        except Exception as error:  # a broken file fails in as many ways as it has bytes
            raise WeightsError("errors.checkpoint_broken", file=file.name) from error
        return Pretrained(module, self.preprocessing(name))


def has_timm() -> bool:
    return importlib.util.find_spec("timm") is not None


def _timm_model(name: str, options: Mapping[str, Any]) -> nn.Module:
    import timm

    return timm.create_model(name.removeprefix(TIMM), **options)


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
