"""Find the residual additions of a network in its tape, by data flow alone.

For each addition of two tensors of one shape, the rule asks where both come from and what is computed on either way.
It reads no names of classes, modules or files, so any network's code may be given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from explorer.models.dataflow import ADD, BOUNDED, LAYOUT, Flow, Term
from explorer.models.recorder import Ref, Tape

Kind = Literal["residual", "elementwise", "parallel", "merge", "slice", "gate"]
Brings = Literal["identity", "projection", "pooling", "padding", "slice", "norm", "scaled", "gate"]
Mixer = Literal["attention", "conv", "mlp", "pool", ""]

_CONVOLVE: Final = frozenset(("conv1d", "conv2d", "conv3d", "conv_transpose2d", "convolution", "deform_conv2d"))
_ATTEND: Final = frozenset(
    ("scaled_dot_product_attention", "multi_head_attention_forward", "native_multi_head_attention")
)  # fmt: skip
_MULTIPLY: Final = frozenset(("matmul", "mm", "bmm", "baddbmm", "einsum", "tensordot"))
_MIX: Final = _CONVOLVE | _ATTEND | _MULTIPLY | {"linear", "addmm", "bilinear", "fft2", "rfft2"}
_POOL: Final = frozenset(
    ("max_pool2d", "max_pool2d_with_indices", "avg_pool2d", "avg_pool1d", "lp_pool2d", "adaptive_avg_pool2d",
     "adaptive_max_pool2d", "mean", "amax", "max", "interpolate", "upsample")
)  # fmt: skip
_NORM: Final = frozenset(
    ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm", "local_response_norm", "normalize",
     "native_batch_norm", "native_layer_norm", "native_group_norm")
)  # fmt: skip
_ACTIVATE: Final = BOUNDED | frozenset(
    ("relu", "gelu", "silu", "hardswish", "leaky_relu", "elu", "mish", "prelu", "rrelu", "softplus", "softsign", "selu",
     "celu", "clamp", "threshold")
)  # fmt: skip
_SLICE: Final = frozenset(
    ("getitem", "chunk", "split", "split_with_sizes", "tensor_split", "unbind", "narrow", "select", "slice",
     "index_select")
)  # fmt: skip
_JOIN: Final = frozenset(("cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack"))
_PAD: Final = frozenset(("pad", "constant_pad_nd"))


@dataclass(frozen=True)
class Addition:
    """The addition of two tensors by call number `add`.

    `start` is the call whose output enters both ways; -1 is the picture. `shortcut` and `branch` are the operands.
    `brings` is what lies on the shortcut; changes of layout alone, dropout and 0 + x count as identity, subsampling and
    channels of zeros as padding. `carried` and `inside` are the calls from `start` to the shortcut and to the branch,
    in order. `scaled` are the names of weights, and numbers, that multiply the branch just before the addition.
    `norm_first`: the branch's first call, but for layout, is a norm. `out` is the activation that follows within the
    same module and alone reads the sum, else `add`.
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
    """The residual additions of a tape, its other additions, and how often tensors are joined otherwise.

    `concatenations` are those that keep what they were made from, as in DenseNet; `gates` are x * g(x), as in
    squeeze-and-excite.
    """

    residuals: tuple[Addition, ...]
    others: tuple[Addition, ...]
    concatenations: int
    gates: int


def find(tape: Tape) -> Found:
    """The additions of two tensors of one shape that depend on the picture."""
    flow = Flow(tape)
    sums: dict[int, Addition] = {}
    for add in range(len(tape.calls)):
        operands = _operands(flow, add)
        if operands:
            sums[add] = _classified(flow, add, operands, sums)
    live = [index for index, reads in enumerate(flow.reads) if reads]
    return Found(
        tuple(each for each in sums.values() if each.kind == "residual"),
        tuple(each for each in sums.values() if each.kind != "residual"),
        sum(_keeps(flow, index) for index in live), sum(_is_gate(flow, index) for index in live),
    )  # fmt: skip


def _operands(flow: Flow, add: int) -> tuple[Ref, Ref] | None:
    """The two tensors that a call adds, if both have the sum's shape and depend on the picture."""
    call = flow.calls[add]
    if call.name not in ADD or len(call.refs) != 2 or call.refs[0] != call.arguments[0]:
        return None
    one, other = call.refs
    if one == other or {flow.shape(one), flow.shape(other)} != {call.shapes[0]}:
        return None
    # A class token, made of weights alone, may be x, too.
    live = (flow.is_live(one), flow.is_live(other))
    made = flow.is_made_from(other, flow.strip(one)) or flow.is_made_from(one, flow.strip(other))
    return (one, other) if all(live) or (any(live) and made) else None


