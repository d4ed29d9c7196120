"""Record the torch calls of a forward pass, so that they can be run again, cut and edited without the network's code.

A `TorchFunctionMode` sees each call of torch's Python functions, a `TorchDispatchMode` below it what no function was
called for, such as scripted code. Both are of the calling thread only; no hook is set and no function replaced.
"""

import os
import sys
import weakref
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from explorer.models.torch_private import TorchDispatchMode, TreeSpec, storage_key, tree_flatten, tree_unflatten

_TORCH = f"{Path(torch.__file__).parent}{os.sep}"
# These turn values into Python objects: control flow may follow them.
_READS = frozenset(
    ("__bool__", "__contains__", "__float__", "__index__", "__int__", "__array__", "allclose", "equal", "is_nonzero",
     "item", "numpy", "tolist")
)  # fmt: skip
# These turn sizes into Python objects: later arguments may follow them.
_SIZES = frozenset(("shape", "size", "numel", "nelement", "__len__", "stride"))
# The size of their outputs depends on values.
_SIZED_BY_VALUES = frozenset(("nonzero", "argwhere", "masked_select", "unique", "unique_consecutive"))
_KEEPS_STATISTICS = frozenset(("batch_norm", "instance_norm"))
# The number of their outputs is a size.
_COUNTS = frozenset(("unbind", "split", "tensor_split"))
# These compute nothing.
_SILENT = frozenset(
    ("__get__", "__set__", "__format__", "__repr__", "__hash__", "__torch_function__", "data_ptr", "dim",
     "element_size", "get_device", "is_complex", "is_contiguous", "is_floating_point", "ndimension", "storage_offset",
     "type")
) | _SIZES  # fmt: skip
LOGITS = ("logits", "out", "output", "pred")  # keys of outputs that are dicts


@dataclass(frozen=True)
class Frame:
    """One frame of the Python stack: `function` in `file` at `line` (1-based)."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class Ref:
    """The output number `part` of call number `call`; -1 is the network's input."""

    call: int
    part: int = 0


@dataclass(frozen=True)
class Weight:
    """A parameter or buffer, by name."""

    name: str


INPUT = Ref(-1)

Key = tuple[str, str, int]
"""A call by its module's path, its name, and how many calls of both came before: it holds if control flow changes."""

Edit = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Call:
    """One call of a torch function.

    `name` is the function's, `add` also for `+` and for `add_`. `arguments` are the leaves of (args, kwargs): a Ref, a
    Weight, or the value itself. `shapes` are those of the output tensors. `module` is the path of the innermost module
    that makes the call. `frames` are outermost first, without torch's own. `written` are the earlier calls that wrote
    in place into memory that this call reads through another tensor object.
    """

    function: Callable[..., Any]
    name: str
    arguments: tuple[Any, ...]
    spec: TreeSpec
    shapes: tuple[tuple[int, ...], ...]
    module: str
    frames: tuple[Frame, ...]
    written: tuple[int, ...] = ()

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(leaf for leaf in self.arguments if isinstance(leaf, Ref))

    def run(self, value: Callable[[Any], Any]) -> tuple[Tensor, ...]:
        """Call the function; `value` maps each argument to what to pass. Returns the output tensors."""
        args, kwargs = tree_unflatten([value(leaf) for leaf in self.arguments], self.spec)
        result = self.function(*args, **kwargs)
        return (result,) if isinstance(result, Tensor) else _tensors(result)


@dataclass(frozen=True)
class Read:
    """A value that the network's code read, so that its control flow may follow it: the function and its frame."""

    function: str
    frame: Frame | None


@dataclass(frozen=True)
class Tape:
    """The calls of one forward pass on an input of `shape`, and which of their outputs are the logits.

    `reads` are the reads of values that depend on the picture; with any, the tape holds for that picture only.
    `any_shape`: the code read no size, so the calls are the same for every input shape. `classes` has each module's
    class by the module's path: its name and whether it is torch's own. `writes` are the names of the weights into which
    the calls write: they must be given copies.
    """

    calls: tuple[Call, ...]
    shape: tuple[int, ...]
    logits: Ref
    reads: tuple[Read, ...]
    any_shape: bool
    classes: Mapping[str, tuple[str, bool]]
    writes: frozenset[str] = frozenset()

    @property
    def has_meta_values(self) -> bool:
        """Whether calls take tensors without values: made by the network's constructor on the meta device."""
        return any(isinstance(leaf, Tensor) and leaf.is_meta for call in self.calls for leaf in call.arguments)


