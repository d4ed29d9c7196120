"""Loss landscape: directions, surfaces against loops and numpy, stored and cached surfaces."""

import copy
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.analysis import landscape
from explorer.analysis.landscape import Landscape, Settings
from explorer.models import twins
from explorer.models.cifar_resnet import Design
from tests.analysis.test_ablation import finished
from tests.models.small import noisy, twin

SMALL = Settings(points=3, pictures=5, span=0.5, seed=4)


@pytest.fixture(scope="module")
def module() -> nn.Module:
    """BatchNorm, biases, 1x1 convolutions and a gate."""
    torch.manual_seed(0)
    return Design(8, shortcut="gate", width=4).build().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def pictures() -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(1)
    return torch.randn(5, 3, 32, 32, generator=random), torch.arange(5)


def by_hand(module: nn.Module, x: Tensor, labels: Tensor, settings: Settings) -> np.ndarray:
    """Oracle: a copy of the module whose weights are set for each grid point."""
    first, second = landscape.directions(module, settings.seed)
    found = np.empty((settings.points, settings.points))
    for row, beta in enumerate(settings.places):
        for column, alpha in enumerate(settings.places):
            moved = copy.deepcopy(module)
            for name, weight in moved.named_parameters():
                if name in first:
                    weight += alpha * first[name] + beta * second[name]
            found[row, column] = F.cross_entropy(moved(x), labels)
    return found


def test_each_filter_of_a_direction_is_as_long_as_the_weights_own(module: nn.Module) -> None:
    weights = dict(module.named_parameters())
    for direction in landscape.directions(module, 0):
        assert set(direction) == {name for name, weight in weights.items() if weight.ndim > 1}
        assert {"conv1.weight", "layer2.0.variant.conv.weight", "fc.weight"} <= set(direction)
        assert not any("bn" in name or name.endswith("bias") for name in direction)
        for name, noise in direction.items():
            lengths = [one.flatten(1).norm(dim=1) for one in (noise, weights[name])]
            torch.testing.assert_close(*lengths)
            assert noise.shape == weights[name].shape


def test_directions_are_drawn_from_the_seed(module: nn.Module) -> None:
    (first, second), again, other = (landscape.directions(module, seed) for seed in (3, 3, 4))
    for name in first:
        assert torch.equal(first[name], again[0][name])
        assert torch.equal(second[name], again[1][name])
        assert not torch.allclose(first[name], other[0][name])
        assert not torch.allclose(first[name], second[name])


def test_a_surface_equals_the_plain_loop(
    module: nn.Module, pictures: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = copy.deepcopy(module.state_dict())
    monkeypatch.setattr(landscape, "BATCH", 2)  # the last batch has one picture
    found = finished(landscape.surface(module, *pictures, SMALL))
    np.testing.assert_allclose(found.loss, by_hand(module, *pictures, SMALL), rtol=1e-4)
    assert found.centre == pytest.approx(float(F.cross_entropy(module(pictures[0]), pictures[1])), rel=1e-5)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items()), "not modified"
    again = finished(landscape.surface(module, *pictures, SMALL))
    assert np.array_equal(found.loss, again.loss), "the same bits"


