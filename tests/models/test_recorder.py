"""What is recorded runs again bit for bit, whatever the style of the code."""

import copy
import inspect
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.analysis.trace import drop, scale, trace
from explorer.core.errors import TraceError
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.recorder import NotRecordedError, Read, record
from tests.models.small import AS_THEY_ARE

X = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


class Code(nn.Module):
    """A convolution, then `function(self, x)`, then the mean of each channel."""

    def __init__(self, function: Callable[[Any, Tensor], Any]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.gain = nn.Parameter(torch.ones(1))
        self.plain = torch.full((1,), 2.0)  # neither parameter nor buffer
        self.function = function

    def forward(self, x: Tensor) -> Any:
        return self.function(self, self.conv(x)).mean((2, 3))


def _setitem(self: Any, x: Tensor) -> Tensor:
    x = x.clone()
    x[:, 0] = 0
    return x


def _view_written(self: Any, x: Tensor) -> Tensor:
    first = x[:, :1]
    first.add_(1)
    return x * 2


def _rows(self: Any, x: Tensor) -> Tensor:
    return torch.stack([row.flip(0) for row in x])


def _parts(self: Any, x: Tensor) -> Tensor:
    a, b = x.chunk(2, dim=1)
    return torch.cat([b, a + b], dim=1)


def _shared(self: Any, x: Tensor) -> Tensor:
    return self.relu(self.relu(x) - 0.1)  # type: ignore[no-any-return]


STYLES: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "in place": lambda self, x: x.mul_(2).add_(1),
    "set item": _setitem,
    "a view is written": _view_written,
    "rows": _rows,
    "parts": _parts,
    "shared module": _shared,
    "parameter": lambda self, x: 1 - self.gain * x,
    "plain attribute": lambda self, x: x + self.plain[:, None, None],
    "sizes": lambda self, x: F.avg_pool2d(x, x.size(3)),
    "made inside": lambda self, x: x + torch.arange(8, device=x.device, dtype=x.dtype),
    "print": lambda self, x: x * len(f"{x.mean():5.0f}"),
    "data": lambda self, x: x.data * 2,
    "property": lambda self, x: x.mT,
}


@pytest.mark.parametrize("style", STYLES)
def test_what_runs_again_is_the_module(style: str) -> None:
    module = Code(STYLES[style]).eval().requires_grad_(False)
    network = Network("code", "test", module, tuple("abcd"), AS_THEY_ARE, Graph.of(module, X.shape), "x")
    assert torch.equal(trace(network, X).logits, module(X.clone()))
    other = X.flip(0)
    assert torch.equal(trace(network, other, keep=()).logits, module(other.clone()))
    assert torch.equal(trace(network, X[:1], keep=()).logits, module(X[:1].clone())), "another number of pictures"
    wider = torch.cat([torch.cat([X, X], 3)] * 2, 2)
    if style != "made inside":
        assert torch.equal(trace(network, wider, keep=()).logits, module(wider.clone())), "another size"


def test_only_ancestors_run_also_those_that_wrote_into_a_view() -> None:
    module = Code(_view_written).eval().requires_grad_(False)
    network = Network("code", "test", module, tuple("abcd"), AS_THEY_ARE, Graph.of(module, X.shape), "x")
    whole = trace(network, X, keep=["mul"])["mul"]
    assert torch.equal(trace(network, X, keep=(), until="mul").logits, whole)


@pytest.mark.parametrize(("style", "same"), [("in place", True), ("sizes", False), ("rows", False)])
def test_whether_the_calls_hold_for_every_size(style: str, same: bool) -> None:
    assert record(Code(STYLES[style]).eval(), X)[0].any_shape == same


