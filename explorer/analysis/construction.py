"""The way from a network's constructor to one of its blocks, in the sources: what Ctrl+click shows in an editor.

`resnet18()` calls `_resnet()`; that makes a `ResNet`, whose `__init__` calls `_make_layer`; that makes a `BasicBlock`.
Only the texts of the files are read (`source_text`); the shortest way over the names in a function's code is taken.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.analysis import source
from explorer.analysis.source_text import Class, Function, Listing, Texts
from explorer.models.network import Network

MOST_CALLS = 6  # on the way to the network's class, and from there to the block's
TYPE_CHECKS = ("isinstance", "issubclass")


@dataclass(frozen=True)
class Mention:
    """A name in a function's code: in a line of the file, from column `start` to `end`. `is_own`: after `self.`."""

    name: str
    line: int
    start: int
    end: int
    is_own: bool = False
    is_called: bool = False


@dataclass(frozen=True)
class Call:
    """A function on the way. `to` is where its code leads to the next one; None for the last, or if it does not say."""

    listing: Listing
    to: Mention | None = None


def calls(network: Network, block: str) -> tuple[Call, ...]:
    """The functions from the network's constructor to the code of `block`, one of `Graph.parts` or WHOLE.

    It begins with the network's class if there is no function of the network's name, ends there for WHOLE and for a
    part without code of its own, and is empty if no source can be read.
    """
    top, inner, run = source.code_of(network, block)
    texts = Texts(network.sources)
    whole = texts.method(top, "__init__") if top else None
    if top is None or whole is None:
        return ()
    constructor = texts.plain_function(top.file, network.name.rpartition(":")[2].partition(".")[0])
    found: list[Call] = []
    if constructor:
        found += _way(texts, _At(constructor), top) or [Call(constructor.listing)]
    made = texts.method(inner, "__init__") if inner else None
    if inner is None or made is None or run is None or inner == top:
        return (*found, Call(whole.listing))
    found += _way(texts, _At(whole, top), inner, block) or [Call(whole.listing)]
    return (*found, Call(made.listing), Call(run.listing))


@dataclass(frozen=True)
class _At:
    """A function, and the class of the object whose method it is."""

    function: Function
    owner: Class | None = None


def _way(texts: Texts, start: _At, goal: Class, block: str = "") -> list[Call]:
    """The shortest way from `start` to a function that makes a `goal`, for `block` if it is given; empty for none."""
    ways: list[tuple[_At, tuple[Call, ...]]] = [(start, ())]
    seen = {start.function.listing}
    for _ in range(MOST_CALLS):
        further = []
        for at, before in ways:
            listing, mentions = at.function.listing, mentions_in(at.function)
            if made := [each for each in mentions if _makes(texts, listing.file, each, goal, block)]:
                return [*before, Call(listing, _chosen(made, listing, block))]
            for mention in mentions:
                following = _following(texts, at, mention)
                if following and following.function.listing not in seen:
                    seen.add(following.function.listing)
                    same = [each for each in mentions if (each.name, each.is_own) == (mention.name, mention.is_own)]
                    further.append((following, (*before, Call(listing, _chosen(same, listing, block)))))
        ways = further
    return []


def _makes(texts: Texts, file: str, mention: Mention, goal: Class, block: str) -> bool:
    """Whether a name stands for the class: its own, or of a block's class a variable that is called, as `block(…)`."""
    if mention.name == goal.name:
        return texts.class_named(file, mention.name) == goal
    if not block or not mention.is_called or mention.is_own or "block" not in mention.name:
        return False
    return not (texts.plain_function(file, mention.name) or texts.class_named(file, mention.name))


def _following(texts: Texts, at: _At, mention: Mention) -> _At | None:
    """The function that a name in a function's code leads to."""
    file = at.function.listing.file
    if mention.is_own or mention.name == "__init__":
        if at.owner is None:
            return None
        owners = [at.owner] if mention.is_own else list(texts.bases(at.owner))[1:]  # `super().__init__(…)`
        made = next((found for each in owners if (found := texts.method(each, mention.name))), None)
        return _At(made, at.owner) if made else None
    if function := texts.plain_function(file, mention.name):
        return _At(function)
    owner = texts.class_named(file, mention.name)
    made = texts.method(owner, "__init__") if owner else None
    return _At(made, owner) if made else None


def _chosen(mentions: Sequence[Mention], listing: Listing, block: str) -> Mention:
    """Of several places that lead to the same: that of the block's stage, or for a later block of a stage the last."""
    stage, _, place = block.partition(".")
    stages = [each for each in mentions if f"self.{stage} = " in listing.lines[each.line - listing.first]]
    if stages:
        return stages[0]
    return mentions[-1 if place.isdecimal() and int(place) > 0 else 0]


def mentions_in(function: Function) -> tuple[Mention, ...]:
    """The names in a function's code, in order; not those in annotations and checks of types."""
    found = []
    for node in _code(function.node):
        value = node.func if isinstance(node, ast.Call) else node
        if isinstance(value, ast.Name | ast.Attribute):
            name = value.id if isinstance(value, ast.Name) else value.attr
            own = isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "self"
            line = value.end_lineno or value.lineno
            text = function.listing.lines[line - function.listing.first]
            end = len(text.encode()[: value.end_col_offset].decode())  # ast counts bytes
            found.append(Mention(name, line, end - len(name), end, own, isinstance(node, ast.Call)))
    return tuple(sorted(found, key=lambda each: (each.line, each.start)))


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The calls and names within a node. A call's own name is not repeated."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id in TYPE_CHECKS:
                continue
            if name == "func" and isinstance(child, ast.Name | ast.Attribute):
                yield from _code(child)  # as in `self.layers.append(…)`: what is before the last name
                continue
            if isinstance(child, ast.Call | ast.Name | ast.Attribute):
                yield child
            yield from _code(child)
