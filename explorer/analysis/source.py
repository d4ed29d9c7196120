"""Source of a network (torchvision's, timm's, the app's or the user's own), stepped line by line with its tensors.

Statements are matched to graph nodes by the lines in the nodes' stack frames; the functions around these lines are
found in the files' texts (`source_text`). No line number, class or method is known beforehand, and none need exist.
"""

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal, TypeGuard

from torch import nn

from explorer.analysis.source_text import NESTED, Class, Function, Texts
from explorer.analysis.source_text import Listing as Listing
from explorer.analysis.source_text import version as version
from explorer.models.graph import Block, Graph, Node
from explorer.models.network import Network
from explorer.models.torch_private import STAGE_BUILDER

WHOLE = "network"  # in place of a block: step through the function that computes the logits
ROUNDS = 6  # of a loop, that are stepped through
MOST_INSIDE = 48  # steps within the call of a line
STAGE = 12  # more calls than these on one line, outside of the block, are shown as one

LONGEST = 30  # letters of an expression in place of a variable
OPERATORS = {"add": "Add", "sub": "Sub", "mul": "Mult", "truediv": "Div", "div": "Div", "matmul": "MatMult"}

StepKind = Literal["alias", "setting", "call", "add", "test", "loop", "return"]


@dataclass(frozen=True)
class Step:
    """One executed statement, or a call within it.

    `id` identifies the step in links (`bn2`, `add`, `downsample.0`, `conv1/conv3x3`). `line` and `end` are the first
    and last line of the statement in the file of `listing`. `tensor` is the trace name of the tensor that `variable`
    holds afterwards, `before` that of the tensor it reads, None if nothing is computed. `nodes` are the statement's
    calls in order. A step of `depth` 1 is inside the call of the preceding step of depth 0. `truth` is the result of an
    `if`; None if what ran does not tell. `round` counts the rounds of a loop from 1, and says how many there are.
    `reads` has the tensors that the statement's variables held before it. The `kind` of a statement that computes
    nothing is `alias` if it names a tensor, else `setting`.
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
    round: tuple[int, int] | None = None
    reads: tuple[tuple[str, str], ...] = ()

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


def walk(network: Network, block: str) -> list[Step]:
    """Steps of the function that makes a block's addition, or for WHOLE of the network's, in execution order.

    For a plain network `block` is one of `Graph.parts`. Without source that can be read, the steps are the calls.
    """
    return list(_Source(network, block).steps())


def listings(network: Network, block: str) -> dict[str, Listing]:
    """Sources related to a block (or WHOLE), by name; the stepped function comes first."""
    found = _Source(network, block)
    list(found.steps())
    return found.listings()


def code_of(network: Network, block: str) -> tuple[Class | None, Class | None, Function | None]:
    """The classes whose code the network and the block (or WHOLE) are, and the function that `walk` steps through."""
    found = _Source(network, block)
    return found.class_of(found.whole), found.class_of(found.run), found.run.function if found.run else None


def has_source(network: Network, block: str) -> bool:
    """Whether the steps are lines of a file; else they are calls, and their listing is made up from these."""
    return _Source(network, block).run is not None


def tensors(network: Network, block: str) -> tuple[str, ...]:
    """Names of the tensors to trace for `walk`: those of lines and calls, but not of what is inside a stage."""
    graph = network.graph
    own = graph.blocks.get(block)
    if own is None and block != WHOLE:
        names = dict.fromkeys(graph.inside(block))
    else:
        names = dict.fromkeys(own.names() if own else ())
    inner = _inner(graph, block)
    for step in walk(network, block):
        names |= dict.fromkeys((step.tensor, *([step.before] if step.before else ())))
        if not is_stage(step.nodes, inner, block):
            names |= dict.fromkeys(name for node in step.nodes for name in (*graph.nodes[node].inputs, node))
    return tuple(names)


def is_stage(nodes: Sequence[str], inner: frozenset[str], block: str) -> bool:
    """Whether a line's calls are shown as one: parts of a network, or many calls outside of the block."""
    if block == WHOLE:
        return not inner.isdisjoint(nodes) or len(nodes) > STAGE
    return len(nodes) > STAGE and inner.isdisjoint(nodes)


def _inner(graph: Graph, block: str) -> frozenset[str]:
    """The nodes inside the block, or for WHOLE inside any part."""
    if block == WHOLE:
        return frozenset(name for part in graph.parts for name in graph.inside(part)[1:] if name != part)
    return frozenset(graph.inside(block)[1:])