def test_a_call_knows_its_line_and_its_module() -> None:
    tape, _ = record(Code(_shared).eval(), X)
    lines, first = inspect.getsourcelines(_shared)
    assert [(call.name, call.module) for call in tape.calls] == [
        ("conv2d", "conv"), ("relu", "relu"), ("sub", ""), ("relu", "relu"), ("mean", ""),
    ]  # fmt: skip
    assert [call.frames[-1].line for call in tape.calls[1:4]] == [first + len(lines) - 1] * 3
    assert {call.frames[-1].file for call in tape.calls} == {__file__}
    assert tape.classes["conv"] == ("Conv2d", True)
    assert tape.classes[""] == ("Code", False)


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda y: {"logits": y, "other": y},
        lambda y: (y, [y]),
        lambda y: {"x": y},
        lambda y: type("O", (), {"logits": y})(),
    ],
)
def test_outputs_of_every_kind(wrapped: Callable[[Tensor], Any]) -> None:
    class Wrapped(Code):
        def forward(self, x: Tensor) -> Any:
            return wrapped(super().forward(x))

    module = Wrapped(_setitem).eval()
    _, logits = record(module, X)
    assert torch.equal(logits, Code(_setitem).eval()(X))


def test_a_recording_keeps_no_tensor_alive() -> None:
    seen: list[weakref.ref[Tensor]] = []

    def many(self: Any, x: Tensor) -> Tensor:
        for _ in range(20):
            x = x * 1.5
            seen.append(weakref.ref(x))
        assert sum(each() is not None for each in seen) <= 2, "while it runs"
        return x

    record(Code(many).eval(), X)
    assert not any(each() is not None for each in seen)


