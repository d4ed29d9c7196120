"""The graph of a network: its calls in order, its residual blocks, and the source line of each call.

It is made from a recorded forward pass (`recorder`); the Python stack of each call links the source line to the call,
its module and its tensor, without a copy of the source or a hand-written table.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, takewhile
from math import prod
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn

from explorer.models import residuals
from explorer.models.meta import copy_to_meta
from explorer.models.recorder import INPUT, Call, Changes, Frame, Key, Ref, Tape, record
from explorer.models.residuals import Addition

ROLES = ("shortcut", "branch", "add", "out")
KEPT = 16  # graphs of one network for other input shapes
GATES = ("sigmoid", "Sigmoid", "hardsigmoid", "Hardsigmoid", "tanh", "Tanh", "softmax", "Softmax")
POOLS = (
    "max_pool2d", "MaxPool2d", "avg_pool2d", "AvgPool2d", "adaptive_avg_pool2d", "AdaptiveAvgPool2d", "interpolate",
)  # fmt: skip

Brings = Literal["identity", "projection", "padding", "pooling", "slice"]


class Recording(Protocol):
    """Makes the tapes of one network."""

    def tape(self, x: Tensor) -> Tape:
        """The tape for the input `x`, which may be on the meta device if the network's code reads no values."""

    def live(self, x: Tensor, changes: Changes) -> Tensor:
        """Logits of the network's own code, with changes; fills `changes.kept`."""


@dataclass(frozen=True)
class Node:
    """One call of a forward pass, or a further output of one (`part` above 0).

    `name` is the module path if the module is one of torch's and makes this call only, with a counter if it is called
    again (`layer1.0.relu_1`), or the path of the calling module and the function (`layer1.0.add`); the picture is
    `input`. `kind` is the module's class or the function. `inputs` are the names of the nodes whose results the call
    takes, `constants` those of them that do not depend on the picture. `frames` are ordered outermost first, without
    torch's own; the last is the source line. `shape` is that of the result in the recorded pass.
    """

    name: str
    kind: str
    module: str | None
    inputs: tuple[str, ...]
    frames: tuple[Frame, ...]
    shape: tuple[int, ...]
    call: Call | None
    index: int
    part: int = 0
    constant: bool = False


