"""What the numbers answer to each question, for one network and one picture.

A measure is a generator that yields (done, total) and returns an answer. The thresholds between the options are ours;
the options on screen say them.
"""

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, median
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis import gradients, interventions, residual
from explorer.analysis.gradients import Gradients
from explorer.analysis.interventions import Intervention
from explorer.analysis.residual import Sum
from explorer.analysis.trace import Edit, trace
from explorer.experiments import degradation
from explorer.experiments.comparison.results import Comparison
from explorer.models.network import Network, check_finite

SMALL, LARGE = 0.5, 2.0  # |F(x)| / |x| below and above which the branch counts as small and large
ALIKE = 0.05  # difference of two shares (0..1) that counts as none
TWICE, HARDLY = 2.0, 10.0  # factors by which a gradient counts as smaller, and as hardly arriving
CLOSE = 0.05  # relative distance from a threshold at which the options on both sides are right
DEPTH, SHALLOW = 56, 20  # layers of the stored networks
STORED: Final = "cifar10"  # key of `degradation.stored`
SAME = 0.01  # difference of two error rates (0..1) that counts as none


@dataclass(frozen=True)
class Identity:
    """The shortcut's operand of the addition in `block`.

    `distances`: option -> |identity - candidate| / |identity|, where the candidates are x (`same`), F(x) (`branch`) and
    x - F(x) (`rest`); None for a candidate of another shape. Both norms are Euclidean. `exact` of all `blocks` carry x
    bit for bit.
    """

    block: str
    distances: Mapping[str, float | None]
    exact: int
    blocks: int

    @property
    def supports(self) -> tuple[str, ...]:
        return tuple(option for option, distance in self.distances.items() if distance == 0) or ("changed",)


@dataclass(frozen=True)
class Branch:
    """The sum in `block`. `ratios`: |F(x)| / |x| of every block, by path."""

    block: str
    sum: Sum
    ratios: Mapping[str, float]

    @property
    def supports(self) -> tuple[str, ...]:
        if not self.sum.shortcut_norm:
            return ()
        return between(self.sum.ratio, (SMALL, LARGE), ("small", "alike", "large"))


@dataclass(frozen=True)
class Change:
    """A network changed in one block: `moved` is the total variation distance of the predictions, 0..1.

    `goes` is whether the most probable class is another, `answer` its index. `resizes` is whether the block opens a
    stage.
    """

    block: str
    resizes: bool
    moved: float
    goes: bool
    answer: int


@dataclass(frozen=True)
class Cut:
    """The shortcut cut in each block in turn."""

    changes: tuple[Change, ...]

    def median(self, *, resizes: bool) -> float:
        """Median of `moved` over the blocks that do, or do not, change the shape."""
        return median(change.moved for change in self.changes if change.resizes == resizes)

    @property
    def supports(self) -> tuple[str, ...]:
        keeps, opens = self.median(resizes=False), self.median(resizes=True)
        if max(keeps, opens) < ALIKE:
            return ("hardly",)
        return between(keeps - opens, (-ALIKE, ALIKE), ("opens", "alike", "keeps"))


@dataclass(frozen=True)
class Arrival:
    """The loss gradient at every block's input (`kept`), and with all shortcuts cut (`cut`).

    `total`, `shortcut` and `branch` are the gradient's Euclidean norms at the input of `block`: in total, of the term
    along the shortcut, and of the term through the branch. `wanted` is the index of the loss's class, `is_true` whether
    that is the picture's label.
    """

    block: str
    total: float
    shortcut: float
    branch: float
    kept: Gradients
    cut: Gradients
    wanted: int
    is_true: bool

    @property
    def factor(self) -> float | None:
        """How much less of the gradient arrives without shortcuts; None if there is no gradient to compare.

        What arrives is the norm at the first block relative to the last.
        """
        (first, last), (cut_first, cut_last) = (
            (norms[0], norms[-1]) for norms in (list(one.norms.values()) for one in (self.kept, self.cut))
        )
        if not (first and last and cut_last):
            return None
        return first / last / (cut_first / cut_last) if cut_first else math.inf

    @property
    def supports(self) -> tuple[str, ...]:
        if self.factor is None:
            return ()
        return between(self.factor, (1 / TWICE, TWICE, HARDLY), ("more", "alike", "less", "hardly"))


