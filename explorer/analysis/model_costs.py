"""Costs of each call of a network: shapes, parameters, multiply-adds and receptive field. Runs on the meta device."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from explorer.analysis import counts, fields
from explorer.analysis.fields import Field
from explorer.models.graph import Graph
from explorer.models.network import Network

STEM, HEAD = "stem", "head"
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Cost:
    """Costs of one call, made by the module at `module`. Shapes exclude a batch of one: (C, H, W), (tokens, C), or
    (features,) after flattening.

    `kernel`, `stride` and `padding` are in pixels (along the width), None if the call has no window. `weights` are the
    shapes of the weights that it reads; `parameters` counts those that no call before it reads. `multiply_adds` are
    those of `counts`, `products` those without biases and norms, as torch.utils.flop_counter counts. `field` is None
    where it cannot be told. `inputs` are the names of the calls whose results it reads, but for what is the same for
    every picture. `moves` is whether the call only changes layout or order, or takes a part.
    """

    name: str
    kind: str
    module: str
    part: str
    block: str | None
    kernel: int | None
    stride: int | None
    padding: int | None
    groups: int | None
    weights: tuple[Shape, ...]
    input: Shape
    output: Shape
    parameters: int
    multiply_adds: int
    field: Field | None
    inputs: tuple[str, ...] = ()
    products: int = 0
    moves: bool = False

    @property
    def weight(self) -> Shape | None:
        return self.weights[0] if self.weights else None


@dataclass(frozen=True)
class Total:
    """Summed costs of several calls, and the output shape of the last."""

    parameters: int
    multiply_adds: int
    output: Shape


@dataclass(frozen=True)
class BlockCost(Total):
    """Costs of a residual block, or of the corresponding part of a plain network.

    `shortcut` is `variant` of `graph.Block` if set, else `brings`; "" for a plain network. `calls` are the names of its
    calls, by name within `module`, which adds; `carried` are those on the shortcut, `add` is the addition. `mixer` and
    `scaled` are those of `graph.Block`.
    """

    path: str
    part: str
    kind: str
    shortcut: str
    module: str
    calls: Mapping[str, str]
    carried: tuple[str, ...] = ()
    add: str = ""
    mixer: str = ""
    scaled: tuple[str, ...] = ()

    @property
    def projection(self) -> bool:
        return self.shortcut == "projection"


@dataclass(frozen=True)
class ModelCosts:
    """Costs of a network by call, by block, by part (`stem`, `layer1`, …, `head`) and in total.

    `unused` counts the parameters that no call reads, such as those of auxiliary heads, which only train.
    """

    network: str
    input_px: int
    calls: dict[str, Cost]
    blocks: dict[str, BlockCost]
    parts: dict[str, Total]
    total: Total
    unused: int = 0

    @property
    def between(self) -> bool:
        """Whether there are calls outside the blocks that belong neither to the stem nor to the head."""
        return not {STEM, HEAD}.issuperset(cost.part for cost in self.inside(None).values())

    def inside(self, block: str | None) -> dict[str, Cost]:
        """Calls of `block` by name within it (`conv1`, `downsample.0`, `add`); None: calls outside all blocks."""
        if block is None:
            return {name: cost for name, cost in self.calls.items() if cost.block is None}
        return {short: self.calls[name] for short, name in self.blocks[block].calls.items()}


def compute(network: Network, input_px: int | None = None) -> ModelCosts:
    """Costs of `network` for a square input, by default of its own size.

    Raises what the network's code raises for an input of a size that it does not take.
    """
    side = input_px or network.preprocess.input_px
    graph = _graph_of(network, side)
    places, seen = _Places(graph), fields.of(graph, network.tensors)
    weights = dict(network.module.named_parameters(remove_duplicate=False))
    made_by = {"input": "input"}  # a further output of a call -> the call's name
    calls: dict[str, Cost] = {}
    counted: set[int] = set()  # weights count at their first call only
    for name, node in graph.nodes.items():
        if node.call is None or node.part or name in graph.unused:
            continue
        made_by |= dict.fromkeys(graph.outputs(node), name)
        read = [weights[leaf] for leaf in counts.weights(node.call) if leaf in weights]
        new = {id(weight): weight.numel() for weight in read if id(weight) not in counted}
        counted.update(new)
        shapes = counts.constant_shapes(graph, node, weights)
        window = fields.window(graph, node, shapes)
        calls[name] = Cost(
            name, node.kind, node.call.module, places.part[name], places.block.get(name), window.kernel, window.stride,
            window.padding, window.groups, tuple(tuple(weight.shape) for weight in read),
            _without_batch(graph.nodes[node.inputs[0]].shape if node.inputs else node.shape),
            _without_batch(node.shape), sum(new.values()),
            counts.multiply_adds(graph, node, shapes, sum(weight.numel() for weight in read)), seen[name],
            tuple(made_by[source] for source in node.inputs if not graph.nodes[source].constant),
            counts.multiply_adds(graph, node, [shape for shape in shapes if len(shape) > 1], 0),
            node.call.name in fields.MOVES and not new,
        )  # fmt: skip
    sizes = {id(weight): weight.numel() for weight in weights.values()}
    unused = sum(size for key, size in sizes.items() if key not in counted)
    return _sum_up(network.name, side, calls, {path: _describe(path, graph, places) for path in graph.parts}, unused)


def _graph_of(network: Network, side: int) -> Graph:
    """The network's graph with the shapes for this input; a graph whose code reads no size is recorded anew."""
    own = network.preprocess
    x = torch.empty(own.shape if side == own.input_px else (1, own.channels, side, side), device="meta")
    graph = network.graph.at(x)
    return graph if graph.tape.shape == tuple(x.shape) else Graph(graph.recording.tape(x), graph.recording)


