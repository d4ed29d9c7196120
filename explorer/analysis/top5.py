"""Where the true class stands among a network's answers: what top-1 and top-5 accuracy count."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from torch import Tensor

from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import trace
from explorer.models.network import Network

BATCH = 20


@dataclass(frozen=True)
class Ranks:
    """The rank of each picture's true class among `classes`; 1 is the most probable."""

    ranks: Sequence[int]
    classes: int

    def within(self, k: int) -> float:
        """Top-k accuracy: the share (0..1) of pictures whose true class is among the first `k`."""
        return sum(rank <= k for rank in self.ranks) / len(self.ranks)

    def chance(self, k: int) -> float:
        """What guessing gets: `k` different classes at random hold the true one this often (0..1)."""
        return min(k / self.classes, 1.0)


def ranks(logits: Tensor, targets: Tensor) -> Tensor:
    """1-based rank (N,) of the classes `targets` (N,) in `logits` (N, classes). Of equal logits each has the best."""
    own = logits.gather(1, targets[:, None])
    return (logits > own).sum(1) + 1


def over_pictures(network: Network, several: PictureSet, targets: Tensor) -> Generator[tuple[int, int], None, Ranks]:
    """Of each picture of `several`, whose class indices are `targets` (N,). Yields (done, in all)."""
    found: list[int] = []
    for x in several.inputs(network, BATCH):
        logits = trace(network, x, keep=()).logits
        found += ranks(logits, targets[len(found) : len(found) + len(x)]).tolist()
        yield len(found), len(several)
    return Ranks(tuple(found), len(network.labels))
