"""Multiply-adds of one call, for one picture.

As torchinfo counts: every weight of a convolution once per output position, other parameters once. Beyond torchinfo: a
linear layer once per token, and the products of two tensors, as in attention.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Final

from torch import Tensor

from explorer.models.graph import Graph, Node
from explorer.models.recorder import Call, Ref, Weight

Shape = tuple[int, ...]

_CONVOLVE: Final = frozenset(("conv1d", "conv2d", "conv3d", "deform_conv2d"))
_TRANSPOSED: Final = frozenset(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"))
_LINEAR: Final = frozenset(("linear", "addmm"))
_MULTIPLY: Final = frozenset(("matmul", "rmatmul", "mm", "bmm", "baddbmm", "mv"))
ATTEND: Final = frozenset(("multi_head_attention_forward", "native_multi_head_attention"))
PRODUCTS: Final = _MULTIPLY | {"einsum", "scaled_dot_product_attention"}
WEIGHTED: Final = _CONVOLVE | _TRANSPOSED | _LINEAR | ATTEND  # a layer, as depth is counted


def weights(call: Call) -> list[str]:
    """The names of the weights that a call reads."""
    return [leaf.name for leaf in call.arguments if isinstance(leaf, Weight)]


def constant_shapes(graph: Graph, node: Node, parameters: Mapping[str, Tensor]) -> tuple[Shape, ...]:
    """The shapes of the parameters that a call reads, and of what is made of parameters alone."""
    assert node.call is not None
    return tuple(_constants(graph, node.call, parameters))


def _constants(graph: Graph, call: Call, parameters: Mapping[str, Tensor]) -> Iterator[Shape]:
    for leaf in call.arguments:
        if isinstance(leaf, Weight) and leaf.name in parameters:
            yield tuple(parameters[leaf.name].shape)
        elif isinstance(leaf, Ref) and graph.nodes[graph.name_of(leaf)].constant:
            yield graph.nodes[graph.name_of(leaf)].shape


def multiply_adds(graph: Graph, node: Node, constants: Sequence[Shape], parameters: int) -> int:
    """`constants` are the shapes of the weights that the call reads, `parameters` their number of parameters."""
    call = node.call
    assert call is not None
    sizes = sum(map(prod, constants))
    if call.name in _CONVOLVE:
        return sizes * prod(node.shape[2:])
    operands = [graph.nodes[graph.name_of(leaf)].shape for leaf in call.arguments if isinstance(leaf, Ref)]
    if call.name in _TRANSPOSED:
        return sizes * prod(operands[0][2:])
    if call.name in _LINEAR:
        return sizes * prod(node.shape[:-1])
    if call.name in ATTEND:  # (tokens, N, C): its layers, then queries by keys and their weights by values
        return sizes * prod(node.shape[:-1]) + 2 * prod(node.shape) * operands[1][0]
    both = [*operands, *(shape for shape in constants if shape not in operands)]
    return _product(call, node.shape, both) if call.name in PRODUCTS else parameters


def _product(call: Call, made: Shape, operands: Sequence[Shape]) -> int:
    if call.name == "scaled_dot_product_attention":
        query, key, value = operands[:3]
        return prod(query) * key[-2] + prod(query[:-1]) * value[-2] * value[-1]
    if call.name == "einsum":
        equation = next(leaf for leaf in call.arguments if isinstance(leaf, str)).replace(" ", "").partition("->")[0]
        return prod({letter: size for letters, shape in zip(equation.split(","), operands, strict=False)
                     for letter, size in zip(letters, shape, strict=False)}.values())  # fmt: skip
    return prod(made) * operands[-2 if len(operands) > 1 else 0][-1]
