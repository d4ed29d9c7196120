"""Finite weights whose activations overflow: an error message, never a number or a traceback."""

from collections.abc import Callable, Generator

import pytest
import torch
from torch import nn
from torchvision import models

from explorer.analysis import ablation, feature_space, gradients, iterative_inference, picture_set, residual
from explorer.analysis.trace import trace
from explorer.core.errors import WeightsError
from explorer.models.network import Network
from tests.models.small import network_of


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
        lambda network, several: finished(ablation.remove_each(network, several)),
        lambda network, several: finished(ablation.remove_random(network, several, 2, 0)),
        lambda network, several: finished(iterative_inference.over_set(network, several)),
        lambda network, several: finished(feature_space.measure(network, several)),
        lambda network, several: gradients.target(
            network, None, trace(network, next(several.inputs(network)), keep=()).logits[0]
        ),
    ],
)
def test_nothing_is_measured(huge: Network, measure: Callable[[Network, picture_set.PictureSet], object]) -> None:
    several = picture_set.find(4)
    assert not torch.isfinite(trace(huge, next(several.inputs(huge)), keep=()).logits).all()
    with pytest.raises(WeightsError, match="NaN or infinite"):
        measure(huge, several)
