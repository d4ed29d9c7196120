"""Picture sizes that a network accepts, its parameters and multiply-adds, from forward passes on the meta device."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import torch

from explorer.core import local_networks
from explorer.core.errors import ExplorerError, RecipeError
from explorer.models import own_network, own_training
from explorer.models.recorder import NotRecordedError, logits_of
from explorer.models.registry import family, head_paths, outline
from explorer.models.torch_private import OperationCounter

SIZES: Final = range(32, 225, 16)  # tried in turn for a network that does not accept every size

# What torch, torchvision and one network of each timm module raise for a picture of an unsupported size, 1 to 256 px:
# shape mismatches (RuntimeError; ValueError from torch's own layers), asserts in constructors and in `forward`, windows
# and grids of 0 pixels.
_REFUSALS: Final = (RuntimeError, ValueError, AssertionError, ZeroDivisionError, NotRecordedError)


@dataclass(frozen=True)
class Cost:
    """Cost of a forward pass. `multiply_adds` per picture, of convolutions, matrix products and attention, counted as
    torchvision counts them."""

    parameters: int
    multiply_adds: int


def check(name: str, image_px: int) -> None:
    """Raises RecipeError for an unknown network, for one with several heads, and for a picture size that it does not
    accept; the message lists the sizes that it does."""
    if not family(name).trainable:
        raise RecipeError("errors.hf_look_only", network=name)
    if local_networks.is_own(name):
        own_training.check(name, image_px)
        return
    if len(head_paths(name)) != 1:  # distilled transformers have two
        raise RecipeError("errors.backbone_heads", network=name, count=len(head_paths(name)))
    if not takes(name, image_px):
        allowed = ", ".join(map(str, sizes(name, SIZES))) or "–"
        raise RecipeError("errors.backbone_size", network=name, size=image_px, allowed=allowed)


def takes(name: str, image_px: int) -> bool:
    """Whether a known network accepts pictures of `image_px` x `image_px`."""
    return _tried(name, version(name), image_px, 10) is not None


def takes_all(name: str) -> bool:
    """Whether it accepts every size from 32 px. Networks of patches do not: they fail at an odd size."""
    return takes(name, 32) and takes(name, 33)


def sizes(name: str, among: Sequence[int]) -> list[int]:
    """The picture sizes in `among` (32 px or more) that the network accepts."""
    return list(among) if takes_all(name) else [px for px in among if takes(name, px)]


def cost(name: str, image_px: int, classes: int = 10) -> Cost:
    """Parameters and multiply-adds of the network with a head for `classes`. Raises RecipeError as `check` does."""
    check(name, image_px)
    found = _tried(name, version(name), image_px, classes)
    assert found is not None
    return found


def version(name: str) -> str:
    """What tells the states of a user's file apart; "" for other networks."""
    with suppress(ExplorerError):  # code that cannot run accepts no size
        return own_network.version(name) if local_networks.is_own(name) else ""
    return ""


@lru_cache(maxsize=512)
def _tried(name: str, version: str, image_px: int, classes: int) -> Cost | None:
    """Cost of a training step's forward pass per picture; None if the network does not accept that size."""
    if local_networks.is_own(name):
        tried = own_training.cost(name, image_px, classes) if version else None
        return Cost(tried[0], tried[1] // 4) if tried else None
    try:
        module = outline(name, classes, image_px)
        with OperationCounter() as counter:
            logits = logits_of(module(torch.empty(2, 3, image_px, image_px, device="meta")))
    except _REFUSALS:
        return None
    if logits.shape != (2, classes):
        return None
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return Cost(parameters, counter.total // 4)  # two pictures, two operations per multiply-add
