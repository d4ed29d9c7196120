"""A network ready to be traced, and its most probable classes for a picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor, nn

from explorer.core.errors import WeightsError
from explorer.models.graph import Graph
from explorer.models.preprocessing import Preprocessing
from explorer.models.replayed import weights_of


@dataclass(frozen=True)
class Network:
    """A network that all sessions share: in eval mode, float32, never modified.

    `labels` are the classes' English names in the order of the logits. `origin` is the key of the sentence that says
    where the weights come from; `facts` are its values. `sources` are texts of source files by name, where they are not
    those on disk: a user's file as it was when it ran.
    """

    name: str
    weights: str
    module: nn.Module
    labels: tuple[str, ...]
    preprocess: Preprocessing
    graph: Graph
    origin: str
    facts: Mapping[str, object] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def modules(self) -> dict[str, nn.Module]:
        return dict(self.module.named_modules())

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """Parameters and buffers by name."""
        return weights_of(self.module)


@dataclass(frozen=True)
class Guess:
    """A class in English and its softmax probability, 0..1."""

    label: str
    probability: float


def top_guesses(network: Network, logits: Tensor, count: int = 5) -> list[Guess]:
    """The `count` most probable classes of one row of logits (classes,), most probable first.

    Raises WeightsError if the logits are not finite.
    """
    check_finite(logits)
    values, indices = logits.softmax(-1).topk(min(count, len(network.labels)))
    return [
        Guess(network.labels[i], probability) for probability, i in zip(values.tolist(), indices.tolist(), strict=True)
    ]


def check_finite(values: Tensor) -> None:
    """Raises WeightsError if any value is infinite or NaN: numbers computed from such values are meaningless."""
    if not torch.isfinite(values).all():
        raise WeightsError("errors.logits_not_finite")
