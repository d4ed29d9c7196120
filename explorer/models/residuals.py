"""Find the residual additions of a network in its tape, by data flow alone.

The rule asks of each addition of two tensors of one shape where both come from, and what is computed on either way.
No names of classes, modules or files are read, so any network's code may be given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Final, Literal, NamedTuple

from explorer.models.recorder import Call, Ref, Tape, Weight

Kind = Literal["residual", "elementwise", "parallel", "merge", "slice", "gate"]
Brings = Literal["identity", "projection", "pooling", "padding", "slice", "norm", "scaled", "gate"]
Mixer = Literal["attention", "conv", "mlp", "pool", ""]

_ADD: Final = frozenset(("add", "addcmul"))
_SUBTRACT: Final = frozenset(("sub", "rsub", "subtract"))
_DIVIDE: Final = frozenset(("div", "divide", "truediv", "true_divide"))
_SCALE: Final = frozenset(("mul", "multiply")) | _DIVIDE
_CONVOLVE: Final = frozenset(
    ("conv1d", "conv2d", "conv3d", "conv_transpose2d", "convolution", "deform_conv2d")
)  # fmt: skip
_ATTEND: Final = frozenset(
    ("scaled_dot_product_attention", "multi_head_attention_forward", "native_multi_head_attention", "softmax")
)
_MULTIPLY: Final = frozenset(("matmul", "rmatmul", "mm", "bmm", "baddbmm", "einsum", "tensordot"))
_MIX: Final = _CONVOLVE | (_ATTEND - {"softmax"}) | _MULTIPLY | {"linear", "addmm", "bilinear", "fft2", "rfft2"}
_POOL: Final = frozenset(
    ("max_pool2d", "max_pool2d_with_indices", "avg_pool2d", "avg_pool1d", "lp_pool2d", "adaptive_avg_pool2d",
     "adaptive_max_pool2d", "mean", "amax", "max", "interpolate", "upsample")
)  # fmt: skip
_NORM: Final = frozenset(
    ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "local_response_norm", "normalize",
     "native_batch_norm", "native_layer_norm", "native_group_norm")
)  # fmt: skip
_BOUNDED: Final = frozenset(("sigmoid", "hardsigmoid", "tanh", "softmax", "hardtanh", "relu6"))
_ACTIVATE: Final = _BOUNDED | frozenset(
    ("relu", "gelu", "silu", "hardswish", "leaky_relu", "elu", "mish", "prelu", "rrelu", "softplus", "softsign", "selu",
     "celu", "clamp", "threshold")
)  # fmt: skip
# These keep the values: another view, order or type, or, in evaluation, nothing at all.
_LAYOUT: Final = frozenset(
    ("view", "reshape", "reshape_as", "view_as", "unsafe_view", "flatten", "unflatten", "permute", "transpose",
     "swapaxes", "swapdims", "movedim", "moveaxis", "t", "T", "mT", "H", "squeeze", "unsqueeze", "expand", "roll",
     "contiguous", "clone", "alias", "detach", "data", "to", "to_copy", "type", "type_as", "float", "half", "double",
     "bfloat16", "requires_grad", "as_subclass", "pixel_unshuffle", "dropout", "dropout1d", "dropout2d", "dropout3d",
     "alpha_dropout", "feature_dropout", "feature_alpha_dropout")
)  # fmt: skip
_SLICE: Final = frozenset(
    ("getitem", "chunk", "split", "split_with_sizes", "tensor_split", "unbind", "narrow", "select", "slice",
     "index_select")
)  # fmt: skip
_JOIN: Final = frozenset(("cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack"))


@dataclass(frozen=True)
class Addition:
    """The addition of two tensors in call number `add`.

    `start` is the call whose output enters both ways; -1 is the picture. `shortcut` and `branch` are the operands.
    `brings` is what lies on the shortcut; changes of layout alone, dropout and 0 + x count as identity, subsampling and
    channels of zeros as padding. `carried` and `inside` are the calls from `start` to the shortcut and to the branch,
    in order. `scaled` are the names of weights, and numbers, that multiply the branch just before the addition.
    `norm_first`: the branch's first call is a norm. `out` is the activation that follows within the same module and
    alone reads the sum, else `add`.
    """

    add: int
    start: int
    shortcut: Ref
    branch: Ref
    kind: Kind
    brings: Brings
    carried: tuple[int, ...]
    inside: tuple[int, ...]
    scaled: tuple[str, ...]
    norm_first: bool
    mixer: Mixer
    out: int


@dataclass(frozen=True)
class Found:
    """The residual additions of a tape, its other additions, and the counts of what else joins two ways.

    `concatenations` keep what they were made from, as in DenseNet; `gates` are x * g(x), as in squeeze-and-excite.
    """

    residuals: tuple[Addition, ...]
    others: tuple[Addition, ...]
    concatenations: int
    gates: int


def find(tape: Tape) -> Found:
    """All additions of two tensors of one shape that depend on the picture, and come from one tensor."""
    flow = _Flow(tape)
    sums: dict[int, Addition] = {}
    for index in range(len(tape.calls)):
        operands = flow.operands(index)
        if operands:
            sums[index] = _classified(flow, index, operands, sums)
    found = [each for each in sums.values() if each.kind == "residual"]
    others = [each for each in sums.values() if each.kind != "residual"]
    live = [index for index, reads in enumerate(flow.reads) if reads]
    return Found(tuple(found), tuple(others), sum(map(flow.keeps, live)), sum(map(flow.is_gate, live)))


class _Term(NamedTuple):
    """An operand of an addition: the tensor that it is but for layout and factors, and the factors."""

    base: Ref
    factors: tuple[str, ...]
    gated: bool


class _Flow:
    """The data flow of a tape. A set of outputs is an int with one bit for each output of each call."""

    def __init__(self, tape: Tape) -> None:
        self.calls: Sequence[Call] = tape.calls
        self.picture = tape.shape
        self.first_bit = list(accumulate((len(call.shapes) for call in tape.calls), initial=1))  # bit 0: the picture
        self.reads: list[tuple[int, ...]] = []  # the calls that a call reads and that depend on the picture
        self.above: list[int] = []  # all outputs that a call depends on, also those made of weights alone
        self.users: list[list[int]] = [[] for _ in tape.calls]
        self.last_common: dict[int, int] = {-1: -1}  # the last call that all ways from the picture pass: its dominator
        self.depth = {-1: 0}
        for index, call in enumerate(tape.calls):
            self._add(index, call)

    def _add(self, index: int, call: Call) -> None:
        bits, reads = 0, []
        for ref in chain(call.refs, map(Ref, call.written)):
            bits |= self.bit(ref) | (self.above[ref.call] if ref.call >= 0 else 0)
            if (ref.call < 0 or self.reads[ref.call]) and ref.call not in reads:
                reads.append(ref.call)
        self.above.append(bits)
        self.reads.append(tuple(reads))
        for read in reads:
            if read >= 0:
                self.users[read].append(index)
        if reads:
            common = reads[0]
            for read in reads[1:]:
                common = self._common(common, read)
            self.last_common[index] = common
            self.depth[index] = self.depth[common] + 1

    def _common(self, one: int, other: int) -> int:
        while one != other:
            if self.depth[one] < self.depth[other]:
                one, other = other, one
            one = self.last_common[one]
        return one

    def bit(self, ref: Ref) -> int:
        return 1 << (self.first_bit[ref.call] + ref.part) if ref.call >= 0 else 1

    def outputs(self, index: int) -> int:
        return (1 << self.first_bit[index + 1]) - (1 << self.first_bit[index]) if index >= 0 else 1

    def is_live(self, ref: Ref) -> bool:
        return ref.call < 0 or bool(self.reads[ref.call])

    def shape(self, ref: Ref) -> tuple[int, ...]:
        return self.picture if ref.call < 0 else self.calls[ref.call].shapes[ref.part]

    def name(self, ref: Ref) -> str:
        return "" if ref.call < 0 else self.calls[ref.call].name

    def is_made_from(self, ref: Ref, source: Ref) -> bool:
        """Whether `ref` is computed from `source`."""
        return ref.call >= 0 and ref != source and bool(self.above[ref.call] & self.bit(source))

    def names(self, calls: Iterable[int]) -> list[str]:
        return [self.calls[k].name for k in calls]

    def between(self, start: int, end: int) -> tuple[int, ...]:
        """The calls on any way from the output of `start` to call `end`, `end` too."""
        given, needed = self.outputs(start), self.above[end] | self.outputs(end) if end >= 0 else 0
        return tuple(
            k for k in range(start + 1, end + 1)
            if self.reads[k] and self.above[k] & given and self.outputs(k) & needed
        )  # fmt: skip

    def operands(self, index: int) -> tuple[Ref, Ref] | None:
        """The two tensors that call number `index` adds, if both have the sum's shape and one may hold the other."""
        call = self.calls[index]
        if call.name not in _ADD or len(call.refs) != 2 or not isinstance(call.arguments[0], Ref):
            return None
        one, other = call.refs
        if one == other or {self.shape(one), self.shape(other)} != {call.shapes[0]}:
            return None
        if self.is_live(one) and self.is_live(other):
            return one, other
        # A class token, made of weights alone, may be a shortcut.
        made = self.is_made_from(other, self.strip(one)) or self.is_made_from(one, self.strip(other))
        return (one, other) if made else None

    def strip(self, ref: Ref) -> Ref:
        """The tensor of which `ref` is another view or order: back over layout, dropout, and the 0 + x of `sum`."""
        while len(self.live_refs(ref)) == 1 and (self.name(ref) in _LAYOUT or self._adds_zero(ref)):
            ref = self.live_refs(ref)[0]
        return ref

    def _adds_zero(self, ref: Ref) -> bool:
        call = self.calls[ref.call]
        return (
            call.name == "add"
            and len(call.refs) == 1
            and all(isinstance(leaf, Ref) or (isinstance(leaf, int | float) and leaf == 0) for leaf in call.arguments)
        )

    def live_refs(self, ref: Ref) -> tuple[Ref, ...]:
        refs = self.calls[ref.call].refs if ref.call >= 0 else ()
        return tuple(dict.fromkeys(each for each in refs if self.is_live(each)))

    def peel(self, ref: Ref) -> _Term:
        """The tensor that `ref` is but for layout, constant factors (layer scale, gamma, 1/2) and gates."""
        factors: list[str] = []
        gated = False
        while True:
            ref = self.strip(ref)
            refs = self.live_refs(ref)
            if self.name(ref) not in _SCALE or not refs:
                return _Term(ref, tuple(factors), gated)
            if len(refs) == 1:
                factors += self.factors(ref.call)
                ref = refs[0]
            elif len(gates := [each for each in refs if self._is_bounded(each)]) == 1:
                gated = True
                ref = refs[0] if gates[0] == refs[1] else refs[1]
            else:
                return _Term(ref, tuple(factors), gated)

    def _is_bounded(self, ref: Ref) -> bool:
        """Whether `ref` is a sigmoid or its like, or 1 minus it."""
        while len(self.live_refs(ref)) == 1 and self.name(ref) in _LAYOUT | _SCALE | _SUBTRACT | {"interpolate"}:
            ref = self.live_refs(ref)[0]
        return self.name(ref) in _BOUNDED

    def factors(self, index: int) -> Iterator[str]:
        """The names of the weights, and the numbers, that a call multiplies or divides by."""
        call = self.calls[index]
        over = "1/" if call.name in _DIVIDE else ""
        for leaf in call.arguments:
            if isinstance(leaf, Weight):
                yield over + leaf.name
            elif isinstance(leaf, Ref) and not self.is_live(leaf):
                yield from (over + name for name in self._weights(leaf.call) or ("const",))
            elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
                yield f"{1 / leaf if over and leaf else leaf:g}"

    def _weights(self, index: int) -> tuple[str, ...]:
        """The names of the weights that a call, which does not depend on the picture, depends on."""
        found: list[str] = []
        for leaf in self.calls[index].arguments:
            found += (
                [leaf.name] if isinstance(leaf, Weight) else self._weights(leaf.call) if isinstance(leaf, Ref) else []
            )
        return tuple(dict.fromkeys(found))

    def has_weights(self, index: int) -> bool:
        return any(isinstance(leaf, Weight) for leaf in self.calls[index].arguments)

    def is_product(self, index: int) -> bool:
        return self.calls[index].name in _SCALE and len(self.live_refs(Ref(index))) == 2

    def has_parts(self, ref: Ref) -> bool:
        return ref.call >= 0 and len(self.calls[ref.call].shapes) > 1

    def pads(self, index: int) -> bool:
        """Whether a call pads, takes every n-th pixel, or joins a tensor with zeros."""
        call = self.calls[index]
        steps = (leaf.step for leaf in call.arguments if isinstance(leaf, slice))
        return (
            call.name in ("pad", "constant_pad_nd")
            or (call.name == "getitem" and any(step not in (None, 1) for step in steps))
            or (call.name in _JOIN and len(self.live_refs(Ref(index))) == 1)
        )

    def read_alike(self, start: int, *ways: tuple[Ref, Sequence[int]]) -> bool:
        """Whether the ways begin with the same output of `start`, or one with the whole of it and not with a slice."""
        parts, whole = [], False
        for end, calls in ways:
            readers = [self.calls[k] for k in calls if start in self.reads[k]]
            parts.append(
                {ref.part for call in readers for ref in call.refs if ref.call == start}
                | ({end.part} if end.call == start else set())
            )
            whole = any(call.name not in _SLICE for call in readers)
        return (
            (len(parts[0] | parts[1]) == 1 and whole)
            if start < 0 or len(self.calls[start].shapes) == 1
            else bool(parts[0] & parts[1])
        )

    def activation(self, add: int) -> int:
        """The activation that alone reads the sum and belongs to the module that adds, else `add`."""
        users = self.users[add]
        if len(users) != 1 or self.calls[users[0]].name not in _ACTIVATE:
            return add
        return users[0] if self._is_own(self.calls[add].module, users[0]) else add

    def _is_own(self, module: str, index: int) -> bool:
        """Whether a call is made by `module`, or by a module inside it that makes no other."""
        path = self.calls[index].module
        if path == module:
            return True
        prefix = f"{module}." if module else ""
        if not path.startswith(prefix):
            return False
        child = prefix + path.removeprefix(prefix).partition(".")[0]
        near = (self.calls[k].module for k in (index - 1, index + 1) if 0 <= k < len(self.calls))
        return not any(f"{each}.".startswith(f"{child}.") for each in near)

    def keeps(self, index: int) -> bool:
        """Whether a call concatenates a tensor and what was made from it."""
        call = self.calls[index]
        bases = {self.strip(ref) for ref in call.refs}
        return call.name in _JOIN and any(self.is_made_from(one, other) for one in bases for other in bases)

    def is_gate(self, index: int) -> bool:
        """Whether a call multiplies x by g(x), with learned layers and a bounded activation in g."""
        refs = self.live_refs(Ref(index)) if self.calls[index].name in _SCALE else ()
        return len(refs) == 2 and any(self._gates(x, g) for x, g in (refs, refs[::-1]))

    def _gates(self, x: Ref, gate: Ref) -> bool:
        base = self.strip(x)
        if not self.is_made_from(gate, base) or base == self.strip(gate):
            return False
        names = self.names(self.between(base.call, gate.call))
        return not _BOUNDED.isdisjoint(names) and not _MIX.isdisjoint(names)