class NotRecordedError(Exception):
    """The network's output does not come from its input by torch calls."""


def record(module: nn.Module, x: Tensor, changes: "Changes | None" = None) -> tuple[Tape, Tensor]:
    """Run `module` on `x` (N, C, H, W) and record. Returns the tape and the logits (N, classes).

    `x` may be on the meta device if the module is: then only shapes are computed, and code that reads a value fails.
    `changes` are applied while the network's own code runs, so that its control flow follows them; the tape is then of
    the changed network. Raises what the network's code raises, and NotRecordedError.
    """
    recorder = _Recorder(module, x, changes)
    with _Below(recorder), recorder:
        out = module(x)
    logits = logits_of(out)
    ref = recorder.made_by(logits)
    if ref is None or not recorder.is_live(ref):
        raise NotRecordedError
    reads = tuple(dict.fromkeys(recorder.reads))
    classes = {path: _class_of(inner) for path, inner in module.named_modules(remove_duplicate=False)}
    return Tape(
        tuple(recorder.calls), tuple(x.shape), ref, reads, not recorder.sizes_read, classes, recorder.weights_written()
    ), logits


@dataclass
class Changes:
    """What to change in a network that runs, and what to keep of it.

    `operands` are edits of the argument number k of a call, `outputs` those of its result, in order; `keep` are the
    calls of whose operand k, or of whose result (None), a copy is kept in `kept`.
    """

    operands: Mapping[Key, Mapping[int, Sequence[Edit]]]
    outputs: Mapping[Key, Sequence[Edit]]
    keep: Collection[tuple[Key, int | None]]
    kept: dict[tuple[Key, int | None], Tensor] = field(default_factory=dict)

    def before(self, key: Key, leaves: list[Any]) -> list[Any]:
        """The arguments to call with."""
        for k, edits in self.operands.get(key, {}).items():
            for edit in edits:
                leaves[k] = edit(leaves[k])
        for k, leaf in enumerate(leaves):
            if (key, k) in self.keep:
                self.kept[key, k] = leaf.clone()
        return leaves

    def after(self, key: Key, out: Any) -> Any:
        """The result to go on with. Only a single tensor is edited."""
        if not isinstance(out, Tensor):
            return out
        for edit in self.outputs.get(key, ()):
            out = edit(out)
        if (key, None) in self.keep:
            self.kept[key, None] = out.clone()
        return out


