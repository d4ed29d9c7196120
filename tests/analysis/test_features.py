"""Maps, orders, sizes, top activations and similarities, against hooks on a copy, loops and known answers."""

import copy
from collections.abc import Generator
from itertools import pairwise
from typing import Any, TypeVar

import pytest
import torch
from torch import Tensor, nn

from explorer.analysis import features
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import drop, trace
from explorer.data import images
from explorer.models import loading
from explorer.models.network import Network
from tests.conftest import random_network

T = TypeVar("T")


def finished(steps: Generator[tuple[int, int], None, T]) -> tuple[list[tuple[int, int]], T]:
    progress = []
    while True:
        try:
            progress.append(next(steps))
        except StopIteration as end:
            return progress, end.value


def noise(side: int = 64, count: int = 1) -> Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(3))


def test_places_follow_the_network(resnet18: Network) -> None:
    assert features.places(resnet18) == (
        "relu", "maxpool", "layer1", "layer1.0", "layer1.1", "layer2", "layer2.0", "layer2.1",
        "layer3", "layer3.0", "layer3.1", "layer4", "layer4.0", "layer4.1",
    )  # fmt: skip
    assert features.tensor_name(resnet18, "layer2") == "layer2.1.out"
    assert features.tensor_name(resnet18, "layer2.0", "branch") == "layer2.0.branch"
    assert features.tensor_name(resnet18, "relu", "branch") == "relu"
    assert features.tensor_name(random_network("resnet50"), "layer3") == "layer3.5.out"


@pytest.mark.parametrize("place", ["relu", "maxpool", "layer1.1", "layer2.0", "layer3"])
def test_contributions_are_the_gradient_times_the_value(resnet18: Network, place: str) -> None:
    """Computed with a hook on a deep copy and autograd through the whole output."""
    module, kept = copy.deepcopy(resnet18.module).requires_grad_(True), []

    def keep(_: nn.Module, __: Any, out: Tensor) -> Tensor:
        out.retain_grad()
        kept.append(out)
        return out.clone()  # later in-place operations change the clone

    module.get_submodule(place).register_forward_hook(keep)
    x = noise()
    logits = module(x)[0]
    top = int(logits.argmax())
    others = torch.cat([logits[:top], logits[top + 1 :]])
    (logits[top] - others.mean()).backward()
    expected = (kept[0] * kept[0].grad).detach()[0].sum((1, 2))
    found = features.contributions(resnet18, x, features.tensor_name(resnet18, place))
    assert torch.allclose(found, expected, atol=1e-5 * float(expected.abs().max()), rtol=1e-4)
    assert features.rank_channels(found)[:5] == expected.argsort(descending=True)[:5].tolist()


def test_contributions_sum_to_the_lead_if_the_rest_is_linear(resnet18: Network) -> None:
    """A mean and a linear layer follow the last stage: contributions and bias sum to the lead, each exactly."""
    x = noise()
    found = features.contributions(resnet18, x, "layer4.1.out")
    logits = trace(resnet18, x, keep=()).logits[0]
    bias: Tensor = resnet18.module.fc.bias  # type: ignore[union-attr, assignment]
    top = int(logits.argmax())
    rest = (bias.sum() - bias[top]) / (len(bias) - 1)
    assert float(found.sum() + bias[top] - rest) == pytest.approx(float(features.lead(logits)), rel=1e-4)

    without = trace(resnet18, x, keep=(), edits={"layer4.1.out": lambda v: torch.cat([v[:, 1:2] * 0, v[:, 1:]], 1)})
    moved = without.logits[0]
    lost = features.lead(logits) - (moved[top] - (moved.sum() - moved[top]) / (len(moved) - 1))
    assert float(found[0]) == pytest.approx(float(lost), rel=1e-2, abs=1e-5)


def test_an_addition_hands_its_terms_the_gradient_of_the_sum(resnet18: Network) -> None:
    parts = [features.contributions(resnet18, noise(), f"layer2.0.{role}") for role in ("shortcut", "branch", "add")]
    assert torch.allclose(parts[0] + parts[1], parts[2], atol=1e-5 * float(parts[2].abs().max()))


def test_a_single_class_has_a_lead() -> None:
    assert float(features.lead(torch.tensor([3.0]))) == 3.0
    assert float(features.lead(torch.tensor([1.0, 5.0, 3.0]))) == 3.0


def test_energy_and_ranks() -> None:
    maps = torch.tensor([[[3.0, 4.0]], [[0.0, 0.0]], [[-5.0, 5.0]], [[4.0, -3.0]]])
    assert features.energies(maps).tolist() == pytest.approx([12.5**0.5, 0, 5, 12.5**0.5])
    assert features.rank_channels(features.energies(maps)) == [2, 0, 3, 1], "ties keep their order"


