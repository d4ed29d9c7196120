"""What the scene needs to write out the arithmetic of an operation, checked: it has to give the network's own numbers.

Maps of a tensor are (C, H, W) whatever its layout. Whether one number of the maps follows from others is not deduced
from the operation's name but computed; what does not come out is shown as maps without arithmetic.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis.maps import as_maps
from explorer.core.numbers import number
from explorer.models.graph import Graph, Node
from explorer.models.network import Network
from explorer.models.recorder import Ref, Weight
from explorer.scene.contributions import Kernel, kernel_of

SIGNS = {"add": "+", "sub": "−", "mul": "·", "div": "/", "truediv": "/"}
FUNCTIONS = {
    "gelu": "GELU", "silu": "SiLU", "hardswish": "hardswish", "tanh": "tanh", "leaky_relu": "leaky_relu", "elu": "ELU",
    "mish": "mish", "softplus": "softplus", "hardsigmoid": "hardsigmoid", "relu6": "ReLU6", "hardtanh": "hardtanh",
    "selu": "SELU", "celu": "CELU", "softsign": "softsign", "exp": "exp", "log": "log", "sqrt": "√", "abs": "abs",
    "prelu": "PReLU",
}  # fmt: skip
"""Functions of each value alone -> how the scene names them."""
LAYOUT = frozenset(
    ("permute", "reshape", "view", "transpose", "swapaxes", "contiguous", "flatten", "unflatten", "unsqueeze",
     "squeeze", "expand", "expand_as", "roll", "pad", "getitem", "chunk", "split", "unbind", "cat", "concat", "stack",
     "dropout", "Dropout", "Identity", "detach", "cpu", "clone", "to", "movedim", "repeat",
     "Flatten", "Unflatten", "set_item")
)  # fmt: skip
"""Kinds that move values and compute none."""
CANONICAL = {
    "relu": "ReLU", "Sigmoid": "sigmoid", "softmax": "Softmax", "adaptive_avg_pool2d": "AdaptiveAvgPool2d",
    "truediv": "div", "mean": "AdaptiveAvgPool2d", "linear": "Linear", "conv2d": "Conv2d",
}  # fmt: skip
"""Kind of a node -> kind of an operation of the scene, if they differ."""


@dataclass(frozen=True)
class Written:
    """What goes into an operation, and further tensors that it names: maps (C, H, W) by name, with their labels."""

    content: dict[str, Any]
    tensors: dict[str, Tensor] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


BARE = Written({"bare": True})


def maps(graph: Graph, name: str, value: Tensor) -> Tensor:
    """The first picture's, or window's, part of a tensor as maps (C, H, W)."""
    value = value.detach()
    if value.dtype == torch.bool or not value.is_floating_point():
        value = value.float()
    node = graph.nodes.get(name)
    if value.ndim < 2 or (node is not None and node.constant and value.ndim < 4):
        flat = value.reshape(1, 1, 1) if value.ndim == 0 else value
        return flat[:, None, None] if flat.ndim == 1 else flat[None] if flat.ndim == 2 else flat
    return as_maps(graph, name, value)[0]


class Writer:
    """Writes the operations of one picture. `values` are maps (C, H, W) by name, `tensors` the traced tensors."""

    def __init__(
        self, network: Network, graph: Graph, values: Mapping[str, Tensor], tensors: Mapping[str, Tensor]
    ) -> None:
        self.network, self.graph, self.values, self.tensors = network, graph, values, tensors

    def kernel(self, name: str) -> Kernel | None:
        """The kernel of a convolution or a linear layer if it reads maps and gives maps."""
        node = self.graph.nodes[name]
        kernel = kernel_of(self.network.modules[node.module]) if node.module else self._kernel_of_call(node)
        if kernel is None or not node.inputs or node.inputs[0] not in self.values:
            return None
        x, out = self.values[node.inputs[0]], self.values[name]
        if len(x) != kernel.weight.shape[1] * kernel.groups or len(out) != len(kernel.weight):
            return None
        again = F.conv2d(
            x[None], kernel.weight, kernel.bias, kernel.stride, kernel.padding, kernel.dilation, kernel.groups
        )[0]
        return kernel if self._agrees(again, out) else None

    def other(self, name: str) -> Written:
        """What the scene needs for an operation that is neither a convolution nor a module that it knows."""
        node = self.graph.nodes[name]
        call = node.call
        if call is None or name not in self.values:
            return BARE
        if node.kind in LAYOUT or call.name in LAYOUT:
            same = [
                each for each in node.inputs if each in self.values and _equal(self.values[each], self.values[name])
            ]
            return Written({"same": True, "inputs": same[:1]}) if same else BARE
        if call.name == "relu" or call.name in FUNCTIONS or call.name in ("sigmoid", "relu_"):
            return self._function(name, node)
        if call.name in SIGNS:
            return self._pair(name, node)
        if call.name == "layer_norm":
            return self._layer_norm(name, node)
        if call.name == "group_norm":
            return self._group_norm(name, node)
        if call.name in ("mean", "adaptive_avg_pool2d"):
            return self._mean(name, node)
        return BARE

    def _function(self, name: str, node: Node) -> Written:
        assert node.call is not None
        given = node.inputs[0]
        if given not in self.values:
            return BARE
        try:
            (again,) = node.call.run(lambda leaf: self._stand_in(leaf, given))
        except (RuntimeError, TypeError, ValueError):
            return BARE
        if not self._agrees(again[0] if again.ndim == 4 else again, self.values[name]):
            return BARE
        return Written({"function": FUNCTIONS[node.call.name]} if node.call.name in FUNCTIONS else {})

    def _stand_in(self, leaf: Any, given: str) -> Any:
        if isinstance(leaf, Ref):
            return self.values[given][None].clone()
        return self.network.tensors[leaf.name] if isinstance(leaf, Weight) else leaf

    def _pair(self, name: str, node: Node) -> Written:
        """Two operands: of each the maps, or a number. What is broadcast becomes maps of the result's size."""
        assert node.call is not None
        leaves, out = node.call.arguments, self.values[name]
        if len(leaves) != 2:
            return BARE
        operands: list[dict[str, str]] = []
        terms: list[Tensor | float] = []
        tensors: dict[str, Tensor] = {}
        labels: dict[str, str] = {}
        for leaf in leaves:
            if isinstance(leaf, int | float):
                operands.append({"text": f"{leaf:g}".replace("-", "−")})
                terms.append(float(leaf))
                continue
            found = self._operand(leaf, name, node)
            if found is None:
                return BARE
            own, value, label = found
            if own not in self.values:
                tensors[own], labels[own] = value, label
            operands.append({"tensor": own})
            terms.append(value)
        kind = CANONICAL.get(node.call.name, node.call.name)
        if not self._agrees(_combined(kind, *terms), out):
            terms.reverse()
            operands.reverse()  # `1 - x`
            if not self._agrees(_combined(kind, *terms), out):
                return BARE
        plain = all(operand.get("tensor") in node.inputs for operand in operands)
        if plain and kind in ("add", "mul") and len(node.inputs) == 2:
            return Written({})
        named = [operand["tensor"] for operand in operands if "tensor" in operand]
        return Written({"operands": operands, "sign": SIGNS[kind], "inputs": named}, tensors, labels)

    def _operand(self, leaf: Any, name: str, node: Node) -> tuple[str, Tensor, str] | None:
        """Its name, maps of the result's size, and label."""
        if isinstance(leaf, Ref):
            own = self.graph.name_of(leaf)
            value, label = self.tensors.get(own), own.rpartition(".")[2]
        elif isinstance(leaf, Weight):
            own, value, label = leaf.name, self.network.tensors[leaf.name], leaf.name.rpartition(".")[2]
        else:
            own, value, label = "constant", leaf if isinstance(leaf, Tensor) else None, "constant"
        if value is None or value.is_meta:
            return None
        try:
            whole = torch.broadcast_to(value.float(), self.tensors[name].shape)
        except RuntimeError:
            return None
        made = maps(self.graph, name, whole)
        if own in self.values and _equal(self.values[own], made):
            return own, made, label
        return f"{own} ({name})", made, label

    def _layer_norm(self, name: str, node: Node) -> Written:
        """Mean and variance over the channels of each position."""
        assert node.call is not None
        x, out, leaves = self._input(node), self.values[name], node.call.arguments
        if x is None or x.shape != out.shape:
            return BARE
        weights = [self.network.tensors[leaf.name] for leaf in leaves if isinstance(leaf, Weight)]
        eps = next((leaf for leaf in reversed(leaves) if isinstance(leaf, float)), 1e-5)
        if any(weight.shape != (len(x),) for weight in weights):
            return BARE
        gamma, beta = _gamma_beta(weights, len(x))
        wide = x.double()
        mean, variance = wide.mean(0, keepdim=True), wide.var(0, keepdim=True, correction=0)
        again = (wide - mean) / (variance + eps).sqrt() * gamma[:, None, None] + beta[:, None, None]
        if not self._agrees(again.float(), out):
            return BARE
        names = f"{name} mean", f"{name} variance"
        tensors = dict(zip(names, (mean.float(), variance.float()), strict=True))
        content = {"mean": names[0], "variance": names[1], "eps": number(eps), "channels": (gamma, beta)}
        return Written(content, tensors, dict.fromkeys(names, ""))

    def _group_norm(self, name: str, node: Node) -> Written:
        """Mean and variance of each group of channels: the same for all positions of a channel."""
        assert node.call is not None
        x, out, leaves = self._input(node), self.values[name], node.call.arguments
        groups = next((leaf for leaf in leaves if isinstance(leaf, int)), 1)
        if x is None or x.shape != out.shape or len(x) % groups:
            return BARE
        weights = [self.network.tensors[leaf.name] for leaf in leaves if isinstance(leaf, Weight)]
        eps = next((leaf for leaf in reversed(leaves) if isinstance(leaf, float)), 1e-5)
        gamma, beta = _gamma_beta(weights, len(x))
        parts = x.double().reshape(groups, -1)
        spread = len(x) // groups
        mean = parts.mean(1).repeat_interleave(spread)
        variance = parts.var(1, correction=0).repeat_interleave(spread)
        factor = gamma / (variance + eps).sqrt()
        again = (x.double() - mean[:, None, None]) * factor[:, None, None] + beta[:, None, None]
        if not self._agrees(again.float(), out):
            return BARE
        return Written({"eps": number(eps), "channels": (mean, variance, gamma, beta)})

    def _mean(self, name: str, node: Node) -> Written:
        """An average over all positions, or over parts of one size."""
        x, out = self._input(node), self.values[name]
        if x is None or len(x) != len(out):
            return BARE
        again = F.adaptive_avg_pool2d(x[None], (out.shape[1], out.shape[2]))[0]
        return Written({}) if self._agrees(again, out) else BARE

    def _input(self, node: Node) -> Tensor | None:
        return self.values.get(node.inputs[0]) if node.inputs else None

    def _kernel_of_call(self, node: Node) -> Kernel | None:
        """Of `F.linear` with weights of the network."""
        call = node.call
        if call is None or call.name != "linear" or not isinstance(call.arguments[0], Ref):
            return None
        weights = [self.network.tensors[leaf.name] for leaf in call.arguments if isinstance(leaf, Weight)]
        if not 0 < len(weights) < 3:
            return None
        one, none = (1, 1), (0, 0)
        bias = weights[1] if len(weights) > 1 else None
        return Kernel(weights[0][:, :, None, None], bias, one, one, none, one, 1)

    def _agrees(self, again: Tensor, out: Tensor) -> bool:
        scale = float(out.abs().max()) if out.numel() else 0.0
        return again.shape == out.shape and torch.allclose(again.float(), out, rtol=1e-3, atol=1e-5 + 1e-5 * scale)


def _equal(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def _combined(kind: str, one: Tensor | float, other: Tensor | float) -> Tensor:
    result = {"add": lambda: one + other, "sub": lambda: one - other, "mul": lambda: one * other}.get(
        kind, lambda: one / other
    )()
    return result if isinstance(result, Tensor) else torch.tensor(result)


def _gamma_beta(weights: list[Tensor], width: int) -> tuple[Tensor, Tensor]:
    gamma = weights[0].double() if weights else torch.ones(width, dtype=torch.float64)
    beta = weights[1].double() if len(weights) > 1 else torch.zeros(width, dtype=torch.float64)
    return gamma, beta
