"""Convolutions without the taps of the kernel that meet only padding.

For pictures of 32 px, ResNet18's last stage has maps of 1 x 1: of 3 x 3 taps, only the one in the centre meets them.
CPU kernels also multiply the other eight: with AVX2, in their backward pass, that takes half of a training step.
"""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Conv2d(nn.Conv2d):
    """nn.Conv2d with zero padding and without dilation, whose results are the same up to rounding."""

    def forward(self, input: Tensor) -> Tensor:
        used = [
            used_taps(*axis)
            for axis in zip(input.shape[2:], self.kernel_size, self.stride, self.padding, strict=True)
        ]  # fmt: skip
        if all(first == 0 and end == kernel for (first, end, _), kernel in zip(used, self.kernel_size, strict=True)):
            return super().forward(input)
        (top, bottom, rows), (left, right, columns) = used
        weight = _Cropped.apply(self.weight, slice(top, bottom), slice(left, right))
        return F.conv2d(input, weight, self.bias, self.stride, (rows, columns), 1, self.groups)


class _Cropped(torch.autograd.Function):
    """`weight[:, :, rows, columns]`. The gradient has the weight's memory format; slicing's costs two copies more."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, rows: slice, columns: slice) -> Tensor:
        ctx.taps = rows, columns
        ctx.save_for_backward(weight)
        return weight[:, :, rows, columns]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (weight,) = ctx.saved_tensors
        rows, columns = ctx.taps
        whole = torch.zeros_like(weight)
        whole[:, :, rows, columns] = gradient
        return whole, None, None


@lru_cache(maxsize=1024)
def used_taps(size: int, kernel: int, stride: int, padding: int) -> tuple[int, int, int]:
    """First tap, end of the taps, and padding, of an equal convolution along one axis, of maps of `size` pixels.

    All taps if the others cannot be left out with the same padding on both sides.
    """
    places = (size + 2 * padding - kernel) // stride + 1
    met = [tap for tap in range(kernel) if any(0 <= at * stride - padding + tap < size for at in range(places))]
    if met and met[0] <= padding:
        left, taps = padding - met[0], met[-1] + 1 - met[0]
        if (size + 2 * left - taps) // stride + 1 == places:
            return met[0], met[0] + taps, left
    return 0, kernel, padding


def crop(module: nn.Module) -> None:
    """Have the convolutions of `module` leave out such taps, in place. Its weights and their names stay the same."""
    for each in module.modules():
        is_plain = type(each) is nn.Conv2d and each.padding_mode == "zeros" and each.dilation == (1, 1)
        if is_plain and not isinstance(each.padding, str):
            each.__class__ = Conv2d
