"""Initial weights: first loss against a plain step, equal weights stay equal; sizes of backbone, neck and head."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import models

from explorer.analysis import feature_space, initialization, pyramid
from explorer.analysis.picture_set import PictureSet
from explorer.data import cifar10
from explorer.models import loading


@pytest.fixture(scope="module")
def digits() -> PictureSet:
    return feature_space.labelled_pictures(40)


def test_both_starts_have_the_same_new_head_and_their_own_kernels(digits: PictureSet) -> None:
    upstream, random = (initialization.initial_network(name, digits) for name in ("upstream", "random"))
    heads = [network.module.get_submodule("fc").weight for network in (upstream, random)]
    assert torch.equal(*heads)
    bundled = loading.load("resnet18", "upstream").module.get_submodule("conv1").weight
    assert torch.equal(upstream.module.get_submodule("conv1").weight, bundled)
    assert not torch.equal(random.module.get_submodule("conv1").weight, bundled)
    assert loading.load("resnet18", "upstream").module.get_submodule("fc").out_features == 200, (
        "the shared network is not modified"
    )


def test_the_first_loss_is_that_of_a_plain_step(digits: PictureSet) -> None:
    network = initialization.initial_network("upstream", digits)
    x = torch.cat(list(digits.inputs(network)))
    labels = torch.tensor([network.labels.index(str(label)) for label in digits.labels])
    expected = F.cross_entropy(copy.deepcopy(network.module).train()(x), labels).item()
    assert initialization.first_loss(network, digits) == pytest.approx(expected, abs=1e-5)
    assert abs(expected - initialization.chance_loss(10)) < 1


def test_the_study_tells_of_both_starts(digits: PictureSet) -> None:
    steps = initialization.compare(("upstream", "random"), digits)
    progress = []
    while True:
        try:
            progress.append(next(steps))
        except StopIteration as ended:
            found = ended.value
            break
    assert progress == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    network = initialization.initial_network("random", digits)
    assert found["random"].kernels.shape == (64, 3, 7, 7)
    assert torch.equal(found["random"].kernels, network.module.get_submodule("conv1").weight)
    assert len(found["upstream"].probe) == feature_space.folds(digits.labels)


def learned(*, equal: bool) -> initialization.Filters:
    pixels, labels = cifar10.digits()
    x = torch.from_numpy(pixels[:64]).float().div(255).unsqueeze(1)
    return initialization.train_filters(x, torch.from_numpy(labels[:64]), equal=equal, steps=8)


def test_equal_filters_stay_equal_and_drawn_ones_do_not() -> None:
    equal, drawn = learned(equal=True), learned(equal=False)
    for filters in (equal, drawn):
        assert not torch.equal(filters.before, filters.after), "the weights changed"
    assert torch.allclose(equal.after, equal.after[:1].expand_as(equal.after), atol=1e-6)
    assert equal.apart < 1e-6
    assert drawn.apart == pytest.approx(float((drawn.after.amax(0) - drawn.after.amin(0)).max()))
    assert drawn.apart > 0.1


def test_guessing_costs_the_logarithm_of_the_classes() -> None:
    assert initialization.chance_loss(10) == pytest.approx(
        F.cross_entropy(torch.zeros(1, 10), torch.tensor([3])).item()
    )
    assert initialization.chance_loss(200) == pytest.approx(math.log(200))


def test_shapes_are_those_of_a_real_pass_with_hooks() -> None:
    found = pyramid.pyramid_shapes(image_px=64)
    module: nn.Module = models.resnet18(weights=None)
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, name in pyramid.STAGES.items():
        module.get_submodule(layer).register_forward_hook(
            lambda _, __, out, name=name: shapes.update({name: tuple(out.shape[1:])})
        )
    module(torch.zeros(2, 3, 64, 64))
    assert dict(found.backbone) == shapes
    assert {name: shape[1:] for name, shape in found.neck.items()} == {
        name.replace("C", "P"): shape[1:] for name, shape in shapes.items()
    }
    for name, (_, height, width) in found.neck.items():
        assert found.scores[name] == (9 * height * width, 91)
        assert found.boxes[name] == (9 * height * width, 4)
    assert (found.parameters["backbone"], found.parameters["fc"]) == (11_176_512, 513_000)
    laterals = sum(channels * 256 + 256 for channels in (64, 128, 256, 512))
    assert found.parameters["neck"] == laterals + 4 * (9 * 256 * 256 + 256)
