"""Tensors of any layout as maps: channels first or last, tokens as a grid with the class token apart."""

from dataclasses import dataclass
from functools import lru_cache
from math import isqrt

from torch import Tensor

from explorer.models.graph import Graph, Node

# What these compute has channels in this axis.
FIRST = frozenset(
    ("conv1d", "conv2d", "conv3d", "conv_transpose2d", "batch_norm", "group_norm", "instance_norm", "max_pool2d",
     "avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "interpolate", "pixel_shuffle", "local_response_norm")
)  # fmt: skip
LAST = frozenset(("linear", "layer_norm", "rms_norm", "embedding"))
MOST_EXTRA = 8  # tokens before the grid: class, distillation, registers


@dataclass(frozen=True)
class Layout:
    """How a tensor (N, …) is read as maps.

    `channel` is the axis of the channels. `height` and `width` are of the grid of positions, after `extra` tokens that
    have no place in the picture, such as the class token.
    """

    channel: int
    extra: int
    height: int
    width: int

    @property
    def is_map(self) -> bool:
        """Whether there is more than one position."""
        return self.height * self.width > 1


def layout(graph: Graph, name: str) -> Layout:
    """The layout of a node's tensor, or of a block's role, whose shape is that of its sum."""
    path, _, _ = name.rpartition(".")
    if name not in graph.nodes and path in graph.blocks:
        name = graph.blocks[path].add
    node = graph.nodes[name]
    channel = _channels(graph)[name]
    positions = [size for axis, size in enumerate(node.shape) if axis not in (0, channel)]
    if len(positions) == 1:
        extra, height, width = _grid(positions[0], *graph.tape.shape[-2:])
        return Layout(channel, extra, height, width)
    if not positions:
        return Layout(channel, 0, 1, 1)
    *outer, last = positions
    rows = 1
    for size in outer:
        rows *= size
    return Layout(channel, 0, rows, last)


def as_maps(graph: Graph, name: str, value: Tensor) -> Tensor:
    """The value (N, …) of a node or role as maps (N, C, H, W); extra tokens are left out."""
    found = layout(graph, name)
    flat = value.movedim(found.channel, 1).flatten(2) if value.ndim > 2 else value[:, :, None]
    if flat.shape[2] == found.extra + found.height * found.width:
        return flat[:, :, found.extra :].reshape(*flat.shape[:2], found.height, found.width)
    extra, height, width = _grid(flat.shape[2], 1, 1)  # of another input size
    return flat[:, :, extra:].reshape(*flat.shape[:2], height, width)


def extra_tokens(graph: Graph, name: str, value: Tensor) -> Tensor:
    """The tokens (N, K, C) that have no place in the picture; K is 0 for most tensors."""
    found = layout(graph, name)
    return value[:, : found.extra] if value.ndim == 3 and found.channel == 2 else value.new_empty(len(value), 0, 0)


def per_picture(graph: Graph, name: str, value: Tensor, count: int) -> Tensor:
    """The value of a node or role for `count` pictures, as a row for each: (count, …)."""
    path, _, _ = name.rpartition(".")
    if name not in graph.nodes and path in graph.blocks:
        name = graph.blocks[path].add
    if count == 1:
        return value.reshape(1, -1)
    recorded, pictures = graph.nodes[name].shape, graph.tape.shape[0]
    pairs = enumerate(zip(recorded, value.shape, strict=True))
    axis = next((k for k, (one, all) in pairs if one * count == all * pictures), 0)
    return value.movedim(axis, 0).reshape(count, -1)


def _grid(tokens: int, height: int, width: int) -> tuple[int, int, int]:
    """(extra, rows, columns) of a row of tokens from a picture with sides in this ratio; one row if none fits."""
    for extra in range(min(MOST_EXTRA, tokens - 4) + 1):
        placed = tokens - extra
        rows = isqrt(placed * height // width)
        if rows > 1 and placed % rows == 0 and rows * width == placed // rows * height:
            return extra, rows, placed // rows
    return 0, 1, tokens


@lru_cache(maxsize=64)
def _channels(graph: Graph) -> dict[str, int]:
    """The axis of the channels by node; 1 where it cannot be told."""
    axes: dict[str, int] = {"input": 1}
    for name, node in graph.nodes.items():
        if name != "input":
            axes[name] = min(_channel_of(graph, node, axes), max(len(node.shape) - 1, 0))
    return axes


def _channel_of(graph: Graph, node: Node, axes: dict[str, int]) -> int:
    call, last = node.call, len(node.shape) - 1
    assert call is not None
    if call.name in FIRST:
        return 1
    if call.name in LAST or "attention" in call.name:
        return last
    sources = [graph.nodes[each] for each in node.inputs if not graph.nodes[each].constant]
    if not sources:
        return 1 if len(node.shape) > 3 else last
    source = max(sources, key=lambda each: len(each.shape))
    axis, before = axes[source.name], source.shape
    if call.name == "permute":
        order = [leaf % len(before) for leaf in call.arguments if isinstance(leaf, int)]
        return order.index(axis) if axis in order else last
    if call.name in ("transpose", "swapaxes", "swapdims"):
        one, other = (leaf % len(before) for leaf in call.arguments if isinstance(leaf, int))
        return {one: other, other: one}.get(axis, axis)
    if before == node.shape or len(before) == len(node.shape):
        return axis
    channels = before[axis] if axis < len(before) else 0
    places = [k for k, size in enumerate(node.shape) if k and size == channels]
    if not places:
        return 1 if len(node.shape) > 3 else last
    return 1 if axis == 1 and 1 in places else places[-1]
