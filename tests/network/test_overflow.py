"""Finite weights whose values grow past all numbers: a sentence, never a figure or a traceback."""

from collections.abc import Callable, Generator

import pytest
import torch
from torch import nn
from torchvision import models

from explorer import pictureset
from explorer.errors import WeightsError
from explorer.network import gradients, inference, lesion, residual, space
from explorer.network.trace import trace
from explorer.network.zoo import Network
from tests.network.small import network_of


@pytest.fixture(scope="module")
def huge() -> Network:
    module = models.resnet18(num_classes=10)
    for inner in module.modules():
        if isinstance(inner, nn.Conv2d):
            nn.init.constant_(inner.weight, 1e12)
    return network_of(module, tuple("0123456789"))


def finished(steps: Generator[tuple[int, int], None, object]) -> None:
    for _ in steps:
        pass


@pytest.mark.parametrize(
    "measure",
    [
        lambda network, several: finished(residual.over_pictures(network, several)),
        lambda network, several: finished(lesion.singles(network, several)),
        lambda network, several: finished(lesion.at_random(network, several, 2, 0)),
        lambda network, several: finished(inference.over_set(network, several)),
        lambda network, several: finished(space.measure(network, several)),
        lambda network, several: gradients.target(
            network, None, trace(network, next(several.inputs(network)), keep=()).logits[0]
        ),
    ],
)
def test_nothing_is_measured(huge: Network, measure: Callable[[Network, pictureset.PictureSet], object]) -> None:
    several = pictureset.find(4)
    assert not torch.isfinite(trace(huge, next(several.inputs(huge)), keep=()).logits).all()
    with pytest.raises(WeightsError, match="not a number"):
        measure(huge, several)
