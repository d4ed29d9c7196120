"""A network ready to be looked into, and what it says of a picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor, nn

from explorer.core.errors import WeightsError
from explorer.models.graph import Graph
from explorer.models.preprocessing import Preprocessing


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
    """Raises WeightsError where a network's values are infinite or NaN: no figure computed from them means anything."""
    if not torch.isfinite(values).all():
        raise WeightsError("errors.logits_not_finite")


def at_most(most_px: float, network: Network) -> Network:
    """`network`, which sees pictures at no more than `most_px` a side; its facts then say what was `reduced` from."""
    own = network.preprocess
    if own.input_px <= most_px:
        return network
    seen = own.fitted(min(own.crop_px, int(most_px)), int(most_px))
    return replace(network, preprocess=seen, facts={**network.facts, "reduced": own.input_px})