@dataclass(frozen=True)
class _Run:
    """One execution of a function: `depth` is the place of its frame, `owner` the module whose code it is."""

    function: Function
    depth: int
    nodes: tuple[Node, ...]
    owner: str

    def on(self, nodes: Iterable[Node], first: int, last: int) -> list[Node]:
        """Those of `nodes` whose calls are on lines of the function."""
        return [node for node in nodes if first <= node.frames[self.depth].line <= last]


class _Source:
    """The function that is stepped for a block, the classes around it, and the listings that its steps name."""

    def __init__(self, network: Network, block: str) -> None:
        self.network, self.block, self.graph = network, block, network.graph
        self.texts = Texts(network.sources)
        self.classes = network.graph.tape.classes
        self.names: dict[tuple[str, int], str] = {}  # of listings
        self.shown: dict[str, Listing] = {}
        self.whole = self._whole()
        self.run = self.whole if block == WHOLE else self._of_block()
        self.own: Block | None = self.graph.blocks.get(block)

    def steps(self) -> Iterator[Step]:
        if self.run is None:
            yield from self._calls()
            return
        given = self.graph.inside(self.block)[0] if self.block != WHOLE else "input"
        yield from _Walker(self, self.run).start(given)

    def name(self, listing: Listing) -> str:
        """The name of a listing here; of two functions with one name, the second has its file's name with it."""
        key = (listing.file, listing.first)
        if key not in self.names:
            name = listing.name
            if name in self.shown:
                name = f"{name} ({listing.short_path}:{listing.first})"
            self.names[key] = name
            self.shown[name] = replace(listing, name=name)
        return self.names[key]

    def listings(self) -> dict[str, Listing]:
        stepped = [self.run.function.listing] if self.run else list(self.shown.values())
        whole = [self.whole.function.listing] if self.whole else []
        builders = [made.listing for made in self.builders]
        named = [self.name(each) for each in (*stepped, *builders, *whole, *self._helpers())]
        return {name: self.shown[name] for name in dict.fromkeys((*named, *self.shown))}

    # Where a function runs

    def _whole(self) -> _Run | None:
        graph = self.graph
        last = graph.nodes[graph.logits]
        if self.classes[""][1] or not last.frames:
            return None
        nodes = [node for node in graph.nodes.values() if node.frames and _same(node, last, 0)]
        return self._descend(self._at(nodes, 0, ""))

    def _of_block(self) -> _Run | None:
        graph, block = self.graph, self.graph.blocks.get(self.block)
        if block is None:
            return self._of_part()
        add = graph.nodes[block.add]
        owner = add.call.module if add.call else ""
        if self.classes[owner][1] or not add.frames:
            return None
        depth = len(add.frames) - 1
        while depth and add.frames[depth].function in NESTED:
            depth -= 1
        function = self._function(add, depth)
        if function is None:
            return None
        nodes = self._around(add, depth, owner)
        adds = {each.add for each in graph.blocks.values()}
        return _Run(function, depth, tuple(_execution(function, nodes, depth, add, adds)), owner)

    def _of_part(self) -> _Run | None:
        """The part of a network without residual blocks: a module with code of its own."""
        path = self.block
        kind, is_torch = self.classes.get(path, ("", True))
        nodes = [self.graph.nodes[name] for name in self.graph.inside(path)[1:]]
        if is_torch or not all(node.frames for node in nodes):
            return None
        shared = _shared_frames(nodes)
        for depth in range(min(shared + 1, min(len(node.frames) for node in nodes))):
            function = self._function(nodes[0], depth)
            found = function and self.texts.class_named(function.listing.file, function.owner)
            if function and found and kind in {each.name for each in self.texts.bases(found)} | {found.name}:
                return _Run(function, depth, tuple(nodes), path)
        return None

    def _around(self, add: Node, depth: int, owner: str) -> list[Node]:
        """The nodes in a row, around an addition, of the same function of the same module, called by the same lines."""
        nodes = list(self.graph.nodes.values())
        place = next(k for k, node in enumerate(nodes) if node is add)

        def belongs(node: Node) -> bool:
            same = len(node.frames) > depth and node.frames[:depth] == add.frames[:depth] and _same(node, add, depth)
            return same and node.call is not None and _is_within(node.call.module, owner)

        first = last = place
        while first > 0 and belongs(nodes[first - 1]):
            first -= 1
        while last + 1 < len(nodes) and belongs(nodes[last + 1]):
            last += 1
        return nodes[first : last + 1]

    def _at(self, nodes: Sequence[Node], depth: int, owner: str) -> _Run | None:
        function = self._function(nodes[0], depth)
        return _Run(function, depth, tuple(nodes), owner) if function else None

    def _descend(self, run: _Run | None) -> _Run | None:
        """From a function that only calls another to that one, as from `forward` to `_forward_impl`."""
        while run is not None:
            nodes, depth = run.nodes, run.depth
            statements = [each for each in run.function.body if not _is_text(each)]
            only = statements[0] if len(statements) == 1 else None
            deeper = all(len(node.frames) > depth + 1 and _same(node, nodes[0], depth + 1) for node in nodes)
            if not (deeper and isinstance(only, ast.Return) and isinstance(only.value, ast.Call)):
                return run
            inner = self._at(nodes, depth + 1, run.owner)
            if inner is None:
                return run
            run = inner
        return None

    def inner(self, nodes: Sequence[Node], depth: int, owner: str) -> _Run | None:
        """The execution of what the function at `depth - 1` calls, if its source can be read."""
        if not all(len(node.frames) > depth and _same(node, nodes[0], depth) for node in nodes):
            return None
        return self._descend(self._at(nodes, depth, owner))

    def _function(self, node: Node, depth: int) -> Function | None:
        frame = node.frames[depth]
        return self.texts.function(frame.file, frame.line, frame.function)

    # What builds it

    def class_of(self, run: _Run | None) -> Class | None:
        function = run.function if run else None
        return self.texts.class_named(function.listing.file, function.owner) if function and function.owner else None

    @property
    def builders(self) -> list[Function]:
        """Functions that build a block; the network's own comes last."""
        found: list[Function | None] = []
        own, top = self.class_of(self.run), self.class_of(self.whole)
        if own:
            beside = [each for each in self.texts.bases(own) if each.file == own.file]
            inits = [made for each in beside if (made := self.texts.own_method(each, "__init__"))]
            found += inits or [self.texts.method(own, "__init__")]
        if top:
            found.append(self.texts.method(top, STAGE_BUILDER) or self.texts.method(top, "__init__"))
        return [each for each in found if each]

    def _helpers(self) -> list[Listing]:
        """Functions that make a convolution, as `conv3x3`."""
        top = self.class_of(self.whole) or self.class_of(self.run)
        if not top:
            return []
        files = dict.fromkeys(each.file for each in self.texts.bases(top))
        made = (self.texts.plain_function(file, name) for file in files for name in ("conv3x3", "conv1x1"))
        return [each.listing for each in made if each]

    # Without source

    def _calls(self) -> Iterator[Step]:
        """The calls themselves, as lines of code made up from them."""
        graph, block = self.graph, self.own
        names = graph.inside(self.block)[1:] if self.block != WHOLE else tuple(graph.nodes)[1:]
        owner = self._caller()
        nodes = [graph.nodes[name] for name in names]
        variables: dict[str, str] = {}  # tensor -> variable
        taken: dict[str, int] = {}
        lines, steps = [], []
        for _, each in groupby(nodes, lambda node: self.child(node, owner) or node.name):
            group = list(each)
            inner, inside = self.child(group[-1], owner), {node.name for node in group}
            word = inner or (group[-1].call.name if group[-1].call else "")
            again = taken[word] = taken.get(word, -1) + 1
            id = f"{word}_{again}" if again else word
            variable = id.replace(".", "_") if id[:1].isalpha() else f"x{id.replace('.', '_')}"
            reads = dict.fromkeys(
                variables.get(name, "x") for node in group for name in node.inputs if name not in inside
            )
            is_sum = not inner and word == "add" and len(reads) == 2
            called = f"self.{inner}" if inner and not inner[0].isdigit() else f"self[{inner}]" if inner else word
            value = " + ".join(reads) if is_sum else f"{called}({', '.join(reads)})"
            statement = f"{variable} = {value}"
            kind = self.classes[f"{owner}.{inner}".strip(".")][0] if inner else ""
            lines.append(f"{statement}  # {kind}" if kind else statement)
            variables |= dict.fromkeys(inside, variable)
            added = block is not None and block.add in inside
            step = Step(
                id="add" if added else id,
                kind="add" if added else "call",
                listing="",
                line=len(lines),
                end=len(lines),
                statement=statement,
                variable=variable,
                tensor=_first_part(group),
                before=_before(group),
                nodes=tuple(node.name for node in group),
            )
            steps.append(step)
        name = self.name(Listing(self.classes[owner][0], "", 1, tuple(lines)))
        return iter([replace(step, listing=name) for step in steps])

    def _caller(self) -> str:
        """The module whose calls are listed."""
        if self.block == WHOLE:
            return ""
        block = self.own
        call = self.graph.nodes[block.add].call if block else None
        return call.module if call else self.block if self.block in self.classes else self.block.rpartition(".")[0]

    def child(self, node: Node, owner: str) -> str:
        """The part of `owner` that makes a call, as a path within it; "" if it makes the call itself."""
        path = node.call.module if node.call else ""
        if path == owner or not _is_within(path, owner):
            return ""
        steps = path.removeprefix(f"{owner}.").split(".") if owner else path.split(".")
        for k in range(1, len(steps) + 1):
            inner = ".".join(steps[:k])
            if self.classes[f"{owner}.{inner}".strip(".")][0] not in ("ModuleList", "ModuleDict"):
                return inner
        return ".".join(steps)


