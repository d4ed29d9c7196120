"""A step equals plain PyTorch on every path: eager, with cached features, captured as a graph."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from explorer.core.errors import RunError
from explorer.data.datasets import Split
from explorer.training import steps
from explorer.training.augment import Augment
from explorer.training.recipe import Recipe
from explorer.training.steps import CapturedSteps, Features, Pictures, Precision, Readback, Steps, generator

CPU = torch.device("cpu")
PLAIN = Recipe(crop_padding=0, flip=0, brightness=0, contrast=0, saturation=0, hue=0, rotation=0)
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.3, 0.4)


def split(count: int = 40) -> Split:
    images = torch.randint(256, (count, 3, 32, 32), generator=generator(1), dtype=torch.uint8)
    return Split(images, torch.arange(count) % 5)


def small_network(seed: int = 0) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(8, 5),
        )  # fmt: skip


def made(recipe: Recipe = PLAIN, name: str = "adam", *, smoothing: float = 0.0) -> tuple[nn.Module, Steps]:
    network = small_network()
    groups = [{"params": list(network[:5].parameters())}, {"params": list(network[5].parameters())}]
    optimizer = steps.make_optimizer(name, groups, 1e-2, 1.0, CPU)
    batches = Pictures(split(), Augment(recipe, 32, MEAN, STD))
    return network, Steps(network, batches, optimizer, Precision(CPU, "float32"), smoothing)


def weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())


def test_draws_depend_on_the_key_alone() -> None:
    draws = {key: torch.rand(4, generator=generator(*key)) for key in [(0,), (1,), (0, 1), (1, 0), (0, 0, 1)]}
    assert all(torch.equal(torch.rand(4, generator=generator(*key)), draw) for key, draw in draws.items())
    assert len({tuple(draw.tolist()) for draw in draws.values()}) == len(draws)
    assert generator(2**31 - 1, 1000, 10_000_000, 7).initial_seed() >= 0


def test_draws_are_made_on_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = torch.Generator
    monkeypatch.setattr(torch, "Generator", lambda device="cpu": (asked.append(device), real())[1])
    generator(3, device="mps")
    assert asked == ["mps"]


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_a_step_is_that_of_plain_pytorch(name: str, smoothing: float) -> None:
    network, step = made(name=name, smoothing=smoothing)
    plain = small_network()
    optimizer = {
        "adam": lambda p: torch.optim.Adam(p, 1e-2, weight_decay=1.0),
        "adamw": lambda p: torch.optim.AdamW(p, 1e-2, weight_decay=1.0),
        "sgd": lambda p: torch.optim.SGD(p, 1e-2, momentum=0.9, nesterov=True, weight_decay=1.0),
    }[name](plain.parameters())
    data = split()
    for k in range(5):
        picks = torch.randperm(40, generator=generator(k))[:16]
        x = (data.images[picks] / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
        logits = plain(x)
        loss = F.cross_entropy(logits, data.labels[picks], label_smoothing=smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found = step(picks, None)
        told = F.cross_entropy(logits, data.labels[picks]).item()  # the test's kind, whatever the gradient is of
        assert found[0].item() == pytest.approx(told, rel=1e-3)
        assert found[1].item() == (logits.argmax(1) == data.labels[picks]).sum().item()
    for name_, value in plain.state_dict().items():
        torch.testing.assert_close(
            network.state_dict()[name_], value, rtol=1e-4, atol=1e-3
        )  # Adam's sign may differ where the gradient is rounding error


def test_a_weight_scales_the_gradient_and_not_the_loss() -> None:
    (one, step), (other, heavier) = made(name="sgd"), made(name="sgd")
    before = weights(one)
    for group in (*step.optimizer.param_groups, *heavier.optimizer.param_groups):
        group["weight_decay"] = 0
    picks = torch.arange(16)
    assert torch.equal(step(picks, None), heavier(picks, None, 3.0))
    for name, parameter in one.named_parameters():
        moved, more = parameter.data - before[name], other.get_parameter(name).data - before[name]
        torch.testing.assert_close(more, 3 * moved, rtol=1e-3, atol=1e-6)


def test_where_the_time_goes() -> None:
    _, step = made()
    step(torch.arange(16), None)
    assert set(step.spent) == {"data", "forward", "backward", "step"}
    assert all(seconds > 0 for seconds in step.spent.values())


def test_floats_of_a_forward_pass() -> None:
    network = small_network().eval()
    seen: list[torch.dtype] = []
    network[0].register_forward_hook(lambda _, __, out: seen.append(out.dtype))
    for name in ("float32", "bfloat16"):
        with Precision(CPU, name)():
            network(torch.rand(2, 3, 32, 32))
    assert seen == [torch.float32, torch.bfloat16]
    assert all(parameter.dtype == torch.float32 for parameter in network.parameters())


# The learning rate


def test_each_group_has_a_rate_of_its_own_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """ReduceLROnPlateau would halve a shared tensor once per group."""
    real = torch.tensor
    monkeypatch.setattr(torch, "tensor", lambda value, **_: real(value))
    network = small_network()
    groups = [{"params": [parameter]} for parameter in network.parameters()]
    for name in ("adam", "adamw", "sgd"):
        optimizer = steps.make_optimizer(name, groups, 1e-2, 0.0, torch.device("cuda"))
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
        rates = [group["lr"] for group in optimizer.param_groups]
        plateau.step(1.0)
        plateau.step(1.0)
        assert [rate.item() for rate in rates] == pytest.approx([5e-3] * len(groups))
        steps.set_lr(optimizer, 0.25)
        assert all(group["lr"] is rate for group, rate in zip(optimizer.param_groups, rates, strict=True))
        assert [rate.item() for rate in rates] == [0.25] * len(groups)


# Cached features


def test_features_are_those_of_each_picture_in_its_place() -> None:
    data, augment = split(), Augment(PLAIN, 32, MEAN, STD)
    features = Features(data, augment, lambda x: x.mean((2, 3)), 0)
    assert features.select_view(1)
    order = torch.randperm(40)
    for low in (0, 16, 32):
        features.compute(order[low : low + 16], None)
    assert not features.select_view(2), "each feature is computed once"
    picks = torch.tensor([7, 0, 39])
    x, y = features(picks, None)
    torch.testing.assert_close(x, augment.plain(data.images[picks]).mean((2, 3)))
    assert y.tolist() == data.labels[picks].tolist()


def test_views_come_in_turn_and_stay() -> None:
    features = Features(split(), Augment(Recipe(), 32, MEAN, STD), lambda x: x.flatten(1), 2)
    every, shown = torch.arange(40), []
    for epoch in range(1, 6):
        assert features.select_view(epoch) == (epoch <= 2)
        if epoch <= 2:
            features.compute(every, generator(5, epoch))
        shown.append(features(every, None)[0])
    assert torch.equal(shown[0], shown[2])
    assert torch.equal(shown[1], shown[3])
    assert torch.equal(shown[0], shown[4])
    assert not torch.equal(shown[0], shown[1])


# Captured steps


class FakeGraph(TorchDispatchMode):
    """A fake CUDA graph on the CPU: records the operations of a capture and replays them on the same tensors.

    A capture on CUDA computes nothing; here it does, so the `live` tensors are restored afterwards. As on CUDA, reading
    values during a capture is an error, and a replay does not run Python.
    """

    live: Callable[[], list[Tensor]] = staticmethod(list)
    refuses = ""

    def __init__(self) -> None:
        super().__init__()
        self.tape: list[tuple[Any, Any, Any, Any]] = []
        self.replays = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self.refuses or func is torch.ops.aten._local_scalar_dense.default:
            raise RuntimeError(self.refuses or "operation not permitted when stream is capturing\nmore words")
        out = func(*args, **(kwargs or {}))
        self.tape.append((func, args, kwargs or {}, out))
        return out

    @contextlib.contextmanager
    def capture(self) -> Iterator[None]:
        before = [(value, value.detach().clone()) for value in type(self).live()]
        with self:
            yield
        with torch.no_grad():
            for value, kept in before:
                value.copy_(kept)

    @torch.no_grad()
    def replay(self) -> None:
        self.replays += 1
        for func, args, kwargs, out in self.tape:
            again = func(*args, **kwargs)
            pairs = zip(out, again, strict=True) if isinstance(out, (tuple, list)) else [(out, again)]
            for old, new in pairs:
                if isinstance(old, Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


class FakeStream:
    def wait_stream(self, other: "FakeStream") -> None:
        pass


@pytest.fixture
def fake_cuda(monkeypatch: pytest.MonkeyPatch) -> type[FakeGraph]:
    monkeypatch.setattr(torch.cuda, "CUDAGraph", FakeGraph)
    monkeypatch.setattr(torch.cuda, "graph", lambda graph, capture_error_mode: graph.capture())
    monkeypatch.setattr(torch.cuda, "Stream", FakeStream)
    monkeypatch.setattr(torch.cuda, "current_stream", FakeStream)
    monkeypatch.setattr(torch.cuda, "set_stream", lambda _: None)
    monkeypatch.setattr(torch.cuda, "stream", lambda _: contextlib.nullcontext())
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(FakeGraph, "refuses", "")
    return FakeGraph


def tensor_rates(optimizer: torch.optim.Optimizer) -> None:
    """Learning rates as tensors, as in `make_optimizer` on CUDA."""
    for group in optimizer.param_groups:
        group["lr"] = torch.tensor(group["lr"])
        if "capturable" in group:
            group["capturable"] = True


def lively(network: nn.Module, optimizer: torch.optim.Optimizer) -> Callable[[], list[Tensor]]:
    def live() -> list[Tensor]:
        moments = [value for state in optimizer.state.values() for value in state.values() if isinstance(value, Tensor)]
        return [*network.state_dict().values(), *moments]

    return live


BATCHES = [torch.randperm(40, generator=generator(k))[: 6 if k in (5, 8) else 16] for k in range(10)]


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_captured_steps_are_the_eager_ones(
    name: str, fake_cuda: type[FakeGraph], monkeypatch: pytest.MonkeyPatch
) -> None:
    (eager, step), (network, inner) = made(name=name), made(name=name)
    tensor_rates(step.optimizer)
    tensor_rates(inner.optimizer)
    monkeypatch.setattr(fake_cuda, "live", staticmethod(lively(network, inner.optimizer)))
    captured = CapturedSteps(inner, 16)
    for k, picks in enumerate(BATCHES):
        for optimizer in (step.optimizer, inner.optimizer):
            steps.set_lr(optimizer, 1e-2 / (k + 1))  # a replay reads the new value
        assert torch.allclose(captured(picks, None), step(picks, None), rtol=1e-6)
        assert same(weights(eager), weights(network)), f"step {k}"
        assert (captured.graph is None) == (k < CapturedSteps.WARM_UP)
    assert captured.why_not is None
    assert captured.graph.replays == len(BATCHES) - CapturedSteps.WARM_UP - 2, "two batches of another size are eager"


def test_a_capture_changes_nothing(fake_cuda: type[FakeGraph], monkeypatch: pytest.MonkeyPatch) -> None:
    network, inner = made()
    monkeypatch.setattr(fake_cuda, "live", staticmethod(lively(network, inner.optimizer)))
    captured = CapturedSteps(inner, 16)
    for picks in BATCHES[: CapturedSteps.WARM_UP]:
        captured(picks, None)
    before = weights(network)
    captured._capture()
    assert captured.graph is not None
    assert same(before, weights(network))


def test_a_replay_draws_anew(fake_cuda: type[FakeGraph], monkeypatch: pytest.MonkeyPatch) -> None:
    network, inner = made(Recipe())
    for group in inner.optimizer.param_groups:
        group["lr"], group["weight_decay"] = 0.0, 0.0
    network.eval()
    monkeypatch.setattr(fake_cuda, "live", staticmethod(lively(network, inner.optimizer)))
    captured = CapturedSteps(inner, 16)
    losses = [captured(BATCHES[0], None)[0].item() for _ in range(8)]
    assert captured.graph is not None
    assert captured.graph.replays == 5
    assert len(set(losses)) == 8, "the same pictures, augmented differently each time"


def test_a_failed_capture_says_why_and_goes_on(fake_cuda: type[FakeGraph], monkeypatch: pytest.MonkeyPatch) -> None:
    (eager, step), (network, inner) = made(), made()
    monkeypatch.setattr(fake_cuda, "live", staticmethod(lively(network, inner.optimizer)))
    monkeypatch.setattr(fake_cuda, "refuses", "CUDA error: no " + "capture " * 100 + "\nCompile with …")
    captured = CapturedSteps(inner, 16)
    for picks in BATCHES:
        assert torch.equal(captured(picks, None), step(picks, None))
    assert same(weights(eager), weights(network))
    assert captured.graph is None
    assert captured.why_not is not None
    assert captured.why_not.startswith("CUDA error: no capture")
    assert len(captured.why_not) == 200


def test_nothing_is_read_from_the_device_in_a_step(fake_cuda: type[FakeGraph], monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake graph raises like CUDA if the network reads a value."""
    network, inner = made()
    monkeypatch.setattr(fake_cuda, "live", staticmethod(lively(network, inner.optimizer)))
    network[4].register_forward_hook(lambda _, __, out: out * out.sum().item())
    captured = CapturedSteps(inner, 16)
    for picks in BATCHES[:4]:
        captured(picks, None)
    assert captured.why_not == "operation not permitted when stream is capturing"