def _classified(flow: _Flow, add: int, operands: tuple[Ref, Ref], sums: Mapping[int, Addition]) -> Addition:
    held = _held(flow, operands, sums)
    return _of_x(flow, add, *held) if held else _of_two_ways(flow, add, operands)


def _held(flow: _Flow, operands: tuple[Ref, Ref], sums: Mapping[int, Addition]) -> tuple[Ref, Ref, Ref] | None:
    """The shortcut, the branch and x, if one operand is x, perhaps scaled, from which the other is made."""
    orders = (operands, operands[::-1])
    bases = {operand: flow.strip(operand) for operand in operands}
    for shortcut, branch in orders:
        if bases[shortcut] != bases[branch] and flow.is_made_from(branch, bases[shortcut]):
            return shortcut, branch, bases[shortcut]
    for shortcut, branch in orders:  # x + f(x) + g(x): the shortcut is an earlier sum that holds x
        x = bases[shortcut]
        while x.call in sums:
            x = flow.strip(sums[x.call].shortcut)
            if x != bases[branch] and flow.is_made_from(branch, x):
                return shortcut, branch, x
    for shortcut, branch in orders:
        x, inner = flow.peel(shortcut).base, flow.peel(branch).base
        if flow.is_made_from(inner, x):
            return shortcut, branch, x
    return None