class _Walker:
    """Steps through a function's statements and tracks which tensor each variable holds."""

    def __init__(self, source: _Source, run: _Run, depth: int = 0) -> None:
        self.source, self.run, self.depth = source, run, depth
        self.graph: Graph = source.graph
        self.name = source.name(run.function.listing)
        self.holds: dict[str, str] = {}  # variable -> name of its tensor
        self.last = "input"  # the tensor assigned last
        self.seen: dict[str, int] = {}
        self.done = False  # the function has returned
        self.sums = {block.add for block in self.graph.blocks.values()}
        self.is_whole = source.block == WHOLE

    def start(self, *given: str) -> Iterator[Step]:
        """Step through the whole function, whose first arguments hold the tensors `given`."""
        arguments = [name for name in self.run.function.arguments if name != "self"]
        self.holds.update(zip(arguments, given, strict=False))
        self.last = given[0]
        return self.through(self.run.function.body, self.run.nodes)

    def through(self, body: Sequence[ast.stmt], nodes: Sequence[Node]) -> Iterator[Step]:
        for statement in body:
            if self.done:
                return
            first, last = statement.lineno, statement.end_lineno or statement.lineno
            own = self.run.on(nodes, first, last)
            if isinstance(statement, ast.If):
                yield from self._test(statement, own, nodes)
            elif isinstance(statement, ast.For | ast.While):
                yield from self._loop(statement, own)
            elif isinstance(statement, ast.With):
                yield from self.through(statement.body, own)
            elif isinstance(statement, ast.Try):
                yield from self.through([*statement.body, *statement.orelse, *statement.finalbody], own)
            elif isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign):
                yield from self._assignment(statement, own)
            elif isinstance(statement, ast.Return):
                yield from self._return(statement, own)
                self.done = True
            elif isinstance(statement, ast.Expr) and own:
                yield from self._expression(statement, own)

    def _test(self, statement: ast.If, own: Sequence[Node], all_nodes: Sequence[Node]) -> Iterator[Step]:
        inside, other = (_lines_of(self.run, own, part) for part in (statement.body, statement.orelse))
        last = statement.end_lineno or statement.lineno
        follows = any(node.frames[self.run.depth].line > last for node in all_nodes)
        truth = self._truth(statement, bool(inside), bool(other), follows)
        yield replace(
            self._step("if", "test", statement, None, self.last),
            end=statement.test.end_lineno or statement.lineno,
            statement=f"if {ast.unparse(statement.test)}:",
            truth=truth,
        )
        if truth is not None:
            yield from self.through(statement.body if truth else statement.orelse, own)

    def _truth(self, statement: ast.If, inside: bool, other: bool, follows: bool) -> bool | None:
        """The result of a test, by what ran; None if either way nothing would run."""
        if inside or other:
            return inside
        ends = isinstance(statement.body[-1], ast.Return | ast.Raise)
        if ends:
            return False if follows else None if statement.orelse else not self._is_last(statement)
        computes, otherwise = self._computes(statement.body), self._computes(statement.orelse)
        return None if computes == otherwise else otherwise

    def _is_last(self, statement: ast.If) -> bool:
        """Whether the function returns something else after the statement."""
        return isinstance(self.run.function.body[-1], ast.Return)

    def _computes(self, body: Sequence[ast.stmt]) -> bool:
        """Whether statements would compute with tensors."""
        for statement in body:
            for part in ast.walk(statement):
                if isinstance(part, ast.Call | ast.BinOp | ast.AugAssign):
                    names = {each.id for each in ast.walk(part) if isinstance(each, ast.Name)}
                    if not names.isdisjoint(self.holds):
                        return True
        return False

    def _loop(self, statement: ast.For | ast.While, own: Sequence[Node]) -> Iterator[Step]:
        rounds = _rounds(
            self.run,
            statement,
            _lines_of(self.run, own, statement.body),
            lambda node: self.source.child(node, self.run.owner),
        )
        count = len(rounds)
        head = statement.test if isinstance(statement, ast.While) else statement.iter
        words = (
            f"while {ast.unparse(statement.test)}:"
            if isinstance(statement, ast.While)
            else f"for {ast.unparse(statement.target)} in {ast.unparse(statement.iter)}:"
        )
        step = self._step("while" if isinstance(statement, ast.While) else "for", "loop", statement, None, self.last)
        yield replace(step, end=head.end_lineno or statement.lineno, statement=words, round=(0, count))
        added = self.source.own.add if self.source.own else ""
        place = next((k for k, part in enumerate(rounds) if added in {node.name for node in part}), 0)
        first = max(0, min(place - ROUNDS // 2, count - ROUNDS))
        for k, part in enumerate(rounds):
            for inner in self.through(statement.body, part):
                if first <= k < first + ROUNDS:
                    yield inner if inner.round else replace(inner, round=(k + 1, count))
            if self.done:
                return
        yield from self.through(statement.orelse, _lines_of(self.run, own, statement.orelse))

    def _return(self, statement: ast.Return, nodes: list[Node]) -> Iterator[Step]:
        if not nodes:  # `return out`
            yield self._step("return", "return", statement, None, self._held(statement.value))
            return
        added = self._own_sum(nodes)  # `return self.relu(out)`, `return x + self.fn(x)`
        kind: StepKind = "add" if added else "return"
        step = self._step(kind, kind, statement, None, self._made(nodes))
        step = replace(step, before=_before(nodes), nodes=tuple(node.name for node in nodes))
        self.last = step.tensor
        yield step
        yield from self._inside(step, nodes, statement)

    def _expression(self, statement: ast.Expr, nodes: list[Node]) -> Iterator[Step]:
        """A call whose result is not assigned, such as `x.add_(y)`."""
        value, made = statement.value, self._made(nodes)
        receiver = value.func.value if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else None
        variable = receiver.id if isinstance(receiver, ast.Name) and receiver.id in self.holds else None
        added = self._own_sum(nodes)
        step = self._step("add" if added else _called(value), "add" if added else "call", statement, variable, made)
        if variable:
            self.holds[variable] = self.last = made
        step = replace(step, before=_before(nodes), nodes=tuple(node.name for node in nodes))
        yield step
        yield from self._inside(step, nodes, statement)

    def _assignment(self, statement: ast.Assign | ast.AugAssign | ast.AnnAssign, nodes: list[Node]) -> Iterator[Step]:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        names = [ast.unparse(each) for each in target.elts] if isinstance(target, ast.Tuple) else [ast.unparse(target)]
        variable = names[0]
        if not nodes:
            yield self._naming(statement, variable, alone=len(names) == 1)
            return
        alone = len(nodes) == 1 and nodes[0].kind == "add"
        added = self._own_sum(nodes)
        made = self._made(nodes)
        step = replace(
            self._step(
                "add" if added or alone else _called(statement.value), "add" if added else "call",
                statement, variable, made,
            ),
            before=_before(nodes),
            nodes=tuple(node.name for node in nodes),
        )  # fmt: skip
        self.last = made
        self._hold(names, made, nodes)
        yield step
        if not alone:
            yield from self._inside(step, nodes, statement)

    def _hold(self, names: Sequence[str], made: str, nodes: Sequence[Node]) -> None:
        """The variables hold the statement's results: of several those that are read later, in order."""
        if len(names) > 1:
            inside = {node.name for node in nodes}
            after = [node for node in self.run.nodes if node.name not in inside]
            results = [node.name for node in nodes if any(node.name in other.inputs for other in after)]
            if self.source.own and self.source.own.shortcut in inside:  # `identity, out = self.variant(…)`
                results = [self.source.own.shortcut, self.source.own.branch]
            for name, result in zip(names, results if len(results) == len(names) else [made], strict=False):
                self.holds[name] = result
        else:
            self.holds[names[0]] = made

    def _naming(self, statement: ast.Assign | ast.AugAssign | ast.AnnAssign, variable: str, alone: bool) -> Step:
        """A statement without calls of torch: another name for a tensor, or a number or an option."""
        value = statement.value
        given: list[ast.expr] = []
        if isinstance(value, ast.Name):
            given = [value]
        elif isinstance(value, ast.Call) and alone and _names_module(value.func):  # as dropout in eval mode
            given = value.args
        found = [each.id for each in given if isinstance(each, ast.Name) and each.id in self.holds]
        tensor = self.holds[found[0]] if found else self.last
        step = self._step(variable, "alias" if found else "setting", statement, variable if found else None, tensor)
        if found:
            self.holds[variable] = tensor
        elif isinstance(statement, ast.Assign):
            self.holds.pop(variable, None)
        return step

    def _own_sum(self, nodes: Sequence[Node]) -> bool:
        """Whether a statement makes a residual addition: the block's own, or one alone on its line."""
        own = self.source.own
        names = {node.name for node in nodes}
        if own and own.add in names:
            return True
        return len(names) == 1 and not names.isdisjoint(self.sums)

    def _made(self, nodes: Sequence[Node]) -> str:
        """The tensor that a statement assigns: the last call's result, or the shortcut if it computes both terms."""
        block = self.source.own
        both = block is not None and block.shortcut in block.carried and block.add not in {node.name for node in nodes}
        if block and both and any(node.name == block.shortcut for node in nodes):
            return block.shortcut
        return _first_part(nodes)

    # Inside a line

    def _inside(self, outer: Step, nodes: Sequence[Node], statement: ast.stmt) -> Iterator[Step]:
        """Steps within a line: the calls on it, the function that built a convolution, the parts of a Sequential, the
        lines of a module or function whose source can be read."""
        if self.depth:
            return
        depth, owner = self.run.depth, self.run.owner
        called = {_called(part) for part in ast.walk(statement) if isinstance(part, ast.Call)}

        def method(node: Node) -> str:
            """The function of the same module, called on the line, in which a call is made."""
            deeper = node.frames[depth + 1].function if len(node.frames) > depth + 1 else ""
            return deeper if deeper in called and deeper != "forward" else ""

        def child_of(node: Node) -> str:
            return "" if method(node) else self.source.child(node, owner)

        def key(node: Node) -> object:
            return method(node) or child_of(node) or (_deeper(node, depth), node.index)

        groups = [list(group) for _, group in groupby(nodes, key)]
        made: list[Step] = []
        for group in groups:
            child = child_of(group[0])
            if self.is_whole and not method(group[0]):
                continue  # of the whole network only its own methods
            word = _unique(child or method(group[0]) or _word(group[0], depth), made) if len(groups) > 1 else ""
            prefix = f"{outer.id}.{word}" if word else outer.id
            inside = list(self._group(outer, group, child, prefix, statement, is_only=len(groups) == 1))
            if not inside and len(groups) > 1:
                inside = [self._call(outer, group, child, prefix, statement)]
            made.extend(inside)
        yield from made[:MOST_INSIDE]

    def _group(
        self, outer: Step, group: list[Node], child: str, prefix: str, statement: ast.stmt, *, is_only: bool
    ) -> Iterator[Step]:
        """Steps within one call of a line."""
        path = f"{self.run.owner}.{child}".strip(".") if child else self.run.owner
        is_torch = self.source.classes[path][1]
        run = None if child and (is_torch or len(group) == 1) else self.source.inner(group, self.run.depth + 1, path)
        if run is not None:
            for step in _Walker(self.source, run, depth=1).start(_before(group) or outer.before or self.last):
                kind: StepKind = "call" if step.kind in ("return", "add") else step.kind
                variable = step.variable or outer.variable
                yield replace(step, id=f"{prefix}.{step.id}", kind=kind, variable=variable, depth=1)
        elif len(group) > 1 and child:
            parts = [(part, list(each)) for part, each in groupby(group, lambda node: self.source.child(node, path))]
            for part, each in parts if len(parts) > 1 and all(part for part, _ in parts) else ():
                text = f"self.{child}[{part}]" if part.isdigit() else f"self.{child}.{part}"
                yield self._inner(
                    outer, f"{prefix}.{part}", each, *(self._part(part, child) or self._here(statement, text))
                )
        elif is_only and len(group) == 1 and (maker := self._maker(group[0])):
            yield self._inner(outer, f"{prefix}/{maker[0].rpartition('.')[2]}", group, *maker)

    def _call(self, outer: Step, group: list[Node], child: str, id: str, statement: ast.stmt) -> Step:
        """A call on the line itself."""
        name = group[-1].call.name if group[-1].call else ""
        found = next((part for part in ast.walk(statement) if _is_call_of(part, child, name)), None)
        text = ast.unparse(found) if found else f"self.{child}" if child else name
        where = self._here(found or statement, text)
        short = f"self.{child}(…)" if child else text if len(text) <= LONGEST else f"{name}(…)"
        return replace(self._inner(outer, id, group, *where), variable=short)

    def _inner(self, outer: Step, id: str, group: list[Node], name: str, line: int, end: int, statement: str) -> Step:
        return replace(
            outer, id=id, kind="call", listing=name, line=line, end=end, statement=statement,
            tensor=_first_part(group), before=_before(group), nodes=tuple(node.name for node in group), depth=1,
            reads=(),
        )  # fmt: skip

    def _here(self, part: ast.stmt | ast.expr, text: str) -> tuple[str, int, int, str]:
        return self.name, part.lineno, part.end_lineno or part.lineno, text

    def _maker(self, node: Node) -> tuple[str, int, int, str] | None:
        """The return statement of `conv3x3` if a builder contains `self.conv1 = conv3x3(…)`."""
        attribute = (node.module or "").rpartition(".")[2]
        for made in self.source.builders[:1]:
            for inner in _parts_of(made):
                if not (isinstance(inner, ast.Assign) and ast.unparse(inner.targets[0]) == f"self.{attribute}"):
                    continue
                function = self.source.texts.plain_function(made.listing.file, _called(inner.value))
                if function is None:
                    break
                returned = [part for part in _parts_of(function) if isinstance(part, ast.Return)]
                if returned:
                    last = returned[-1]
                    name = self.source.name(function.listing)
                    return name, last.lineno, last.end_lineno or last.lineno, ast.unparse(last)
        return None

    def _part(self, part: str, child: str) -> tuple[str, int, int, str] | None:
        """An argument of the `nn.Sequential(…)` that a builder of the block assigns to the call's name."""
        if not part.isdigit():
            return None
        for made in self.source.builders:
            for inner in _parts_of(made):
                if (
                    isinstance(inner, ast.Assign)
                    and ast.unparse(inner.targets[0]) in (child, f"self.{child}")
                    and isinstance(inner.value, ast.Call)
                    and _called(inner.value) == "Sequential"
                    and int(part) < len(inner.value.args)
                    and not any(isinstance(each, ast.Starred) for each in inner.value.args)
                ):
                    found = inner.value.args[int(part)]
                    name = self.source.name(made.listing)
                    return name, found.lineno, found.end_lineno or found.lineno, ast.unparse(found)
        return None

    def _held(self, value: ast.expr | None) -> str:
        return self.holds.get(value.id, self.last) if isinstance(value, ast.Name) else self.last

    def _step(self, id: str, kind: StepKind, statement: ast.stmt, variable: str | None, tensor: str) -> Step:
        again = self.seen.get(id, 0)
        self.seen[id] = again + 1
        head = statement.test if isinstance(statement, ast.If | ast.While) else statement
        names = dict.fromkeys(part.id for part in ast.walk(head) if isinstance(part, ast.Name))
        arguments = self.run.function.arguments if not any(self.seen[each] > 1 for each in self.seen) else ()
        return Step(
            id=f"{id}_{again}" if again else id,
            kind=kind,
            listing=self.name,
            line=statement.lineno,
            end=statement.end_lineno or statement.lineno,
            statement=ast.unparse(statement),
            variable=variable,
            tensor=tensor,
            reads=tuple((name, self.holds[name]) for name in dict.fromkeys((*names, *arguments)) if name in self.holds),
        )


def _called(value: ast.expr | None) -> str:
    """Name of the called function: `conv1` for `self.conv1(x)`, `flatten` for `torch.flatten(x, 1)`."""
    return ast.unparse(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else "call"


def _is_call_of(part: ast.AST, child: str, name: str) -> TypeGuard[ast.expr]:
    """Whether an expression calls a part of the module or, without one, the function or operator `name`."""
    if isinstance(part, ast.Call):
        word = ast.unparse(part.func)
        return word == f"self.{child}" if child else word.rpartition(".")[2].strip("_") == name
    return not child and (
        (isinstance(part, ast.BinOp) and type(part.op).__name__ == OPERATORS.get(name))
        or (isinstance(part, ast.Subscript) and name == "getitem")
    )


def _deeper(node: Node, depth: int) -> str:
    return node.frames[depth + 1].function if len(node.frames) > depth + 1 else ""


def _names_module(func: ast.expr) -> bool:
    """Whether what is called may be a module: an attribute of self, or a variable."""
    return ast.unparse(func).startswith("self.")


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _parts_of(function: Function) -> Iterator[ast.AST]:
    return (part for statement in function.body for part in ast.walk(statement))


def _word(node: Node, depth: int) -> str:
    """A name for a call that no child makes: the function that it is in, else torch's."""
    return _deeper(node, depth) or (node.call.name if node.call else node.name)


def _unique(word: str, made: Sequence[Step]) -> str:
    """The word, with a counter if the id of a step within the line has it already."""
    taken, count, name = {step.id for step in made}, 0, word
    while any(f".{name}" in id and f".{name}" in (f".{id.partition('.')[2]}"[: len(name) + 1],) for id in taken):
        count += 1
        name = f"{word}_{count}"
    return name


def _same(node: Node, other: Node, depth: int) -> bool:
    """Whether two calls run in the same function at a place of the stack."""
    one, two = node.frames[depth], other.frames[depth]
    return (one.file, one.function) == (two.file, two.function)


def _shared_frames(nodes: Sequence[Node]) -> int:
    """How many frames, lines included, all nodes share."""
    shortest = min(len(node.frames) for node in nodes)
    return next((k for k in range(shortest) if len({node.frames[k] for node in nodes}) > 1), shortest)


def _first_part(nodes: Sequence[Node]) -> str:
    """The last call's result; of several its first."""
    last = nodes[-1]
    return next(node.name for node in nodes if node.index == last.index) if last.part else last.name


def _before(nodes: Sequence[Node]) -> str | None:
    """The first tensor that the calls read, if it depends on the picture."""
    inside = {node.name for node in nodes}
    for node in nodes:
        if not node.constant:
            return next((name for name in node.inputs if name not in inside), None)
    return None


def _lines_of(run: _Run, nodes: Sequence[Node], body: Sequence[ast.stmt]) -> list[Node]:
    return run.on(nodes, body[0].lineno, body[-1].end_lineno or body[-1].lineno) if body else []


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The simple statements, in order; a loop is one."""
    for statement in body:
        if isinstance(statement, ast.If | ast.With | ast.Try):
            yield statement
            for part in ("body", "handlers", "orelse", "finalbody"):
                for each in getattr(statement, part, ()):
                    yield from _statements(each.body if isinstance(each, ast.ExceptHandler) else [each])
        else:
            yield statement


def _statement_of(run: _Run, body: Sequence[ast.stmt], node: Node) -> ast.stmt | None:
    """The innermost statement that a call is on."""
    line, found = node.frames[run.depth].line, None
    for statement in _statements(body):
        if statement.lineno <= line <= (statement.end_lineno or statement.lineno):
            found = statement
    return found


def _rounds(
    run: _Run, loop: ast.For | ast.While, nodes: Sequence[Node], child: Callable[[Node], str]
) -> list[list[Node]]:
    """The calls in a loop, by round: a round ends where the lines begin again, or where a line's first call repeats.

    `child` names the part of the module that makes a call.
    """
    rounds: list[list[Node]] = []
    before: ast.stmt | None = None
    for node in nodes:
        statement = _statement_of(run, loop.body, node)
        if statement is None:
            continue
        is_new = not rounds or before is None or statement.lineno < before.lineno
        if not is_new and statement is before is _statement_of(run, loop.body, rounds[-1][0]):
            is_new = not isinstance(statement, ast.For | ast.While) and _repeats(
                run, statement, rounds[-1], node, child
            )
        if is_new:
            rounds.append([])
        rounds[-1].append(node)
        before = statement
    return rounds


def _repeats(run: _Run, statement: ast.stmt, ran: Sequence[Node], node: Node, child: Callable[[Node], str]) -> bool:
    """Whether `node` begins a statement again, whose calls `ran`: its first call, or the next module of a list."""
    first = ran[0]
    called = [part for part in ast.walk(statement) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)]
    children = [part for part in map(child, ran) if part]
    if len(called) == 1 and children:
        return child(node) not in ("", children[-1])
    if node.part or first.call is None or node.call is None:
        return False
    same = first.frames[run.depth :] == node.frames[run.depth :]
    return same and (first.call.name, first.call.module) == (node.call.name, node.call.module)


def _execution(function: Function, nodes: Sequence[Node], depth: int, add: Node, adds: set[str]) -> list[Node]:
    """Those of the nodes that are of the same execution of a function as `add`.

    A function that runs again begins at an earlier statement; at the latest, its addition is made again.
    """
    body = function.body
    tops = [_top(body, node.frames[depth].line) for node in nodes]
    found: list[list[Node]] = [[]]
    summed: set[int] = set()
    for k, node in enumerate(nodes):
        again = k > 0 and tops[k] < tops[k - 1]
        loop = 0 <= tops[k] < len(body) and isinstance(body[tops[k]], ast.For | ast.While)
        line = node.frames[depth].line
        if k > 0 and nodes[k - 1].name in adds and not loop and tops[k] == tops[k - 1]:
            later = [other for other in nodes[k:] if other.name in adds and other.frames == nodes[k - 1].frames]
            again = again or bool(later)
        if again:
            found.append([])
            summed = set()
        summed.add(line)
        found[-1].append(node)
    return next(part for part in found if add in part)


def _top(body: Sequence[ast.stmt], line: int) -> int:
    """The number of the statement of a function that a line belongs to."""
    return next((k for k, each in enumerate(body) if each.lineno <= line <= (each.end_lineno or each.lineno)), -1)


def _is_within(module: str, path: str) -> bool:
    return not path or module == path or module.startswith(f"{path}.")


def output_size(size: int, module: nn.Conv2d | nn.MaxPool2d, axis: int = 0) -> int:
    """Side in pixels after a convolution or pooling, by torch's formula (`torch.nn.Conv2d`, section Shape)."""
    kernel, stride, padding, dilation = (
        value if isinstance(value, int) else int(value[axis])
        for value in (module.kernel_size, module.stride, module.padding, module.dilation)
    )
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
