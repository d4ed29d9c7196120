"""Run a network, keep chosen tensors and optionally edit them on the way.

Runs the network's recorded calls one by one, without hooks and without its code, and only reads the shared module, so
threads can trace one network concurrently.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from explorer.core.errors import TraceError
from explorer.models.graph import ROLES, Graph, Node
from explorer.models.network import Network
from explorer.models.recorder import Changes, Key, Ref, Weight

Edit = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Trace:
    """`logits` (N, classes), or the value of the node `until`, and the kept tensors by name.

    Kept tensors are copies, so that later in-place operations do not overwrite them.
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

    Args:
        keep: names of tensors to copy, nodes (`layer1.0.bn2`) or roles (`layer1.0.shortcut`); None keeps all.
        edits: name -> function from a tensor to a new one of the same shape, applied as soon as the tensor exists. An
            edit of a node affects all its readers. An edit of `<block>.shortcut` or `<block>.branch` affects only the
            addition: the branch still reads the original x.
        after: start at this node, through which all later nodes depend on the input, such as a block's input or `out`;
            `x` is then its value, and only what follows is run.
        until: the last node to run; its value replaces the logits. Without `keep` and `edits`, only its ancestors run.
        gradients: enable autograd, for edits that introduce a tensor with `requires_grad`.

    Without edits, logits and kept tensors equal those of `network.module(x)` bit for bit.
    Raises TraceError for an unknown name and for an edit that changes the shape.
    """
    with torch.set_grad_enabled(gradients):
        return _run_graph(network, x, keep, edits or {}, after, until)


def _run_graph(
    network: Network,
    x: Tensor,
    keep: Iterable[str] | None,
    edits: Mapping[str, Edit],
    after: str,
    until: str | None,
) -> Trace:
    graph = network.graph.at(x) if after == "input" else network.graph.from_value(_resolve(after, network.graph), x)
    names = tuple(dict.fromkeys(graph.names() if keep is None else keep))
    wanted, changed = _by_resolved_name(names, graph), _by_resolved_name(edits, graph)
    if graph.tape.reads and edits and not (until or torch.is_grad_enabled()):
        return _run_live(graph, x, names, edits)
    block_of = {block.add: block for block in graph.blocks.values()}
    kept: dict[str, Tensor] = {}
    values: dict[str, Tensor] = {}

    def edit_and_keep(name: str, value: Tensor) -> Tensor:
        """Apply the edits of `name` and keep a copy if asked: an in-place ReLU may overwrite the value next."""
        for asked in changed.get(name, ()):
            value = _apply_edit(asked, value, edits[asked])
        for asked in wanted.get(name, ()):
            kept[asked] = value.clone()
        return value

    start, end = _resolve(after, graph), _resolve(until or graph.logits, graph)
    if start not in graph.passages:
        raise TraceError("errors.trace_no_passage", name=after)
    values[start] = edit_and_keep(start, x.clone())  # not overwritten in place
    weights = {**network.tensors, **{name: network.tensors[name].clone() for name in graph.tape.writes}}
    path = graph.path(start, end)
    for name in graph.leading_to(end, path) if until and not (names or edits) else path:
        if name in values:  # a further output of the call before
            continue
        node = graph.nodes[name]
        operands = {source: values[source] for source in node.inputs}
        if block := block_of.get(name):
            operands[block.branch] = edit_and_keep(f"{block.path}.branch", operands[block.branch])
            operands[block.shortcut] = edit_and_keep(f"{block.path}.shortcut", operands[block.shortcut])
        for own, value in zip(graph.outputs(node), _run(weights, graph, node, operands, x.device), strict=True):
            values[own] = edit_and_keep(own, value)
        for used in graph.last_uses[name]:
            values.pop(used, None)  # with `until`, some operands were never computed
    return Trace(values[end], {name: kept[name] for name in names})


def _run(
    weights: Mapping[str, Tensor], graph: Graph, node: Node, operands: Mapping[str, Tensor], device: torch.device
) -> tuple[Tensor, ...]:
    def value(leaf: Any) -> Any:
        if isinstance(leaf, Ref):
            return operands[graph.name_of(leaf)]
        if isinstance(leaf, Weight):
            return weights[leaf.name]
        return device if isinstance(leaf, torch.device) and leaf.type == "meta" else leaf

    assert node.call is not None
    return node.call.run(value)


def _run_live(graph: Graph, x: Tensor, names: Iterable[str], edits: Mapping[str, Edit]) -> Trace:
    """Run the network's own code, whose control flow may follow the edits."""
    operands: dict[Key, dict[int, list[Edit]]] = {}
    outputs: dict[Key, list[Edit]] = {}
    for name, edit in edits.items():
        key, operand = _place(name, graph)
        checked = _Checked(name, edit)
        if operand is None:
            outputs.setdefault(key, []).append(checked)
        else:
            operands.setdefault(key, {}).setdefault(operand, []).append(checked)
    places = {name: _place(name, graph) for name in names if name != "input"}
    changes = Changes(operands, outputs, frozenset(places.values()))
    logits = graph.recording.live(x, changes)
    for name, place in places.items():
        if place not in changes.kept:
            raise TraceError("errors.trace_not_run", name=name)
    kept = {name: changes.kept[places[name]] if name in places else x.clone() for name in names}
    return Trace(logits, kept)


