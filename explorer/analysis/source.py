"""Installed source of a network (torchvision's or the app's), stepped line by line with the tensor of each line.

Statements are matched to graph nodes by the line numbers in the nodes' stack frames. No line number is hard-coded, so
other versions of torchvision and other block classes work too.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import torchvision
from torch import nn

from explorer.core.assets import PACKAGE
from explorer.models import torch_private
from explorer.models.graph import Graph, Node
from explorer.models.network import Network

WHOLE = "network"  # in place of a block: step through ResNet._forward_impl or CifarResNet.forward

StepKind = Literal["alias", "call", "add", "test", "return"]


def version() -> str:
    """Version of the installed torchvision, without the local build suffix."""
    return str(torchvision.__version__).partition("+")[0]


@dataclass(frozen=True)
class Listing:
    """Source lines of an installed function or class. `first` is the number of its first line in `file`."""

    name: str
    file: str
    first: int
    lines: tuple[str, ...]

    @property
    def ours(self) -> str | None:
        """Path relative to the app's root; None if the file is not the app's."""
        file = Path(self.file)
        return file.relative_to(PACKAGE.parent).as_posix() if file.is_relative_to(PACKAGE) else None

    @property
    def link(self) -> str | None:
        """GitHub URL of the same lines of the same version; None if the source is not torchvision's."""
        root = Path(torchvision.__file__).parents[1]
        if not Path(self.file).is_relative_to(root / "torchvision"):
            return None
        path = Path(self.file).relative_to(root).as_posix()
        return f"https://github.com/pytorch/vision/blob/v{version()}/{path}#L{self.first}-L{self.last}"

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1


@dataclass(frozen=True)
class Step:
    """One executed statement.

    `id` identifies the step in links (`bn2`, `add`, `downsample.0`, `conv1/conv3x3`). `line` and `end` are the first
    and last line of the statement in the file of `listing`. `tensor` is the trace name of the tensor that `variable`
    holds afterwards, `before` that of the tensor it reads, None if nothing is computed. `nodes` are the statement's
    calls in order. A step of `depth` 1 is inside the call of the preceding step of depth 0. `truth` is the result of an
    `if`.
    """

    id: str
    kind: StepKind
    listing: str
    line: int
    end: int
    statement: str
    variable: str | None
    tensor: str
    before: str | None = None
    nodes: tuple[str, ...] = ()
    depth: int = 0
    truth: bool | None = None

    @property
    def node(self) -> str | None:
        """The statement's last call, which computed `tensor`."""
        return self.nodes[-1] if self.nodes else None


@lru_cache(maxsize=64)
def listing(thing: Any) -> Listing:
    """Source of a function, method or class, from `inspect`."""
    lines, first = inspect.getsourcelines(thing)
    name = getattr(thing, "__qualname__", str(thing))
    file = inspect.getsourcefile(thing) or ""
    return Listing(name, file, first, tuple(line.rstrip("\n") for line in lines))


def listings(network: Network, block: str) -> dict[str, Listing]:
    """Sources related to a block (or WHOLE), by name; the stepped function comes first."""
    owner, top = _owner(network, block), type(network.module)
    inside = network.modules[block].children() if block != WHOLE else ()
    helpers = [
        *(_lookup_function(top.__init__, name) for name in ("conv3x3", "conv1x1")),
        *(type(module).forward for module in inside if _is_beside(module, owner)),
    ]
    things = [_function_of(network, block), *_builders(network, block), _function_of(network, WHOLE), *helpers]
    return {each.name: each for each in map(listing, filter(None, things))}


def walk(network: Network, block: str) -> list[Step]:
    """Steps of a block's `forward`, or for WHOLE of the network's, in execution order.

    For a plain network `block` is one of `Graph.parts`.
    """
    function = _function_of(network, block)
    walker = _Walker(network, block, listing(function), function.__name__)
    return list(walker.start(network.graph.inside(block)[0] if block != WHOLE else "input"))


def tensors(network: Network, block: str) -> tuple[str, ...]:
    """Names of the tensors to trace for `walk`: all of a block; of WHOLE, inputs and outputs of its parts."""
    graph = network.graph
    if block == WHOLE:
        return (*(name for name in graph.nodes if name.partition(".")[0] not in graph.ends), *graph.ends.values())
    return graph.blocks[block].names() if graph.blocks else graph.inside(block)


def _owner(network: Network, block: str) -> type[nn.Module]:
    return type(network.module if block == WHOLE else network.modules[block])


