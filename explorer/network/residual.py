"""What the shortcut does, in numbers."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Sum:
    """Norms of x (or its projection), F(x) and their sum over all values, and the angle between the first two.

    `ratio` is |F(x)| / |x|. `cosine` lies in -1..1: 1 where the branch repeats x, 0 where it adds something unrelated,
    below 0 where it takes away. Both are 0 where x or F(x) is all zeros.
    """

    shortcut_norm: float
    branch_norm: float
    sum_norm: float
    ratio: float
    cosine: float


def measure_sum(shortcut: Tensor, branch: Tensor) -> Sum:
    """The figures of `shortcut + branch`, two tensors of one shape."""
    x, f = shortcut.float().flatten(), branch.float().flatten()
    x_norm, f_norm, sum_norm = (float(torch.linalg.vector_norm(v)) for v in (x, f, x + f))
    ratio = f_norm / x_norm if x_norm else 0.0
    return Sum(x_norm, f_norm, sum_norm, ratio, float(F.cosine_similarity(x, f, dim=0)))


def negative_share(tensor: Tensor) -> float:
    """Share of values below zero, 0..1: what a ReLU sets to zero."""
    return float((tensor < 0).float().mean())
