"""Two small networks that we trained on CIFAR-10 alike, one with shortcuts and one without (assets/MODEL_CARD.md)."""

from functools import lru_cache
from typing import Literal

from explorer.models import loading, registry
from explorer.models.network import Network

Kind = Literal["residual", "plain"]
NAMES = dict(zip(("residual", "plain"), registry.TWINS, strict=True))
DEPTH, WIDTH = 32, 8


@lru_cache
def load(kind: Kind) -> Network:
    """A 32-layer network of 15 blocks, half as wide as the paper's, that takes CIFAR-10 pictures at 32 px.

    The plain twin's graph has no blocks: nothing is added in it. Its parts have the same paths all the same.
    """
    return loading.load(NAMES[kind], registry.TWIN)
