"""Blocks, roles and frames, compared with torchvision's source and torchinfo's counts."""

import linecache
import threading
from pathlib import Path

import pytest
import torch
import torchinfo
import torchvision
from torch import nn

from explorer.models import loading, registry
from explorer.models.graph import Graph
from explorer.models.network import Network
from tests.models.listed import LISTED


def test_every_network_has_its_blocks(network: Network) -> None:
    blocks = network.graph.blocks
    assert len(blocks) == LISTED[network.name][1]
    kind = "BasicBlock" if network.name in ("resnet18", "resnet34") else "Bottleneck"
    assert {block.kind for block in blocks.values()} == {kind}
    first = 1 if kind == "Bottleneck" else 2  # a BasicBlock of stage 1 keeps the stem's 64 channels
    assert [path for path, block in blocks.items() if not block.identity] == [f"layer{n}.0" for n in range(first, 5)]
    assert all(block.resizes == (block.brings == "projection") and block.rectified for block in blocks.values())


def test_the_first_block_by_name(resnet18: Network) -> None:
    block = resnet18.graph.blocks["layer1.0"]
    assert (block.input, block.shortcut, block.branch) == ("maxpool", "maxpool", "layer1.0.bn2")
    assert (block.add, block.out) == ("layer1.0.add", "layer1.0.relu_1")
    opening = resnet18.graph.blocks["layer2.0"]
    assert (opening.input, opening.shortcut) == ("layer1.1.relu_1", "layer2.0.downsample.1")


@pytest.mark.parametrize(
    ("name", "stays", "opens", "terms"),
    [
        ("cifar-resnet14-w4", "", "x↓", "F(x)"), ("cifar-resnet14-b-w4", "", "Wx", "F(x)"),
        ("cifar-resnet14-conv-w4", "Wx", "Wx", "F(x)"), ("cifar-preact14-half-w4", "½x", "½x↓", "½F(x)"),
        ("cifar-resnet14-gate-b-w4", "(1−g)x", "(1−g)Wx", "F(x)"), ("cifar-preact14-exclusive-w4", "(1−g)x",
        "(1−g)x↓", "g·F(x)"), ("cifar-resnet14-dropout-w4", "x", "x↓", "F(x)"),
    ],
)  # fmt: skip
def test_what_a_cifar_networks_shortcuts_carry(name: str, stays: str, opens: str, terms: str) -> None:
    """`stays` is empty if the shortcut of a block that keeps the shape is x."""
    graph = loading.outline(name, 10).graph
    blocks = graph.blocks
    assert [path for path, block in blocks.items() if block.resizes] == ["layer2.0", "layer3.0"]
    assert blocks["layer1.1"].terms == (stays or "x", terms)
    assert blocks["layer2.0"].terms == (opens, terms)
    assert blocks["layer1.1"].identity == (not stays)
    assert {block.rectified for block in blocks.values()} == {"resnet" in name}
    assert graph.parts == tuple(blocks)
    assert all(graph.ends[path] == block.out for path, block in blocks.items())
    block = blocks["layer2.0"]
    shortcut, branch = (graph.leading_to(term, block.nodes) for term in (block.shortcut, block.branch))
    assert shortcut == block.carried
    assert not {"layer2.0.conv1", "layer2.0.conv2"} & set(shortcut)
    assert {"layer2.0.conv1", "layer2.0.conv2"} <= set(branch)


def test_a_plain_network_has_parts_in_the_place_of_blocks() -> None:
    graph = loading.outline("cifar-plain8-w4", 10).graph
    assert not graph.blocks
    assert graph.parts == ("layer1.0", "layer2.0", "layer3.0")
    assert graph.ends["layer2"] == graph.ends["layer2.0"] == "layer2.0.relu_1"
    assert graph.inside("layer2.0")[:2] == ("layer1.0.relu_1", "layer2.0.conv1")


def test_the_last_frame_is_the_line_of_torchvision_that_made_the_call(network: Network) -> None:
    file = str(Path(torchvision.models.resnet.__file__))
    for name, node in network.graph.nodes.items():
        if name == "input":
            continue
        frame = node.frames[-1]
        assert frame.file == file
        line = linecache.getline(frame.file, frame.line)
        called = ((node.module or "").rpartition(".downsample")[0] and "downsample") or (node.module or "").split(".")[
            -1
        ]
        expected = {"add": "out += identity", "flatten": "torch.flatten("}.get(node.kind, f"self.{called}(")
        assert expected in line, name
        assert frame.function == ("forward" if name.startswith("layer") else "_forward_impl")


def test_nodes_have_one_name_each_and_modules_have_their_own(network: Network) -> None:
    leaves = {path for path, module in network.module.named_modules() if path and not list(module.children())}
    assert {node.module for node in network.graph.nodes.values() if node.module} == leaves


def test_values_are_freed_after_their_last_use(network: Network) -> None:
    alive: set[str] = set()
    most = 0
    for name, node in network.graph.nodes.items():
        assert set(node.inputs) <= alive
        alive |= {name}
        most = max(most, len(alive))
        alive -= set(network.graph.last_uses[name])
    assert alive == {network.graph.logits}
    assert most <= 4


@pytest.mark.parametrize(
    ("name", "classes", "parameters"), [("resnet18", 10, 11_181_642), ("resnet50", 1000, 25_557_032)]
)
def test_parameters_are_torchinfos(name: str, classes: int, parameters: int) -> None:
    module = registry.build(name, classes)
    summary = torchinfo.summary(module, input_data=torch.zeros(1, 3, 32, 32), verbose=0)
    assert summary.total_params == sum(p.numel() for p in module.parameters()) == parameters


def test_other_threads_can_run_modules_during_a_trace() -> None:
    other, x, found = nn.Sequential(nn.Linear(2, 2)), torch.ones(1, 2), []

    class Traced(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            thread = threading.Thread(target=lambda: found.append(other(torch.ones(1, 2))))
            thread.start()
            thread.join()
            return torch.relu(x)

    assert list(Graph.of(Traced()).nodes) == ["input", "relu"]
    assert torch.equal(found[0], other(x))
