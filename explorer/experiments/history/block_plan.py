"""Builder for block diagrams: cards for operations, signs where tensors meet, wires between them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from torch import nn

from explorer.analysis.model_costs import Shape
from explorer.analysis.source import Listing
from explorer.core.palette import Role

Sign = Literal["end", "card", "concat", "sum", "times"]

INPUT_PX: Final = 224


@dataclass(frozen=True)
class Op:
    """One call. `kernel` and `stride` are pixels per side; `kernel` is None for operations without a window."""

    kind: str
    kernel: int | None = None
    stride: int = 1
    groups: int = 1
    depthwise: bool = False


@dataclass(frozen=True)
class Node:
    """A card or a sign in `column` (its middle, in lanes from the left) and `row`; `width` is in lanes.

    A card lists its `ops` in order or, if it has no module, the translation of `word` with `values`. `shape` is the
    output's without the batch; `channels` and `parameters` are counts. `modules` are the paths within the block that
    have these parameters.
    """

    id: str
    column: float
    row: int
    sign: Sign = "card"
    role: Role | None = None
    ops: tuple[Op, ...] = ()
    word: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    shape: Shape = ()
    channels: int = 0
    parameters: int = 0
    modules: tuple[str, ...] = ()
    width: float = 1.0


@dataclass(frozen=True)
class Edge:
    """A wire. It starts at `lane`, by default the one towards its target. `around`: an arc past the nodes in between.
    `slow`: it carries weights, no data. `name` is written beside it."""

    source: str
    target: str
    role: Role | None = None
    around: bool = False
    lane: float | None = None
    slow: bool = False
    name: str = ""


@dataclass(frozen=True)
class Block:
    """A block diagram. `path` within torchvision's `model`, both "" if torchvision has none; `sources` is its code."""

    kind: str
    model: str
    path: str
    nodes: dict[str, Node]
    edges: tuple[Edge, ...]
    sources: tuple[Listing, ...] = ()

    @property
    def parameters(self) -> int:
        return sum(node.parameters for node in self.nodes.values())

    @property
    def lanes(self) -> float:
        return max(node.column + node.width / 2 for node in self.nodes.values())

    @property
    def input(self) -> Node:
        return next(iter(self.nodes.values()))

    @property
    def output(self) -> Node:
        return list(self.nodes.values())[-1]


@dataclass(frozen=True)
class Real:
    """A block of torchvision: its network and path, the function that lays it out, and the code to list."""

    model: str
    path: str
    place: Callable[["Diagram"], None]
    sources: Callable[[Any], Iterable[Any]] = lambda block: [type(block).forward, type(block).__init__]
    build: Callable[[], nn.Module] | None = None  # of networks that torchvision's registry lacks
    input: Shape = (3, INPUT_PX, INPUT_PX)
    first: str = ""  # path of the first module drawn, if not the whole