def test_an_output_that_torch_did_not_compute() -> None:
    class Numbers(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.from_numpy(x.numpy().mean((2, 3)))

    with pytest.raises(NotRecordedError):
        record(Numbers(), X)


class EarlyExit(nn.Module):
    """Two blocks; the second is left out if the first's answer is larger than 1. `steps` counts its while loop."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.blocks = nn.ModuleList(nn.Conv2d(3, 3, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = x + torch.relu(block(x))
            if x.mean() > 1:
                break
        while x.norm() > 100:
            x = x / 2
        return x.mean((2, 3))


def test_code_that_reads_values_is_recorded_for_each_picture() -> None:
    module = EarlyExit().eval().requires_grad_(False)
    graph = Graph.of(module, (1, 3, 8, 8))
    network = Network("exit", "test", module, tuple("abc"), AS_THEY_ARE, graph, "x")
    line = inspect.getsourcelines(EarlyExit.forward)[1] + 3
    reads = [(read.function, read.frame.line) for read in graph.tape.reads if read.frame]
    assert ("bool", line) in reads
    dark, bright = torch.zeros(1, 3, 8, 8), torch.full((1, 3, 8, 8), 20.0)
    assert len(graph.at(dark).blocks) == 2
    assert len(graph.at(bright).blocks) == 1
    for x in (dark, bright):
        assert torch.equal(trace(network, x, keep=()).logits, module(x.clone()))
    assert graph.passages == {"input"}


def test_edits_of_such_code_run_live() -> None:
    """Without its input's brightness the network takes the second block, which the recorded calls do not have."""
    module = EarlyExit().eval().requires_grad_(False)
    network = Network("exit", "test", module, tuple("abc"), AS_THEY_ARE, Graph.of(module, (1, 3, 8, 8)), "x")
    bright = torch.full((1, 3, 8, 8), 20.0)
    key = next(iter(network.graph.at(bright).blocks))
    found = trace(network, bright, keep=["blocks.0"], edits={f"{key}.shortcut": scale(0.0), f"{key}.branch": drop()})
    second = module.blocks[1].bias.relu()  # type: ignore[union-attr, operator]
    assert torch.allclose(found.logits, second)
    assert torch.equal(found["blocks.0"], module.blocks[0](bright))
    with pytest.raises(TraceError):
        trace(network, bright, keep=["blocks.1"], edits={"blocks.0": drop()})


def test_reads_and_edits_travel_to_another_process() -> None:
    tape, _ = record(EarlyExit().eval(), X)
    assert pickle.loads(pickle.dumps(tape.reads)) == tape.reads
    assert isinstance(tape.reads[0], Read)
    assert torch.equal(pickle.loads(pickle.dumps(scale(2.0)))(X), X * 2)


def test_an_activation_where_a_replaced_buffer_was() -> None:
    """A network may drop its buffers while it runs; their ids then become those of activations."""

    def dropping(self: Any, x: Tensor) -> Tensor:
        for name in list(self._buffers):
            setattr(self, name, None)
        return [x := x + 1 for _ in range(200)][-1]

    module = Code(dropping)
    for number in range(100):
        module.register_buffer(f"table{number}", torch.zeros(1))
    tape, _ = record(module, X)
    assert all(len(call.refs) == 1 for call in tape.calls)


def test_a_call_that_returns_its_operand_as_it_is_writes_nothing() -> None:
    def noting(self: Any, x: Tensor) -> Tensor:
        self.seen = x.detach().cpu().numpy()
        return F.dropout(x.contiguous().flatten(1), 0.5, training=False).view_as(x) + x

    tape, _ = record(Code(noting), X)
    assert not any(call.written for call in tape.calls)


def test_calls_without_effect_on_the_logits() -> None:
    def chatty(self: Any, x: Tensor) -> Tensor:
        self.message = f"{x.mean():.3f}"
        return torch.relu(x) * 2

    module = Code(chatty).eval().requires_grad_(False)
    graph = Graph.of(module, X.shape)
    assert graph.unused == {"mean", "detach"}, "`detach` is of the format"
    assert graph.keys["mean_1"] == ("", "mean", 1)
    network = Network("code", "test", module, tuple("abcd"), AS_THEY_ARE, graph, "x")
    assert torch.equal(trace(network, X, keep=()).logits, module(X.clone()))


class Written(Code):
    """Writes into a buffer, the running statistics and the picture, and assigns an activation's data."""

    count: Any

    def __init__(self) -> None:
        super().__init__(_setitem)
        self.norm: Any = nn.BatchNorm2d(4)
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        x -= 0.5
        self.count += 1
        y: Tensor = self.conv(x)
        y.data = y.data * 2
        normed = F.batch_norm(y, self.norm.running_mean, self.norm.running_var, training=True)
        return torch.mean(y + normed * self.count, (2, 3))


def test_neither_the_picture_nor_the_shared_weights_are_written() -> None:
    module = Written().eval().requires_grad_(False)
    network = Network("code", "test", module, tuple("abcd"), AS_THEY_ARE, Graph.of(module, X.shape), "x")
    needed = Written().eval()(X.clone())
    before, x = {name: value.clone() for name, value in module.state_dict().items()}, X.clone()
    for _ in range(2):
        assert torch.equal(trace(network, x, keep=()).logits, needed)
    assert torch.equal(x, X)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def _caught(self: Any, x: Tensor) -> Tensor:
    try:
        return x * float(x.mean())
    except RuntimeError:
        return x


def _routed(self: Any, x: Tensor) -> Tensor:
    rows = torch.where(x.mean((1, 2, 3)) > x.mean())[0]
    return x if rows.numel() == 0 else x.index_add(0, rows, x[rows])


def _sliced(self: Any, x: Tensor) -> Tensor:
    k = x.amax((0, 2, 3)).argmax()
    return x * x[:, k : k + 1]


@pytest.mark.parametrize("function", [_caught, _routed, _sliced])
def test_values_that_are_read_unseen(function: Callable[[Any, Tensor], Tensor]) -> None:
    """Behind a `try`, by the size of a selection, and by Python's slices."""
    module = Code(function).eval().requires_grad_(False)
    network = Network("code", "test", module, tuple("abcd"), AS_THEY_ARE, Graph.of(module, X.shape), "x")
    for x in (X, -X, 3 * X.flip(0)):
        assert torch.equal(trace(network, x, keep=()).logits, module(x.clone()))


def test_a_module_copied_in_forward_keeps_its_weights() -> None:
    module = Code(lambda self, x: x + copy.deepcopy(self.gain) * 3).eval().requires_grad_(False)
    network = Network("code", "test", module, tuple("abcd"), AS_THEY_ARE, Graph.of(module, X.shape), "x")
    assert torch.equal(trace(network, X, keep=()).logits, module(X.clone()))