def _function_of(network: Network, block: str) -> Callable[..., Any]:
    owner = _owner(network, block)
    return torch_private.forward_of(owner)


def _builders(network: Network, block: str) -> list[Callable[..., Any]]:
    """Functions that build a block; the network's own comes last."""
    owner, top = _owner(network, block), type(network.module)
    beside = [base for base in owner.__mro__ if base.__module__ == owner.__module__]
    own = [vars(base)["__init__"] for base in beside if "__init__" in vars(base)] or [owner.__init__]
    return [*own, torch_private.stage_builder(top)]


def _is_beside(module: nn.Module, owner: type[nn.Module]) -> bool:
    """Whether a module's class is defined in the same file as `owner`, so that its `forward` is stepped too."""
    return type(module).__module__ == owner.__module__


def _lookup_function(user: Any, name: str) -> Callable[..., Any] | None:
    """The function that `name` refers to in the globals of the function `user`, if any."""
    value = user.__globals__.get(name)
    return value if inspect.isfunction(value) else None


@lru_cache(maxsize=64)
def _parsed(source: Listing) -> ast.Module:
    """Syntax tree of a listing, with the line numbers of the file."""
    tree = ast.parse(textwrap.dedent("\n".join(source.lines)))
    return ast.increment_lineno(tree, source.first - 1)


