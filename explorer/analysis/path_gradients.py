"""Gradients along single paths of an unravelled residual network (Veit et al. 2016, figure 6).

The forward pass stays as it is. In the backward pass, a path takes the branch of its blocks and the shortcut of all
others. The gradients of all 2^n paths add up to the gradient, also with a ReLU after the sum: the backward pass is
linear.
"""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile
from math import comb
from random import Random

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis import gradients
from explorer.analysis.paths import by_length
from explorer.analysis.trace import Edit, trace
from explorer.core.errors import TraceError
from explorer.models.network import Network

PER_LENGTH = 70  # all paths of up to eight blocks, and a second or two for ResNet18
PER_LENGTH_OF_MANY = 16  # with more blocks; Veit et al. take 1,000
EFFECTIVE = 0.9  # share of the gradient that the `effective` lengths hold

Path = tuple[int, ...]  # the numbers, from 0, of the blocks whose branch is taken


@dataclass(frozen=True)
class PathGradients:
    """`norms[k]`: Euclidean norms of the loss gradient at the first block's input, along the paths through k branches.

    They are of all paths of a length, or of some drawn at random. `norm` is that of the gradient itself.
    """

    norms: tuple[tuple[float, ...], ...]
    norm: float

    @property
    def counts(self) -> list[int]:
        """Number of all paths by length."""
        return by_length(len(self.norms) - 1)

    @property
    def means(self) -> list[float]:
        """Mean norm by length (figure 6 b)."""
        return [sum(norms) / len(norms) for norms in self.norms]

    @property
    def totals(self) -> list[float]:
        """By length, number of paths times mean norm (figure 6 c): at least the norm of the sum of their gradients."""
        return [count * mean for count, mean in zip(self.counts, self.means, strict=True)]

    @property
    def shares(self) -> list[float]:
        """`totals` as shares (0..1) of their sum; 0 if no gradient arrives."""
        whole = sum(self.totals) or 1.0
        return [total / whole for total in self.totals]


def most_per_length(blocks: int) -> int:
    """How many paths of one length are measured at most."""
    return PER_LENGTH if comb(blocks, blocks // 2) <= PER_LENGTH else PER_LENGTH_OF_MANY


def choose(blocks: int, seed: int = 0) -> list[list[Path]]:
    """Paths by length 0, 1, …, `blocks`: all of a length, or if there are too many some, drawn with replacement."""
    most, generator = most_per_length(blocks), Random(seed)
    return [
        list(combinations(range(blocks), length))
        if comb(blocks, length) <= most
        else [tuple(sorted(generator.sample(range(blocks), length))) for _ in range(most)]
        for length in range(blocks + 1)
    ]


def passes(paths: Sequence[Sequence[Path]]) -> int:
    """How many times `measure` runs back through a branch: paths that end alike share their last blocks."""
    return len({path[k:] for same in paths for path in same for k in range(len(path))})


def estimate(network: Network, x: Tensor, paths: Sequence[Sequence[Path]]) -> float:
    """Seconds that `measure` takes, from a forward pass: a branch takes about as long backward, without its weights."""
    started = time.perf_counter()
    trace(network, x, keep=())
    return (time.perf_counter() - started) * passes(paths) / len(network.graph.blocks)


def measure(
    network: Network, x: Tensor, wanted: int, paths: Sequence[Sequence[Path]]
) -> Generator[tuple[int, int], None, PathGradients]:
    """Gradients of the loss with target class `wanted` for one input `x` (1, 3, H, W), along `paths` by length.

    Yields (paths done, total). Raises TraceError if the blocks are not a chain (`Graph.is_chain`).
    """
    if not network.graph.is_chain:
        raise TraceError("errors.paths_no_chain", network=network.name)
    backward = _Backward(network, x, wanted)
    blocks = len(network.graph.blocks)
    norms: dict[tuple[bool, ...], float] = {}
    steps = [[tuple(k in path for k in reversed(range(blocks))) for path in same] for same in paths]
    ordered = sorted({taken for same in steps for taken in same})
    before: tuple[bool, ...] = ()
    way = [backward.start]  # the gradients behind the last, the second to last, … block
    for done, taken in enumerate(ordered, 1):
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, taken, strict=False)))
        del way[shared + 1 :]
        for k in range(shared, blocks):
            way.append(backward.through(blocks - 1 - k, way[k], branch=taken[k]))
        norms[taken], before = _norm(way[-1]), taken
        yield done, len(ordered)
    first = next(iter(network.graph.blocks))
    full = gradients.at_inputs(network, x, wanted)[1][first]
    return PathGradients(tuple(tuple(norms[taken] for taken in same) for same in steps), _norm(full))


