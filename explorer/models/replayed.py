"""A network of the user's own without its code: its modules' outlines and weights, run by replaying a recorded tape."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from explorer.models import own_wire
from explorer.models.recorder import INPUT, Ref, Tape, Weight

_INTERNAL = frozenset(vars(nn.Module())) - {"training"}  # hooks and the dicts of weights and children
_PLAIN = (int, float, bool, str, type(None), torch.dtype, torch.device)


@dataclass(frozen=True)
class Node:
    """One module as data. `torch_class` is the path of its class if that is torch's or torchvision's, else ""."""

    kind: str
    torch_class: str
    attributes: Mapping[str, Any]
    parameters: Mapping[str, Tensor | None]
    buffers: Mapping[str, Tensor | None]
    not_saved: frozenset[str]  # buffers that are not in the state dict
    children: Mapping[str, int]  # name -> index of the node


class Outline(nn.Module):
    """Stands in for a module of a class of the user's own: `kind` is the class's name. It has no code."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def _get_name(self) -> str:
        return self.kind


class Tapes(Protocol):
    """Where the tapes of a network come from. A copy of the network shares them."""

    changed: Set[str]
    """Names of weights that a forward pass writes into."""

    def tape(self, x: Tensor) -> Tape:
        """The calls for an input such as `x`, or for `x` only where the code follows its values."""


class Replayed(Outline):
    """The whole network: `forward` replays the tape of the input's shape with the weights of this module."""

    def __init__(self, kind: str, tapes: Tapes) -> None:
        super().__init__(kind)
        self.tapes = tapes

    def forward(self, x: Tensor) -> Tensor:
        """The logits (N, classes) of `x` (N, C, H, W). Raises WeightsError if the user's code cannot record `x`."""
        return replay(self.tapes.tape(x), x, weights_of(self), self.tapes.changed)


def weights_of(module: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers by all their names."""
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def replay(tape: Tape, x: Tensor, weights: Mapping[str, Tensor], changed: Set[str] = frozenset()) -> Tensor:
    """Run the calls of `tape` on `x`; returns the logits. Neither `x` nor `weights`, of which `changed` are written
    into, are modified. A tensor is freed after its last use.
    """
    last = {ref: index for index, call in enumerate(tape.calls) for ref in call.refs}
    made: dict[Ref, Tensor] = {INPUT: x.clone()}
    own = {name: weights[name].clone() for name in changed}

    def value(leaf: Any) -> Any:
        if isinstance(leaf, Ref):
            return made[leaf]
        if isinstance(leaf, Weight):
            return own[leaf.name] if leaf.name in own else weights[leaf.name]
        if isinstance(leaf, torch.device):
            return x.device if leaf.type in ("cpu", "meta") else leaf
        return leaf.to(x.device) if isinstance(leaf, Tensor) else leaf

    for index, call in enumerate(tape.calls):
        for part, tensor in enumerate(call.run(value)):
            if last.get(ref := Ref(index, part), -1) > index or ref == tape.logits:
                made[ref] = tensor
        for ref in call.refs:
            if last[ref] == index and ref != tape.logits:
                made.pop(ref, None)
    return made[tape.logits]


def nodes(module: nn.Module) -> list[Node]:
    """`module` and the modules in it as data, `module` first. A module with two names is one node."""
    numbers = {id(inner): number for number, inner in enumerate(module.modules())}
    return [_node(inner, numbers) for inner in module.modules()]


def _node(module: nn.Module, numbers: Mapping[int, int]) -> Node:
    kind = type(module)
    path = f"{kind.__module__}.{kind.__qualname__}"
    known = own_wire.module_class(path) is kind
    return Node(
        kind.__name__, path if known else "",
        {name: value for name, value in vars(module).items() if known and name not in _INTERNAL and _is_plain(value)},
        dict(module._parameters), dict(module._buffers), frozenset(module._non_persistent_buffers_set),
        {name: numbers[id(child)] for name, child in module._modules.items() if child is not None},
    )  # fmt: skip


def _is_plain(value: Any) -> bool:
    if type(value) in (tuple, list):
        return all(map(_is_plain, value))
    return type(value) in _PLAIN


def rebuilt(found: list[Node], tapes: Tapes) -> Replayed:
    """The network of `nodes`. Modules of torch's classes are real ones, with the weights."""
    root = Replayed(found[0].kind, tapes)
    modules = [root, *map(_empty, found[1:])]
    for module, node in zip(modules, found, strict=True):
        for name, weight in node.parameters.items():
            module.register_parameter(name, weight)  # type: ignore[arg-type]
        for name, buffer in node.buffers.items():
            module.register_buffer(name, buffer, persistent=name not in node.not_saved)
        for name, number in node.children.items():
            module.add_module(name, modules[number])
    return root.eval()


def _empty(node: Node) -> nn.Module:
    kind = own_wire.module_class(node.torch_class) if node.torch_class else None
    if kind is None:
        return Outline(node.kind)
    module = kind.__new__(kind)
    nn.Module.__init__(module)
    vars(module).update(node.attributes)
    return module


def random_calls(tape: Tape) -> Iterator[int]:
    """The calls that draw random numbers, by name."""
    drawing = ("rand", "normal", "bernoulli", "multinomial", "dropout", "poisson", "exponential", "uniform")
    return (index for index, call in enumerate(tape.calls) if any(word in call.name for word in drawing))
