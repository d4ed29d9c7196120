"""Costs of each call of a network: shapes, parameters, multiply-adds and receptive field. Runs on the meta device."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

import torch
from torch import nn

from explorer.analysis.trace import trace
from explorer.models.graph import Graph, Node
from explorer.models.meta import copy_to_meta
from explorer.models.network import Network

STEM, HEAD = "stem", "head"
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Field:
    """Receptive field of a map, in pixels of the network's input (Araujo et al. 2019, doi:10.23915/distill.00021).

    `size` is the side of the square that one value depends on, `jump` the offset between neighbouring values, `start`
    the centre of the first value's square; 0 is the centre of the first pixel.
    """

    size: int
    jump: int
    start: float

    def span(self, place: int) -> tuple[float, float]:
        """First and last pixel (inclusive) seen by the value at `place` (0-based) along one axis; may be outside."""
        centre, reach = self.start + place * self.jump, (self.size - 1) / 2
        return centre - reach, centre + reach


@dataclass(frozen=True)
class Cost:
    """Costs of one call. Shapes exclude the batch: (C, H, W), or (features,) after flattening.

    `kernel`, `stride` and `padding` are in pixels, None if the call has no window. `multiply_adds` are counted as in
    torchinfo: every weight of a convolution once per output position, all other parameters once.
    """

    name: str
    kind: str
    part: str
    block: str | None
    kernel: int | None
    stride: int | None
    padding: int | None
    groups: int | None
    weight: Shape | None
    input: Shape
    output: Shape
    parameters: int
    multiply_adds: int
    field: Field


@dataclass(frozen=True)
class Total:
    """Summed costs of several calls, and the output shape of the last."""

    parameters: int
    multiply_adds: int
    output: Shape


@dataclass(frozen=True)
class BlockCost(Total):
    """Costs of a residual block, or of the corresponding part of a plain network.

    `shortcut` is `variant` of `graph.Block` if set, else `brings`; "" for a plain network. `carried` are the names,
    within the block, of the calls on the shortcut.
    """

    path: str
    part: str
    kind: str
    shortcut: str
    carried: tuple[str, ...] = ()

    @property
    def projection(self) -> bool:
        return self.shortcut == "projection"


@dataclass(frozen=True)
class ModelCosts:
    """Costs of a network by call, by block, by part (`stem`, `layer1`, …, `head`) and in total."""

    network: str
    input_px: int
    calls: dict[str, Cost]
    blocks: dict[str, BlockCost]
    parts: dict[str, Total]
    total: Total

    def inside(self, block: str | None) -> dict[str, Cost]:
        """Calls of `block` by name within it (`conv1`, `downsample.0`, `add`); None: calls of stem and head."""
        return {name.removeprefix(f"{block}."): cost for name, cost in self.calls.items() if cost.block == block}


def compute(network: Network, input_px: int | None = None) -> ModelCosts:
    """Costs of `network` for a square input, by default of its own size."""
    graph, side = network.graph, input_px or network.preprocess.input_px
    outline = Network(network.name, network.weights, copy_to_meta(network.module), network.labels, network.preprocess,
                      graph, network.origin)  # fmt: skip
    traced = trace(outline, torch.empty(1, 3, side, side, device="meta"))
    shapes = {name: tuple(traced[name].shape[1:]) for name in graph.nodes}
    fields: dict[str, Field] = {"input": Field(1, 1, 0.0)}
    calls: dict[str, Cost] = {}
    counted: set[str | None] = set()  # a module's parameters count at its first call only
    for name, node in graph.nodes.items():
        if not node.inputs:
            continue
        module = outline.modules[node.module] if node.module else None
        given = shapes[node.inputs[0]]
        kernel, stride, padding = _window(node, module, given)
        fields[name] = _after_window(
            _union([fields[source] for source in node.inputs]), module, kernel, stride, padding
        )
        parameters = [] if module is None or node.module in counted else list(module.parameters(recurse=False))
        counted.add(node.module)
        weight = getattr(module, "weight", None)
        places = prod(shapes[name][1:]) if isinstance(module, nn.Conv2d) else 1
        calls[name] = Cost(
            name, node.kind, _part(name, graph), _block(name, graph), kernel, stride, padding,
            getattr(module, "groups", None), None if weight is None else tuple(weight.shape), given, shapes[name],
            sum(map(torch.numel, parameters)), places * sum(map(torch.numel, parameters)), fields[name],
        )  # fmt: skip
    blocks = {path: _describe_block(path, graph, network) for path in graph.parts}
    return _sum_up(network.name, side, calls, blocks)


def without_shortcuts(given: ModelCosts) -> ModelCosts:
    """Costs of the plain twin: the same layers without additions and projections."""
    gone = {f"{path}.{name}" for path, block in given.blocks.items() for name in ("add", *block.carried)}
    calls = {name: cost for name, cost in given.calls.items() if name not in gone}
    blocks = {path: (block.kind, "", ()) for path, block in given.blocks.items()}
    return _sum_up(given.network, given.input_px, calls, blocks)


def _describe_block(path: str, graph: Graph, network: Network) -> tuple[str, str, tuple[str, ...]]:
    """Kind, shortcut and carried calls of a block, as in `BlockCost`."""
    if path not in graph.blocks:
        return type(network.modules[path]).__name__, "", ()
    block = graph.blocks[path]
    return block.kind, block.variant or block.brings, tuple(name.removeprefix(f"{path}.") for name in block.carried)


def _window(node: Node, module: nn.Module | None, given: Shape) -> tuple[int | None, int | None, int | None]:
    """Kernel, stride and padding. Global average pooling has a window of the map's size, subsampling of one pixel."""
    if node.kind == "getitem":
        slices = [leaf for leaf in node.call.arguments if isinstance(leaf, slice)] if node.call else []
        return 1, (slices[-1].step or 1) if slices else 1, 0
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return given[-1], 1, 0
    if not isinstance(module, nn.Conv2d | nn.MaxPool2d):
        return None, None, None
    kernel, stride, padding = (
        value if isinstance(value, int) else int(value[0])
        for value in (module.kernel_size, module.stride, module.padding)
    )
    return kernel, stride, padding


