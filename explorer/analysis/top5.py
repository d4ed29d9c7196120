"""Rank of the true class among a network's predictions: top-1 and top-5 accuracy."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from torch import Tensor

from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import trace
from explorer.models.network import Network

BATCH = 20


@dataclass(frozen=True)
class Ranks:
    """Rank of each picture's true class among `classes`; 1 is the most probable."""

    ranks: Sequence[int]
    classes: int

    def within(self, k: int) -> float:
        """Top-k accuracy, 0..1."""
        return sum(rank <= k for rank in self.ranks) / len(self.ranks)

    def chance(self, k: int) -> float:
        """Top-k accuracy (0..1) of `k` distinct random classes."""
        return min(k / self.classes, 1.0)


def ranks(logits: Tensor, targets: Tensor) -> Tensor:
    """1-based rank (N,) of the classes `targets` (N,) in `logits` (N, classes). Ties all get the best rank."""
    own = logits.gather(1, targets[:, None])
    return (logits > own).sum(1) + 1


def over_pictures(network: Network, pictures: PictureSet, targets: Tensor) -> Generator[tuple[int, int], None, Ranks]:
    """Ranks for each of `pictures`, whose class indices are `targets` (N,). Yields (pictures done, total)."""
    all_ranks: list[int] = []
    for x in pictures.inputs(network, BATCH):
        logits = trace(network, x, keep=()).logits
        all_ranks += ranks(logits, targets[len(all_ranks) : len(all_ranks) + len(x)]).tolist()
        yield len(all_ranks), len(pictures)
    return Ranks(tuple(all_ranks), len(network.labels))