def test_many_networks_in_one_pass_give_the_same(module: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    """The GPU's path: `vmap` over grid points."""
    loss = landscape.perturbed_loss(module, 0, torch.device("cpu"))
    alpha, beta = torch.tensor([-0.5, 0.0, 0.3]), torch.tensor([0.2, 0.0, 1.0])
    one_by_one = [landscape.batched_loss(loss, alpha[k : k + 1], beta[k : k + 1], *pictures) for k in range(3)]
    torch.testing.assert_close(landscape.batched_loss(loss, alpha, beta, *pictures), torch.cat(one_by_one))


def test_a_linear_softmax_equals_numpy() -> None:
    torch.manual_seed(2)
    module, x, labels = nn.Linear(3, 4), torch.randn(6, 3), torch.tensor([0, 1, 2, 3, 0, 1])
    settings = Settings(points=5, pictures=6, span=1.5, seed=7)
    weight, bias = (tensor.detach().double().numpy() for tensor in (module.weight, module.bias))
    random = torch.Generator().manual_seed(7)
    first, second = (torch.randn(4, 3, generator=random).double().numpy() for _ in range(2))
    first, second = (d / np.linalg.norm(d, axis=1, keepdims=True) for d in (first, second))
    length = np.linalg.norm(weight, axis=1, keepdims=True)
    expected = np.empty((5, 5))
    for row, beta in enumerate(np.linspace(-1.5, 1.5, 5)):
        for column, alpha in enumerate(np.linspace(-1.5, 1.5, 5)):
            logits = x.double().numpy() @ (weight + (alpha * first + beta * second) * length).T + bias
            expected[row, column] = np.mean(np.log(np.exp(logits).sum(1)) - logits[range(6), labels.numpy()])
    found = finished(landscape.surface(module, x, labels, settings))
    np.testing.assert_allclose(found.loss, expected, rtol=1e-5)


def test_an_overflowing_loss_is_infinite() -> None:
    module, x = nn.Linear(1, 2, bias=False), torch.full((1, 1), 1e20)
    module.weight.data = torch.tensor([[1e19], [1e19]])
    found = finished(landscape.surface(module, x, torch.tensor([0]), SMALL))
    assert np.isinf(found.loss).any()
    assert not np.isnan(found.loss).any()
    np.testing.assert_allclose(landscape.from_json(found.plain()).loss, found.loss, rtol=1e-3)


def test_a_network_without_the_classes_is_measured_by_its_own_answers() -> None:
    network, several = twin(residual=False), noisy(6, labels=("red", None))
    with torch.no_grad():
        logits = torch.cat([network.module(x) for x in several.inputs(network)])
    found = finished(landscape.of_network(network, several, SMALL))
    assert found.centre == pytest.approx(float(F.cross_entropy(logits, logits.argmax(1))), rel=1e-4)
    assert 0 < landscape.seconds_per_evaluation(network) < 1


def test_a_bowl_and_a_bent_valley_differ() -> None:
    settings = Settings(points=21)
    beta, alpha = np.meshgrid(settings.places, settings.places, indexing="ij")
    bowl = Landscape(settings, 1 + 4 * (alpha**2 + beta**2))
    assert bowl.centre == 1
    assert bowl.near(1) == pytest.approx(np.mean(alpha**2 + beta**2 < 0.25))
    assert bowl.downhill() == 1
    waves = Landscape(settings, 1 + 4 * np.sin(6 * alpha) ** 2)
    assert 0.3 < waves.downhill() < 0.7
    walled = Landscape(settings, np.where(alpha > 0.5, math.inf, bowl.loss))
    assert walled.near(1) == bowl.near(1)
    assert walled.downhill() < 1


@pytest.mark.parametrize("points", [1, 8])
def test_the_trained_weights_are_a_place_of_the_grid(points: int) -> None:
    with pytest.raises(ValueError, match="odd"):
        Settings(points=points)
    assert Settings(points=9).places[4] == 0


def test_a_surface_is_kept_by_its_settings_and_weights(tmp_path: Path) -> None:
    found = Landscape(SMALL, np.array([[1.23456, 2, 3], [4, 0.5, 6], [7, 8, math.inf]]))
    landscape.save_cached(tmp_path, found, "weights 1")
    again = landscape.load_cached(tmp_path, SMALL, "weights 1")
    assert again is not None
    assert again.settings == SMALL
    assert again.loss.tolist() == [[1.235, 2, 3], [4, 0.5, 6], [7, 8, math.inf]]
    assert landscape.load_cached(tmp_path, SMALL, "weights 2") is None
    assert landscape.load_cached(tmp_path, Settings(points=3), "weights 1") is None


@pytest.mark.parametrize(
    "damaged",
    [b"", b"[]", b'{"settings": {"points": 3}}', b'{"settings": [], "loss": []}', b'{"settings": {}, "loss": [[1]]}',
     b'{"settings": {"points": "3"}, "loss": [[1]]}', b'{"settings": {"points": 3}, "loss": [[1], [1, 2], 3]}'],
)  # fmt: skip
def test_a_damaged_file_counts_as_missing(tmp_path: Path, damaged: bytes) -> None:
    landscape.save_cached(tmp_path, Landscape(SMALL, np.ones((3, 3))), "weights")
    (file,) = tmp_path.iterdir()
    file.write_bytes(damaged)
    assert landscape.load_cached(tmp_path, SMALL, "weights") is None


def test_the_stored_surfaces_are_those_of_the_twins() -> None:
    surfaces, made = landscape.stored()
    assert set(surfaces) == {"residual", "plain"}
    assert landscape.STORED.stat().st_size < 60_000
    assert {"hardware", "command", "versions", "day", "source"} == set(made)
    for kind, found in surfaces.items():
        first, _ = landscape.directions(twins.load(kind).module, found.settings.seed)  # type: ignore[arg-type]
        assert len(first) == 32
        assert 0 < found.centre < 1
        assert found.loss.min() > 0
