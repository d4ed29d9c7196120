"""Interventions: scale branch or shortcut, swap two blocks, take a shortcut from another image.

Inputs of the blocks are computed once (`block_inputs`). A change then runs only the blocks from the first changed one
on, if the blocks are a chain (`Graph.is_chain`); else the whole network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from explorer.analysis.trace import Edit, replace, scale, trace
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
    """Input of each block and logits, by node name, for pictures `x` (N, 3, H, W); the argument `values` of `run`.

    If the blocks are no chain, only the network's input and the logits.
    """
    graph = network.graph
    starts = [block.input for block in graph.blocks.values()] if graph.is_chain else ["input"]
    return trace(network, x, keep=[*starts, graph.logits]).tensors


def partners(network: Network, block: str) -> tuple[str, ...]:
    """Blocks that can be swapped with `block`: those of the same stage with one shape, if neither changes it."""
    graph = network.graph
    if graph.blocks[block].resizes or not graph.is_chain:
        return ()

    def place(path: str) -> tuple[object, ...]:
        found = graph.blocks[path]
        return graph.stage_of[path], graph.nodes[found.input].shape, graph.nodes[found.out].shape

    return tuple(
        path
        for path, other in graph.blocks.items()
        if path != block and place(path) == place(block) and not other.resizes
    )


def run(network: Network, values: Mapping[str, Tensor], change: Intervention, donor: Tensor | None = None) -> Tensor:
    """Logits (N, classes) of the changed network, bit for bit equal to those of a module with the same change.

    `values` are the pictures' `block_inputs`. `donor` is another picture's `<block>.shortcut`, for `change.donor`.
    Raises TraceError for an unknown block, for blocks that cannot be swapped, and for a donor that is missing or has
    another shape.
    """
    graph, blocks = network.graph, network.graph.blocks
    for path in (*change.alpha, *change.beta, *change.blocks()):
        if path not in blocks:
            raise TraceError("errors.trace_unknown_name", name=path)
    if change.donor and donor is None:
        raise TraceError("shortcut.error_donor", block=change.donor)
    order, touched = _order(network, change), change.blocks()
    if not touched:
        return values[graph.logits]
    if not graph.is_chain:
        edits = {name: edit for path in touched for name, edit in _edits(path, change, donor).items()}
        return trace(network, values["input"], keep=(), edits=edits).logits
    places = list(blocks.values())
    first = next(k for k, path in enumerate(blocks) if path in touched)
    value = values[places[first].input]
    for k in range(first, len(order)):
        block, edits = blocks[order[k]], _edits(order[k], change, donor)
        value = trace(network, value, keep=(), edits=edits, after=block.input, until=block.out).logits
        following = places[k + 1].input if k + 1 < len(places) else graph.logits
        if following != places[k].out:  # also what lies between two blocks keeps its place
            value = trace(network, value, keep=(), after=places[k].out, until=following).logits
    return value


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
        edits[f"{path}.shortcut"] = replace(beta * donor)
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
