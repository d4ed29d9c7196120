"""Grad-CAM and integrated gradients against computations by hand; the shared network is not modified."""

import copy
import math
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import spearmanr
from torch import Tensor, nn

from explorer.analysis import attribution
from explorer.analysis.attribution import METHODS, Attribution
from explorer.analysis.trace import trace
from explorer.codegen import attribution as scripts
from explorer.data import images
from explorer.models import loading
from explorer.models.network import Network

T = TypeVar("T")
ROOT = Path(__file__).parents[2]


def ended(steps: Generator[tuple[int, int], None, T]) -> T:
    while True:
        try:
            done, total = next(steps)
            assert 0 <= done <= total
        except StopIteration as end:
            result: T = end.value
            return result


@pytest.fixture(scope="module")
def network() -> Network:
    return loading.load("resnet18", "cifar10")


@pytest.fixture(scope="module")
def x(network: Network) -> Tensor:
    return network.preprocess(images.open_sample("china").image)


def by_hand(network: Network, x: Tensor, method: str, k: int) -> dict[str, Tensor]:
    """Hooks on a deep copy whose stages clone their outputs; the formulas as in the papers."""
    module = copy.deepcopy(network.module).requires_grad_(True)
    seen: dict[str, Tensor] = {}

    def hook(name: str) -> Any:
        def keep(_: nn.Module, __: Any, out: Tensor) -> Tensor:
            seen[name] = out.clone()
            seen[name].retain_grad()
            return seen[name]

        return keep

    for name in ("maxpool", "layer1", "layer2", "layer3", "layer4"):
        module.get_submodule(name).register_forward_hook(hook(name))
    module(x)[0, k].backward()
    maps = {}
    for name, value in seen.items():
        a, g = value[0].detach().double(), value.grad[0].double()  # type: ignore[index]
        cam = torch.zeros(a.shape[1:], dtype=torch.float64)
        for c in range(len(a)):
            if method == "grad_cam":
                weight = g[c].mean()
            else:
                alpha = torch.where(g[c] == 0, 0, g[c] ** 2 / (2 * g[c] ** 2 + a[c].sum() * g[c] ** 3))
                weight = (alpha * g[c].clamp(min=0)).sum()
            cam += weight * a[c]
        maps[name] = cam.clamp(min=0)
    return maps


@pytest.mark.parametrize("method", ["grad_cam", "grad_cam_pp"])
@pytest.mark.parametrize("k", [0, 5])
def test_grad_cam_is_what_the_papers_write(network: Network, x: Tensor, method: str, k: int) -> None:
    found = attribution.grad_cam(network, x, method, k)
    expected = by_hand(network, x, method, k)
    assert [tuple(cells.shape) for cells in found.maps.values()] == [(16, 16), (16, 16), (8, 8), (4, 4), (2, 2)]
    assert found.maps.keys() == expected.keys()
    for place, cells in found.maps.items():
        top = float(expected[place].max())
        assert torch.allclose(cells.double(), expected[place], rtol=1e-4, atol=1e-4 * top), place
    assert found.logit == pytest.approx(float(network.module(x)[0, k]), rel=1e-5)


def test_the_last_stage_of_grad_cam_adds_up_to_the_logit(network: Network, x: Tensor) -> None:
    """The rest is linear: weights times maps, before ReLU, equal the logit without its bias."""
    k = int(network.module(x).argmax())
    last = attribution.grad_cam(network, x, "grad_cam", k).maps["layer4"]
    assert (last > 0).all(), "nothing was cut here"
    assert float(last.sum()) == pytest.approx(float(network.module(x)[0, k] - network.module.fc.bias[k]), rel=1e-4)  # type: ignore[union-attr, index]


@pytest.fixture(scope="module")
def small(network: Network) -> Tensor:
    return network.preprocess.sized(32)(images.open_sample("china").image)


@pytest.fixture(scope="module")
def integrated(network: Network, small: Tensor) -> Attribution:
    return ended(attribution.integrated_gradients(network, small, 3))