def _of_x(flow: _Flow, add: int, shortcut: Ref, branch: Ref, x: Ref) -> Addition:
    """The addition x + F(x)."""
    inside = flow.between(x.call, branch.call)
    term = flow.peel(shortcut)
    brings: Brings = "gate" if term.gated else "scaled" if term.factors else "identity"
    return _made(flow, add, x.call, shortcut, branch, "residual" if _computes(flow, inside) else "elementwise", brings)


def _of_two_ways(flow: _Flow, add: int, operands: tuple[Ref, Ref]) -> Addition:
    """An addition of what is computed in two ways from one tensor: the lighter one may be a shortcut."""
    start = flow.last_common[add]
    loads = [_load(flow, flow.between(start, flow.peel(operand).base.call)) for operand in operands]
    if loads[0] == loads[1]:
        return _made(flow, add, start, *operands, "parallel", "identity")
    shortcut, branch = operands if loads[0] < loads[1] else operands[::-1]
    term = flow.peel(shortcut)
    carried, inside = (flow.between(start, end.call) for end in (term.base, branch))
    brings = _brings(flow, carried, term)
    kind = _kind(flow, start, term.base, branch, carried, inside, brings)
    return _made(flow, add, start, shortcut, branch, kind, brings)


def _load(flow: _Flow, calls: Sequence[int]) -> tuple[int, ...]:
    """How much is computed: matrix products, activations, norms and what else has weights, pooling, anything."""
    names = flow.names(calls)
    learned = sum(name in _NORM or flow.has_weights(k) for name, k in zip(names, calls, strict=True))
    counts = (sum(name in kind for name in names) for kind in (_MIX, _ACTIVATE, _POOL, _LAYOUT))
    mixes, activations, pools, layouts = counts
    return mixes, activations, learned, pools, len(names) - layouts


