"""Receptive fields: which pixels of the input a value depends on. Araujo et al. 2019, doi:10.23915/distill.00021.

Attention over all tokens, and whatever else mixes all positions, sees the whole picture. Where attention is within
windows, what a value sees depends on its place in the window: that is not told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Final, NamedTuple

from torch import Tensor

from explorer.analysis.counts import ATTEND, PRODUCTS, Shape, constant_shapes
from explorer.analysis.maps import layout
from explorer.models.dataflow import LAYOUT
from explorer.models.graph import Graph, Node
from explorer.models.recorder import Call
from explorer.models.torch_private import tree_unflatten

_REDUCE: Final = frozenset(("mean", "sum", "amax", "amin", "max", "var", "std", "norm"))
_SLICE: Final = frozenset(
    ("getitem", "chunk", "split", "split_with_sizes", "tensor_split", "unbind", "narrow", "select")
)
MOVES: Final = LAYOUT | _SLICE | {"roll"}
_JOIN: Final = frozenset(("cat", "concat", "concatenate", "stack"))
# Positional arguments after those that differ, with their defaults.
_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "conv2d": {"input": None, "weight": None, "bias": None, "stride": 1, "padding": 0, "dilation": 1, "groups": 1},
    "max_pool2d": {"input": None, "kernel_size": 1, "stride": None, "padding": 0, "dilation": 1},
    "avg_pool2d": {"input": None, "kernel_size": 1, "stride": None, "padding": 0},
    "adaptive_avg_pool2d": {"input": None, "output_size": 1},
    "adaptive_max_pool2d": {"input": None, "output_size": 1},
}


@dataclass(frozen=True)
class Field:
    """Receptive field of a map, in pixels of the network's input.

    `size` is the side of the square that one value depends on, `jump` the offset between neighbouring values, `start`
    the centre of the first value's square; 0 is the centre of the first pixel. With `jump` 0 every value sees the
    whole picture.
    """

    size: int
    jump: int
    start: float

    @property
    def whole(self) -> bool:
        return self.jump == 0

    def span(self, place: int) -> tuple[float, float]:
        """First and last pixel (inclusive) seen by the value at `place` (0-based) along one axis; may be outside."""
        centre, reach = self.start + place * self.jump, (self.size - 1) / 2
        return centre - reach, centre + reach


class Window(NamedTuple):
    """Kernel, stride and padding along the width, in pixels; None for a call without a window."""

    kernel: int | None = None
    stride: int | None = None
    padding: int | None = None
    groups: int | None = None
    dilation: int = 1


def window(graph: Graph, node: Node, weights: Sequence[Shape]) -> Window:
    """The window of a call that reads `weights` of these shapes. Global average pooling has one of the map's size,
    subsampling one of one pixel."""
    call = node.call
    assert call is not None
    if call.name == "getitem":
        steps = [leaf.step for leaf in call.arguments if isinstance(leaf, slice) and leaf.step]
        return Window(1, max(steps), 0) if steps else Window()
    if call.name not in _SETTINGS:
        return Window()
    given, found = graph.nodes[node.inputs[0]].shape[-1], _settings(call)
    if "output_size" in found:
        made = node.shape[-1]
        return Window(-(-given // made), given // made if made > 1 else 1, 0)
    kernel = weights[0][-1] if call.name == "conv2d" else _last(found["kernel_size"])
    stride, dilation = found["stride"], _last(found.get("dilation", 1))
    padding = found["padding"]
    if isinstance(padding, str):
        padding = dilation * (kernel - 1) // 2 if padding == "same" else 0
    stride = kernel if stride is None or stride == [] else _last(stride)
    return Window(kernel, stride, _last(padding), found.get("groups"), dilation)


def _settings(call: Call) -> dict[str, Any]:
    args, kwargs = tree_unflatten(list(call.arguments), call.spec)
    return {**_SETTINGS[call.name], **dict(zip(_SETTINGS[call.name], args, strict=False)), **kwargs}


def _last(value: Any) -> int:
    return value if isinstance(value, int) else int(value[-1])


def of(graph: Graph, parameters: Mapping[str, Tensor]) -> dict[str, Field | None]:
    """The receptive field of every node's values; None where it cannot be told, or where the input is not read."""
    walk = _Walk(graph, parameters)
    for node in graph.nodes.values():
        if node.call and not node.constant:
            walk.add(node)
    return {name: walk.fields.get(name) for name in graph.nodes}