@dataclass(frozen=True)
class Plain:
    """Errors (0..1) after the last epoch, means over the seeds: `train` and `test` by depth and by `plain` or
    `residual`, of the stored runs of `comparison`.
    """

    train: Mapping[tuple[int, str], float]
    test: Mapping[tuple[int, str], float]
    seeds: int
    comparison: Comparison

    @property
    def supports(self) -> tuple[str, ...]:
        more = {
            name: errors[DEPTH, "plain"] - errors[DEPTH, "residual"]
            for name, errors in (("train", self.train), ("test", self.test))
        }
        if more["train"] > SAME:
            return ("worse",)
        if more["test"] > SAME:
            return ("overfits",)
        return ("better",) if min(more.values()) < -SAME else ("same",)


@dataclass(frozen=True)
class Removal:
    """The branch removed from each block in turn. `answer` is the intact network's class, `probability` its own."""

    changes: tuple[Change, ...]
    answer: int
    probability: float

    @property
    def gone(self) -> int:
        """Number of blocks without which the answer is another."""
        return sum(change.goes for change in self.changes)

    @property
    def supports(self) -> tuple[str, ...]:
        if not self.gone:
            return ("none",)
        return ("some",) if 2 * self.gone < len(self.changes) else ("most",)


Answer = Identity | Branch | Cut | Arrival | Plain | Removal
Measure = Generator[tuple[int, int], None, Answer]


def between(value: float, limits: Sequence[float], options: Sequence[str]) -> tuple[str, ...]:
    """The option of the range that holds `value`; both if it is within CLOSE (relative) of their limit.

    `limits` ascend; there is one option more than limits.
    """
    k = sum(value >= limit for limit in limits)
    found = {k}
    for at, limit in enumerate(limits):
        if abs(value - limit) <= CLOSE * abs(limit):
            found |= {at, at + 1}
    return tuple(options[place] for place in sorted(found))


# Measures


def identity(network: Network, x: Tensor, label: str | None = None) -> Measure:
    blocks, path = network.graph.blocks, network.graph.main_block
    block = blocks[path]
    kept = trace(network, x, keep=[*block.names(), *_operands(network)])
    shortcut, branch, entered = kept[f"{path}.shortcut"], kept[f"{path}.branch"], kept[block.input]
    check_finite(kept[block.add])
    same = entered.shape == shortcut.shape
    candidates = {"same": entered if same else None, "branch": branch, "rest": entered - branch if same else None}
    norm = float(shortcut.double().norm()) or 1.0  # squares of float32 may overflow
    distances = {
        option: None if other is None else float((shortcut - other).double().norm()) / norm
        for option, other in candidates.items()
    }
    exact = sum(torch.equal(kept[f"{other}.shortcut"], kept[blocks[other].input]) for other in blocks)
    yield 1, 1
    return Identity(path, distances, exact, len(blocks))


def branch(network: Network, x: Tensor, label: str | None = None) -> Measure:
    kept = trace(network, x, keep=_operands(network))
    check_finite(kept.logits)
    sums = {
        path: residual.measure_sum(kept[f"{path}.shortcut"], kept[f"{path}.branch"]) for path in network.graph.blocks
    }
    yield 1, 1
    path = network.graph.main_block
    return Branch(path, sums[path], {path: each.ratio for path, each in sums.items()})


def _operands(network: Network) -> list[str]:
    return [
        name for path, block in network.graph.blocks.items()
        for name in (block.input, f"{path}.shortcut", f"{path}.branch")
    ]  # fmt: skip


def cut(network: Network, x: Tensor, label: str | None = None) -> Measure:
    _, changes = yield from _each_block(network, x, lambda path: Intervention(beta={path: 0}))
    return Cut(changes)


