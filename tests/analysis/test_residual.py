"""Measurements of the shortcut against hand computation, hooks on a copy and a network with known answers."""

import copy
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.analysis import picture_set, residual
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.residual import measure_sum, negative_share
from explorer.analysis.trace import trace
from explorer.models.cifar_resnet import CifarResNet
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.preprocessing import CIFAR_PREPROCESSING
from tests.conftest import random_network

X = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(5))


def test_a_right_angle() -> None:
    found = measure_sum(torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0]))
    assert (found.shortcut_norm, found.branch_norm, found.sum_norm) == (3.0, 4.0, 5.0)
    assert found.ratio == pytest.approx(4 / 3)
    assert found.cosine == 0.0


def test_a_branch_that_takes_away() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    found = measure_sum(x, -0.5 * x)
    assert found.cosine == pytest.approx(-1.0)
    assert found.ratio == pytest.approx(0.5)


def test_zeros_give_zeros() -> None:
    found = measure_sum(torch.zeros(3), torch.zeros(3))
    assert (found.ratio, found.cosine) == (0.0, 0.0)


def test_negative_share() -> None:
    assert negative_share(torch.tensor([-1.0, 0.0, 0.0, 2.0])) == 0.25


def test_energy_is_the_root_of_the_mean_of_the_squares() -> None:
    maps = torch.tensor([[[3.0, 0.0]], [[-4.0, 0.0]]])
    assert residual.energy(maps).tolist() == [[pytest.approx(12.5**0.5), 0.0]]
    assert residual.energy(maps.repeat(3, 1, 1)).tolist() == [[pytest.approx(12.5**0.5), 0.0]]


def test_the_main_source_of_a_projected_channel(resnet18: Network) -> None:
    weight = resnet18.module.get_submodule("layer2.0.downsample.0").weight
    for channel in (0, 17, 127):
        source = residual.main_source(resnet18, "layer2.0", channel)
        assert 0 <= source < 64
        assert all(abs(float(weight[channel, k])) <= abs(float(weight[channel, source])) for k in range(64))


def hooked(network: Network, x: Tensor) -> dict[str, dict[str, Tensor]]:
    """Tensors by block and role, and BatchNorm outputs, from hooks on a copy whose ReLUs are not in place."""
    model = copy.deepcopy(network.module)
    seen: dict[str, dict[str, Tensor]] = defaultdict(dict)
    for path, module in model.named_modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(lambda _, given, out, path=path: seen["norm"].update({path: out.clone()}))
        if path in network.graph.blocks:
            module.register_forward_pre_hook(lambda _, given, path=path: seen[path].update(x=given[0].clone()))
            last = "bn3" if hasattr(module, "bn3") else "bn2"
            module.get_submodule(last).register_forward_hook(
                lambda _, given, out, path=path: seen[path].update(f=out.clone())
            )
            if module.downsample is not None:
                module.downsample.register_forward_hook(
                    lambda _, given, out, path=path: seen[path].update(x=out.clone())
                )
    with torch.no_grad():
        model(x)
    return seen


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_figures_over_depth_are_those_of_hooks_on_a_copy(name: str) -> None:
    network = random_network(name)
    seen, found = hooked(network, X), residual.over_depth(network, X)
    assert found.blocks == tuple(network.graph.blocks)
    assert found.share.shape == found.angle.shape == (2, len(found.blocks))
    for k, path in enumerate(found.blocks):
        for n in range(2):
            x, f = (seen[path][part][n].double().flatten().numpy() for part in "xf")
            lengths = np.sqrt((x**2).sum()), np.sqrt((f**2).sum())
            assert found.share[n, k].item() == pytest.approx(lengths[1] / sum(lengths), rel=1e-5)
            angle = np.degrees(np.arccos((x * f).sum() / lengths[0] / lengths[1]))
            assert found.angle[n, k].item() == pytest.approx(angle, rel=1e-4)
    assert found.layers == tuple(path for path in seen["norm"] if "downsample" not in path)
    for k, path in enumerate(found.layers):
        assert found.response[:, k].tolist() == pytest.approx(
            [values.double().numpy().std() for values in seen["norm"][path]], rel=1e-5
        )