class _Walker:
    """Steps through a function's statements and tracks which tensor each variable holds."""

    def __init__(self, network: Network, block: str, source: Listing, function: str) -> None:
        self.network = network
        self.block = block
        self.source = source
        self.function = function
        self.graph: Graph = network.graph
        self.holds: dict[str, str] = {}  # variable -> name of its tensor
        self.last = "input"  # the tensor assigned last
        self.seen: dict[str, int] = {}

    def start(self, *given: str) -> Iterator[Step]:
        """Step through the whole function, whose first arguments hold the tensors `given`."""
        definition = _parsed(self.source).body[0]
        assert isinstance(definition, ast.FunctionDef)
        self.holds.update(zip((argument.arg for argument in definition.args.args[1:]), given, strict=False))
        self.last = given[0]
        return self.run(definition.body)

    def run(self, body: list[ast.stmt]) -> Iterator[Step]:
        for statement in body:
            if isinstance(statement, ast.If):
                yield from self._test(statement)
            elif isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign):
                yield from self._assignment(statement)
            elif isinstance(statement, ast.Return):
                yield self._return(statement)

    def _test(self, statement: ast.If) -> Iterator[Step]:
        truth = any(self._nodes_on(inner) for inner in statement.body)
        yield replace(
            self._step("if", "test", statement, None, self.last),
            end=statement.test.end_lineno or statement.lineno,
            statement=f"if {ast.unparse(statement.test)}:",
            truth=truth,
        )
        yield from self.run(statement.body if truth else statement.orelse)

    def _return(self, statement: ast.Return) -> Step:
        nodes = self._nodes_on(statement)  # for `return self.relu(out)`
        if not nodes:
            return self._step("return", "return", statement, None, self._held(statement.value))
        step = self._step("return", "return", statement, None, self._made(nodes))
        return replace(step, before=nodes[0].inputs[0], nodes=tuple(node.name for node in nodes))

    def _assignment(self, statement: ast.Assign | ast.AugAssign | ast.AnnAssign) -> Iterator[Step]:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        names = [ast.unparse(each) for each in target.elts] if isinstance(target, ast.Tuple) else [ast.unparse(target)]
        variable = names[0]
        nodes = self._nodes_on(statement)
        if not nodes:
            tensor = self._held(statement.value)
            self.holds[variable] = tensor
            yield self._step(variable, "alias", statement, variable, tensor)
            return
        added = len(nodes) == 1 and nodes[0].kind == "add"
        made = self._made(nodes)
        before = nodes[0].inputs[0]
        step = replace(
            self._step(
                "add" if added else _called(statement.value), "add" if added else "call", statement, variable, made
            ),
            before=before,
            nodes=tuple(node.name for node in nodes),
        )
        self.holds[variable] = self.last = made
        if names[1:]:  # `identity, out = self.variant(…)`
            self.holds[names[1]] = self.graph.blocks[self.block].branch
        yield step
        if not added:
            yield from self._inside(step, nodes)

    def _made(self, nodes: list[Node]) -> str:
        """The tensor that a statement assigns: the last call's result, or the shortcut if it computes both terms."""
        blocks = self.graph.blocks
        block = blocks.get(self.block) or blocks.get(self.block.rpartition(".")[0])
        return next((node.name for node in nodes if block and node.name == block.shortcut), nodes[-1].name)

    def _inside(self, outer: Step, nodes: list[Node]) -> Iterator[Step]:
        """Steps within a call: the function that built a convolution, the parts of a Sequential, or the lines of a
        module defined in the same file."""
        if self.block == WHOLE:
            return
        called = self.network.modules.get(f"{self.block}.{outer.id}")
        if called is not None and _is_beside(called, _owner(self.network, self.block)):
            path = f"{self.block}.{outer.id}"
            for step in _Walker(self.network, path, listing(type(called).forward), "forward").start(outer.before or ""):
                variable = step.variable or outer.variable
                yield replace(step, id=f"{outer.id}.{step.id}", kind="call", variable=variable, depth=1)
            return
        for k, node in enumerate(nodes):
            source, line, end, statement = self._maker(node, outer) if len(nodes) == 1 else self._part(k, outer)
            if not source:
                continue
            yield replace(
                outer,
                id=f"{outer.id}/{source.rpartition('.')[2]}" if len(nodes) == 1 else f"{outer.id}.{k}",
                listing=source,
                line=line,
                end=end,
                statement=statement,
                tensor=node.name,
                before=node.inputs[0],
                nodes=(node.name,),
                depth=1,
            )

    def _maker(self, node: Node, outer: Step) -> tuple[str, int, int, str]:
        """The return statement of `conv3x3` if `__init__` contains `self.conv1 = conv3x3(…)`."""
        owner = type(self.network.modules[self.block])
        attribute = (node.module or "").rpartition(".")[2]
        for inner in ast.walk(_parsed(listing(owner.__init__))):
            if not (isinstance(inner, ast.Assign) and ast.unparse(inner.targets[0]) == f"self.{attribute}"):
                continue
            function = _lookup_function(owner.__init__, _called(inner.value))
            if function is None:
                break
            made = listing(function)
            returned = [part for part in ast.walk(_parsed(made)) if isinstance(part, ast.Return)][-1]
            return made.name, returned.lineno, returned.end_lineno or returned.lineno, ast.unparse(returned)
        return "", 0, 0, outer.statement

    def _part(self, k: int, outer: Step) -> tuple[str, int, int, str]:
        """Argument number `k` of the `nn.Sequential(…)` that a builder of the block assigns to the call's name."""
        for made in map(listing, _builders(self.network, self.block)):
            for inner in ast.walk(_parsed(made)):
                if (
                    isinstance(inner, ast.Assign)
                    and ast.unparse(inner.targets[0]) in (outer.id, f"self.{outer.id}")
                    and _called(inner.value) == "Sequential"
                ):
                    part = inner.value.args[k]  # type: ignore[attr-defined]
                    return made.name, part.lineno, part.end_lineno or part.lineno, ast.unparse(part)
        return "", 0, 0, outer.statement

    def _nodes_on(self, statement: ast.stmt) -> list[Node]:
        lines = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
        scope = "" if self.block == WHOLE else f"{self.block}."
        return [
            node
            for name, node in self.graph.nodes.items()
            if name.startswith(scope)
            and any(
                frame.line in lines and frame.function == self.function and frame.file == self.source.file
                for frame in node.frames
            )
        ]

    def _held(self, value: ast.expr | None) -> str:
        return self.holds.get(value.id, self.last) if isinstance(value, ast.Name) else self.last

    def _step(self, id: str, kind: StepKind, statement: ast.stmt, variable: str | None, tensor: str) -> Step:
        again = self.seen.get(id, 0)
        self.seen[id] = again + 1
        return Step(
            id=f"{id}_{again}" if again else id,
            kind=kind,
            listing=self.source.name,
            line=statement.lineno,
            end=statement.end_lineno or statement.lineno,
            statement=ast.unparse(statement),
            variable=variable,
            tensor=tensor,
        )


def _called(value: ast.expr | None) -> str:
    """Name of the called function: `conv1` for `self.conv1(x)`, `flatten` for `torch.flatten(x, 1)`."""
    return ast.unparse(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else "call"


def output_size(size: int, module: nn.Conv2d | nn.MaxPool2d, axis: int = 0) -> int:
    """Side in pixels after a convolution or pooling, by torch's formula (`torch.nn.Conv2d`, section Shape)."""
    kernel, stride, padding, dilation = (
        value if isinstance(value, int) else int(value[axis])
        for value in (module.kernel_size, module.stride, module.padding, module.dilation)
    )
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