def _after_window(
    field: Field, module: nn.Module | None, kernel: int | None, stride: int | None, padding: int | None
) -> Field:
    if kernel is None or stride is None or padding is None:
        return field
    dilation = getattr(module, "dilation", 1)
    reach = (kernel - 1) * (dilation if isinstance(dilation, int) else int(dilation[0]))
    return Field(field.size + reach * field.jump, field.jump * stride, field.start + (reach / 2 - padding) * field.jump)


def _union(fields: list[Field]) -> Field:
    """Receptive field of a sum: the union of its terms'."""
    low, high = min(field.span(0)[0] for field in fields), max(field.span(0)[1] for field in fields)
    return Field(round(high - low) + 1, max(field.jump for field in fields), (low + high) / 2)


def _block(name: str, graph: Graph) -> str | None:
    return next((path for path in graph.parts if name.startswith(f"{path}.")), None)


def _part(name: str, graph: Graph) -> str:
    stage, names = name.partition(".")[0], list(graph.nodes)
    if stage in graph.ends:
        return stage
    return STEM if names.index(name) < names.index(next(iter(graph.ends.values()))) else HEAD


def _sum_up(
    network: str, side: int, calls: dict[str, Cost], blocks: Mapping[str, tuple[str, str, tuple[str, ...]]]
) -> ModelCosts:
    """Total the costs. `blocks`: path -> `_describe_block`."""

    def total(costs: Iterable[Cost]) -> Total:
        listed = list(costs)
        return Total(sum(c.parameters for c in listed), sum(c.multiply_adds for c in listed), listed[-1].output)

    described = {
        path: BlockCost(
            **vars(total(cost for cost in calls.values() if cost.block == path)), path=path,
            part=path.partition(".")[0], kind=kind, shortcut=shortcut, carried=carried,
        )
        for path, (kind, shortcut, carried) in blocks.items()
    }  # fmt: skip
    parts = {
        part: total(cost for cost in calls.values() if cost.part == part)
        for part in dict.fromkeys(cost.part for cost in calls.values())
    }
    return ModelCosts(network, side, calls, described, parts, total(calls.values()))