def test_one_blocks_figures_are_those_over_depth(resnet18: Network) -> None:
    """The pages on one block and on all blocks show the same values."""
    found = residual.over_depth(resnet18, X[:1])
    for k, path in enumerate(found.blocks):
        kept = trace(resnet18, X[:1], keep=[f"{path}.shortcut", f"{path}.branch"])
        one = measure_sum(kept[f"{path}.shortcut"], kept[f"{path}.branch"])
        assert found.share[0, k].item() == pytest.approx(one.ratio / (1 + one.ratio), rel=1e-5)
        assert np.cos(np.radians(found.angle[0, k].item())) == pytest.approx(one.cosine, abs=1e-5)


@pytest.mark.parametrize(("name", "count"), [("resnet18", 17), ("resnet50", 49), ("resnet101", 100)])
def test_the_layers_are_the_convolutions_that_the_paper_counts(name: str, count: int) -> None:
    """All layers except projections and the final linear layer."""
    assert len(residual.layers(random_network(name))) == count


class Known(nn.Module):
    """A block whose branch multiplies each channel by one of `factors`."""

    def __init__(self, *factors: float) -> None:
        super().__init__()
        self.conv = nn.Conv2d(len(factors), len(factors), 1, groups=len(factors), bias=False)
        nn.init.ones_(self.conv.weight)
        self.bn = nn.BatchNorm2d(len(factors), eps=0)
        self.bn.weight.data = torch.tensor(factors)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.bn(self.conv(x))
        out += identity
        return self.relu(out)  # type: ignore[no-any-return]


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer1 = nn.Sequential(Known(1.0, -1.0), Known(-0.5, -0.5))
        self.flatten = nn.Flatten()

    def forward(self, x: Tensor) -> Tensor:
        return self.flatten(self.layer1(x))  # type: ignore[no-any-return]


def test_two_blocks_with_known_answers() -> None:
    """x = (1, 1), F = (1, -1): share 1/2, 90 degrees. Then x = (2, 0), F = (-1, 0): share 1/3, 180 degrees."""
    module = Two().eval().requires_grad_(False)
    graph = Graph.of(module)
    network = Network("two", "random", module, ("a", "b"), CIFAR_PREPROCESSING, graph, "network.origin_random")
    found = residual.over_depth(network, torch.ones(1, 2, 1, 1))
    assert found.share[0].tolist() == pytest.approx([1 / 2, 1 / 3])
    assert found.angle[0].tolist() == pytest.approx([90, 180], abs=1e-3)
    assert found.response[0].tolist() == pytest.approx([1, 0.5])


def test_a_plain_network_has_responses_only() -> None:
    plain = CifarResNet(8, shortcut="none", width=4).eval().requires_grad_(False)
    graph = Graph.of(CifarResNet(8, shortcut="none", width=4))
    network = Network("plain8", "random", plain, ("a",) * 10, CIFAR_PREPROCESSING.sized(32), graph, "x")
    found = residual.over_depth(network, X)
    assert found.blocks == ()
    assert found.share.shape == (2, 0)
    assert len(found.layers) == found.response.shape[1] == 7
    first = plain.bn1(plain.conv1(X))
    assert found.response[:, 0].tolist() == pytest.approx(first.flatten(1).std(1, correction=0).tolist())


def test_a_set_is_measured_in_steps(resnet18: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    network = replace(resnet18, preprocess=resnet18.preprocess.sized(32))
    monkeypatch.setattr(residual, "AT_ONCE_PX", 2 * 32**2)
    several = picture_set.find(3)
    one_by_one = [residual.over_depth(network, x) for x in several.inputs(network, 1)]
    seen, found = finished(network, several)
    assert seen == [(0, 3), (2, 3), (3, 3)]
    for name in ("share", "angle", "response"):
        expected = torch.cat([getattr(part, name) for part in one_by_one])
        assert torch.allclose(getattr(found, name), expected, rtol=1e-4), name


def finished(network: Network, several: PictureSet) -> tuple[list[tuple[int, int]], residual.Depth]:
    steps, seen = residual.over_pictures(network, several), []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as ended:
            return seen, ended.value
