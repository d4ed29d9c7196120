"""A network's source as it is installed, torchvision's or ours, and a walk through it with the tensor of each line.

Nothing here knows a line number: a statement is matched with the calls whose stack frame lies on its lines, so another
version of torchvision, or another class of block, is walked in the same way.
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
from explorer.models.zoo import Network

WHOLE = "network"  # walks ResNet._forward_impl, or CifarResNet.forward, instead of a block's forward

StepKind = Literal["alias", "call", "add", "test", "return"]


def version() -> str:
    """Of the installed torchvision, without the build."""
    return str(torchvision.__version__).partition("+")[0]


@dataclass(frozen=True)
class Listing:
    """Source lines of a function or class, as installed. `first` is the number of the first line in `file`."""

    name: str
    file: str
    first: int
    lines: tuple[str, ...]

    @property
    def ours(self) -> str | None:
        """The file's path in this app, where it is the app's own source."""
        file = Path(self.file)
        return file.relative_to(PACKAGE.parent).as_posix() if file.is_relative_to(PACKAGE) else None

    @property
    def link(self) -> str | None:
        """The same lines of the same version on the web; None for source that is not torchvision's."""
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
    """One line as it runs.

    `id` names it in a link (`bn2`, `add`, `downsample.0`, `conv1/conv3x3`). `line` is the line in `listing`'s file and
    `end` the statement's last one. `tensor` is the name, for a trace, of what `variable` holds afterwards; `before` of
    what the line reads, None where nothing is computed. `nodes` are the calls of the line, in order. A step of
    `depth` 1 lies inside the call of the step of depth 0 before it. `truth` is what a test came out as.
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
        """The call that computed `tensor`: the last of the line's."""
        return self.nodes[-1] if self.nodes else None


@lru_cache(maxsize=64)
def listing(thing: Any) -> Listing:
    """The source of a function, method or class, through `inspect`."""
    lines, first = inspect.getsourcelines(thing)
    name = getattr(thing, "__qualname__", str(thing))
    file = inspect.getsourcefile(thing) or ""
    return Listing(name, file, first, tuple(line.rstrip("\n") for line in lines))


def listings(network: Network, block: str) -> dict[str, Listing]:
    """The sources that explain a block (or WHOLE), by name; the one that is walked comes first."""
    owner, top = _owner(network, block), type(network.module)
    inside = network.modules[block].children() if block != WHOLE else ()
    helpers = [
        *(_global(top.__init__, name) for name in ("conv3x3", "conv1x1")),
        *(type(module).forward for module in inside if _is_beside(module, owner)),
    ]
    things = [_walked(network, block), *_builders(network, block), _walked(network, WHOLE), *helpers]
    return {found.name: found for found in map(listing, filter(None, things))}


def walk(network: Network, block: str) -> list[Step]:
    """The steps of a block's `forward`, or of the network's for WHOLE, in the order in which they run.

    In a plain network one of `Graph.parts` stands for a block.
    """
    function = _walked(network, block)
    found = listing(function)
    walker = _Walker(network, block, found, function.__name__)
    return list(walker.start(network.graph.inside(block)[0] if block != WHOLE else "input"))


def _owner(network: Network, block: str) -> type[nn.Module]:
    return type(network.module if block == WHOLE else network.modules[block])


def _walked(network: Network, block: str) -> Callable[..., Any]:
    owner = _owner(network, block)
    return torch_private.forward_of(owner)


def _builders(network: Network, block: str) -> list[Callable[..., Any]]:
    """The functions that build a block, the network's own the last."""
    owner, top = _owner(network, block), type(network.module)
    beside = [base for base in owner.__mro__ if base.__module__ == owner.__module__]
    own = [vars(base)["__init__"] for base in beside if "__init__" in vars(base)] or [owner.__init__]
    return [*own, torch_private.stage_builder(top)]


def _is_beside(module: nn.Module, owner: type[nn.Module]) -> bool:
    """Whether a module's class stands in the file of `owner`, and can be walked in turn."""
    return type(module).__module__ == owner.__module__


def _global(user: Any, name: str) -> Callable[..., Any] | None:
    """The function that `user`, a function itself, means by `name`."""
    found = user.__globals__.get(name)
    return found if inspect.isfunction(found) else None


@lru_cache(maxsize=64)
def _parsed(found: Listing) -> ast.Module:
    """Syntax tree of a listing, its line numbers those of the file."""
    tree = ast.parse(textwrap.dedent("\n".join(found.lines)))
    return ast.increment_lineno(tree, found.first - 1)


class _Walker:
    """Follows a function's statements, knowing which tensor each variable holds."""

    def __init__(self, network: Network, block: str, found: Listing, function: str) -> None:
        self.network = network
        self.block = block
        self.found = found
        self.function = function
        self.graph: Graph = network.graph
        self.holds: dict[str, str] = {}  # variable -> name of its tensor
        self.last = "input"  # the tensor that was written last
        self.seen: dict[str, int] = {}

    def start(self, *given: str) -> Iterator[Step]:
        """From the function's first line on, where its first arguments hold the tensors `given`."""
        definition = _parsed(self.found).body[0]
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
        nodes = self._nodes_on(statement)  # of `return self.relu(out)`
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
        """What a line gives: the last call's result, of a line that makes both terms of the sum the shortcut."""
        blocks = self.graph.blocks
        block = blocks.get(self.block) or blocks.get(self.block.rpartition(".")[0])
        return next((node.name for node in nodes if block and node.name == block.shortcut), nodes[-1].name)

    def _inside(self, outer: Step, nodes: list[Node]) -> Iterator[Step]:
        """The steps within a call: the function that made a convolution, the parts of a small Sequential, or the lines
        of a module of the same file."""
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
        """Where `__init__` says `self.conv1 = conv3x3(…)`: the return statement of `conv3x3`."""
        owner = type(self.network.modules[self.block])
        attribute = (node.module or "").rpartition(".")[2]
        for inner in ast.walk(_parsed(listing(owner.__init__))):
            if not (isinstance(inner, ast.Assign) and ast.unparse(inner.targets[0]) == f"self.{attribute}"):
                continue
            function = _global(owner.__init__, _called(inner.value))
            if function is None:
                break
            made = listing(function)
            returned = [part for part in ast.walk(_parsed(made)) if isinstance(part, ast.Return)][-1]
            return made.name, returned.lineno, returned.end_lineno or returned.lineno, ast.unparse(returned)
        return "", 0, 0, outer.statement

    def _part(self, k: int, outer: Step) -> tuple[str, int, int, str]:
        """The k-th argument of the `nn.Sequential(…)` that is assigned to the call's name where the block is built."""
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
                frame.line in lines and frame.function == self.function and frame.file == self.found.file
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
            listing=self.found.name,
            line=statement.lineno,
            end=statement.end_lineno or statement.lineno,
            statement=ast.unparse(statement),
            variable=variable,
            tensor=tensor,
        )


def _called(value: ast.expr | None) -> str:
    """`conv1` of `self.conv1(x)`, `flatten` of `torch.flatten(x, 1)`."""
    return ast.unparse(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else "call"


def output_size(size: int, module: nn.Conv2d | nn.MaxPool2d, axis: int = 0) -> int:
    """Pixels a side after a convolution or pooling, by torch's formula (`torch.nn.Conv2d`, section Shape)."""
    kernel, stride, padding, dilation = (
        value if isinstance(value, int) else int(value[axis])
        for value in (module.kernel_size, module.stride, module.padding, module.dilation)
    )
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