class Diagram:
    """Builder for a block diagram; each new node is placed below the previous one, `last`, by default."""

    def __init__(self, module: nn.Module | None = None, shapes: Mapping[str, Shape] | None = None) -> None:
        self.module: Any = module
        self.shapes = shapes or {}
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []
        self.last = ""

    def put(self, node: Node) -> str:
        self.nodes[node.id] = node
        self.last = node.id
        return node.id

    def wire(self, source: str, target: str, **fields: Any) -> None:
        self.edges.append(Edge(source, target, **fields))

    def enter(self, column: float = 0.5, word: str = "famous.x") -> str:
        """The input, at the top."""
        shape = self.shapes.get("x", ())
        return self.put(Node("x", column, 0, "end", word=word, shape=shape, channels=_map_channels(shape)))

    def leave(self) -> str:
        return self.step("out", sign="end")

    def step(
        self, id: str, word: str = "", *, start: str = "", column: float | None = None, sign: Sign = "card",
        role: Role | None = None, lane: float | None = None, name: str = "", **fields: Any,
    ) -> str:  # fmt: skip
        """Add a card or a sign below `start`; shape and channels default to those of `start`."""
        above = self.nodes[start or self.last]
        self.wire(above.id, id, role=role, lane=lane, name=name)
        defaults: dict[str, Any] = {"shape": above.shape, "channels": above.channels, "row": above.row + 1}
        column = above.column if column is None else column
        return self.put(Node(id, column, sign=sign, role=role, word=word, **defaults | fields))

    def down(
        self, *cards: str, start: str = "", column: float | None = None, role: Role | None = None, width: float = 1.0,
    ) -> str:  # fmt: skip
        """Add cards below each other, each given as paths of modules and capitalized names of functions:
        `"branch1.conv branch1.bn ReLU"`."""
        self.last = start or self.last
        for words in cards:
            names = words.split()
            paths = tuple(name for name in names if not name[0].isupper())
            fields = self.fields_of(*paths) | {"ops": tuple(self._op(name) for name in names)}
            self.step(paths[0], column=column, role=role, width=width, **fields)
        return self.last

    def fields_of(self, *paths: str) -> dict[str, Any]:
        """The fields of a node for the modules at `paths`; shape and channels only if a module determines them."""
        modules = [self.module.get_submodule(path) for path in paths]
        fields: dict[str, Any] = {"modules": paths, "parameters": sum(map(_own_parameters, modules))}
        if shape := next((self.shapes[path] for path in reversed(paths) if path in self.shapes), None):
            fields["shape"] = shape
        if channels := next((count for module in reversed(modules) if (count := _channels(module))), 0):
            fields["channels"] = channels
        return fields

    def add(self, source: str = "x", id: str = "add") -> str:
        """⊕ of the last node and the shortcut from `source`."""
        self.step(id, sign="sum", role="branch")
        self.wire(source, id, role="shortcut", around=True)
        return id

    def multiply(self, map_: str, factors: str, id: str = "times") -> str:
        """⊗ below `map_`, in the row of `factors` beside it."""
        above, beside = self.nodes[map_], self.nodes[factors]
        self.wire(map_, id, role="branch")
        self.wire(factors, id, role="branch")
        return self.put(
            Node(id, above.column, beside.row, "times", "branch", shape=above.shape, channels=above.channels)
        )

    def concat(self, *parts: str, column: float, width: float, id: str = "concat") -> str:
        """⧺ below the lowest of `parts`, wide enough for straight wires."""
        ends = [self.nodes[part] for part in parts]
        channels = [end.channels for end in ends]
        for end in ends:
            self.wire(end.id, id, lane=end.column, around=end.column == column and end is not ends[-1])
        shape = (sum(channels), *ends[-1].shape[1:])
        row = max(end.row for end in ends) + 1
        terms = {"terms": " + ".join(map(str, channels))}
        return self.put(Node(id, column, row, "concat", values=terms, shape=shape, channels=shape[0], width=width))

    def _op(self, name: str) -> Op:
        return Op(name) if name[0].isupper() else _op(self.module.get_submodule(name))


def _map_channels(shape: Shape) -> int:
    """Channels of a shape: last in tokens (T, C) and in Swin's square maps (H, W, C), else first."""
    if not shape:
        return 0
    return shape[-1] if len(shape) == 2 or shape[0] == shape[1] else shape[0]


def _own_parameters(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters(recurse=False))


def _channels(module: nn.Module) -> int:
    """Output channels; 0 for a module that does not change them."""
    if isinstance(module, nn.LayerNorm):
        return module.normalized_shape[-1]
    names = ("out_channels", "out_features", "num_features")
    return next((int(getattr(module, name)) for name in names if hasattr(module, name)), 0)


def _op(module: Any) -> Op:
    kind = type(module).__name__
    if isinstance(module, nn.Conv2d):
        depthwise = 1 < module.groups == module.in_channels
        return Op(kind, module.kernel_size[0], module.stride[0], module.groups, depthwise)
    if isinstance(module, nn.MaxPool2d):
        return Op(kind, _side(module.kernel_size), _side(module.stride))
    return Op({"NonDynamicallyQuantizableLinear": "Linear"}.get(kind, kind))


def _side(value: Any) -> int:
    return int(value if isinstance(value, int) else value[0])