class _Walk:
    """`places` counts the positions of the map that a node's values are of; one after global pooling."""

    def __init__(self, graph: Graph, parameters: Mapping[str, Tensor]) -> None:
        self.graph, self.parameters = graph, parameters
        side = graph.tape.shape[-1]
        self.all = Field(side, 0, (side - 1) / 2)
        self.fields: dict[str, Field | None] = {"input": Field(1, 1, 0.0)}
        self.places = {"input": prod(graph.tape.shape[2:])}

    def add(self, node: Node) -> None:
        assert node.call is not None
        kind = node.call.name
        sources = [self.graph.nodes[name] for name in node.inputs if not self.graph.nodes[name].constant]
        if not sources:  # it only writes into memory that is read later
            return
        field, places = self._union([source.name for source in sources])
        given = sources[0].shape
        if kind in _SETTINGS:
            shaped = window(self.graph, node, constant_shapes(self.graph, node, self.parameters))
            field, places = self._after(field, shaped, given), prod(node.shape[2:])
            field = self.all if field is None and places == 1 else field
        elif kind == "getitem" and any(isinstance(leaf, slice) and leaf.step for leaf in node.call.arguments):
            stepped = [leaf for leaf in node.call.arguments if isinstance(leaf, slice) and leaf.step][-1]
            places = places * prod(node.shape) // prod(given)
            if field:
                field = Field(field.size, field.jump * stepped.step, field.start + (stepped.start or 0) * field.jump)
        elif kind == "pad" and field:
            channel = layout(self.graph, sources[0].name).channel
            widths = [leaf for leaf in node.call.arguments if isinstance(leaf, int)]
            before = widths[2 if channel == len(given) - 1 else 0] if len(widths) > 3 else 0
            field = Field(field.size, field.jump, field.start - before * field.jump)
        elif kind in ATTEND | PRODUCTS:
            mixed = max(size for source in sources for size in source.shape[-2:])
            field = self.all if max(mixed, given[0]) >= places or (field and field.whole) else None
        elif kind == "linear":
            field = self._after_linear(field, places, sources[0])
        elif kind in _REDUCE and prod(given) != prod(node.shape):
            if prod(given) // prod(node.shape) == places:
                field, places = self.all, 1
            elif prod(given) // prod(node.shape) != given[layout(self.graph, sources[0].name).channel]:
                field = None
        elif kind == "roll":
            shifts = next((leaf for leaf in node.call.arguments if isinstance(leaf, int | tuple | list)), 0)
            field = field if field is None or field.whole or shifts in (0, (0, 0), [0, 0]) else None
        elif not (kind in MOVES | _JOIN or prod(node.shape) == max(prod(each.shape) for each in sources)):
            field = None
        self.fields[node.name], self.places[node.name] = field, places

    def _union(self, names: Sequence[str]) -> tuple[Field | None, int]:
        """The field of a sum or product: the union of its terms'. With one value for all places it is the picture."""
        places = {self.places[name] for name in names}
        found = [self.fields[name] for name in names]
        fields = [field for field in found if field]
        if (len(places) > 1 and 1 in places) or any(field.whole for field in fields):
            return self.all, max(places)
        if len(fields) < len(found) or len(places) > 1:
            return None, max(places)
        low, high = min(field.span(0)[0] for field in fields), max(field.span(0)[1] for field in fields)
        jump = max(field.jump for field in fields)
        return Field(round(high - low) + 1, jump, (low + high) / 2), max(places)

    def _after(self, field: Field | None, shaped: Window, given: Sequence[int]) -> Field | None:
        kernel, stride, padding, _, dilation = shaped
        if field is None or field.whole or kernel is None or stride is None or padding is None:
            return field
        if len(given) != 4:
            return None
        reach = (kernel - 1) * dilation
        start = field.start + (reach / 2 - padding) * field.jump
        return Field(field.size + reach * field.jump, field.jump * stride, start)

    def _after_linear(self, field: Field | None, places: int, source: Node) -> Field | None:
        """A layer over the channels keeps the field; one over the positions sees the picture, if over all of them."""
        shape = source.shape
        rows = prod(shape[:-1])
        if field is None:
            return self.all if rows == 1 else None
        if layout(self.graph, source.name).channel == len(shape) - 1 and rows >= places:
            return field
        return self.all if rows == 1 or shape[-1] >= places else None