def _classified(flow: Flow, add: int, operands: tuple[Ref, Ref], sums: Mapping[int, Addition]) -> Addition:
    held = _held(flow, operands, sums)
    if held:
        shortcut, branch, x = held
        brings: Brings = "gate" if x.gated else "scaled" if x.factors or _own(flow, add, shortcut) else "identity"
        kind: Kind = "residual" if _computes(flow, flow.between(x.base.call, branch.call)) else "elementwise"
        return _made(flow, add, x.base.call, shortcut, branch, kind, brings)
    start = flow.start[add]
    one, other = ((_load(flow, flow.between(start, flow.peel(each, start).base.call)), each) for each in operands)
    if one[0] == other[0]:
        return _made(flow, add, start, *operands, "parallel", "identity")
    (_, shortcut), (_, branch) = sorted((one, other), key=lambda way: way[0])
    return _made(flow, add, start, shortcut, branch, *_kind(flow, start, shortcut, branch))


def _held(flow: Flow, operands: tuple[Ref, Ref], sums: Mapping[int, Addition]) -> tuple[Ref, Ref, Term] | None:
    """The shortcut, the branch and x, if one operand is x, perhaps scaled, and the other is made from x."""
    orders = (operands, operands[::-1])
    for shortcut, branch in orders:
        x = next(flow.terms(shortcut))
        if x.base != flow.strip(branch) and flow.is_made_from(branch, x.base):
            return shortcut, branch, x
    for shortcut, branch in orders:  # x + f(x) + g(x): the shortcut is an earlier sum that holds x
        base = flow.strip(shortcut)
        while base.call in sums:
            base = flow.strip(sums[base.call].shortcut)
            if base != flow.strip(branch) and flow.is_made_from(branch, base):
                return shortcut, branch, Term(base, (), gated=False)
    for shortcut, branch in orders:
        value = list(flow.terms(branch))[-1].base
        for x in flow.terms(shortcut):
            if flow.is_made_from(value, x.base):
                return shortcut, branch, x
    return None


def _own(flow: Flow, add: int, operand: Ref) -> tuple[str, ...]:
    """The factors by which the addition itself multiplies its second operand: torch.add's alpha, torch.addcmul's."""
    return tuple(flow.factors(add)) if operand == flow.calls[add].refs[1] else ()


def _load(flow: Flow, calls: Sequence[int]) -> tuple[int, ...]:
    """How much a way computes: matrix products, activations, norms and what else has weights, pooling, all calls."""
    names = flow.names(calls)
    learned = sum(name in _NORM or flow.has_weights(index) for name, index in zip(names, calls, strict=True))
    mixes, activations, pools, layouts = (
        sum(name in kind for name in names) for kind in (_MIX, _ACTIVATE, _POOL, LAYOUT)
    )  # fmt: skip
    return mixes, activations, learned, pools, len(names) - layouts


def _computes(flow: Flow, calls: Sequence[int]) -> bool:
    """Whether a way is a function with something to learn: a matrix product, or pooling with weights."""
    names = flow.names(calls)
    if not _MIX.isdisjoint(names):
        return True
    pools = not _POOL.isdisjoint(names) and not any(map(flow.is_product, calls))
    return pools and any(map(flow.has_weights, calls))


def _brings(flow: Flow, carried: Sequence[int], term: Term) -> Brings:
    names = flow.names(carried)
    if term.gated:
        return "gate"
    kinds: tuple[tuple[Brings, frozenset[str]], ...] = (
        ("projection", _MIX), ("pooling", _POOL), ("padding", _PAD), ("slice", _SLICE), ("norm", _NORM)
    )  # fmt: skip
    found = next((brings for brings, kind in kinds if not kind.isdisjoint(names)), None)
    if found in (None, "slice") and any(_subsamples_or_pads(flow, index) for index in carried):
        return "padding"
    return found or ("scaled" if term.factors else "identity")


def _subsamples_or_pads(flow: Flow, index: int) -> bool:
    """Whether a call takes every n-th pixel, or concatenates with zeros."""
    call = flow.calls[index]
    if call.name == "getitem":
        return any(isinstance(leaf, slice) and leaf.step not in (None, 1) for leaf in call.arguments)
    return call.name in _JOIN and len(flow.live_refs(index)) == 1


