"""Two small networks, with and without shortcuts, trained on CIFAR-10 by the same recipe (assets/MODEL_CARD.md)."""

from functools import lru_cache
from typing import Literal

from explorer.models import loading, registry
from explorer.models.network import Network

Kind = Literal["residual", "plain"]
NAMES = dict(zip(("residual", "plain"), registry.TWINS, strict=True))
DEPTH, WIDTH = 32, 8


@lru_cache
def load(kind: Kind) -> Network:
    """A network of 32 layers in 15 blocks, half as wide as the paper's, for CIFAR-10 pictures of 32 px.

    The graph of the plain twin has no `blocks`, since it adds nothing; its `parts` have the same paths.
    """
    return loading.load(NAMES[kind], registry.TWIN)