def _without_batch(shape: Shape) -> Shape:
    return shape[1:] if len(shape) > 1 and shape[0] == 1 else shape


def without_shortcuts(given: ModelCosts) -> ModelCosts:
    """Costs of the plain twin: the same layers without additions and projections."""
    gone = {block.calls[name] for block in given.blocks.values() if block.add for name in (block.add, *block.carried)}
    calls = {name: cost for name, cost in given.calls.items() if name not in gone}
    blocks = {
        path: replace(
            block, shortcut="", carried=(), add="", scaled=(),
            calls={short: name for short, name in block.calls.items() if name not in gone},
        )
        for path, block in given.blocks.items()
    }  # fmt: skip
    return _sum_up(given.network, given.input_px, calls, blocks)


class _Places:
    """Which block and which part each call belongs to: a constant to its reader's, a call between two parts to the
    stage that follows."""

    def __init__(self, graph: Graph) -> None:
        inside = {path: graph.inside(path)[1:] for path in graph.parts}
        self.block: dict[str, str] = {}  # the innermost one
        for path in sorted(inside, key=lambda path: -len(inside[path])):
            self.block |= dict.fromkeys(inside[path], path)
        places = [k for k, name in enumerate(graph.nodes) if name in self.block]
        reader = {source: name for name, node in reversed(graph.nodes.items()) for source in node.inputs}
        self.part: dict[str, str] = {}
        part = HEAD if places else STEM
        for k, (name, node) in reversed(list(enumerate(graph.nodes.items()))):
            if node.constant and name not in self.block and reader.get(name) in self.block:
                self.block[name] = self.block[reader[name]]
            if name in self.block:
                part = graph.stage_of[self.block[name]]
            self.part[name] = STEM if places and k < places[0] and name not in self.block else part
        self.calls = {
            path: tuple(name for name, node in graph.nodes.items() if not (node.part or name in graph.unused)
                        and (name in names or (node.constant and self.block.get(name) == path)))
            for path, names in inside.items()
        }  # fmt: skip


def _describe(path: str, graph: Graph, places: _Places) -> BlockCost:
    """A block without its totals, which `_sum_up` adds."""
    block, classes = graph.blocks.get(path), graph.tape.classes
    call = graph.nodes[block.add].call if block else None
    module = call.module if call else path
    short = {name: name.removeprefix(f"{module}.") for name in places.calls[path]}
    named: dict[str, Any] = {}
    if block:
        named = {
            "carried": tuple(short[name] for name in block.carried if name in short), "add": short[block.add],
            "mixer": block.mixer, "scaled": block.scaled,
        }  # fmt: skip
    return BlockCost(
        0, 0, (), path=path, part=graph.stage_of[path],
        kind=block.kind if block else classes[path][0] if path in classes else graph.nodes[path].kind,
        shortcut=(block.variant or block.brings) if block else "", module=module,
        calls={short[name]: name for name in short}, **named,
    )  # fmt: skip


def _sum_up(
    network: str, side: int, calls: dict[str, Cost], blocks: Mapping[str, BlockCost], unused: int = 0
) -> ModelCosts:
    def total(costs: Iterable[Cost]) -> Total:
        listed = list(costs)
        return Total(sum(c.parameters for c in listed), sum(c.multiply_adds for c in listed), listed[-1].output)

    described = {
        path: replace(block, **vars(total(calls[name] for name in block.calls.values())))
        for path, block in blocks.items()
    }
    parts = {
        part: total(cost for cost in calls.values() if cost.part == part)
        for part in dict.fromkeys(cost.part for cost in calls.values())
    }
    return ModelCosts(network, side, calls, described, parts, total(calls.values()), unused)