@pytest.mark.parametrize("px", [32, 40, 104])
@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_sides_are_those_of_a_run(name: str, px: int) -> None:
    network = random_network(name)
    found = features.sides(network, px)
    tensors = {"input": "input", "relu": "relu", "maxpool": "maxpool"}
    tensors |= {stage: f"{last}.out" for stage, last in features.stages(network).items()}
    run = trace(network, noise(px), keep=list(tensors.values()))
    assert found == {place: run[tensor].shape[-1] for place, tensor in tensors.items()}


@pytest.mark.parametrize("name", ["cifar-resnet8-w4", "cifar-plain8-w4", "cifar-preact8-exclusive-w4"])
def test_a_cifar_network_pools_nothing_in_its_stem(name: str) -> None:
    network = random_network(name)
    assert features.places(network)[:3] == ("relu", "layer1", "layer1.0")
    found = features.sides(network, 40)
    assert found == {"input": 40, "relu": 40, "layer1": 40, "layer2": 20, "layer3": 10}
    tensors = [features.tensor_name(network, place) for place in found]
    run = trace(network, noise(40), keep=tensors)
    assert [run[tensor].shape[-1] for tensor in tensors] == list(found.values())


def test_sides_of_cifar_pictures() -> None:
    """Stated on the page: 32 px give stages of 8, 4, 2, 1 px, and 64 px of 16, 8, 4, 2."""
    network = loading.load("resnet18", "random")
    assert list(features.sides(network, 32).values()) == [32, 16, 8, 8, 4, 2, 1]
    assert list(features.sides(network, 64).values()) == [64, 32, 16, 16, 8, 4, 2]
    assert list(features.sides(network, 224).values()) == [224, 112, 56, 56, 28, 14, 7]


@pytest.mark.parametrize("name", ["relu", "layer1.1.branch", "layer2.0.shortcut", "layer2.1.add", "layer4.1.out"])
def test_exciting_pictures_by_brute_force(name: str) -> None:
    network = loading.load("resnet18", "cifar10")
    gallery = [images.open_sample(sample.id) for sample in images.gallery()[:6]]
    several = PictureSet(tuple("abcdef"), tuple(p.image for p in gallery), (None,) * 6, "")
    progress, found = finished(features.top_activations(network, several, name, most=3))
    assert progress[-1] == (6, 6)
    table = []
    for picture in several.pictures:
        maps = trace(network, network.preprocess(picture), keep=[name])[name][0]
        table.append([max(max(row) for row in channel) for channel in maps.tolist()])
    for channel in range(0, len(table[0]), 17):
        column = [(-row[channel], k) for k, row in enumerate(table)]
        best = sorted(column)[:3]
        values = [-value for value, _ in best]
        assert found.values[channel].tolist() == pytest.approx(values, rel=1e-4, abs=1e-5)
        if min(a - b for a, b in pairwise(values)) > 1e-4:  # batches round differently
            assert found.indices[channel].tolist() == [k for _, k in best]


def test_a_scan_tells_of_its_way_and_stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    network = loading.load("resnet18", "random")
    picture = images.open_sample("china").image.resize((32, 32))
    several = PictureSet(tuple("abcdefghi"), (picture,) * 9, (None,) * 9, "")
    monkeypatch.setattr(features, "_PIXELS", 4 * 224**2)
    untils = []
    monkeypatch.setattr(features, "trace", lambda *a, **k: untils.append(k["until"]) or trace(*a, **k))
    progress, found = finished(features.top_activations(network, several, "layer1.0.branch", most=20))
    assert progress == [(4, 9), (8, 9), (9, 9)]
    assert untils == ["layer1.0.add"] * 3
    assert found.indices.shape == (64, 9), "at most as many as there are"
    assert len(found.indices[0].unique()) == 9


def test_likeness_of_known_tensors() -> None:
    a, b = torch.tensor([3.0, 4.0]), torch.tensor([4.0, -3.0])
    assert features.similarity("x", a, b).cosine == pytest.approx(0, abs=1e-6)
    assert features.similarity("x", a, b).difference == pytest.approx(50**0.5 / 5)
    assert vars(features.similarity("x", a, 2 * a)) == pytest.approx({"name": "x", "cosine": 1.0, "difference": 1.0})
    assert vars(features.similarity("x", a, a)) == pytest.approx({"name": "x", "cosine": 1.0, "difference": 0.0})
    for other in (torch.zeros(2), torch.ones(3)):
        assert features.similarity("x", a, other) == features.Similarity("x", None, None)


def test_two_networks_that_differ_from_one_block_on_agree_before_it(resnet18: Network) -> None:
    depths, x = features.depths(resnet18), noise()
    one = trace(resnet18, x, keep=depths.values())
    two = trace(resnet18, x, keep=depths.values(), edits={"layer3.0.branch": drop()})
    found = {one.name: one for one in features.similarities(one, two, [depths, depths])}
    places = list(depths)
    assert {found[place].difference for place in places[: places.index("layer3.0")]} == {0.0}
    expected = (two["layer3.0.out"] - one["layer3.0.out"]).norm() / one["layer3.0.out"].norm()
    assert found["layer3.0"].difference == pytest.approx(float(expected))
    assert float(expected) > 0.05
