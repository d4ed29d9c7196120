"""Gradients at the blocks' inputs against autograd on a copy, and a two-block network with known answers."""

import copy
import math
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.analysis import gradients
from explorer.analysis.trace import trace
from explorer.codegen import gradients as script
from explorer.core.errors import WeightsError
from explorer.models import loading
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.preprocessing import IMAGENET_PREPROCESSING
from tests.conftest import random_network

X = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(3))


def by_hand(network: Network, x: Tensor, wanted: int, *, cut: bool) -> tuple[float, list[float]]:
    """torchvision's forward, written out on a copy: the loss, and the norm of its gradient at each block's input."""
    model = copy.deepcopy(network.module)
    inputs = []
    x = model.maxpool(torch.relu(model.bn1(model.conv1(x)))).requires_grad_()
    for path in network.graph.blocks:
        block = model.get_submodule(path)
        if inputs:
            x.retain_grad()
        inputs.append(x)
        shortcut = block.downsample(x) if block.downsample is not None else x
        out = block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x)))))
        if hasattr(block, "conv3"):
            out = block.bn3(block.conv3(torch.relu(out)))
        x = torch.relu(out if cut else out + shortcut)
    loss = F.cross_entropy(model.fc(model.avgpool(x).flatten(1)), torch.tensor([wanted]))
    loss.backward()
    return loss.item(), [float(given.grad.norm()) for given in inputs]


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_norms_are_autograds(name: str, cut: bool) -> None:
    network = random_network(name)
    found = gradients.measure(network, X, 7, cut=cut)
    loss, norms = by_hand(network, X, 7, cut=cut)
    assert found.loss == pytest.approx(loss, rel=1e-5)
    assert list(found.norms) == list(network.graph.blocks)
    assert list(found.norms.values()) == pytest.approx(norms, rel=1e-3)
    assert all(parameter.grad is None for parameter in network.module.parameters()), "network not modified"


class Times(nn.Module):
    """A block with the branch F(x) = factor * x."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 1, bias=False)
        nn.init.constant_(self.conv.weight, factor)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.conv(x)
        out += identity
        return self.relu(out)  # type: ignore[no-any-return]


class Two(nn.Module):
    """Two pixels pass two blocks; each is a logit."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1 = nn.Sequential(Times(0.5), Times(2))

    def forward(self, x: Tensor) -> Tensor:
        return torch.flatten(self.layer1(x), 1)


@pytest.mark.parametrize(("cut", "through_both", "through_last"), [(False, 1.5 * 3, 3.0), (True, 0.5 * 2, 2.0)])
def test_two_blocks_with_known_gradients(cut: bool, through_both: float, through_last: float) -> None:
    module = Two().eval().requires_grad_(False)
    network = Network(
        "two", "random", module, ("a", "b"), IMAGENET_PREPROCESSING, Graph.of(Two()), "network.origin_random"
    )
    found = gradients.measure(network, torch.tensor([[[[0.1, 0.4]]]]), 0, cut=cut)
    wrong = 1 / (1 + math.exp(through_both * (0.1 - 0.4)))  # softmax probability of the other class
    assert found.loss == pytest.approx(-math.log(1 - wrong))
    at_logits = math.sqrt(2) * wrong  # the gradient there is (-wrong, wrong)
    assert list(found.norms.values()) == pytest.approx([through_both * at_logits, through_last * at_logits])
    assert gradients.first_to_last(found.norms.values()) == pytest.approx(through_both / through_last)


def test_a_dead_end_has_no_ratio() -> None:
    assert gradients.first_to_last([0.0, 0.5, 0.0]) == 0


def test_the_loss_uses_the_true_class_if_known(resnet18: Network) -> None:
    logits = torch.zeros(1000)
    logits[5] = 1
    label = resnet18.labels[8]
    assert gradients.target(resnet18, label, logits) == (8, True)
    assert gradients.target(resnet18, "no such class", logits) == (5, False)
    assert gradients.target(resnet18, None, logits) == (5, False)
    with pytest.raises(WeightsError):
        gradients.target(resnet18, label, logits.fill_(float("nan")))


@pytest.mark.parametrize("weights", ["cifar10", "random"])
def test_the_script_prints_what_the_page_shows(picture: Image.Image, weights: str) -> None:
    network = loading.load("resnet18", weights, seed=4)
    x = network.preprocess(picture)
    wanted, _ = gradients.target(network, None, trace(network, x, keep=()).logits[0])
    steps = gradients.with_and_without(network, x, wanted)
    assert [next(steps), next(steps)] == [(1, 2), (2, 2)]
    with pytest.raises(StopIteration) as ended:
        next(steps)
    code = script.picture(network, wanted, "my photo.png")
    assert len(code.splitlines()) <= 40
    names: dict[str, Any] = {}
    exec(compile(code, "script", "exec"), names)
    for mine, expected in zip((names["kept"], names["cut"]), ended.value.value, strict=True):
        assert mine[0] == pytest.approx(expected.loss, rel=1e-5)
        assert mine[1] == pytest.approx(list(expected.norms.values()), rel=1e-4)