def _computes(flow: _Flow, calls: Sequence[int]) -> bool:
    """Whether the calls are a function with something to learn: a matrix product, or pooling with weights."""
    names = flow.names(calls)
    return not _MIX.isdisjoint(names) or (not _POOL.isdisjoint(names) and any(map(flow.has_weights, calls)))


def _brings(flow: _Flow, carried: Sequence[int], term: _Term) -> Brings:
    names = flow.names(carried)
    if term.gated:
        return "gate"
    if not _MIX.isdisjoint(names):
        return "projection"
    if not _POOL.isdisjoint(names):
        return "pooling"
    if any(map(flow.pads, carried)):
        return "padding"
    if not _SLICE.isdisjoint(names) or flow.has_parts(term.base):
        return "slice"
    if not _NORM.isdisjoint(names):
        return "norm"
    return "scaled" if term.factors or not _SCALE.isdisjoint(names) else "identity"


def _kind(
    flow: _Flow, start: int, shortcut: Ref, branch: Ref, carried: Sequence[int], inside: Sequence[int], brings: Brings
) -> Kind:
    """What an addition of two ways from `start` is. A residual one has a linear shortcut and a learned branch."""
    names, computes = flow.names(carried), _computes(flow, inside)
    if brings == "gate":
        return "residual" if computes else "gate"
    mixes = [k for k, name in enumerate(names) if name in _MIX]
    after = names[mixes[0] + 1 :] if mixes else names  # BatchNorm, ReLU, convolution: a pre-activated projection
    if len(mixes) > 2 or not _ACTIVATE.isdisjoint(after) or any(map(flow.is_product, carried)):
        return "merge"
    if brings == "slice" and not flow.read_alike(start, (shortcut, carried), (branch, inside)):
        return "slice"
    if brings == "projection" and (_ACTIVATE | _ATTEND | _POOL).isdisjoint(flow.names(inside)):
        return "parallel"  # two linear maps side by side, as in RepVGG
    return "residual" if computes else "elementwise"


def _made(flow: _Flow, add: int, start: int, shortcut: Ref, branch: Ref, kind: Kind, brings: Brings) -> Addition:
    carried, inside = (flow.between(start, end.call) for end in (shortcut, branch))
    names = flow.names(inside)
    first = next((name for name in names if name not in _LAYOUT), "")
    factors = flow.peel(branch).factors
    return Addition(
        add, start, shortcut, branch, kind, brings, carried, inside, factors, first in _NORM, _mixer(names),
        flow.activation(add),
    )  # fmt: skip


def _mixer(names: Sequence[str]) -> Mixer:
    attention = _ATTEND - {"softmax"} if _MULTIPLY.isdisjoint(names) else _ATTEND  # a softmax may be a gate's
    kinds: tuple[tuple[Mixer, frozenset[str]], ...] = (
        ("attention", attention), ("conv", _CONVOLVE), ("mlp", frozenset(("linear",))), ("pool", _POOL)
    )  # fmt: skip
    return next((mixer for mixer, kind in kinds if not kind.isdisjoint(names)), "")