def _place(name: str, graph: Graph) -> tuple[Key, int | None]:
    """The call that makes a tensor; or of a block's operand the addition, and which of its arguments it is."""
    resolved = _resolve(name, graph)
    path, _, role = resolved.rpartition(".")
    if resolved in graph.nodes:
        return graph.keys[resolved], None
    block = graph.blocks[path]
    call, operand = graph.nodes[block.add].call, block.shortcut if role == "shortcut" else block.branch
    assert call is not None
    found = (k for k, leaf in enumerate(call.arguments) if isinstance(leaf, Ref) and graph.name_of(leaf) == operand)
    return graph.keys[block.add], next(found)


@dataclass(frozen=True)
class _Checked:
    """An edit that must not change the shape."""

    name: str
    edit: Edit

    def __call__(self, value: Tensor) -> Tensor:
        return _apply_edit(self.name, value, self.edit)


def _by_resolved_name(names: Iterable[str], graph: Graph) -> dict[str, list[str]]:
    """Resolved name -> given names: `layer1.0.out` and `layer1.0.relu_1` name the same tensor."""
    places: dict[str, list[str]] = {}
    for name in names:
        places.setdefault(_resolve(name, graph), []).append(name)
    return places


def _resolve(name: str, graph: Graph) -> str:
    """Resolve a name to a node or an operand of a block's addition; `<block>.out` is the block's last node."""
    path, _, role = name.rpartition(".")
    if path in graph.blocks and role in ROLES:
        block = graph.blocks[path]
        return {"add": block.add, "out": block.out}.get(role, name)
    if name not in graph.nodes:
        raise TraceError("errors.trace_unknown_name", name=name)
    return name


def _apply_edit(name: str, value: Tensor, edit: Edit) -> Tensor:
    changed = edit(value)
    if changed.shape != value.shape:
        raise TraceError("errors.trace_edit_shape", name=name, got=tuple(changed.shape), needed=tuple(value.shape))
    return changed


def scale(factor: float) -> Edit:
    """Multiply the tensor by `factor`; 0 removes it from a sum."""
    return partial(torch.mul, other=factor)


def drop() -> Edit:
    """Replace the tensor by zeros: a lesion (Veit et al. 2016). Unlike `scale(0)` it also removes NaN and infinity."""
    return torch.zeros_like


def replace(tensor: Tensor) -> Edit:
    """Replace the tensor by a copy of `tensor`, which must have the same shape."""
    return partial(_copy_of, tensor)


def _copy_of(tensor: Tensor, _: Tensor) -> Tensor:
    return tensor.clone()


@dataclass(frozen=True)
class Statistics:
    """Summary over all values of a tensor: `zeros` is the share (0..1) of exact zeros, `norm` the Euclidean norm.

    `std` divides by the number of values (no Bessel correction).
    """

    mean: float
    std: float
    min: float
    max: float
    zeros: float
    norm: float


def statistics(tensor: Tensor) -> Statistics:
    """Statistics of a tensor of any shape, computed in float64: squares of float32 may overflow."""
    flat = tensor.double().flatten()
    std, mean = torch.std_mean(flat, correction=0)
    low, high = torch.aminmax(flat)
    zeros = (flat == 0).double().mean()
    values = torch.stack((mean, std, low, high, zeros, torch.linalg.vector_norm(flat)))
    return Statistics(*values.tolist())
