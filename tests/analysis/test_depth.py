"""Depth as the authors count it, which is often part of the name."""

import pytest
import torch

from explorer.analysis.depth import depth


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("alexnet", 8), ("vgg11", 11), ("vgg16_bn", 16), ("vgg19", 19), ("googlenet", 22), ("resnet18", 18),
        ("resnet34", 34), ("resnet50", 50), ("densenet121", 121), ("squeezenet1_0", 18), ("mobilenet_v2", 53),
        ("vit_b_16", 1 + 4 * 12 + 1), ("swin_t", 1 + 4 * 12 + 3 + 1), ("convnext_tiny", 1 + 3 * 18 + 3 + 1),
    ],
)  # fmt: skip
def test_depth_is_that_of_the_longest_path(name: str, layers: int) -> None:
    assert depth(name) == layers


def test_a_network_that_computes_its_widths_is_counted_too() -> None:
    # RegNetY-400MF: stem, 16 blocks of three convolutions and a squeeze-and-excitation of two, head.
    assert depth("regnet_y_400mf") == 1 + 16 * 5 + 1


def test_counting_leaves_the_generator_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    depth("resnet34")
    depth.cache_clear()
    depth("squeezenet1_1")
    assert torch.equal(torch.get_rng_state(), before)