def test_a_capture_that_cannot_end_leaves_the_stream_as_it_was(
    fake_cuda: type[FakeGraph], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As torch.cuda.graph: its `__exit__` raises another error before it leaves the capture's stream."""
    current: list[object] = ["own"]

    @contextlib.contextmanager
    def graph(_: object, capture_error_mode: str) -> Iterator[None]:
        current[0] = "of the capture"
        try:
            yield
        finally:
            raise torch.AcceleratorError("CUDA error: operation failed due to a previous error during capture")

    def refused(*_: object) -> None:
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing")

    _, inner = made()
    monkeypatch.setattr(torch.cuda, "graph", graph)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: current[0])
    monkeypatch.setattr(torch.cuda, "set_stream", lambda stream: current.__setitem__(0, stream))
    captured = CapturedSteps(inner, 16)
    monkeypatch.setattr(captured, "steps", refused)
    captured._capture()
    assert current == ["own"]
    assert captured.why_not == "CUDA error: operation not permitted when stream is capturing"


# Predictions and readback


@pytest.mark.parametrize(
    ("device", "image_px", "expected"),
    [("cpu", 32, 500), ("cpu", 64, 500), ("cpu", 224, 40), ("cuda", 64, 2000), ("cuda", 224, 163), ("cpu", 4096, 1)],
)
def test_larger_pictures_are_predicted_in_smaller_chunks(device: str, image_px: int, expected: int) -> None:
    assert steps.chunk(torch.device(device), image_px) == expected


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        torch.AcceleratorError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"),
    ],
)
def test_a_chunk_that_does_not_fit_is_halved(error: RuntimeError) -> None:
    network, x, labels, room = small_network().eval(), torch.rand(40, 3, 32, 32), torch.arange(40) % 5, 9

    def full(batch: Tensor) -> Tensor:
        if len(batch) > room:
            raise error
        return network(batch)

    chunks = list(steps.predict(full, lambda low, high: x[low:high], labels, Precision(CPU, "float32"), 32))
    assert [len(loss) for loss, _, _ in chunks] == [8] * 5
    with torch.no_grad():
        assert torch.equal(torch.cat([each for _, each, _ in chunks]), network(x).argmax(1))
    room = 0
    with pytest.raises(RunError, match="Out of memory"):
        list(steps.predict(full, lambda low, high: x[low:high], labels, Precision(CPU, "float32"), 32))
    error.args = ("anything else",)
    if not isinstance(error, torch.OutOfMemoryError):
        with pytest.raises(RuntimeError, match="anything else"):
            list(steps.predict(full, lambda low, high: x[low:high], labels, Precision(CPU, "float32"), 32))


