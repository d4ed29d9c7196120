"""What a network takes and costs, tried with shapes alone: the picture sizes, parameters, multiply-adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import torch
from torch import Tensor

from explorer.core.errors import RecipeError
from explorer.models.registry import family, head_paths, outline
from explorer.models.torch_private import OperationCounter

SIZES: Final = range(32, 225, 16)  # tried in turn where a network does not take every size

# What torch, torchvision and one network of each of timm's modules raise for a picture of the wrong size, 1 to 256 px:
# shapes that do not fit (RuntimeError; ValueError from torch's own layers), asserts in constructors and in `forward`,
# windows and grids of no pixels.
_REFUSALS: Final = (RuntimeError, ValueError, AssertionError, ZeroDivisionError)


@dataclass(frozen=True)
class Cost:
    """Of one picture: `multiply_adds` of convolutions, matrix products and attention, as torchvision counts them."""

    parameters: int
    multiply_adds: int


def check(name: str, image_px: int) -> None:
    """Raises RecipeError for an unknown network, and for a picture size that it cannot take, with what it can."""
    family(name)
    if len(head_paths(name)) != 1:  # distilled transformers have two
        raise RecipeError("errors.backbone_heads", network=name, count=len(head_paths(name)))
    if not takes(name, image_px):
        allowed = ", ".join(map(str, sizes(name, SIZES))) or "–"
        raise RecipeError("errors.backbone_size", network=name, size=image_px, allowed=allowed)


def takes(name: str, image_px: int) -> bool:
    """Whether a known network takes pictures of `image_px` a side."""
    return _tried(name, image_px, 10) is not None


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


@lru_cache(maxsize=512)
def _tried(name: str, image_px: int, classes: int) -> Cost | None:
    """What a training step's forward pass costs a picture; None where the network does not take that size."""
    try:
        module = outline(name, classes, image_px)
        with OperationCounter() as counter:
            logits = module(torch.empty(2, 3, image_px, image_px, device="meta"))
    except _REFUSALS:
        return None
    if not isinstance(logits, Tensor) or logits.shape != (2, classes):
        return None
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return Cost(parameters, counter.total // 4)  # two pictures, and two operations a multiply-add
