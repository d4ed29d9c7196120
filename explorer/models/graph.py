"""The graph of a network: its calls in order, its residual blocks, and the source line of each call.

`torch.fx` traces the module symbolically and records the Python stack of every call. The stack links each source line
to its call, module and tensor, without a copy of the source or a hand-written table.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Literal

import torch
from torch import fx, nn

from explorer.models import torch_private

ROLES = ("shortcut", "branch", "add", "out")

_TORCH = str(Path(torch.__file__).parent)
# While it traces, fx replaces nn.Module.__call__ in the whole process; two concurrent traces would never restore it.
TRACING = threading.Lock()
_STAGE = re.compile(r"(?P<block>(?P<stage>layer\d+)\.\d+)\.")


@dataclass(frozen=True)
class Frame:
    """One frame of the Python stack: `function` in `file` at `line` (1-based)."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class Node:
    """One call of a forward pass.

    `name` is the module path, with fx's counter if the module is called again (`layer1.0.relu_1`), or the block's path
    and the function (`layer1.0.add`); the picture is `input`. `inputs` are the names of the nodes whose results the
    call takes. `frames` are ordered outermost first, without torch's own; the last is the source line.
    """

    name: str
    kind: str
    module: str | None
    inputs: tuple[str, ...]
    frames: tuple[Frame, ...]
    fx_node: fx.Node


@dataclass(frozen=True)
class Block:
    """A residual block, `out = relu(branch + shortcut)`. The fields are names of nodes.

    `input` is x; `shortcut` and `branch` are the two operands of `add`. `out` equals `add` if no ReLU follows, as in
    pre-activation (He et al. 2016). `carried` are the nodes from x to the shortcut; empty if the shortcut is x.
    `brings` is how x is matched to the branch's shape: identity, projection (a 1x1 convolution) or padding
    (subsampling and zero channels); He et al. 2015, options B and A. `variant` is the modification of the shortcut, as
    in `cifar_resnet.SHORTCUTS`. `resizes` is whether the output's shape differs from x's, as in a stage's first block.
    """

    path: str
    kind: str
    input: str
    branch: str
    shortcut: str
    add: str
    out: str
    nodes: tuple[str, ...]
    carried: tuple[str, ...]
    brings: Literal["identity", "projection", "padding"]
    variant: Literal["", "half", "gate", "exclusive", "dropout"]
    resizes: bool

    @property
    def identity(self) -> bool:
        """Whether the shortcut is x itself."""
        return self.shortcut == self.input

    @property
    def rectified(self) -> bool:
        """Whether a ReLU follows the sum."""
        return self.out != self.add

    @property
    def terms(self) -> tuple[str, str]:
        """Formulas of the two operands, such as `x` or `Wx`, and `F(x)`. Dropout is omitted: it is off in eval mode."""
        x = {"identity": "x", "projection": "Wx", "padding": "x↓"}[self.brings]
        gated = ("(1−g)" if self.variant in ("gate", "exclusive") else "½" if self.variant == "half" else "") + x
        return gated, {"exclusive": "g·F(x)", "half": "½F(x)"}.get(self.variant, "F(x)")

    def names(self) -> tuple[str, ...]:
        """All names that a trace can keep of this block: its input, every node, and its four roles."""
        roles = tuple(f"{self.path}.{role}" for role in ROLES)
        return tuple(dict.fromkeys((self.input, *self.nodes, *roles)))


