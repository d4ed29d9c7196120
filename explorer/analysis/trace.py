"""One run of a network that keeps the tensors asked for, and can change any of them on the way.

The graph is interpreted and the shared module is only read: no hooks, so any number of threads can trace one network
at once. Module `forward`s are called directly, since fx, while it traces in another thread, replaces
`nn.Module.__call__` for the whole process.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.fx.node import map_arg

from explorer.core.errors import TraceError
from explorer.models.graph import ROLES, Graph
from explorer.models.network import Network

Edit = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Trace:
    """`logits` (N, classes), or the value of `until`, and the kept tensors by name.

    Each is a copy: nothing that runs later overwrites it.
    """

    logits: Tensor
    tensors: dict[str, Tensor]

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name]


def trace(
    network: Network,
    x: Tensor,
    keep: Iterable[str] | None = None,
    edits: Mapping[str, Edit] | None = None,
    *,
    after: str = "input",
    until: str | None = None,
    gradients: bool = False,
) -> Trace:
    """Run `network` on `x` (N, 3, H, W), float32.

    `keep` bounds what is copied: names of nodes (`layer1.0.bn2`) or roles (`layer1.0.shortcut`); None keeps all.
    `edits` changes a tensor as soon as it exists, and all that follows sees the change. An edit of a node changes it
    for every reader. An edit of `<block>.shortcut` or `<block>.branch` changes only what enters the addition: the
    branch still reads the x that it had. An edit returns a new tensor of the same shape.
    `after` names a node that all later ones lead back to, such as a block's input or `out`: `x` is then its value, and
    only what follows is run. `until` names the last node that is run, whose value stands for the logits. Where
    nothing else is asked for, only what it needs is run.
    With `gradients` autograd follows, for an edit that brings a tensor with `requires_grad`.

    Logits, and every kept tensor, equal those of `network.module(x)` bit for bit when nothing is edited.
    Raises TraceError for an unknown name and for an edit that changes a shape.
    """
    with torch.set_grad_enabled(gradients):
        return _traced(network, x, keep, edits or {}, after, until)


def _traced(
    network: Network,
    x: Tensor,
    keep: Iterable[str] | None,
    edits: Mapping[str, Edit],
    after: str,
    until: str | None,
) -> Trace:
    graph = network.graph
    names = tuple(dict.fromkeys(graph.names() if keep is None else keep))
    wanted, changed = _by_place(names, graph), _by_place(edits, graph)
    block_of = {block.add: block for block in graph.blocks.values()}
    kept: dict[str, Tensor] = {}
    values: dict[str, Tensor] = {}

    def settle(name: str, value: Tensor) -> Tensor:
        """`value` after its edits; kept as a copy, because ReLU is in place and overwrites it a line later."""
        for asked in changed.get(name, ()):
            value = _edited(asked, value, edits[asked])
        for asked in wanted.get(name, ()):
            kept[asked] = value.clone()
        return value

    start, end = _place(after, graph), _place(until or graph.logits, graph)
    values[start] = settle(start, x if start == "input" else x.clone())  # a ReLU in place would overwrite the caller's
    path = graph.between(start, end)
    for name in graph.leading_to(end, path) if until and not (names or edits) else path:
        node = graph.nodes[name]
        operands = {source: values[source] for source in node.inputs}
        if block := block_of.get(name):
            operands[block.branch] = settle(f"{block.path}.branch", operands[block.branch])
            operands[block.shortcut] = settle(f"{block.path}.shortcut", operands[block.shortcut])
        values[name] = settle(name, _run(network, name, operands))
        for used in graph.last_uses[name]:
            values.pop(used, None)  # what `until` does not need was never there
    return Trace(values[end], {name: kept[name] for name in names})


def _run(network: Network, name: str, operands: Mapping[str, Tensor]) -> Tensor:
    node = network.graph.nodes[name]
    call = node.fx_node
    by_node = dict(zip(call.all_input_nodes, operands.values(), strict=True))
    args, kwargs = map_arg((call.args, call.kwargs), by_node.__getitem__)
    function: Any = call.target if node.module is None else network.modules[node.module].forward
    result: Tensor = function(*args, **kwargs)
    return result


def _by_place(names: Iterable[str], graph: Graph) -> dict[str, list[str]]:
    """Where names are settled -> the names: `layer1.0.out` and `layer1.0.relu_1` are two for one tensor."""
    places: dict[str, list[str]] = {}
    for name in names:
        places.setdefault(_place(name, graph), []).append(name)
    return places


def _place(name: str, graph: Graph) -> str:
    """Where a name is settled: a node, or an operand of a block's addition. `<block>.out` is the node after it."""
    path, _, role = name.rpartition(".")
    if path in graph.blocks and role in ROLES:
        return graph.blocks[path].out if role == "out" else name
    if name not in graph.nodes:
        raise TraceError("errors.trace_unknown_name", name=name)
    return name


def _edited(name: str, value: Tensor, edit: Edit) -> Tensor:
    changed = edit(value)
    if changed.shape != value.shape:
        raise TraceError("errors.trace_edit_shape", name=name, got=tuple(changed.shape), needed=tuple(value.shape))
    return changed


def scale(factor: float) -> Edit:
    """The tensor times `factor`: 1 leaves it, 0 removes it from a sum."""
    return lambda value: value * factor


def drop() -> Edit:
    """Zeros in the tensor's place: a lesion (Veit et al. 2016). Unlike `scale(0)` it also removes NaN and infinity."""
    return torch.zeros_like


def replace(tensor: Tensor) -> Edit:
    """`tensor` in its place, which must have the same shape; copied, so that in-place calls do not reach it."""
    return lambda _: tensor.clone()


@dataclass(frozen=True)
class Statistics:
    """Of all values of a tensor: `zeros` is the share that is exactly 0 (0..1), `norm` the Euclidean norm.

    `std` divides by the number of values, so that one value has the spread 0.
    """

    mean: float
    std: float
    min: float
    max: float
    zeros: float
    norm: float


def statistics(tensor: Tensor) -> Statistics:
    """Summary of a tensor of any shape, computed in float32."""
    flat = tensor.float().flatten()
    std, mean = torch.std_mean(flat, correction=0)
    low, high = torch.aminmax(flat)
    zeros = (flat == 0).float().mean()
    figures = torch.stack((mean, std, low, high, zeros, torch.linalg.vector_norm(flat)))
    return Statistics(*figures.tolist())