class _Recorder(TorchFunctionMode):
    def __init__(self, module: nn.Module, x: Tensor, changes: "Changes | None") -> None:
        super().__init__()
        self.changes = changes
        self.counts: Counter[tuple[str, str]] = Counter()
        self.calls: list[Call] = []
        self.reads: list[Read] = []
        self.sizes_read = False
        self.inside = False  # a torch function runs: what it dispatches is not noted again
        self.paths: dict[int, str] = {}
        for path, inner in module.named_modules():
            self.paths.setdefault(id(inner), path)
        weights = (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False))
        self.versions = [each._version for _, each in weights]
        self.held = weights  # as the network's code may replace a buffer, whose id another tensor would get
        self.weights: dict[int, str] = {}
        for name, weight in weights:
            self.weights.setdefault(id(weight), name)
        self.known: dict[int, tuple[weakref.ref[Tensor], Ref]] = {id(x): (weakref.ref(x), INPUT)}
        self.live: list[bool] = []
        self.updated: set[str] = set()  # names of weights that are running statistics
        self.sized: list[bool] = []  # whether the output's size may depend on the picture
        self.writes: dict[int, int] = {}  # storage -> the last call that wrote into it in place

    def made_by(self, tensor: Tensor) -> Ref | None:
        """Which call made `tensor`. An id may be a freed tensor's, so the object is compared."""
        known = self.known.get(id(tensor))
        return known[1] if known and known[0]() is tensor else None

    def weights_written(self) -> frozenset[str]:
        """The weights that were written into, also through a view, or by a function such as batch_norm."""
        pairs = zip(self.held, self.versions, strict=True)
        return (
            frozenset(
                name
                for (name, weight), version in pairs
                if weight._version != version or storage_key(weight) in self.writes
            )
            | self.updated
        )

    def _read_size(self, tensors: Any) -> None:
        self.sizes_read = True
        if any(ref and ref.call >= 0 and self.sized[ref.call] for ref in map(self.made_by, _tensors(tensors))):
            self._read("size")

    def _read(self, name: str) -> None:
        frames, _ = self._where()
        self.reads.append(Read(name, frames[-1] if frames else None))

    def is_live(self, ref: Ref) -> bool:
        """Whether the output depends on the network's input."""
        return ref.call < 0 or self.live[ref.call]

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        name = getattr(func, "__name__", type(func).__name__)
        if name == "__get__":
            name = getattr(getattr(func, "__self__", None), "__name__", name)
            if name in _SIZES:
                self._read_size(args)
            elif name == "data":
                return self._run(func, name, args, given)
            out = func(*args, **given)
            known = isinstance(out, Tensor) and (id(out) in self.weights or self.made_by(out) is not None)
            return self._note(func, name, args, given, out) if isinstance(out, Tensor) and not known else out
        if name in _READS:
            if any(ref and self.is_live(ref) for ref in map(self.made_by, _tensors((args, given)))):
                self._read(name.strip("_"))
            return func(*args, **given)
        if name == "__set__" and getattr(getattr(func, "__self__", None), "__name__", "") == "data":
            func(*args, **given)
            self._note(set_data, name, args, given, args[0])
            return None
        if name in _SILENT:
            if name in _SIZES:
                self._read_size(args)
            return func(*args, **given)
        return self._run(func, name, args, given)

    def _run(self, func: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        key = self._key(name) if self.changes else None
        if self.changes and key:
            leaves, spec = tree_flatten((args, kwargs))
            args, kwargs = tree_unflatten(self.changes.before(key, leaves), spec)
        self.inside, before = True, self.inside
        try:
            out = func(*args, **kwargs)
        finally:
            self.inside = before
        if self.changes and key:
            out = self.changes.after(key, out)
        if out is None and name in ("__setitem__", "__delitem__"):  # they write into their operand and return nothing
            self._note(set_item, name, args, kwargs, args[0])
            return None
        return self._note(func, name, args, kwargs, out)

    def _note(self, func: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any], out: Any) -> Any:
        made = _tensors(out)
        if not made:
            return out
        leaves, spec = tree_flatten((args, kwargs))
        frames, owners = self._where()
        arguments: list[Any] = []
        written, live, sized = [], False, False
        for leaf in leaves:
            ref = self.made_by(leaf) if isinstance(leaf, Tensor) else None
            if isinstance(leaf, Tensor):
                wrote = self.writes.get(storage_key(leaf), -1)
                if wrote >= 0 and (ref is None or ref.call < wrote):
                    written.append(wrote)
            if ref is not None:
                arguments.append(ref)
                live = live or self.is_live(ref)
                sized = sized or (ref.call >= 0 and self.sized[ref.call])
            elif id(leaf) in self.weights:
                arguments.append(Weight(self.weights[id(leaf)]))
            else:
                arguments.append(leaf)
        owner = next((each for each in owners if id(each) in self.paths), None)
        index = len(self.calls)
        call = Call(
            func, _plain_name(name), tuple(arguments), spec, tuple(tuple(each.shape) for each in made),
            "" if owner is None else self.paths[id(owner)], frames, tuple(written),
        )  # fmt: skip
        self.calls.append(call)
        self.sizes_read |= call.name in _COUNTS
        self.live.append(live or any(self.live[k] for k in written))
        if call.name in _KEEPS_STATISTICS and any(leaf is True for leaf in leaves):  # in training
            self.updated.update(leaf.name for leaf in arguments if isinstance(leaf, Weight))
        self.sized.append(sized or (self.live[-1] and _is_sized_by_values(call.name, leaves)))
        for bound in _bounds(leaves):  # `x[:, k : k + 1]`
            if (ref := self.made_by(bound)) and self.is_live(ref):
                self._read("index")
        if _writes(name, kwargs) and any(each is leaf for each in made for leaf in leaves):
            self.writes[storage_key(made[0])] = index
        for part, each in enumerate(made):
            if id(each) not in self.weights:
                self.known[id(each)] = (weakref.ref(each), Ref(index, part))
        return out

    def _key(self, name: str) -> Key:
        _, owners = self._where()
        path = next((self.paths[id(each)] for each in owners if id(each) in self.paths), "")
        self.counts[path, _plain_name(name)] += 1
        return path, _plain_name(name), self.counts[path, _plain_name(name)] - 1

    def _where(self) -> tuple[tuple[Frame, ...], list[nn.Module]]:
        """The frames outside torch, outermost first, and the modules whose methods run, innermost first."""
        frames: list[Frame] = []
        owners: list[nn.Module] = []
        frame = sys._getframe(2)
        while frame is not None and frame.f_code is not record.__code__:
            code = frame.f_code
            if code.co_filename != __file__:
                if code.co_argcount and code.co_varnames[0] == "self":
                    owner = frame.f_locals.get("self")
                    if isinstance(owner, nn.Module) and not (owners and owners[-1] is owner):
                        owners.append(owner)
                if not code.co_filename.startswith(_TORCH):
                    frames.append(Frame(code.co_filename, frame.f_lineno, code.co_name))
            frame = frame.f_back  # type: ignore[assignment]
        return tuple(reversed(frames)), owners


