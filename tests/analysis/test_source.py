"""Stepping through torchvision's source: real lines, in order, each with its tensor."""

import linecache
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, ResNet

from explorer.analysis.source import WHOLE, listing, listings, output_size, walk
from explorer.analysis.trace import trace
from explorer.models import loading
from explorer.models.graph import Graph
from explorer.models.network import Network
from tests.conftest import random_network


def test_a_basic_block_that_opens_a_stage() -> None:
    steps = walk(random_network("resnet18"), "layer2.0")
    assert [(step.id, step.tensor) for step in steps] == [
        ("identity", "layer1.1.relu_1"),
        ("conv1", "layer2.0.conv1"),
        ("conv1/conv3x3", "layer2.0.conv1"),
        ("bn1", "layer2.0.bn1"),
        ("relu", "layer2.0.relu"),
        ("conv2", "layer2.0.conv2"),
        ("conv2/conv3x3", "layer2.0.conv2"),
        ("bn2", "layer2.0.bn2"),
        ("if", "layer2.0.bn2"),
        ("downsample", "layer2.0.downsample.1"),
        ("downsample.0", "layer2.0.downsample.0"),
        ("downsample.1", "layer2.0.downsample.1"),
        ("add", "layer2.0.add"),
        ("relu_1", "layer2.0.relu_1"),
        ("return", "layer2.0.relu_1"),
    ]
    assert next(step for step in steps if step.id == "if").truth is True
    assert [step.id for step in steps if step.depth == 1] == [
        "conv1/conv3x3", "conv2/conv3x3", "downsample.0", "downsample.1",
    ]  # fmt: skip


def test_a_block_without_downsample_skips_that_line() -> None:
    steps = walk(random_network("resnet18"), "layer1.1")
    assert next(step for step in steps if step.id == "if").truth is False
    assert "downsample" not in [step.id for step in steps]


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("cifar-resnet8-w4", ["downsample.return"]), ("cifar-resnet8-b-w4", ["downsample.0", "downsample.1"]),
        ("cifar-preact8-exclusive-w4", ["downsample.return", "variant.sigmoid", "variant.return"]),
    ],
)  # fmt: skip
def test_our_own_blocks(name: str, inside: list[str]) -> None:
    network = random_network(name)
    steps = walk(network, "layer2.0")
    assert [step.id for step in steps if step.depth == 1] == inside
    sources = listings(network, "layer2.0")
    assert {step.listing for step in steps} <= set(sources)
    for step in steps:
        assert sources[step.listing].ours == "explorer/models/cifar_resnet.py"
        line = linecache.getline(sources[step.listing].file, step.line)
        assert step.id.startswith("variant") or step.statement[:8] in line, step
    added = next(step for step in steps if step.id == "add")
    assert added.tensor == network.graph.blocks["layer2.0"].add
    if "exclusive" in name:
        both = next(step for step in steps if step.id == "variant")
        assert (both.variable, both.tensor) == ("identity", "layer2.0.variant.mul")
        assert added.before == "layer2.0.variant.mul_1"


def test_a_plain_networks_parts_skip_the_shortcut() -> None:
    network = random_network("cifar-plain8-w4")
    steps = walk(network, "layer2.0")
    assert [step.id for step in steps] == ["identity", "conv1", "bn1", "relu", "conv2", "bn2", "if", "return"]
    assert steps[-2].truth is False
    assert steps[0].tensor == "layer1.0.relu_1"
    assert [step.id for step in walk(network, WHOLE)][:4] == ["conv1", "bn1", "relu", "layer1"]


def test_a_bottleneck() -> None:
    steps = walk(random_network("resnext50_32x4d"), "layer1.1")
    assert [step.id for step in steps if step.depth == 0] == [
        "identity", "conv1", "bn1", "relu", "conv2", "bn2", "relu_1", "conv3", "bn3", "if", "add", "relu_2", "return",
    ]  # fmt: skip
    assert {step.listing for step in steps} == {"Bottleneck.forward", "conv1x1", "conv3x3"}