def _kind(flow: Flow, start: int, shortcut: Ref, branch: Ref) -> tuple[Kind, Brings]:
    """What an addition of two ways from `start` is; a residual one has a linear shortcut and a learned branch."""
    term, inside = flow.peel(shortcut, start), flow.between(start, branch.call)
    carried = flow.between(start, term.base.call)
    brings, computes = _brings(flow, carried, term), _computes(flow, inside)
    if brings == "gate":
        return "residual" if computes else "gate", brings
    names = flow.names(carried)
    mixes = [place for place, name in enumerate(names) if name in _MIX]
    after = names[mixes[0] + 1 :] if mixes else names  # BatchNorm, ReLU, convolution: a pre-activated projection
    resizes = flow.shape(shortcut) != flow.shape(Ref(start))
    if (
        len(mixes) > 2 or not _ACTIVATE.isdisjoint(after) or any(map(flow.is_product, carried))
        or not set(carried).isdisjoint(inside) or (brings == "pooling" and not resizes)
    ):  # fmt: skip
        return "merge", brings
    apart = flow.parts(start, term.base, carried).isdisjoint(flow.parts(start, branch, inside))
    if apart or _SLICE.issuperset(flow.names(flow.readers(start, (*carried, *inside)))):
        return "slice", brings  # of different parts of one tensor
    if brings in ("projection", "pooling") and (_ACTIVATE | _ATTEND | _POOL).isdisjoint(flow.names(inside)):
        return "parallel", brings  # two linear maps side by side, as in RepVGG
    return "residual" if computes else "elementwise", brings


def _made(flow: Flow, add: int, start: int, shortcut: Ref, branch: Ref, kind: Kind, brings: Brings) -> Addition:
    carried, inside = flow.between(start, shortcut.call), flow.between(start, branch.call)
    names = flow.names(inside)
    first = next((name for name in names if name not in LAYOUT), "")
    scaled = (*_own(flow, add, branch), *flow.peel(branch, start).factors)
    return Addition(
        add, start, shortcut, branch, kind, brings, carried, inside, scaled, first in _NORM, _mixer(names),
        _activation(flow, add),
    )  # fmt: skip


def _mixer(names: Sequence[str]) -> Mixer:
    if not _ATTEND.isdisjoint(names) or ("softmax" in names and not _MULTIPLY.isdisjoint(names)):
        return "attention"
    kinds: tuple[tuple[Mixer, frozenset[str]], ...] = (
        ("conv", _CONVOLVE), ("mlp", frozenset(("linear", "addmm"))), ("pool", _POOL)
    )  # fmt: skip
    return next((mixer for mixer, kind in kinds if not kind.isdisjoint(names)), "")


def _activation(flow: Flow, add: int) -> int:
    """The activation that alone reads the sum and belongs to the module that adds, else `add`."""
    module = flow.calls[add].module
    while module and _is_alone(flow, module, add):  # a module that only adds
        module = module.rpartition(".")[0]
    users = flow.users[add]
    if len(users) != 1 or flow.calls[users[0]].name not in _ACTIVATE:
        return add
    path, prefix = flow.calls[users[0]].module, f"{module}." if module else ""
    child = prefix + path.removeprefix(prefix).partition(".")[0]
    own = path == module or (path.startswith(prefix) and _is_alone(flow, child, users[0]))
    return users[0] if own else add


def _is_alone(flow: Flow, module: str, index: int) -> bool:
    """Whether the calls before and after `index` are made outside `module`."""
    near = (flow.calls[k].module for k in (index - 1, index + 1) if 0 <= k < len(flow.calls))
    return not any(f"{path}.".startswith(f"{module}.") for path in near)


def _keeps(flow: Flow, index: int) -> bool:
    """Whether a call concatenates a tensor and what was made from it."""
    bases = {flow.strip(ref) for ref in flow.live_refs(index)} if flow.calls[index].name in _JOIN else set()
    return any(flow.is_made_from(one, other) for one in bases for other in bases)


def _is_gate(flow: Flow, index: int) -> bool:
    """Whether a call multiplies x by g(x), with a matrix product and a bounded activation in g."""
    if not flow.is_product(index):
        return False
    x, g = flow.live_refs(index)
    return any(_gates(flow, flow.strip(one), other) for one, other in ((x, g), (g, x)))


def _gates(flow: Flow, x: Ref, gate: Ref) -> bool:
    names = flow.names(flow.between(x.call, gate.call)) if flow.is_made_from(gate, x) else []
    return not BOUNDED.isdisjoint(names) and not _MIX.isdisjoint(names)
