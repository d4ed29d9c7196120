"""The data flow of a tape: what is made from what, and what is the same tensor but for layout and factors."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Final, NamedTuple

from torch import Tensor

from explorer.models.recorder import Call, Ref, Tape, Weight

ADD: Final = frozenset(("add", "addcmul"))
_SUBTRACT: Final = frozenset(("sub", "subtract"))
_DIVIDE: Final = frozenset(("div", "divide", "truediv", "true_divide"))
SCALE: Final = frozenset(("mul", "multiply")) | _DIVIDE
BOUNDED: Final = frozenset(("sigmoid", "hardsigmoid", "tanh", "softmax", "hardtanh", "relu6"))
# These keep the values: another view, order or type, or, in evaluation, nothing at all.
LAYOUT: Final = frozenset(
    ("view", "reshape", "reshape_as", "view_as", "unsafe_view", "flatten", "unflatten", "permute", "transpose",
     "swapaxes", "swapdims", "movedim", "moveaxis", "t", "T", "mT", "H", "squeeze", "unsqueeze", "expand", "roll",
     "contiguous", "clone", "alias", "detach", "data", "cpu", "cuda", "to", "to_copy", "type", "type_as", "float",
     "half", "double", "bfloat16", "requires_grad", "as_subclass", "pixel_unshuffle", "dropout", "dropout1d",
     "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout", "feature_alpha_dropout")
)  # fmt: skip
# These depend on no more than their argument's shape.
_FILL: Final = frozenset(
    ("zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like", "new_zeros", "new_ones",
     "new_full", "new_empty", "new_tensor")
)  # fmt: skip


class Term(NamedTuple):
    """A tensor as a product: `base`, constant `factors` (names of weights, numbers), and perhaps a gate."""

    base: Ref
    factors: tuple[str, ...]
    gated: bool


class Flow:
    """Which calls a call reads, and all that it depends on.

    `reads` are only the calls that depend on the picture, "live" ones. `start` is the last call that all ways from the
    picture to a call pass (its immediate dominator); -1 is the picture.
    """

    def __init__(self, tape: Tape) -> None:
        self.calls: Sequence[Call] = tape.calls
        self.reads: list[tuple[int, ...]] = []
        self.users: list[list[int]] = [[] for _ in tape.calls]
        self.start: dict[int, int] = {-1: -1}
        self._picture = tape.shape
        self._depth = {-1: 0}
        # A set of outputs is an int with a bit for each output of each call; bit 0 is the picture.
        self._bits = list(accumulate((len(call.shapes) for call in tape.calls), initial=1))
        self._above: list[int] = []  # also what is made of weights alone
        self._made_of: list[tuple[str, ...]] = []  # of a call that is not live: the names of the weights it is made of
        for index, call in enumerate(tape.calls):
            self._add(index, call)

    def _add(self, index: int, call: Call) -> None:
        above, reads = 0, []
        for ref in chain(call.refs if call.name not in _FILL else (), map(Ref, call.written)):
            above |= self._bit(ref) | self._needs(ref.call)
            if self.is_live(ref) and ref.call not in reads:
                reads.append(ref.call)
        self._above.append(above)
        self.reads.append(tuple(reads))
        leaves = (self._weights(leaf) for leaf in call.arguments if isinstance(leaf, Weight | Ref))
        self._made_of.append(() if reads else tuple(dict.fromkeys(chain.from_iterable(leaves))))
        if reads:
            start = reads[0]
            for read in reads:
                start = self._common(start, read)
                if read >= 0:
                    self.users[read].append(index)
            self.start[index] = start
            self._depth[index] = self._depth[start] + 1

    def _common(self, one: int, other: int) -> int:
        while one != other:
            if self._depth[one] < self._depth[other]:
                one, other = other, one
            one = self.start[one]
        return one

    def _bit(self, ref: Ref) -> int:
        return 1 << (self._bits[ref.call] + ref.part) if ref.call >= 0 else 1

    def _outputs(self, index: int) -> int:
        return (1 << self._bits[index + 1]) - (1 << self._bits[index]) if index >= 0 else 1

    def _needs(self, index: int) -> int:
        return self._above[index] if index >= 0 else 0

    def shape(self, ref: Ref) -> tuple[int, ...]:
        return self.calls[ref.call].shapes[ref.part] if ref.call >= 0 else self._picture

    def name(self, ref: Ref) -> str:
        return self.calls[ref.call].name if ref.call >= 0 else ""

    def names(self, calls: Iterable[int]) -> list[str]:
        return [self.calls[index].name for index in calls]

    def is_live(self, ref: Ref) -> bool:
        """Whether a tensor depends on the picture."""
        return ref.call < 0 or bool(self.reads[ref.call])

    def live_refs(self, index: int) -> tuple[Ref, ...]:
        """The tensors, each once, that a call reads and that depend on the picture."""
        refs = self.calls[index].refs if index >= 0 else ()
        return tuple(dict.fromkeys(ref for ref in refs if self.is_live(ref)))

    def is_made_from(self, ref: Ref, source: Ref) -> bool:
        return ref != source and bool(self._needs(ref.call) & self._bit(source))

    def between(self, start: int, end: int) -> tuple[int, ...]:
        """The calls on any way from the output of call `start` to call `end`, `end` too, in order."""
        given, needed = self._outputs(start), self._needs(end) | self._outputs(end)
        return tuple(
            index for index in range(start + 1, end + 1)
            if self.reads[index] and self._above[index] & given and self._outputs(index) & needed
        )  # fmt: skip

    def strip(self, ref: Ref) -> Ref:
        """The tensor of which `ref` is another view or order: back over layout, dropout, and the 0 + x of `sum`."""
        while len(refs := self.live_refs(ref.call)) == 1 and (self.name(ref) in LAYOUT or self._adds_zero(ref.call)):
            ref = refs[0]
        return ref

    def _adds_zero(self, index: int) -> bool:
        call = self.calls[index]
        rest = [leaf for leaf in call.arguments if not isinstance(leaf, Ref)]
        zeros = [leaf for leaf in rest if isinstance(leaf, int | float) and leaf == 0]
        return call.name == "add" and len(rest) == len(zeros) == len(call.arguments) - 1

    def terms(self, ref: Ref) -> Iterator[Term]:
        """`ref` as a product: first what it is but for layout, then back over each constant factor and each gate."""
        term = Term(self.strip(ref), (), False)
        yield term
        while self.name(term.base) in SCALE:
            index = term.base.call
            refs = self.live_refs(index)
            values = [each for each in refs if len(refs) == 1 or not self._is_bounded(each)]
            if len(values) != 1:
                return
            factors = (*term.factors, *self.factors(index))
            term = Term(self.strip(values[0]), factors, term.gated or len(refs) > 1)
            yield term

    def peel(self, ref: Ref, start: int) -> Term:
        """The last of the `terms` that does not come before call `start`."""
        return [term for place, term in enumerate(self.terms(ref)) if not place or term.base.call >= start][-1]

    def _is_bounded(self, ref: Ref) -> bool:
        """Whether `ref` is a sigmoid or its like, or 1 minus it."""
        while len(refs := self.live_refs(ref.call)) == 1 and self.name(ref) in LAYOUT | SCALE | _SUBTRACT:
            ref = refs[0]
        return self.name(ref) in BOUNDED

    def factors(self, index: int) -> Iterator[str]:
        """The weights' names and the numbers that a call multiplies or divides a live tensor by."""
        call = self.calls[index]
        over = "1/" if call.name in _DIVIDE else ""
        for leaf in call.arguments:
            if isinstance(leaf, Tensor):
                yield "const"
            elif isinstance(leaf, Weight) or (isinstance(leaf, Ref) and call.name in SCALE and not self.is_live(leaf)):
                yield from (over + name for name in self._weights(leaf) or ("const",))
            elif isinstance(leaf, int | float) and leaf not in (0, 1):
                yield f"{1 / leaf if over else leaf:g}"

    def _weights(self, leaf: Weight | Ref) -> tuple[str, ...]:
        """The names of the weights that `leaf` is, or is computed from; none if it depends on the picture."""
        return (leaf.name,) if isinstance(leaf, Weight) else self._made_of[leaf.call] if leaf.call >= 0 else ()

    def has_weights(self, index: int) -> bool:
        """Whether an argument of a call is, or is computed from, weights alone."""
        return any(self._weights(leaf) for leaf in self.calls[index].arguments if isinstance(leaf, Weight | Ref))

    def is_product(self, index: int) -> bool:
        """Whether a call multiplies two live tensors."""
        return self.calls[index].name in SCALE and len(self.live_refs(index)) == 2

    def readers(self, start: int, calls: Iterable[int]) -> list[int]:
        """Those of `calls` that compute from the output of call `start` itself, or from another layout of it."""
        x = self.strip(Ref(start)).call
        readers = (index for index in calls if self.calls[index].name not in LAYOUT)
        return [index for index in readers if any(self.strip(ref).call == x for ref in self.live_refs(index))]

    def parts(self, start: int, end: Ref, calls: Iterable[int]) -> set[int]:
        """Which outputs of call `start` are read by `calls`, or are `end`."""
        refs = chain((end,), chain.from_iterable(self.calls[index].refs for index in calls))
        return {ref.part for ref in refs if ref.call == start}