class _Backward:
    """The backward pass in pieces, each a block's branch or shortcut, after one forward pass."""

    def __init__(self, network: Network, x: Tensor, wanted: int) -> None:
        self.blocks = list(network.graph.blocks.values())
        self.values: dict[str, Tensor] = {}
        self.nudges: dict[str, Tensor] = {}
        ends = (f"{block.path}.{role}" for block in self.blocks for role in ("shortcut", "branch"))
        edits = {name: self._nudge(name) for name in (*(block.input for block in self.blocks), *ends)}
        logits = trace(network, x, keep=(), edits=edits, gradients=True).logits
        self.loss = F.cross_entropy(logits, torch.tensor([wanted]))
        self.start = torch.ones_like(self.loss)

    def _nudge(self, name: str) -> Edit:
        """Add zeros, whose gradient is that of the tensor, and keep the tensor, at which a piece can start."""

        def edit(value: Tensor) -> Tensor:
            self.values[name], self.nudges[name] = value, torch.zeros_like(value, requires_grad=True)
            return value + self.nudges[name]

        return edit

    def through(self, number: int, gradient: Tensor, *, branch: bool) -> Tensor:
        """The gradient at the input of block `number`, from that at the next one's (or of the loss)."""
        block, last = self.blocks[number], number + 1 == len(self.blocks)
        behind = self.loss if last else self.values[self.blocks[number + 1].input]
        end = f"{block.path}.{'branch' if branch else 'shortcut'}"
        return _back(self.values[end], self.nudges[block.input], _back(behind, self.nudges[end], gradient))


def _back(output: Tensor, given: Tensor, gradient: Tensor) -> Tensor:
    (found,) = torch.autograd.grad(output, given, gradient, retain_graph=True, materialize_grads=True)
    return found


def _norm(gradient: Tensor) -> float:
    return float(torch.linalg.vector_norm(gradient, dtype=torch.float64))  # squares of float32 may underflow


def effective(shares: Sequence[float]) -> tuple[int, int]:
    """The shortest range of lengths, first and last, that holds EFFECTIVE of the gradient's `shares`."""
    lengths = range(len(shares))
    ranges = ((low, high) for low in lengths for high in lengths[low:] if sum(shares[low : high + 1]) >= EFFECTIVE)
    return min(ranges, key=lambda ends: (ends[1] - ends[0], -sum(shares[ends[0] : ends[1] + 1])))


@dataclass(frozen=True)
class ShortcutsAlone:
    """The `norm` of the gradient through the shortcuts alone at a block's input, against that of the `whole` gradient.

    `cosine` is of the two, -1..1; it and the `ratio` of the norms are 0 if one of the gradients is. A ratio above 1
    means that the branches' part of the gradient works against it.
    """

    norm: float
    whole: float
    cosine: float

    @property
    def ratio(self) -> float:
        return self.norm / self.whole if self.whole else 0.0


def shortcuts_alone(network: Network, x: Tensor, wanted: int) -> dict[str, ShortcutsAlone]:
    """Cut every branch in the backward pass only, and compare with the gradient, by block.

    Of the 2^n paths that is the one through no branch (He et al. 2016, the first term of equation 5).
    """
    edits: dict[str, Edit] = {f"{path}.branch": _detached for path in network.graph.blocks}
    alone, whole = (gradients.at_inputs(network, x, wanted, each)[1] for each in (edits, None))
    return {path: _compare(alone[path], whole[path]) for path in whole}


def _detached(value: Tensor) -> Tensor:
    return value.detach().clone()  # a copy, because additions may be in place


def _compare(part: Tensor, whole: Tensor) -> ShortcutsAlone:
    a, b = part.double().flatten(), whole.double().flatten()  # squares of float32 may underflow
    norms = float(a.norm()), float(b.norm())
    return ShortcutsAlone(*norms, float(a @ b) / (norms[0] * norms[1]) if all(norms) else 0.0)