class _Below(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes operations outside any torch function: scripted functions and C++ extensions."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.recorder = recorder

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """False: else the first call imports torch's compiler, which takes more than a second."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if not self.recorder.inside:
            name = func._schema.name.partition("::")[2]
            return self.recorder._note(func, name, args, dict(kwargs or {}), out)
        return out


def set_item(x: Tensor, key: Any, value: Any) -> Tensor:
    """`x[key] = value`, as a function."""
    x[key] = value
    return x


def set_data(x: Tensor, value: Tensor) -> Tensor:
    """`x.data = value`, as a function."""
    x.data = value
    return x


def _plain_name(name: str) -> str:
    """`add` for `__iadd__`, `__radd__` and `add_`; `sub` also for `__rsub__`, whose operands are swapped."""
    short = name.strip("_")
    return short[1:] if short[:1] in ("i", "r") and short[1:] in ("add", "mul", "sub", "truediv", "matmul") else short


def _writes(name: str, kwargs: Mapping[str, Any]) -> bool:
    """Whether a call that returns its operand has written into it. `cpu`, `to` and dropout may return it as it is."""
    in_place = name.endswith("_") and (name[:3] in ("__i", "__s", "__d") or not name.startswith("__"))
    return in_place or bool(kwargs.get("inplace")) or kwargs.get("out") is not None


def _is_sized_by_values(name: str, leaves: Sequence[Any]) -> bool:
    """Whether the size of a call's output depends on values, as of `x[x > 0]`."""
    if name == "where":
        return len(leaves) == 1
    masked = name == "getitem" and any(isinstance(leaf, Tensor) and leaf.dtype == torch.bool for leaf in leaves[1:])
    return masked or name in _SIZED_BY_VALUES


def _bounds(leaves: Sequence[Any]) -> Iterator[Tensor]:
    """Tensors that are the bounds of slices: Python reads their values."""
    for leaf in leaves:
        if isinstance(leaf, slice):
            yield from (bound for bound in (leaf.start, leaf.stop, leaf.step) if isinstance(bound, Tensor))


def _class_of(module: nn.Module) -> tuple[str, bool]:
    kind = type(module)
    return kind.__name__, kind.__module__.startswith("torch.")


def _tensors(tree: Any) -> tuple[Tensor, ...]:
    return tuple(leaf for leaf in tree_flatten(tree)[0] if isinstance(leaf, Tensor))


def logits_of(out: Any) -> Tensor:
    """The logits in what a network returns: a tensor, a dict, a tuple, or an object with `logits`."""
    if isinstance(out, Tensor):
        found: Any = out
    elif isinstance(out, Mapping):
        found = next((out[key] for key in LOGITS if key in out), next(_rows(out.values()), None))
    else:
        found = getattr(out, "logits", None)
        if found is None:
            found = next(_rows(out), None) if isinstance(out, list | tuple) else None
    if not isinstance(found, Tensor):
        raise NotRecordedError
    return found


def _rows(values: Any) -> Iterator[Tensor]:
    return (value for value in values if isinstance(value, Tensor) and value.ndim == 2)
