"""What a residual network is made of: its calls in order, its blocks, and the torchvision lines they come from.

`torch.fx` follows one symbolic run and notes the Python stack of every call; that ties source line, call, module and
tensor together without a copy of the source or a table kept by hand.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

import torch
from torch import fx, nn

ROLES = ("shortcut", "branch", "add", "out")

_TORCH = str(Path(torch.__file__).parent)
# fx replaces nn.Module.__call__ for the whole process while it traces: two at once would leave it replaced for good.
TRACING = threading.Lock()
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')


@dataclass(frozen=True)
class Frame:
    """One level of the Python stack: `function` in `file` was at `line` (1-based)."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class Node:
    """One call of a forward pass.

    `name` is torchvision's module path with fx's counter for a module that is called again (`layer1.0.relu_1`), or
    the block's path and the function (`layer1.0.add`); the picture itself is `input`. `inputs` are the names of the
    calls whose results it takes. `frames` are outermost first and leave out torch's own; the last is the source line.
    """

    name: str
    kind: str
    module: str | None
    inputs: tuple[str, ...]
    frames: tuple[Frame, ...]
    fx_node: fx.Node


@dataclass(frozen=True)
class Block:
    """A residual block, by the names of the nodes that play its parts: `out = relu(branch + shortcut)`.

    `input` is x. `shortcut` is x itself, or the downsample's result where the block has one.
    """

    path: str
    kind: str
    input: str
    branch: str
    shortcut: str
    add: str
    out: str
    nodes: tuple[str, ...]

    @property
    def downsample(self) -> bool:
        """Whether the shortcut is a projection (1x1 convolution and BatchNorm) instead of x itself."""
        return self.shortcut != self.input

    def names(self) -> tuple[str, ...]:
        """Everything a trace can keep of this block: its four roles, every node, and the input they start from."""
        roles = tuple(f"{self.path}.{role}" for role in ROLES)
        return tuple(dict.fromkeys((self.input, *self.nodes, *roles)))


class Anatomy:
    """The calls of one architecture in order, and its blocks by path (`layer1.0`)."""

    def __init__(self, module: nn.Module) -> None:
        """Trace `module` symbolically. It must be one that nobody else runs: fx reads its parameters by identity.

        A twin on the meta device is enough and costs no memory; its graph fits every module of the architecture.
        """
        tracer = fx.Tracer()
        tracer.record_stack_traces = True
        with TRACING:
            self.graph = tracer.trace(module)
        paths = _paths(self.graph)
        self.nodes = {
            name: Node(
                name=name,
                kind=_kind(node, module),
                module=str(node.target) if node.op == "call_module" else None,
                inputs=tuple(paths[source] for source in node.all_input_nodes),
                frames=_frames(node.stack_trace or ""),
                fx_node=node,
            )
            for node, name in paths.items()
            if node.op != "output"
        }
        self.blocks = {block.path: block for block in self._find_blocks(module)}
        self.logits = paths[next(iter(self.graph.output_node().all_input_nodes))]

    def _find_blocks(self, module: nn.Module) -> Iterator[Block]:
        for name, node in self.nodes.items():
            if node.kind != "add" or "." not in name or len(node.inputs) != 2:
                continue  # `out + 1` adds no shortcut
            path = name.rpartition(".")[0]
            inside = tuple(other for other in self.nodes if other.startswith(f"{path}."))
            first = self.nodes[inside[0]]
            # torchvision writes `out += identity`, others `x + out`: the shortcut is what did not pass the branch.
            left, right = node.inputs
            branch, shortcut = (right, left) if _is_shortcut(left, path, first) else (left, right)
            out = next((other for other in inside if name in self.nodes[other].inputs), name)  # pre-activation: the sum
            kind = type(module.get_submodule(path)).__name__
            yield Block(path, kind, first.inputs[0], branch, shortcut, name, out, inside)

    def role_names(self) -> tuple[str, ...]:
        """`<block>.shortcut`, `.branch`, `.add` and `.out` of every block."""
        return tuple(f"{path}.{role}" for path in self.blocks for role in ROLES)

    def names(self) -> tuple[str, ...]:
        """Every name that a trace can keep: all nodes, then all roles."""
        return tuple(dict.fromkeys((*self.nodes, *self.role_names())))

    def between(self, after: str, until: str) -> tuple[str, ...]:
        """The nodes that run after `after`, in order, `until` the last; both are names of nodes."""
        names = tuple(self.nodes)
        return names[names.index(after) + 1 : names.index(until) + 1]

    @cached_property
    def last_uses(self) -> dict[str, tuple[str, ...]]:
        """Node name -> the names whose values nothing needs after it."""
        last: dict[str, str] = {}
        for name, node in self.nodes.items():
            for source in node.inputs:
                last[source] = name
        return {name: tuple(source for source, user in last.items() if user == name) for name in self.nodes}


def _is_shortcut(operand: str, path: str, first: Node) -> bool:
    return operand == first.inputs[0] or operand.startswith(f"{path}.downsample")


def _paths(graph: fx.Graph) -> dict[fx.Node, str]:
    """A name for each node; a function that a block calls again is counted as a module is (`layer1.0.add_1`)."""
    paths: dict[str, fx.Node] = {}
    for node in graph.nodes:
        path = _path(node)
        numbered = (f"{path}_{k}" if k else path for k in count())
        paths[next(name for name in numbered if name not in paths)] = node
    return {node: name for name, node in paths.items()}


def _path(node: fx.Node) -> str:
    """fx's name of a node with its underscores turned back into torchvision's path."""
    if node.op == "placeholder":
        return "input"
    owners = node.meta.get("nn_module_stack") or {}
    if node.op == "call_module":
        call, _ = next(reversed(owners.items()))  # "layer1.0.relu", and "layer1.0.relu@1" when it is called again
        return str(call).replace("@", "_")
    owner = next((path for path, _ in reversed(owners.values())), "")
    return f"{owner}.{_function(node)}".lstrip(".")


def _function(node: fx.Node) -> str:
    return str(getattr(node.target, "__name__", node.target))


def _kind(node: fx.Node, module: nn.Module) -> str:
    if node.op == "placeholder":
        return "input"
    return type(module.get_submodule(str(node.target))).__name__ if node.op == "call_module" else _function(node)


def _frames(stack_trace: str) -> tuple[Frame, ...]:
    found = (match.groupdict() for match in _FRAME.finditer(stack_trace))
    return tuple(
        Frame(frame["file"], int(frame["line"]), frame["function"])
        for frame in found
        if not frame["file"].startswith(_TORCH + "/") and not frame["file"].startswith(_TORCH + "\\")
    )
