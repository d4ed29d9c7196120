"""What each input channel of a convolution or linear layer adds to an output, in integers that the scene recomputes.

The scene holds inputs and weights as rounded integers. Their products would differ from the network's in the last
digit, so the difference is stored: the scene multiplies, adds it, and prints what torch computes.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.scene.fixed_point import to_integers

SHOWN = 3  # input channels that the scene writes out

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Kernel:
    """A convolution, or a linear layer as a convolution of one pixel. `size` etc. are (height, width)."""

    weight: Tensor  # (out channels, in channels of a group, height, width)
    bias: Tensor | None
    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int

    def first_input(self, channel: int) -> int:
        """The first input channel that output `channel` reads."""
        return channel // (self.weight.shape[0] // self.groups) * self.weight.shape[1]


def kernel_of(module: nn.Module) -> Kernel | None:
    """The kernel of a convolution or a linear layer; None for others, and for padding that is not of zeros."""
    if isinstance(module, nn.Linear):
        one, none = (1, 1), (0, 0)
        return Kernel(module.weight[:, :, None, None], module.bias, one, one, none, one, 1)
    if not isinstance(module, nn.Conv2d) or module.padding_mode != "zeros" or isinstance(module.padding, str):
        return None
    pairs = (module.kernel_size, module.stride, module.padding, module.dilation)
    size, stride, padding, dilation = ((int(pair[0]), int(pair[1])) for pair in pairs)
    return Kernel(module.weight, module.bias, size, stride, padding, dilation, module.groups)


@dataclass(frozen=True)
class Shares:
    """What input channels add to one output channel: `true` and, of rounded factors, `products` (inputs, positions)."""

    inputs: tuple[int, ...]
    true: Tensor
    products: Integers
    weights: Integers  # (inputs, kernel height x width)


def shares(kernel: Kernel, channel: int, x: Tensor, decimals: tuple[int, int], most: int) -> Shares:
    """The shares of the inputs that are among the largest `SHOWN` at some position, at most `most`, in order.

    `x` is the layer's input (C, H, W); `decimals` are those of `x` and of the weights.
    """
    first, width = kernel.first_input(channel), kernel.weight.shape[1]
    weight = kernel.weight[channel].double().flatten(1)  # (inputs, kernel)
    windows = _windows(kernel, x[first : first + width].double())  # (inputs, kernel, positions)
    true = torch.einsum("ik,ikp->ip", weight, windows)
    chosen = _leading(true, most)
    rounded = torch.from_numpy(to_integers(x[first + chosen], decimals[0])).double()
    weights = to_integers(weight[chosen], decimals[1])
    products = np.einsum("ik,ikp->ip", weights, _windows(kernel, rounded).long().numpy())
    return Shares(tuple((first + chosen).tolist()), true[chosen], products, weights)


def largest(products: Integers) -> Integers:
    """The rows with the largest magnitude in each column, largest first, as the scene sorts: (SHOWN, positions)."""
    return np.argsort(-np.abs(products), axis=0, kind="stable")[:SHOWN]


def scaled(products: Integers, exponent: int) -> Integers:
    """`products * 10**exponent`, halves rounded up, as the scene rounds: in both languages `1e5` is the same number."""
    factor = float(f"1e{abs(exponent)}")
    return np.floor((products * factor if exponent >= 0 else products / factor) + 0.5).astype(np.int64)


def _windows(kernel: Kernel, x: Tensor) -> Tensor:
    """The window of each position: (C, H, W) -> (C, kernel height x width, positions)."""
    flat = F.unfold(x[None], kernel.size, kernel.dilation, kernel.padding, kernel.stride)[0]
    return flat.reshape(len(x), -1, flat.shape[-1])


def _leading(true: Tensor, most: int) -> Tensor:
    """Indices of at most `most` inputs that are among the largest somewhere, those that are most often first taken."""
    count = min(SHOWN, len(true))
    largest_here = true.abs().topk(count, dim=0).indices.flatten()
    often = torch.bincount(largest_here, minlength=len(true)).double()
    often += true.abs().sum(1) / true.abs().sum().clamp(min=1e-30) * 0.5  # among equals the larger share
    candidates = min(most, max(count, int((torch.bincount(largest_here, minlength=len(true)) > 0).sum())))
    return often.topk(candidates).indices.sort().values