def picture(network: Network, x: Tensor, label: str | None = None) -> Measure:
    logits, changes = yield from _each_block(network, x, lambda path: Intervention(alpha={path: 0}))
    shares = logits.softmax(0)
    return Removal(changes, int(shares.argmax()), float(shares.max()))


def _each_block(
    network: Network, x: Tensor, change: Callable[[str], Intervention]
) -> Generator[tuple[int, int], None, tuple[Tensor, tuple[Change, ...]]]:
    """The intact logits (classes,), and the effect of `change(path)` for each block in turn."""
    values, blocks = interventions.block_inputs(network, x), network.graph.blocks
    before = values[network.graph.logits][0]
    check_finite(before)
    changes = []
    for done, (path, block) in enumerate(blocks.items()):
        yield done, len(blocks)
        after = interventions.run(network, values, change(path))[0]
        check_finite(after)
        move = interventions.compare(before, after)
        changes.append(Change(path, block.resizes, move.moved, move.before != move.after, move.after))
    return before, tuple(changes)


def gradient(network: Network, x: Tensor, label: str | None = None) -> Measure:
    logits = trace(network, x, keep=()).logits[0]
    wanted, is_true = gradients.target(network, label, logits)
    kept, cut = yield from gradients.with_and_without(network, x, wanted)
    check_finite(torch.tensor([*kept.norms.values(), *cut.norms.values()]))
    path = network.graph.main_block
    return Arrival(path, *terms(network, x, wanted, path), kept, cut, wanted, is_true)


def terms(network: Network, x: Tensor, wanted: int, path: str) -> tuple[float, float, float]:
    """Norms of the loss gradient at the input of block `path`: in total, along the shortcut, through the branch.

    `wanted` is the index of the loss's class. The gradient in total is the sum of the two terms, but its norm is not.
    """
    block = network.graph.blocks[path]
    leaf = torch.zeros_like(trace(network, x, keep=(), until=block.input).logits, requires_grad=True)

    def norm(edits: Mapping[str, Edit]) -> float:
        added: dict[str, Edit] = {block.input: lambda value: value + leaf}
        logits = trace(network, x, keep=(), edits=added | dict(edits), gradients=True).logits
        loss = F.cross_entropy(logits, torch.tensor([wanted]))
        (found,) = torch.autograd.grad(loss, leaf, materialize_grads=True)
        return float(found.double().norm())

    def stop(value: Tensor) -> Tensor:
        return value.detach().clone()

    return norm({}), norm({f"{path}.branch": stop}), norm({f"{path}.shortcut": stop})


def plain(network: Network | None = None, x: Tensor | None = None, label: str | None = None) -> Measure:
    yield 1, 1
    return stored_plain()


@lru_cache(maxsize=1)
def stored_plain() -> Plain:
    """The answer of the stored runs (assets/degradation.json): they take hours, so they are not repeated here."""
    comparison = degradation.stored()[STORED]
    train: dict[tuple[int, str], list[float]] = {}
    test: dict[tuple[int, str], list[float]] = {}
    for result in comparison.results:
        if result.is_finished:
            design = degradation.design(result)
            kind = design.depth, "residual" if design.residual else "plain"
            train.setdefault(kind, []).append(1 - result.train_accuracy[-1])
            test.setdefault(kind, []).append(1 - result.accuracy[-1])
    means = [{kind: fmean(errors) for kind, errors in found.items()} for found in (train, test)]
    return Plain(means[0], means[1], min(map(len, train.values())), comparison)


MEASURES: Final[Mapping[str, Callable[[Network, Tensor, str | None], Generator[tuple[int, int], None, Any]]]] = {
    "identity": identity, "branch": branch, "cut": cut, "gradient": gradient, "plain": plain, "picture": picture,
}  # fmt: skip
"""Question -> its measure for a network, its input (1, 3, H, W) and the picture's class in English, if known."""