@dataclass(frozen=True)
class Block:
    """A residual block, `out = relu(branch + shortcut)`. The fields are names of nodes.

    `path` is that of the module that adds, or, if it adds several times, the name of the node `add`. `input` is x;
    `shortcut` and `branch` are the two operands of `add`. `out` equals `add`, and `activation` is "", if no activation
    follows, as in pre-activation (He et al. 2016). `carried` are the nodes from x to the shortcut; empty if the
    shortcut is x. `brings` is how x is matched to the branch's shape: identity, projection (a convolution), padding
    (subsampling and zero channels), pooling or a slice; He et al. 2015, options B and A. `variant` is the modification
    of the shortcut, as in `cifar_resnet.SHORTCUTS`. `scaled` is what multiplies the branch: names of weights, or
    numbers. `mixer` is what the branch computes with. `resizes` is whether the output's shape differs from x's, as in a
    stage's first block.
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
    brings: Brings
    variant: Literal["", "half", "gate", "exclusive", "dropout"]
    scaled: tuple[str, ...]
    norm_first: bool
    mixer: str
    resizes: bool
    activation: str = ""

    @property
    def identity(self) -> bool:
        """Whether the shortcut is x itself."""
        return self.shortcut == self.input

    @property
    def rectified(self) -> bool:
        """Whether a ReLU follows the sum."""
        return self.activation.lower() == "relu"

    @property
    def terms(self) -> tuple[str, str]:
        """Formulas of the two operands, such as `x` or `Wx`, and `F(x)`. Dropout is omitted: it is off in eval mode."""
        x = {"identity": "x", "projection": "Wx", "padding": "x↓", "pooling": "x↓", "slice": "x"}[self.brings]
        gated = ("(1−g)" if self.variant in ("gate", "exclusive") else "½" if self.variant == "half" else "") + x
        return gated, {"exclusive": "g·F(x)", "half": "½F(x)"}.get(self.variant, "F(x)")

    def names(self) -> tuple[str, ...]:
        """All names that a trace can keep of this block: its input, every node, and its four roles."""
        roles = tuple(f"{self.path}.{role}" for role in ROLES)
        return tuple(dict.fromkeys((self.input, *self.nodes, *roles)))


class Graph:
    """The nodes of one network in call order, and its blocks by path (`layer1.0`).

    `unused` are the nodes on which the logits do not depend, such as those of a message.
    """

    def __init__(self, tape: Tape, recording: Recording) -> None:
        """`recording` makes the tape of another input; see `at`."""
        self.tape = tape
        self.recording = recording
        self._others: dict[Any, Graph] = {}
        self._lock = threading.Lock()
        self._refs: dict[Ref, str] = {}
        needed = _leading_to_logits(tape)
        self.nodes = {node.name: node for node in self._make_nodes()}
        self.unused = {name for name, node in self.nodes.items() if node.index not in (-1, *needed)}
        found = residuals.find(tape)
        used, others = (tuple(each for each in some if each.add in needed) for some in (found.residuals, found.others))
        self.found = replace(found, residuals=used, others=others)
        self.blocks = {block.path: block for block in self._make_blocks()}
        self.logits = self._refs[tape.logits]

    @classmethod
    def of(cls, module: nn.Module, shape: Sequence[int] = ()) -> "Graph":
        """Record `module` on an input of `shape`, by default of 64 px with the channels that its first layer takes.

        Runs on the meta device if the module's code allows: then nothing is computed.

        Raises what the module's code raises, and NotRecordedError.
        """
        recording = ModuleRecording(module)
        shape = shape or (1, input_channels(module), 64, 64)
        return cls(recording.tape(torch.zeros(tuple(shape))), recording)

    def at(self, x: Tensor) -> "Graph":
        """The graph for the input `x`: this one, unless the network's code reads sizes or values."""
        if not self.tape.reads and (self.tape.any_shape or tuple(x.shape) == self.tape.shape):
            return self
        key = _digest(x) if self.tape.reads else tuple(x.shape)
        with self._lock:
            if key not in self._others:
                while len(self._others) >= KEPT:
                    del self._others[next(iter(self._others))]
                self._others[key] = Graph(self.recording.tape(x), self.recording)
            return self._others[key]

    def from_value(self, after: str, value: Tensor) -> "Graph":
        """The graph in which `value` is a value of the node `after`: of another number of pictures, perhaps."""
        shape = self.nodes[after].shape
        if self.tape.any_shape or shape == tuple(value.shape):
            return self
        with self._lock:
            others = [other for other in self._others.values() if other.nodes[after].shape == tuple(value.shape)]
        if others:
            return others[-1]
        pictures, _, *size = self.tape.shape
        return self.at(torch.empty(pictures * value.shape[0] // shape[0], self.tape.shape[1], *size, device="meta"))

    # Nodes

    def _make_nodes(self) -> Iterator[Node]:
        tape = self.tape
        self._refs[INPUT] = "input"
        yield Node("input", "input", None, (), (), tape.shape, None, -1)
        taken: Counter[str] = Counter()
        live: set[str] = {"input"}
        for index, (call, alone) in enumerate(zip(tape.calls, _made_alone(tape), strict=True)):
            path = call.module if alone else f"{call.module}.{call.name}".lstrip(".")
            name = f"{path}_{taken[path]}" if taken[path] else path
            taken[path] += 1
            kind = tape.classes[call.module][0] if alone else call.name
            inputs = tuple(dict.fromkeys(self._refs[ref] for ref in call.refs))
            written = (self._refs[Ref(earlier)] for earlier in call.written)
            constant = live.isdisjoint((*inputs, *written))
            for part, shape in enumerate(call.shapes):
                own = f"{name}[{part}]" if part else name
                self._refs[Ref(index, part)] = own
                if not constant:
                    live.add(own)
                module = call.module if alone else None
                yield Node(own, kind, module, inputs, call.frames, shape, call, index, part, constant)

    def name_of(self, ref: Ref) -> str:
        """The name of the node with this output."""
        return self._refs[ref]

    # Blocks

    def _make_blocks(self) -> Iterator[Block]:
        calls = self.tape.calls
        adding = Counter(calls[found.add].module for found in self.found.residuals)
        for found in self.found.residuals:
            owner = calls[found.add].module
            path = owner if owner and adding[owner] == 1 else self._refs[Ref(found.add)]
            start, inside = self._inside(found, owner)
            add, shortcut, branch = Ref(found.add), found.shortcut, found.branch
            names = tuple(self._refs[Ref(k)] for k in inside)
            carried = self.leading_to(self._refs[shortcut], names)
            added = self.leading_to(self._refs[branch], names)
            main = self._main_path(self._refs[shortcut], carried)
            yield Block(
                path, self.tape.classes[owner][0], self._refs[start], self._refs[branch], self._refs[shortcut],
                self._refs[add], self._refs[Ref(found.out)], names, carried, _brings(main),
                self._variant(carried, added), found.scaled, found.norm_first, found.mixer,
                self.nodes[self._refs[start]].shape[1:] != self.nodes[self._refs[add]].shape[1:],
                self.nodes[self._refs[Ref(found.out)]].kind if found.out != found.add else "",
            )  # fmt: skip

    def _inside(self, found: Addition, owner: str) -> tuple[Ref, list[int]]:
        """What enters the block, and its calls. Calls that both ways share belong to it if its own module makes them:
        a normalisation before both, as in pre-activation."""
        calls, start = self.tape.calls, Ref(found.start)
        if found.shortcut.call in found.inside:  # the branch starts at the very tensor that is added
            return found.shortcut, sorted({*(k for k in found.inside if k > found.shortcut.call), found.add, found.out})
        shared: list[int] = []
        while owner and start.call >= 0 and _is_within(calls[start.call].module, owner):
            refs = [ref for ref in calls[start.call].refs if not self.nodes[self._refs[ref]].constant]
            if len(refs) != 1 or start.call in {other.add for other in self.found.residuals}:
                break
            shared.append(start.call)
            start = refs[0]
        return start, sorted({*shared, *found.carried, *found.inside, found.add, found.out})

    def leading_to(self, name: str, inside: Sequence[str]) -> tuple[str, ...]:
        """The nodes of `inside` that `name` depends on, in order; `name` is the last."""
        needed = {name}
        for other in reversed(inside):
            if other in needed:
                needed.update(self._read_by(other))
        return tuple(other for other in inside if other in needed)

    def _read_by(self, name: str) -> Iterable[str]:
        """The nodes that the call of `name` reads, also those that wrote into the memory that it reads."""
        node = self.nodes[name]
        return (*node.inputs, *(self._refs[Ref(k)] for k in (node.call.written if node.call else ())))

    def _main_path(self, shortcut: str, carried: Sequence[str]) -> list[Node]:
        """The nodes on the shortcut that carry x itself, not the gate that multiplies it."""
        found, name = [], shortcut
        while name in carried:
            node = self.nodes[name]
            found.append(node)
            inputs = [each for each in node.inputs if not self.nodes[each].constant]
            if node.kind == "mul" and len(inputs) > 1:
                inputs.sort(key=lambda each: any(self.nodes[k].kind in GATES for k in self.leading_to(each, carried)))
            name = inputs[0] if inputs else ""
        return found

    def _variant(
        self, carried: Sequence[str], added: Sequence[str]
    ) -> Literal["", "half", "gate", "exclusive", "dropout"]:
        kinds = {self.nodes[name].kind: name for name in carried}
        if "sigmoid" in kinds:
            return "exclusive" if kinds["sigmoid"] in added else "gate"
        return "half" if "mul" in kinds else "dropout" if "Dropout" in kinds else ""

    # Parts

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Paths of the residual blocks, or of the corresponding parts of a network without any."""
        return tuple(self.blocks) or tuple(dict.fromkeys(filter(None, map(self._plain_part, self.nodes))))

    def _plain_part(self, name: str) -> str | None:
        """The outermost module around a node that is not one of torch's, else the node's convolution."""
        node, classes = self.nodes[name], self.tape.classes
        path = node.call.module if node.call else ""
        steps = path.split(".") if path else []
        outer = (".".join(steps[: k + 1]) for k in range(len(steps)))
        own = next((each for each in outer if not classes[each][1]), None)
        if own or any(not is_torch for each, (_, is_torch) in classes.items() if each):
            return own
        return name if node.kind == "Conv2d" else None

    @cached_property
    def stages(self) -> dict[str, tuple[str, ...]]:
        """Stages in order -> their parts: those in a row whose outputs have as many values.

        A stage is named by the path that its parts share (`layer1`), or by its first part.
        """
        ends = self._part_ends
        grouped = [tuple(group) for _, group in groupby(ends, lambda part: prod(self.nodes[ends[part]].shape[1:]))]
        shared = [_shared_path(group) for group in grouped]
        return {
            name if name and shared.count(name) == 1 else group[0]: group
            for name, group in zip(shared, grouped, strict=True)
        }

    @cached_property
    def stage_of(self) -> dict[str, str]:
        """Path of each part -> its stage."""
        return {part: stage for stage, parts in self.stages.items() for part in parts}

    @cached_property
    def _part_ends(self) -> dict[str, str]:
        if self.blocks:
            return {path: block.out for path, block in self.blocks.items()}
        return {part: self.inside(part)[-1] for part in self.parts}

    @cached_property
    def ends(self) -> dict[str, str]:
        """Path of each stage (`layer1`) and part (`layer1.0`) -> its output node."""
        found: dict[str, str] = {}
        for stage, parts in self.stages.items():
            found |= {stage: self._part_ends[parts[-1]]} | {part: self._part_ends[part] for part in parts}
        return found

    @property
    def main_block(self) -> str:
        """The block to show first: the first whose shortcut is x itself, else the first that keeps the shape of x.

        Raises ValueError for a network without blocks.
        """
        return min(self.blocks, key=lambda path: (not self.blocks[path].identity, self.blocks[path].resizes))

    def inside(self, path: str) -> tuple[str, ...]:
        """The input node of one of `parts`, then its nodes in order."""
        if block := self.blocks.get(path):
            return block.input, *block.nodes
        names = tuple(name for name, node in self.nodes.items() if node.call and _is_within(node.call.module, path))
        names = names or (path,)
        return self.nodes[names[0]].inputs[0], *names

    # Names, order

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

    def path(self, after: str, until: str) -> tuple[str, ...]:
        """`between`, and before it the constants that it reads."""
        names = self.between(after, until)
        first = self.nodes[after].index
        before = [name for name, node in self.nodes.items() if node.constant and node.index < first]
        if not before:
            return names
        needed = {source for name in names for source in self._read_by(name)}
        for name in reversed(before):
            if name in needed:
                needed.update(self._read_by(name))
        return (*(name for name in before if name in needed), *names)

    def outputs(self, node: Node) -> tuple[str, ...]:
        """The names of all outputs of a node's call."""
        assert node.call is not None
        return tuple(self._refs[Ref(node.index, part)] for part in range(len(node.call.shapes)))

    @cached_property
    def keys(self) -> dict[str, Key]:
        """Node name -> the key of its call in a run of the network's own code."""
        counts: Counter[tuple[str, str]] = Counter()
        found: dict[str, Key] = {}
        for index, call in enumerate(self.tape.calls):
            if name := self._refs.get(Ref(index)):
                found[name] = call.module, call.name, counts[call.module, call.name]
            counts[call.module, call.name] += 1
        return found

    @cached_property
    def last_uses(self) -> dict[str, tuple[str, ...]]:
        """Node name -> the names of the nodes whose last use is this node."""
        last: dict[str, str] = {}
        for name, node in self.nodes.items():
            if not node.part:
                last |= dict.fromkeys(node.inputs, name)
        return {name: tuple(source for source, user in last.items() if user == name) for name in self.nodes}

    @cached_property
    def passages(self) -> frozenset[str]:
        """The nodes through which all later nodes depend on the picture: a run can start at them.

        Only the input, if the network's code reads values: what it does next depends on the picture.
        """
        if self.tape.reads:
            return frozenset(("input",))
        open_until = {name: name for name in self.nodes}
        for name, node in self.nodes.items():
            for source in self._read_by(name) if not (node.constant or name in self.unused) else ():
                open_until[source] = name
        order = {name: k for k, name in enumerate(self.nodes)}
        found, reach = set(), 0  # `reach`: the last reader of anything before
        for name, node in self.nodes.items():
            if node.constant:
                continue
            if reach <= order[name]:
                found.add(name)
            reach = max(reach, order[open_until[name]])
        return frozenset(found)

    @cached_property
    def is_chain(self) -> bool:
        """Whether the blocks run one after another, so that each can be run alone, or left out.

        If not, as with nested blocks, parallel streams or control flow that follows values, only the whole network can
        be run.
        """
        if self.tape.reads:
            return False
        order, places = {name: k for k, name in enumerate(self.nodes)}, [0]
        for block in self.blocks.values():
            call = self.nodes[block.add].call
            if not self.passages.issuperset((block.input, block.add, block.out)):
                return False
            if call is None or len(call.arguments) > 2:  # a factor of the sum itself
                return False
            places += [order[block.input], order[block.out]]
        return places == sorted(places)


class ModuleRecording:
    """Records a module: a copy of it on the meta device, or itself if its code needs values."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.outline: nn.Module | None = copy_to_meta(module).eval()
        self.lock = threading.Lock()  # the user's code may keep tensors on the module

    def tape(self, x: Tensor) -> Tape:
        """As in `Recording`."""
        with self.lock, torch.no_grad():
            if self.outline is not None:
                is_meta = next(self.module.parameters(), x).is_meta
                try:
                    tape = record(self.outline, x.to("meta"))[0]
                    # The code may have caught the error of a read, or have copied weights, which have no values here.
                    if is_meta or not (tape.reads or tape.has_meta_values):
                        return tape
                except Exception:
                    if is_meta:
                        raise
            values = torch.zeros(x.shape) if x.is_meta else x.clone()
            tape = record(self._copy(), values)[0]
            self.outline = None  # what failed was the meta device, not the input
            return tape

    def live(self, x: Tensor, changes: Changes) -> Tensor:
        """As in `Recording`."""
        with self.lock, torch.no_grad():
            return record(self._copy(), x.clone(), changes)[1]

    def _copy(self) -> nn.Module:
        """The module with buffers of its own, which its code may write into. Weights are shared."""
        return deepcopy(self.module, {id(weight): weight for weight in self.module.parameters()})


def _leading_to_logits(tape: Tape) -> frozenset[int]:
    """The calls on which the logits depend."""
    needed = {tape.logits.call}
    for index in range(tape.logits.call, -1, -1):
        if index in needed:
            call = tape.calls[index]
            needed.update((*(ref.call for ref in call.refs), *call.written))
    return frozenset(needed)


def input_channels(module: nn.Module) -> int:
    """The channels that the first convolution takes; 3 without one."""
    first = next((inner for inner in module.modules() if isinstance(inner, nn.Conv2d)), None)
    return first.in_channels if first else 3


def _digest(x: Tensor) -> tuple[Any, ...]:
    return tuple(x.shape), hash(x.detach().cpu().numpy().tobytes()) if not x.is_meta else 0


def _made_alone(tape: Tape) -> Iterator[bool]:
    """Of each call whether it is the only one that a module of torch's makes when called."""
    for path, group in groupby(tape.calls, lambda call: call.module):
        calls = list(group)
        yield from [len(calls) == 1 and path != "" and tape.classes[path][1]] * len(calls)


def _is_within(module: str, path: str) -> bool:
    return module == path or module.startswith(f"{path}.")


def _shared_path(parts: Sequence[str]) -> str:
    """The path that the parts share; of a single one the path of what holds it (`layer1` for `layer1.0`)."""
    split = [part.split(".") for part in parts]
    if len(parts) == 1:
        return ".".join(split[0][:-1])
    same = takewhile(lambda steps: len(set(steps)) == 1, zip(*split, strict=False))
    return ".".join(steps[0] for steps in same)


def _brings(main: Sequence[Node]) -> Brings:
    kinds = {node.kind for node in main}
    if any("conv" in kind.lower() or kind in ("Linear", "linear") for kind in kinds):
        return "projection"
    if "pad" in kinds or {"cat", "getitem"} <= kinds:
        return "padding"
    if not kinds.isdisjoint(POOLS):
        return "pooling"
    return "slice" if "getitem" in kinds else "identity"
