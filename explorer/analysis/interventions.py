"""Interventions: scale branch or shortcut, swap two blocks, take a shortcut from another image.

Inputs of the blocks are computed once (`block_inputs`). A change then runs only the blocks from the first changed one
on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from explorer.analysis.trace import Edit, scale, trace
from explorer.core.errors import TraceError
from explorer.models.network import Network


@dataclass(frozen=True)
class Intervention:
    """A changed network: `out = relu(beta * x + alpha * F(x))` at the additions.

    `alpha` and `beta` are factors of branch and shortcut by block, 1 for blocks not named; 0 removes the branch or the
    shortcut. `swap` names two blocks to exchange. `donor` names the block whose shortcut is taken from another picture;
    its branch still reads the picture's own x.
    """

    alpha: Mapping[str, float] = field(default_factory=dict)
    beta: Mapping[str, float] = field(default_factory=dict)
    swap: tuple[str, str] | None = None
    donor: str | None = None

    def blocks(self) -> set[str]:
        """Paths of the changed blocks."""
        scaled = {path for factors in (self.alpha, self.beta) for path, factor in factors.items() if factor != 1}
        return scaled | set(self.swap or ()) | ({self.donor} if self.donor else set())


def block_inputs(network: Network, x: Tensor) -> dict[str, Tensor]:
    """Input of each block and logits, by node name, for pictures `x` (N, 3, H, W); the argument `values` of `run`."""
    ends = [*(block.input for block in network.graph.blocks.values()), network.graph.logits]
    return trace(network, x, keep=ends).tensors


def partners(network: Network, block: str) -> tuple[str, ...]:
    """Blocks that can be swapped with `block`: those of the same stage, if neither changes the shape."""
    blocks = network.graph.blocks
    if blocks[block].resizes:
        return ()
    stage = block.rpartition(".")[0]
    return tuple(
        path
        for path, other in blocks.items()
        if path != block and path.rpartition(".")[0] == stage and not other.resizes
    )


def run(network: Network, values: Mapping[str, Tensor], change: Intervention, donor: Tensor | None = None) -> Tensor:
    """Logits (N, classes) of the changed network, bit for bit equal to those of a module with the same change.

    `values` are the pictures' `block_inputs`. `donor` is another picture's `<block>.shortcut`, for `change.donor`.
    Raises TraceError for an unknown block, for blocks that cannot be swapped, and for a donor that is missing or has
    another shape.
    """
    blocks = network.graph.blocks
    for path in (*change.alpha, *change.beta, *change.blocks()):
        if path not in blocks:
            raise TraceError("errors.trace_unknown_name", name=path)
    if change.donor and donor is None:
        raise TraceError("shortcut.error_donor", block=change.donor)
    order, touched = _order(network, change), change.blocks()
    if not touched:
        return values[network.graph.logits]
    first = next(k for k, path in enumerate(blocks) if path in touched)
    value = values[list(blocks.values())[first].input]
    for path in order[first:]:
        block = blocks[path]
        edits = _edits(path, change, donor)
        value = trace(network, value, keep=(), edits=edits, after=block.input, until=block.out).logits
    return trace(network, value, keep=(), after=list(blocks.values())[-1].out).logits


def _order(network: Network, change: Intervention) -> list[str]:
    """Paths of the blocks in the order in which they run, after the swap."""
    order = list(network.graph.blocks)
    if change.swap:
        first, second = change.swap
        if second not in partners(network, first):
            raise TraceError("shortcut.error_swap", first=first, second=second)
        i, j = order.index(first), order.index(second)
        order[i], order[j] = second, first
    return order


def _edits(path: str, change: Intervention, donor: Tensor | None) -> dict[str, Edit]:
    alpha, beta = change.alpha.get(path, 1), change.beta.get(path, 1)
    edits: dict[str, Edit] = {}
    if alpha != 1:
        edits[f"{path}.branch"] = scale(alpha)
    if path == change.donor and donor is not None:
        edits[f"{path}.shortcut"] = lambda _: beta * donor
    elif beta != 1:
        edits[f"{path}.shortcut"] = scale(beta)
    return edits


@dataclass(frozen=True)
class AnswerChange:
    """Difference of two answers.

    `moved` is the total variation distance of the softmax distributions, 0..1: the probability that went to other
    classes. `change` is |new - old| / |old| of the logits. `before` and `after` are the most probable classes.
    """

    moved: float
    change: float
    before: int
    after: int


def compare(before: Tensor, after: Tensor) -> AnswerChange:
    """Compare two rows of finite logits (classes,)."""
    p, q = before.softmax(0), after.softmax(0)
    change = float((after - before).norm() / before.norm().clamp(min=torch.finfo(torch.float32).tiny))
    return AnswerChange(float((p - q).abs().sum() / 2), change, int(p.argmax()), int(q.argmax()))
