"""Tensors of any layout as maps: channels first or last, tokens as a grid with the class token apart, windows put back
where they lie in the picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from math import isqrt, prod

import torch
from torch import Tensor

from explorer.models.graph import Graph, Node
from explorer.models.recorder import Ref

# What these compute has channels in this axis.
FIRST = frozenset(
    ("conv1d", "conv2d", "conv3d", "conv_transpose2d", "batch_norm", "group_norm", "instance_norm", "max_pool2d",
     "avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "interpolate", "pixel_shuffle", "local_response_norm")
)  # fmt: skip
LAST = frozenset(("linear", "layer_norm", "rms_norm", "embedding"))
# These only move values.
MOVES = frozenset(
    ("permute", "transpose", "swapaxes", "swapdims", "reshape", "view", "flatten", "unflatten", "contiguous", "squeeze",
     "unsqueeze")
)  # fmt: skip
SLACK = 0.15  # of a side: how far the ratio of a grid's sides may differ from the picture's
MOST_EXTRA = 8  # tokens before the grid: class, distillation, registers


@dataclass(frozen=True)
class Layout:
    """How a tensor (N, …) is read as maps.

    `channel` is the axis of the channels. `height` and `width` are of the grid of positions, after `extra` tokens that
    have no place in the picture, such as the class token. `is_placed`: the positions lie as in the picture.
    """

    channel: int
    extra: int
    height: int
    width: int
    is_placed: bool = True

    @property
    def is_map(self) -> bool:
        """Whether there is more than one position."""
        return self.height * self.width > 1


def layout(graph: Graph, name: str) -> Layout:
    """The layout of a node's tensor, or of a block's role, whose shape is that of its sum."""
    name = _node(graph, name)
    found = _own_layout(graph, name)
    if found.is_placed or not (moves := _placing(graph, name)):
        return found
    placed = _own_layout(graph, moves[-1])
    return Layout(found.channel, placed.extra, placed.height, placed.width)


def as_maps(graph: Graph, name: str, value: Tensor) -> Tensor:
    """The value (N, …) of a node or role as maps (N, C, H, W); extra tokens are left out."""
    name = _node(graph, name)
    found = _own_layout(graph, name)
    if not found.is_placed and (moves := _placing(graph, name)):
        parts = torch.split(value, graph.nodes[name].shape[0])
        return as_maps(graph, moves[-1], torch.cat([_moved(graph, moves, part) for part in parts]))
    if value.ndim == 4:
        return value.movedim(found.channel, 1)
    flat = value.movedim(found.channel, 1).flatten(2) if value.ndim > 2 else value[:, :, None]
    if flat.shape[2] == found.extra + found.height * found.width:
        return flat[:, :, found.extra :].reshape(*flat.shape[:2], found.height, found.width)
    extra, height, width = _grid(flat.shape[2], 1, 1)  # of another input size
    return flat[:, :, extra:].reshape(*flat.shape[:2], height, width)


def _node(graph: Graph, name: str) -> str:
    path, _, _ = name.rpartition(".")
    return graph.blocks[path].add if name not in graph.nodes and path in graph.blocks else name


def _own_layout(graph: Graph, name: str) -> Layout:
    node, sides = graph.nodes[name], graph.tape.shape[-2:]
    channel = _channels(graph)[name]
    positions = [size for axis, size in enumerate(node.shape) if axis not in (0, channel)]
    is_first = node.shape[:1] == graph.tape.shape[:1]  # the pictures' axis, not that of windows or tokens
    if len(positions) == 1:
        extra, height, width = _grid(positions[0], *sides)
        return Layout(channel, extra, height, width, is_first and (height > 1 or width == 1))
    if not positions:
        return Layout(channel, 0, 1, 1, is_placed=False)
    *outer, last = positions
    rows = prod(outer)
    alike = abs(rows * sides[1] - last * sides[0]) <= max(SLACK * rows, 1) * sides[1]
    is_placed = len(positions) == 2 and is_first and (channel == 1 or alike)
    return Layout(channel, 0, rows, last, is_placed)


@lru_cache(maxsize=512)
def _placing(graph: Graph, name: str) -> tuple[str, ...]:
    """The calls that put the windows of a node back where they lie in the picture, found behind it or behind a later
    node of its shape; none if there are none."""
    order = tuple(graph.nodes)
    for start in order[order.index(name) :]:
        moves, last = [], start
        while graph.nodes[start].shape == graph.nodes[name].shape:
            readers = [each for each in graph.nodes.values() if last in each.inputs]
            if len(readers) != 1 or readers[0].call is None or readers[0].call.name not in MOVES:
                break
            last = readers[0].name
            moves.append(last)
            if _own_layout(graph, last).is_placed:
                return tuple(moves)
    return ()


def _moved(graph: Graph, moves: Sequence[str], value: Tensor) -> Tensor:
    now = value
    for name in moves:
        call = graph.nodes[name].call
        assert call is not None
        (now,) = call.run(partial(_filled, now))
    return now


def _filled(value: Tensor, leaf: object) -> object:
    return value if isinstance(leaf, Ref) else leaf


def of_block(graph: Graph, path: str, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Maps (C, H, W) of the block's `input`, `shortcut`, `branch` and `add`; `values` has them, of one picture."""
    names = {"input": graph.blocks[path].input, **{role: f"{path}.{role}" for role in ("shortcut", "branch", "add")}}
    return {role: as_maps(graph, name, values[name])[0] for role, name in names.items()}


def extra_tokens(graph: Graph, name: str, value: Tensor) -> Tensor:
    """The tokens (N, K, C) that have no place in the picture; K is 0 for most tensors."""
    found = layout(graph, name)
    return value[:, : found.extra] if value.ndim == 3 and found.channel == 2 else value.new_empty(len(value), 0, 0)


def per_picture(graph: Graph, name: str, value: Tensor, count: int) -> Tensor:
    """The value of a node or role for `count` pictures, as a row for each: (count, …)."""
    return value.movedim(picture_axis(graph, name, value, count), 0).reshape(count, -1)


def picture_axis(graph: Graph, name: str, value: Tensor, count: int) -> int:
    """The axis of the pictures: the first, but of tokens in rows perhaps the second."""
    recorded, pictures = graph.nodes[_node(graph, name)].shape, graph.tape.shape[0]
    if count == pictures:
        return next((axis for axis, size in enumerate(recorded) if size == count), 0)
    pairs = enumerate(zip(recorded, value.shape, strict=True))
    return next((k for k, (one, several) in pairs if several * pictures == one * count), 0)


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