def test_integrated_gradients_are_a_plain_sum(network: Network, small: Tensor, integrated: Attribution) -> None:
    module = copy.deepcopy(network.module)
    parts = [nn.Sequential(module.conv1, module.bn1, module.relu, module.maxpool), *(
        module.get_submodule(f"layer{k}") for k in range(1, 5)
    )]  # fmt: skip
    head = [module.avgpool, nn.Flatten(), module.fc]
    nodes, weights = np.polynomial.legendre.leggauss(8)
    start, end = torch.zeros_like(small), small
    for k, (place, cells) in enumerate(integrated.maps.items()):
        rest = nn.Sequential(*parts[k:], *head)  # type: ignore[arg-type]
        n = integrated.points[place] // 8
        places = [(piece + (node + 1) / 2) / n for piece in range(n) for node in nodes]
        along, shares = (torch.tensor(each).view(-1, 1, 1, 1).float() for each in (places, [*weights / (2 * n)] * n))
        points = (start + along * (end - start)).float().detach().requires_grad_()
        (slopes,) = torch.autograd.grad(rest(points)[:, 3].sum(), points)
        expected = ((shares * slopes).sum(0) * (end - start)[0]).sum(0)
        assert torch.allclose(cells, expected, rtol=1e-3, atol=2e-4 * float(expected.abs().max())), place
        if k < 5:
            start, end = parts[k](start), parts[k](end)


def test_integrated_gradients_are_complete(network: Network, small: Tensor, integrated: Attribution) -> None:
    difference = float((network.module(small) - network.module(torch.zeros_like(small)))[0, 3])
    assert integrated.logit - integrated.baseline == pytest.approx(difference, rel=1e-4)
    assert list(integrated.maps) == ["input", "maxpool", "layer1", "layer2", "layer3", "layer4"]
    assert integrated.maps["input"].shape == (32, 32)
    for place, cells in integrated.maps.items():
        assert float(cells.sum()) == pytest.approx(difference, rel=0.011), place
    # Only the head follows, which is linear: the quadrature is exact.
    assert float(integrated.maps["layer4"].sum()) == pytest.approx(difference, abs=1e-4)