def test_answers_to_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    network, x, labels = small_network().eval(), torch.rand(40, 3, 32, 32, generator=generator(3)), torch.arange(40) % 5
    chunks = list(steps.predict(network, lambda low, high: x[low:high], labels, Precision(CPU, "float32"), 16))
    assert [len(loss) for loss, _, _ in chunks] == [16, 16, 8]
    loss, predicted, probability = (torch.cat(column) for column in zip(*chunks, strict=True))
    with torch.no_grad():
        logits = network(x)
    torch.testing.assert_close(loss, F.cross_entropy(logits, labels, reduction="none"))
    assert torch.equal(predicted, logits.argmax(1))
    torch.testing.assert_close(probability, logits.softmax(1).amax(1))
    assert not loss.requires_grad


class FakeCopy:
    """A CUDA event that is complete when `done()` is true."""

    done = False

    def record(self) -> None:
        pass

    def query(self) -> bool:
        return self.done

    def synchronize(self) -> None:
        pass


def test_results_come_back_in_order_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "Event", FakeCopy)
    real = torch.empty
    monkeypatch.setattr(torch, "empty", lambda *shape, pin_memory=False, **more: real(*shape, **more))
    monkeypatch.setattr(Readback, "BURST_S", 0.0)
    readback = Readback(torch.device("cuda"))
    result = torch.zeros(2)
    for k in range(3):
        result.fill_(k)  # a captured step reuses its output
        readback.put(k, result)
        assert list(readback.ready()) == [], "not copied yet"
    monkeypatch.setattr(FakeCopy, "done", True)
    arrived = list(readback.ready())
    result.fill_(3)
    readback.put(3, result)
    monkeypatch.setattr(FakeCopy, "done", False)
    arrived += readback.ready(wait_for_all=True)
    assert arrived == [(k, [float(k)] * 2) for k in range(4)]
    assert list(readback.ready(wait_for_all=True)) == []


def test_on_a_cpu_results_are_there_at_once() -> None:
    readback = Readback(CPU)
    readback.put("a", torch.tensor([1.0, 2.0]))
    readback.put("b", torch.tensor([3.0, 4.0]))
    assert list(readback.ready()) == [("a", [1.0, 2.0]), ("b", [3.0, 4.0])]
    assert list(readback.ready(wait_for_all=True)) == []


def test_on_mps_results_are_read_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reading waits for the device."""
    readback = Readback(torch.device("mps"))
    readback.put("a", torch.tensor([1.0, 2.0]))
    assert list(readback.ready()) == []
    readback.put("b", torch.tensor([3.0, 4.0]))
    monkeypatch.setattr(Readback, "BURST_S", 0.0)
    assert list(readback.ready()) == [("a", [1.0, 2.0]), ("b", [3.0, 4.0])]
    monkeypatch.setattr(Readback, "BURST_S", 1e9)
    readback.put("c", torch.tensor([5.0, 6.0]))
    assert list(readback.ready(wait_for_all=True)) == [("c", [5.0, 6.0])]
    assert list(readback.ready(wait_for_all=True)) == []
