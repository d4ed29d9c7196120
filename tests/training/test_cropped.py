import copy
from itertools import product

import pytest
import torch
import torchvision
from torch import Tensor, nn

from explorer.training import cropped


def gradients(conv: nn.Conv2d, x: Tensor) -> tuple[Tensor, ...]:
    """Output, and the gradients of a weighted sum of it by input, weight and bias."""
    x = x.clone().requires_grad_()
    out = conv(x)
    wanted = (x, conv.weight) if conv.bias is None else (x, conv.weight, conv.bias)
    weights = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).view_as(out)
    return (out.detach(), *torch.autograd.grad((out * weights).sum(), wanted))


@pytest.mark.parametrize(("kernel", "stride", "padding"), list(product((1, 2, 3, 5, 7), (1, 2, 3), (0, 1, 2, 3))))
def test_results_and_gradients_are_those_of_torch(kernel: int, stride: int, padding: int) -> None:
    torch.manual_seed(0)
    for height, width, groups in ((1, 1, 1), (2, 1, 2), (2, 2, 1), (3, 4, 1), (7, 7, 1)):
        if min(height, width) + 2 * padding < kernel:
            continue
        plain = nn.Conv2d(4, 6, kernel, stride, padding, groups=groups, bias=groups == 1).double()
        ours = copy.deepcopy(plain)
        cropped.crop(ours)
        assert type(ours) is cropped.Conv2d
        x = torch.randn(3, 4, height, width, dtype=torch.float64)
        for found, expected in zip(gradients(ours, x), gradients(plain, x), strict=True):
            torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "expected"),
    [
        (1, 3, 1, 1, (1, 2, 0)),  # ResNet18's last stage for pictures of 32 px
        (2, 3, 2, 1, (1, 3, 0)),  # the convolution that leads to it
        (2, 3, 1, 1, (0, 3, 1)), (8, 3, 1, 1, (0, 3, 1)), (1, 1, 1, 0, (0, 1, 0)), (32, 7, 2, 3, (0, 7, 3)),
        (2, 7, 1, 3, (2, 5, 1)),
    ],
)  # fmt: skip
def test_taps_that_meet_a_map(size: int, kernel: int, stride: int, padding: int, expected: tuple[int, ...]) -> None:
    assert cropped.used_taps(size, kernel, stride, padding) == expected


def test_the_last_stage_of_a_resnet_multiplies_one_tap() -> None:
    """Counted by torch's own formula for convolutions; the four of 3 x 3 are cropped, the projection is 1 x 1."""
    from torch.utils.flop_counter import FlopCounterMode

    network, x = torchvision.models.resnet18().eval(), torch.randn(2, 3, 32, 32)
    names, before = [name for name, _ in network.named_parameters()], network(x)
    cropped.crop(network)
    with FlopCounterMode(display=False) as counter:
        torch.testing.assert_close(network(x), before, rtol=1e-4, atol=1e-4)
    assert [name for name, _ in network.named_parameters()] == names
    multiply_adds = 2 * (4 * 512 * 256 + 256 * 512 + 3 * 512 * 512)
    assert counter.get_flop_counts()["ResNet.layer4"][torch.ops.aten.convolution] == 2 * multiply_adds


def test_a_gradient_has_the_memory_format_of_its_weight() -> None:
    conv = nn.Conv2d(8, 8, 3, padding=1).to(memory_format=torch.channels_last)
    cropped.crop(conv)
    conv(torch.randn(2, 8, 1, 1)).sum().backward()
    assert conv.weight.grad is not None
    assert conv.weight.grad.stride() == conv.weight.stride()
    assert int((conv.weight.grad != 0).sum()) == 8 * 8


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"), nn.Conv2d(2, 2, 3, padding=2, dilation=2),
        nn.Conv2d(2, 2, 3, padding="same"), nn.Conv1d(2, 2, 3), nn.ConvTranspose2d(2, 2, 3),
    ],
)  # fmt: skip
def test_others_stay_as_they_are(conv: nn.Module) -> None:
    kind = type(conv)
    cropped.crop(conv)
    assert type(conv) is kind