class _Tracer(fx.Tracer):
    """Traces calls of its own thread only: other threads may run or measure modules at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = threading.get_ident()

    def call_module(self, m: nn.Module, forward: Any, args: Any, kwargs: Any) -> Any:
        if threading.get_ident() != self.thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)


class Graph:
    """The nodes of one architecture in call order, and its blocks by path (`layer1.0`)."""

    def __init__(self, module: nn.Module) -> None:
        """Trace `module` symbolically. No other thread may run it: fx identifies parameters by object identity.

        A copy on the meta device suffices and takes no memory; its graph fits every module of the architecture.
        """
        tracer = _Tracer()
        tracer.record_stack_traces = True
        with TRACING:
            self.fx_graph = tracer.trace(module)
        paths = _paths(self.fx_graph)
        self.nodes = {
            name: Node(
                name=name,
                kind=_kind(node, module),
                module=str(node.target) if node.op == "call_module" else None,
                inputs=tuple(paths[source] for source in node.all_input_nodes),
                frames=_frames(node),
                fx_node=node,
            )
            for node, name in paths.items()
            if node.op != "output"
        }
        self.blocks = {block.path: block for block in self._find_blocks(module)}
        self.logits = paths[next(iter(self.fx_graph.output_node().all_input_nodes))]

    def _find_blocks(self, module: nn.Module) -> Iterator[Block]:
        for name, node in self.nodes.items():
            if node.kind != "add" or "." not in name or len(node.inputs) != 2:
                continue  # `out + 1` has one input node
            path = name.rpartition(".")[0]
            inside = tuple(other for other in self.nodes if other.startswith(f"{path}."))
            first = self.nodes[inside[0]]
            # torchvision writes `out += identity`, others `x + out`: the shortcut is x or comes from `downsample`.
            left, right = node.inputs
            branch, shortcut = (right, left) if _is_shortcut(left, path, first) else (left, right)
            # Pre-activation: nothing inside the block uses the sum.
            out = next((other for other in inside if name in self.nodes[other].inputs), name)
            kind = type(module.get_submodule(path)).__name__
            carried, added = self.leading_to(shortcut, inside), self.leading_to(branch, inside)
            yield Block(
                path, kind, first.inputs[0], branch, shortcut, name, out, inside, carried, self._brings(path, carried),
                self._variant(carried, added), _resizes([self.nodes[other] for other in added], module),
            )  # fmt: skip

    def leading_to(self, name: str, inside: Sequence[str]) -> tuple[str, ...]:
        """The nodes of `inside` that `name` depends on, in order; `name` is the last."""
        needed = {name}
        for other in reversed(inside):
            if other in needed:
                needed.update(self.nodes[other].inputs)
        return tuple(other for other in inside if other in needed)

    def _brings(self, path: str, carried: Sequence[str]) -> Literal["identity", "projection", "padding"]:
        kinds = {self.nodes[name].kind for name in carried if name.startswith(f"{path}.downsample")}
        return "identity" if not kinds else "projection" if "Conv2d" in kinds else "padding"

    def _variant(
        self, carried: Sequence[str], added: Sequence[str]
    ) -> Literal["", "half", "gate", "exclusive", "dropout"]:
        kinds = {self.nodes[name].kind: name for name in carried}
        if "sigmoid" in kinds:
            return "exclusive" if kinds["sigmoid"] in added else "gate"
        return "half" if "mul" in kinds else "dropout" if "Dropout" in kinds else ""

    @cached_property
    def ends(self) -> dict[str, str]:
        """Path of each stage (`layer1`) and block (`layer1.0`), also of a plain network -> its output node."""
        found: dict[str, str] = {}
        for name in self.nodes:
            if inside := _STAGE.match(name):
                found[inside["stage"]] = found[inside["block"]] = name
        return found

    @property
    def parts(self) -> tuple[str, ...]:
        """Paths of the residual blocks, or of the corresponding blocks of a plain network."""
        return tuple(path for path in self.ends if "." in path)

    @property
    def main_block(self) -> str:
        """The block to show first: the first whose shortcut is x itself, else the first that keeps the shape of x.

        Raises ValueError for a network without blocks.
        """
        return min(self.blocks, key=lambda path: (not self.blocks[path].identity, self.blocks[path].resizes))

    def inside(self, path: str) -> tuple[str, ...]:
        """The input node of one of `parts`, then its nodes in order."""
        names = tuple(name for name in self.nodes if name.startswith(f"{path}."))
        return self.nodes[names[0]].inputs[0], *names

    def role_names(self) -> tuple[str, ...]:
        """`<block>.shortcut`, `.branch`, `.add` and `.out` of every block."""
        return tuple(f"{path}.{role}" for path in self.blocks for role in ROLES)

    def names(self) -> tuple[str, ...]:
        """All names that a trace can keep: nodes, then roles."""
        return tuple(dict.fromkeys((*self.nodes, *self.role_names())))

    def between(self, after: str, until: str) -> tuple[str, ...]:
        """The nodes that run after node `after`, in order, up to and including `until`."""
        names = tuple(self.nodes)
        return names[names.index(after) + 1 : names.index(until) + 1]

    @cached_property
    def last_uses(self) -> dict[str, tuple[str, ...]]:
        """Node name -> the names of the nodes whose last use is this node."""
        last: dict[str, str] = {}
        for name, node in self.nodes.items():
            for source in node.inputs:
                last[source] = name
        return {name: tuple(source for source, user in last.items() if user == name) for name in self.nodes}


def _is_shortcut(operand: str, path: str, first: Node) -> bool:
    return operand == first.inputs[0] or operand.startswith(f"{path}.downsample")


def _resizes(branch: Sequence[Node], module: nn.Module) -> bool:
    modules = [module.get_submodule(node.module) for node in branch if node.module]
    convolutions = [inner for inner in modules if isinstance(inner, nn.Conv2d)]
    if not convolutions:
        return False
    strided = any(inner.stride != (1, 1) for inner in convolutions)
    return strided or convolutions[0].in_channels != convolutions[-1].out_channels


def _paths(graph: fx.Graph) -> dict[fx.Node, str]:
    """A unique name for each node; repeated calls of a function are numbered as modules are (`layer1.0.add_1`)."""
    paths: dict[str, fx.Node] = {}
    for node in graph.nodes:
        path = _path(node)
        numbered = (f"{path}_{k}" if k else path for k in count())
        paths[next(name for name in numbered if name not in paths)] = node
    return {node: name for name, node in paths.items()}


def _path(node: fx.Node) -> str:
    """The module path of a node's call, not yet unique for functions."""
    if node.op == "placeholder":
        return "input"
    if node.op == "call_module":
        return torch_private.module_call(node)
    return f"{torch_private.caller(node)}.{_function(node)}".lstrip(".")


def _function(node: fx.Node) -> str:
    return str(getattr(node.target, "__name__", node.target))


def _kind(node: fx.Node, module: nn.Module) -> str:
    if node.op == "placeholder":
        return "input"
    return type(module.get_submodule(str(node.target))).__name__ if node.op == "call_module" else _function(node)


def _frames(node: fx.Node) -> tuple[Frame, ...]:
    return tuple(
        Frame(file, line, function)
        for file, line, function in torch_private.stack(node)
        if file != __file__ and not file.startswith((f"{_TORCH}/", f"{_TORCH}\\"))
    )