def test_the_whole_network(network: Network) -> None:
    steps = walk(network, WHOLE)
    assert [step.id for step in steps] == [
        "conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "flatten", "fc", "return",
    ]  # fmt: skip
    assert steps[4].tensor == [b.out for b in network.graph.blocks.values() if b.path.startswith("layer1.")][-1]


def test_every_step_stands_at_its_line_of_the_installed_file(network: Network) -> None:
    for block in ("layer1.0", "layer4.1", WHOLE):
        shown = listings(network, block)
        for step in walk(network, block):
            lines = [linecache.getline(shown[step.listing].file, n).strip() for n in range(step.line, step.end + 1)]
            joined = "".join(lines).replace(" ", "").rstrip(",").replace(",)", ")")
            assert joined.startswith(step.statement.replace(" ", "")), step.id


def test_every_tensor_of_a_walk_can_be_traced(network: Network) -> None:
    block = list(network.graph.blocks)[2]
    steps = walk(network, block)
    kept = trace(network, torch.zeros(1, 3, 32, 32), keep=network.graph.blocks[block].names()).tensors
    assert {step.tensor for step in steps} | {step.before for step in steps if step.before} <= set(kept)


def test_listings_name_what_explains_a_block() -> None:
    found = listings(random_network("resnet18"), "layer1.0")
    assert list(found) == [
        "BasicBlock.forward", "BasicBlock.__init__", "ResNet._make_layer", "ResNet._forward_impl", "conv3x3", "conv1x1",
    ]  # fmt: skip
    shown = found["conv3x3"]
    assert shown.lines[0].startswith("def conv3x3(")
    assert shown.last - shown.first + 1 == len(shown.lines)


def test_the_link_leads_to_the_same_lines_of_the_same_version() -> None:
    shown = listing(BasicBlock.forward)
    version = torchvision.__version__.split("+")[0]
    assert shown.link == (
        f"https://github.com/pytorch/vision/blob/v{version}/torchvision/models/resnet.py#L{shown.first}-L{shown.last}"
    )
    assert listing(loading.load).link is None


class OtherBlock(BasicBlock):
    """A forward unlike torchvision's: other names, another order, a plain sum."""

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x
        y = self.bn1(x)
        y = self.relu(y)
        y = self.conv2(y)
        note = "not a tensor"
        y = y + shortcut
        assert note
        return y


def test_a_forward_without_explanations_can_be_stepped_through() -> None:
    module: Any = ResNet(BasicBlock, [2, 1, 1, 1])
    other = OtherBlock(64, 64)
    module.layer1[1] = other
    with torch.device("meta"):
        twin: Any = ResNet(BasicBlock, [2, 1, 1, 1])
        twin.layer1[1] = OtherBlock(64, 64)
    usual = random_network("resnet18")
    network = Network("resnet18", "own", module.eval(), usual.labels, usual.preprocess, Graph.of(twin), "x")
    steps = walk(network, "layer1.1")
    assert [step.statement for step in steps] == [
        "shortcut = x", "y = self.bn1(x)", "y = self.relu(y)", "y = self.conv2(y)",
        "return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=dilation, groups=groups, "
        "bias=False, dilation=dilation)", "note = 'not a tensor'", "y = y + shortcut", "return y",
    ]  # fmt: skip
    assert steps[-2].kind == "add"
    assert steps[-1].tensor == "layer1.1.add"


@pytest.mark.parametrize("size", [1, 7, 32, 65])
@pytest.mark.parametrize("settings", [(7, 2, 3, 1), (3, 1, 1, 1), (3, 2, 1, 1), (1, 2, 0, 1), (3, 1, 2, 2)])
def test_output_size_is_torchs(size: int, settings: tuple[int, int, int, int]) -> None:
    kernel, stride, padding, dilation = settings
    convolution = nn.Conv2d(1, 1, kernel, stride, padding, dilation)
    assert output_size(size, convolution) == convolution(torch.zeros(1, 1, size, size)).shape[-1]
