"""Traces of torchvision's and timm's networks against the modules themselves, bit for bit."""

import copy
import importlib.util
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn

from explorer.analysis.trace import drop, trace
from explorer.models.graph import Graph
from explorer.models.network import Network
from explorer.models.preprocessing import IMAGENET_PREPROCESSING
from tests.models.expected_residuals import TIMM, TORCHVISION

SOME_OF_TIMM = (  # all take minutes: ALL_TIMM=1
    "resnest14d", "hrnet_w18_small", "tf_efficientnetv2_b0", "convnextv2_atto", "cait_xxs24_224",
    "xcit_nano_12_p16_224", "coatnet_nano_rw_224", "levit_128s", "mobilevit_s", "edgenext_xx_small",
    "twins_svt_small", "crossvit_9_240", "focalnet_tiny_srf", "eva02_tiny_patch14_224", "hiera_tiny_224",
)  # fmt: skip
with_timm = pytest.mark.skipif(importlib.util.find_spec("timm") is None, reason="timm is not installed")


@pytest.fixture(autouse=True)
def _no_fast_path() -> Iterator[None]:
    """torch's encoder layers take a fused path in evaluation, which a recording switches off."""
    torch.backends.mha.set_fastpath_enabled(False)
    yield
    torch.backends.mha.set_fastpath_enabled(True)


def network_of(module: nn.Module, px: int) -> Network:
    module.eval().requires_grad_(False)
    graph = Graph.of(module, (1, 3, px, px))
    labels = tuple(map(str, range(1000)))
    return Network("a network", "random", module, labels, IMAGENET_PREPROCESSING, graph, "network.origin_random")


def torchvisions(name: str) -> Network:
    torch.manual_seed(0)
    expected = TORCHVISION[name]
    module = torchvision.models.get_model(name, weights=None, **expected.options)
    for weight in module.parameters():
        if not weight.any():  # the head of torchvision's ViT
            nn.init.normal_(weight)
    return network_of(module, expected.size)


def pictures(px: int, count: int = 1, seed: int = 1) -> Tensor:
    return torch.randn(count, 3, px, px, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def outputs(network: Network, x: Tensor) -> Any:
    return network.module(x.clone())


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision(name: str) -> None:
    """Two pictures, whole and cut in two at the input of a block in the middle."""
    network, x = torchvisions(name), pictures(TORCHVISION[name].size, 2)
    expected = outputs(network, x)
    starts = [b.input for b in network.graph.blocks.values() if b.input in network.graph.passages] or ["input"]
    middle = starts[len(starts) // 2]
    whole = trace(network, x, keep=(middle,))
    assert torch.equal(whole.logits, expected)
    first = trace(network, x, keep=(), until=middle).logits
    assert torch.equal(first, whole[middle])
    assert torch.equal(trace(network, first, keep=(), after=middle).logits, expected)


@with_timm
@pytest.mark.slow
@pytest.mark.parametrize("name", TIMM if os.environ.get("ALL_TIMM") else SOME_OF_TIMM)
def test_timm(name: str) -> None:
    import timm

    torch.manual_seed(0)
    network = network_of(timm.create_model(name, pretrained=False), TIMM[name].size)
    x = pictures(TIMM[name].size)
    assert torch.equal(trace(network, x, keep=()).logits, outputs(network, x))


BRANCHES = {  # the module that computes the branch of a block, and the number of that block
    "mobilenet_v2": ("features.8.conv", 3), "swin_t": ("features.1.0.mlp", 1),
    "regnet_y_400mf": ("trunk_output.block2.block2-1.f", 2), "efficientnet_b0": ("features.3.1.block", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", BRANCHES)
def test_a_dropped_branch_is_the_module_with_that_branch_silenced(name: str) -> None:
    network, x = torchvisions(name), pictures(TORCHVISION[name].size)
    branch, number = BRANCHES[name]
    path = list(network.graph.blocks)[number]
    module = copy.deepcopy(network.module)
    module.get_submodule(branch).register_forward_hook(lambda own, given, out: torch.zeros_like(out))
    with torch.no_grad():
        expected = module(x)
    assert torch.equal(trace(network, x, keep=(), edits={f"{path}.branch": drop()}).logits, expected)
    assert not torch.equal(outputs(network, x), expected)


def test_thirty_threads_on_one_network() -> None:
    """Pictures of three shapes: each needs calls of its own, which one thread records for all."""
    torch.manual_seed(0)
    module = torchvision.models.SwinTransformer([4, 4], 16, [2, 2], [2, 2], [4, 4], num_classes=10)
    network = network_of(module, 32)
    given = [pictures(px, seed=seed) for seed, px in enumerate([32, 48, 64] * 10)]
    expected = [outputs(network, x) for x in given]
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with ThreadPoolExecutor(30) as pool:
        found = list(pool.map(lambda x: trace(network, x).logits, given))
    assert all(map(torch.equal, found, expected))
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in module.modules())
