"""Decimals, rounding and arrays of the scene's numbers."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.scene.fixed_point import Binary, decimals_of, to_integers
from tests.scene.oracle import printed


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([1.84, -0.62], 2),
        ([0.0, 0.0], 2),
        ([0.001], 5),
        ([1e-9], 6),  # the most
        ([1e-38], 6),
        ([-12.3], 1),
        ([999.4], 0),
        ([32_767.0], -2),
        ([1e5], -3),
        ([3.4e38], -36),
        ([1.0] * 99 + [300.0], 2),  # a large value among usual ones costs no decimal
        ([1.0] * 99 + [400.0], 1),  # but it must fit into 16 bits
    ],
)
def test_decimals(values: list[float], decimals: int) -> None:
    """As many as possible, up to six, such that 98% of the values have three digits and all fit into 16 bits."""
    assert decimals_of([torch.tensor(values)]) == decimals


def test_tensors_together_have_the_decimals_of_the_largest() -> None:
    small, large = torch.full((10,), 0.02), torch.full((10,), 50.0)
    assert decimals_of([small, large]) == decimals_of([large]) == 1
    assert decimals_of([small]) == 4


def random_tensor(seed: int) -> Tensor:
    """Of a random size, scale and tail; some values are zero."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(1 + seed * 7, generator=generator)
    values *= 10 ** (seed / 4 * torch.randn(len(values), generator=generator)).clamp(-8, 8)
    values *= 10 ** (30 * (torch.rand((), generator=generator) - 0.5))
    return values * (torch.rand(len(values), generator=generator) > 0.1)


@pytest.mark.parametrize("seed", range(12))
def test_integers_print_as_python_prints_the_values(seed: int) -> None:
    """They fit into 16 bits, too, whatever the values are."""
    values = random_tensor(seed)
    decimals = decimals_of([values])
    integers = to_integers(values, decimals)
    assert np.abs(integers).max() <= 32_767
    for integer, value in zip(integers.tolist(), values.tolist(), strict=True):
        exact = Fraction(integer) / Fraction(10) ** decimals
        assert exact == Fraction(printed(value, decimals).replace("−", "-"))


@pytest.mark.parametrize(
    ("value", "decimals", "integer"),
    [
        (0.125, 2, 12), (0.375, 2, 38), (-0.125, 2, -12), (0.5, 0, 0), (1.5, 0, 2), (2.5, 0, 2), (-0.004, 2, 0),
        (12_350.0, -2, 124), (12_450.0, -2, 124), (15.0, -1, 2), (25.0, -1, 2),
    ],
)  # fmt: skip
def test_halves_go_to_the_even_digit(value: float, decimals: int, integer: int) -> None:
    """As `format` does: "0.12" for 0.125, which float32 holds exactly."""
    assert to_integers(torch.tensor([value]), decimals).tolist() == [integer]
    assert Fraction(printed(value, decimals).replace("−", "-")) == Fraction(integer) / Fraction(10) ** decimals


@pytest.mark.parametrize(("most", "width"), [(0, 1), (127, 1), (128, 2), (32_767, 2), (32_768, 4), (2**31 - 1, 4)])
def test_arrays_take_as_few_bytes_as_they_need(most: int, width: int) -> None:
    values = np.array([[most, -most], [0, most // 2]])
    binary = Binary()
    binary.add(np.array([5]))
    kind, offset, count = binary.add(values)
    assert (kind, offset, count) == (f"i{width}", 1, 4)
    data = binary.content[1:]
    assert len(data) == 4 * width
    parts = [data[k::4] for k in range(4)]  # of each number, the lowest byte first
    assert [int.from_bytes(part, "little", signed=True) for part in parts] == values.ravel().tolist()


def test_arrays_hold_no_more_than_32_bits() -> None:
    with pytest.raises(OverflowError, match="2147483648"):
        Binary().add(np.array([2**31]))