def test_twenty_pictures_are_complete_within_a_hundredth_or_at_the_most_points(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = loading.load("cifar-resnet32-w8", "twin")
    monkeypatch.setattr(attribution, "integrated_places", lambda _: {"input": "input"})
    monkeypatch.setattr(attribution, "PIECES", (4, 8, 16))
    drawn, points = np.random.default_rng(0), []
    for _ in range(20):
        x = network.preprocess(Image.fromarray(drawn.integers(0, 256, (5, 5, 3), dtype=np.uint8)).resize((32, 32)))
        with torch.no_grad():
            logits, zero = network.module(torch.cat([x, torch.zeros_like(x)]))
        k = int(logits.argmax())
        found = ended(attribution.integrated_gradients(network, x, k))
        points.append(found.points["input"])
        difference = float(logits[k] - zero[k])
        if points[-1] < 128:
            assert float(found.maps["input"].sum()) == pytest.approx(difference, rel=0.0101)
    assert set(points) <= {32, 64, 128}
    assert points.count(128) <= 12
    assert len(set(points)) > 1


def state(module: nn.Module) -> list[tuple[Any, ...]]:
    """Hooks, in-place flags, modes, gradients and the storage of every tensor."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    modules = [
        (name, *(len(getattr(inner, kind)) for kind in hooks), getattr(inner, "inplace", None), inner.training,
         inner.__call__.__func__ is nn.Module.__call__, sorted(inner.__dict__))
        for name, inner in module.named_modules()
    ]  # fmt: skip
    tensors = [*module.named_parameters(), *module.named_buffers()]
    return [
        *modules,
        *((n, t.data_ptr(), t._version, t.requires_grad, t.grad is None, float(t.float().sum())) for n, t in tensors),
    ]


@pytest.fixture
def few_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "PIECES", (4,))


@pytest.mark.usefixtures("few_points")
@pytest.mark.parametrize("method", METHODS)
def test_the_shared_network_is_left_as_it_was(network: Network, small: Tensor, method: str) -> None:
    before = state(network.module)
    given = small.clone()
    ended(attribution.attribute(network, small, method, 0))
    assert state(network.module) == before
    assert torch.equal(given, small)
    assert not small.requires_grad


@pytest.mark.parametrize("method", METHODS)
def test_a_failure_leaves_no_hook(network: Network, small: Tensor, method: str) -> None:
    before = state(network.module)
    with pytest.raises((IndexError, AssertionError)):
        ended(attribution.attribute(network, small, method, 10))  # classes are 0 to 9
    with pytest.raises(RuntimeError):
        ended(attribution.attribute(network, small[:, :2], method, 0))
    assert state(network.module) == before


def test_bottlenecks_and_a_map_of_one_cell() -> None:
    network = loading.load("resnet50", "random", seed=3)
    x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    found = attribution.grad_cam(network, x, "grad_cam", 7)
    assert [cells.shape[0] for cells in found.maps.values()] == [8, 8, 4, 2, 1]
    expected = by_hand(network, x, "grad_cam", 7)
    assert torch.allclose(found.maps["layer3"].double(), expected["layer3"], rtol=1e-3, atol=1e-7)


def test_untrained_weights_are_drawn_as_torchvision_does(network: Network) -> None:
    fresh, again = attribution.untrained(network), attribution.untrained(network)
    pairs = zip(fresh.module.parameters(), again.module.parameters(), network.module.parameters(), strict=True)
    for one, other, trained in pairs:
        assert torch.equal(one, other)
        assert one.data_ptr() != trained.data_ptr()
    assert not fresh.module.training
    weight = fresh.module.get_parameter("layer2.0.conv1.weight")
    assert float(weight.std()) == pytest.approx(math.sqrt(2 / (128 * 9)), rel=0.02), "He initialisation, fan out"
    bn = fresh.module.get_submodule("layer1.0.bn1")
    assert torch.equal(bn.running_var, torch.ones(64))  # type: ignore[arg-type]


def test_the_check_is_a_rank_correlation_of_magnitudes(network: Network, x: Tensor) -> None:
    found = attribution.grad_cam(network, x, "grad_cam", 1)
    other, likeness = ended(attribution.sanity_check(network, x, "grad_cam", 1, found))
    assert likeness["layer4"] is None, "four cells are too few"
    expected_maps = attribution.grad_cam(attribution.untrained(network), x, "grad_cam", 1).maps
    assert {place: torch.equal(cells, expected_maps[place]) for place, cells in other.maps.items()} == dict.fromkeys(
        found.maps, True
    )
    for place in ("maxpool", "layer1", "layer2", "layer3"):
        expected = spearmanr(found.maps[place].flatten(), other.maps[place].flatten()).statistic
        assert likeness[place] == pytest.approx(expected, abs=1e-6)
    same = attribution._rank_correlation(found.maps["layer1"], 3 * found.maps["layer1"])
    assert same == pytest.approx(1)
    assert attribution._rank_correlation(torch.zeros(8, 8), found.maps["layer2"]) is None


@pytest.mark.usefixtures("few_points")
@pytest.mark.parametrize(("method", "size"), [*((method, 32) for method in METHODS), ("grad_cam", 64)])
def test_the_script_gives_the_maps_of_the_page(
    network: Network, picture: Image.Image, method: str, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = ended(attribution.attribute(network, network.preprocess.sized(size)(picture), method, 5))
    code = scripts.attribution(network, size, method, 5, "my photo.png", expected.points)
    assert len(code.splitlines()) <= (45 if method == "integrated_gradients" else 40)
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    assert names["maps"].keys() == expected.maps.keys()
    for place, cells in expected.maps.items():
        assert torch.allclose(names["maps"][place].float(), cells, rtol=2e-3, atol=1e-3 * float(cells.abs().max())), (
            place
        )
    if method == "integrated_gradients":
        assert names["difference"] == pytest.approx(expected.logit - expected.baseline, rel=1e-4)
    assert "layer4 " in capsys.readouterr().out


def test_no_page_loads_the_libraries_before_they_are_used() -> None:
    code = (
        "import sys; import explorer.ui.features.attribution, explorer.ui.features.space\n"
        "print(*{'captum', 'matplotlib', 'sklearn'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True, cwd=ROOT)
    assert run.stdout.strip() == ""


def test_a_trace_is_not_disturbed_by_the_copies(network: Network, x: Tensor) -> None:
    before = trace(network, x, keep=["layer4.1.out"])
    attribution.grad_cam(network, x, "grad_cam_pp", 2)
    assert torch.equal(trace(network, x, keep=["layer4.1.out"])["layer4.1.out"], before["layer4.1.out"])
