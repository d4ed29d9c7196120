"""A famous block on its way to paper: cards for what is computed, signs where tensors meet, wires between them.

What cards say of a module is read from torchvision's own (`famous.block` measures it).
"""

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
    """One call. `kernel` and `stride` are pixels a side; None where nothing slides. A `depthwise` convolution has a
    kernel of its own for each channel."""

    kind: str
    kernel: int | None = None
    stride: int = 1
    groups: int = 1
    depthwise: bool = False


@dataclass(frozen=True)
class Node:
    """A card or a sign in `column` (its middle, in lanes from the left) and `row`; `width` is in lanes.

    A card says its `ops` in the order of the data, or `word`, a word key filled by `values`, where no module stands
    behind it. `shape` is the output without the batch; `channels` and `parameters` are counts. `modules` are the paths
    within the block whose parameters these are.
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
    """A wire. It leaves at `lane`, by default towards its target. `around` is an arc past what lies between, a `slow`
    one carries weights and no data. `name` stands beside it."""

    source: str
    target: str
    role: Role | None = None
    around: bool = False
    lane: float | None = None
    slow: bool = False
    name: str = ""


@dataclass(frozen=True)
class Block:
    """A drawn block: `path` of torchvision's `model`, both empty where torchvision has none. `sources` explain it."""

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
    """Where a block comes from: what builds its network, the module's path, and what of the source explains it."""

    model: str
    path: str
    place: Callable[["Plan"], None]
    sources: Callable[[Any], Iterable[Any]] = lambda block: [type(block).forward, type(block).__init__]
    build: Callable[[], nn.Module] | None = None  # where torchvision's registry has no such network
    input: Shape = (3, INPUT_PX, INPUT_PX)
    first: str = ""  # the module in it that reads x, where that is not the whole


class Plan:
    """A block on its way to paper: what is put stands below `last` unless it is told where to begin."""

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

    def wire(self, source: str, target: str, **about: Any) -> None:
        self.edges.append(Edge(source, target, **about))

    def enter(self, column: float = 0.5, word: str = "famous.x") -> str:
        """What comes in, at the top."""
        shape = self.shapes.get("x", ())
        return self.put(Node("x", column, 0, "end", word=word, shape=shape, channels=_map_channels(shape)))

    def leave(self) -> str:
        return self.step("out", sign="end")

    def step(
        self, id: str, word: str = "", *, start: str = "", column: float | None = None, sign: Sign = "card",
        role: Role | None = None, lane: float | None = None, name: str = "", **about: Any,
    ) -> str:  # fmt: skip
        """A card or a sign below `start`; what is not said of shape and channels is as it was there."""
        above = self.nodes[start or self.last]
        self.wire(above.id, id, role=role, lane=lane, name=name)
        given: dict[str, Any] = {"shape": above.shape, "channels": above.channels, "row": above.row + 1}
        column = above.column if column is None else column
        return self.put(Node(id, column, sign=sign, role=role, word=word, **given | about))

    def down(
        self, *cards: str, start: str = "", column: float | None = None, role: Role | None = None, width: float = 1.0,
    ) -> str:  # fmt: skip
        """Cards below each other. Each names modules by their paths in the block, and functions by a capital letter:
        `"branch1.conv branch1.bn ReLU"`."""
        self.last = start or self.last
        for words in cards:
            names = words.split()
            paths = tuple(name for name in names if not name[0].isupper())
            about = self.made_of(*paths) | {"ops": tuple(self._op(name) for name in names)}
            self.step(paths[0], column=column, role=role, width=width, **about)
        return self.last

    def made_of(self, *paths: str) -> dict[str, Any]:
        """What a node says of the modules at `paths`; of shape and channels only what they tell."""
        found = [self.module.get_submodule(path) for path in paths]
        told: dict[str, Any] = {"modules": paths, "parameters": sum(map(_own_parameters, found))}
        if shape := next((self.shapes[path] for path in reversed(paths) if path in self.shapes), None):
            told["shape"] = shape
        if channels := next((count for module in reversed(found) if (count := _channels(module))), 0):
            told["channels"] = channels
        return told

    def add(self, source: str = "x", id: str = "add") -> str:
        """⊕ of the shortcut from `source` and of what was put last."""
        self.step(id, sign="sum", role="branch")
        self.wire(source, id, role="shortcut", around=True)
        return id

    def multiply(self, map_: str, factors: str, id: str = "times") -> str:
        """⊗ below `map_`, level with the `factors` beside it."""
        above, beside = self.nodes[map_], self.nodes[factors]
        self.wire(map_, id, role="branch")
        self.wire(factors, id, role="branch")
        return self.put(
            Node(id, above.column, beside.row, "times", "branch", shape=above.shape, channels=above.channels)
        )

    def concat(self, *parts: str, column: float, width: float, id: str = "concat") -> str:
        """⧺ below the lowest of `parts`, wide enough for each to come straight down."""
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
    """Tokens (T, C) have theirs last, and so do the square maps (H, W, C) of Swin."""
    if not shape:
        return 0
    return shape[-1] if len(shape) == 2 or shape[0] == shape[1] else shape[0]


def _own_parameters(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters(recurse=False))


def _channels(module: nn.Module) -> int:
    """Of its output; 0 for a module that leaves them as they are."""
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
