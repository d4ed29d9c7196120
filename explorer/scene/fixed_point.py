"""Tensors as integers: `round(value * 10**decimals)`, so that what is printed is exact, and a file stays small."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

MAX_DECIMALS = 6
MIN_DECIMALS = -36  # of the largest float32
LARGEST = 32_767  # of an int16


def decimals_of(tensors: Sequence[Tensor]) -> int:
    """Decimals with which most values have at most three digits, such as 1.84; all of them fit into 16 bits.

    Negative if the values are so large that their last digits are not printed.
    """
    magnitudes = torch.cat([tensor.detach().flatten().abs().double() for tensor in tensors]).numpy()
    usual, largest = float(np.quantile(magnitudes, 0.98)), float(magnitudes.max())
    decimals = MAX_DECIMALS if largest else 2
    while decimals > MIN_DECIMALS and (usual * 10.0**decimals >= 1000 or largest * 10.0**decimals > LARGEST):
        decimals -= 1
    return decimals


def to_integers(values: Tensor, decimals: int) -> NDArray[np.int64]:
    """`values` rounded to `decimals`, as `format(value, ".2f")` rounds, times `10**decimals`."""
    wide: NDArray[np.float64] = values.detach().double().numpy()
    rounded: NDArray[np.float64] = np.rint(wide * 10.0**decimals if decimals >= 0 else wide / 10.0**-decimals)
    return rounded.astype(np.int64)


@dataclass
class Binary:
    """Arrays of integers in one byte string; `add` returns what finds one again: `[type, offset, count]`.

    A wider array is stored as its lowest bytes, then its next bytes, because they compress better apart.
    """

    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, values: NDArray[np.int64]) -> list[str | int]:
        """Store `values`, flattened, with 8, 16 or 32 bits each. Raises OverflowError for larger ones."""
        most = int(np.abs(values).max(initial=0))
        width = next((width for width in (1, 2, 4) if most < 1 << (8 * width - 1)), 0)
        if not width:
            raise OverflowError(f"{most} does not fit into 32 bits")
        flat = values.ravel().astype(f"<i{width}")
        data = flat.view(np.uint8).reshape(-1, width).T.tobytes()
        place: list[str | int] = [f"i{width}", self.size, flat.size]
        self.parts.append(data)
        self.size += len(data)
        return place

    @property
    def content(self) -> bytes:
        return b"".join(self.parts)
