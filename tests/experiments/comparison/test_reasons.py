"""Reasons name the figures that differ, and only of differences that are clear."""

import numpy as np
import pytest
import torchvision
from torch import nn, rand

from explorer.experiments.comparison.reasons import cautions, reasons
from explorer.experiments.comparison.results import Result
from explorer.experiments.comparison.structure import structure
from tests.experiments.comparison.made import ENGLISH, LABELS, comparison, result, right


def text_of(*results: Result) -> str:
    return "\n".join(reasons(comparison(*results, labels=np.tile(LABELS, 100)), ENGLISH))


def test_a_networks_design_is_that_of_torchvisions_module() -> None:
    resnet18 = structure("resnet18", 32)
    assert resnet18
    assert (resnet18.residuals, resnet18.sides) == (8, (16, 8, 4, 2, 1))  # He et al. 2015, table 1, at 32 px
    assert structure("nothing", 32) is None
    vit = structure("vit_b_16", 32)
    assert vit
    assert (vit.residuals, vit.sides) == (24, ()), "two in each of 12 blocks; tokens are no maps"


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "vgg11_bn"])
def test_the_sides_are_those_of_depthwise_and_larger_convolutions(name: str) -> None:
    """Without 1 x 1 convolutions, of which squeeze-and-excite's see a single position, sides never grow."""
    module, seen = torchvision.models.get_model(name).eval(), []
    for each in module.modules():
        if isinstance(each, nn.Conv2d) and each.kernel_size[0] > 1:
            each.register_forward_hook(lambda _, __, out: seen.append(out.shape[-1]))
    module(rand(1, 3, 64, 64))
    found = structure(name, 64)
    assert found
    assert found.sides == tuple(dict.fromkeys(seen))


def test_size_shortcuts_start_and_the_last_stage() -> None:
    words = text_of(
        result("resnet18", "upstream", 0.9, parameters=11_181_642, multiply_adds=37_020_000, answers=right(900)),
        result("shufflenet_v2_x0_5", "random", 0.6, parameters=352_042, multiply_adds=820_000, answers=right(600)),
    )
    times = "31.8 times as many as shufflenet_v2_x0_5 · scratch (0.35 M)"  # 11,181,642 / 352,042
    assert f"resnet18 · bundled has 11.18 M parameters, {times}" in words
    assert "37.02 M multiply-adds per image instead of 0.82 M" in words
    assert "starts from Tiny-ImageNet (bundled), shufflenet_v2_x0_5 · scratch from random weights" in words
    assert "has 8 residual additions, shufflenet_v2_x0_5 · scratch has none" in words
    assert "resnet18 (32 → 16 → 8 → 4 → 2 → 1), shufflenet_v2_x0_5 (32 → 16 → 8 → 4 → 2 → 1)" in words
    assert words.endswith("the shortcuts with cifar-resnet20 and cifar-plain20.")


def test_what_speaks_against_a_reason_is_said() -> None:
    words = text_of(
        result("vgg11_bn", "random", 0.8, parameters=1_000_000, answers=right(800)),
        result("resnet18", "random", 0.6, parameters=11_000_000, answers=right(600)),
    )
    assert "vgg11_bn is ahead of resnet18 with fewer parameters (1.00 M instead of 11.00 M): size is not" in words
    assert "maps of 2×2 positions (32 → 16 → 8 → 4 → 2 px), resnet18 only 1×1" in words
    assert "resnet18 has 8 residual additions and vgg11_bn has none: shortcuts are not the reason" in words


def test_nothing_is_explained_that_chance_explains() -> None:
    close = text_of(result("resnet18", "upstream", 0.61), result("vgg11_bn", "random", 0.6))
    assert close == "No other network is clearly behind resnet18 · bundled, so no order is explained."
    guess = text_of(result("resnet18", "upstream", 0.9), result("vgg11_bn", "random", 0.3))
    assert guess == "", "of a network that guesses, no figure is the reason"
    assert text_of(result("resnet18", "random", 0.4), result("vgg11_bn", "random", 0.3)) == ""


def test_training_above_test_accuracy_is_memorised() -> None:
    words = text_of(
        result("resnet18", "upstream", 0.8, train_accuracy=(0.913,)), result("vgg11_bn", "upstream", 0.79,
        train_accuracy=(0.78,)), result("resnet34", "upstream", 0.8, train_accuracy=(0.84,)),
    )  # fmt: skip
    assert "than on the test images, by so many points: resnet18 (+11.3). This part" in words
    assert "No more accurate on the training images than on the test images: vgg11_bn." in words


def test_a_comparison_of_fewer_than_two_pretrained_networks_is_warned_of() -> None:
    def warned(*results: Result) -> str:
        return "\n".join(cautions(comparison(*results), ENGLISH))

    scratch = [result(name, "random", 0.5) for name in ("resnet18", "vgg11_bn")]
    assert "None of these networks starts from pretrained weights." in warned(*scratch)
    assert "Only resnet18 starts from pretrained weights" in warned(*scratch, result("resnet18", "upstream", 0.6))
    both = [result("resnet18", "upstream", 0.6), result("vgg11_bn", "upstream", 0.6)]
    assert warned(*scratch, *both) == ""
    assert "start from different data (Tiny-ImageNet (bundled), ImageNet)" in warned(
        both[0], result("vgg11_bn", "imagenet", 0.7)
    )
