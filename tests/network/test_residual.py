"""The shortcut in numbers, against numbers worked out by hand."""

import pytest
import torch

from explorer.network.residual import measure_sum, negative_share


def test_a_right_angle() -> None:
    found = measure_sum(torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0]))
    assert (found.shortcut_norm, found.branch_norm, found.sum_norm) == (3.0, 4.0, 5.0)
    assert found.ratio == pytest.approx(4 / 3)
    assert found.cosine == 0.0


def test_a_branch_that_takes_away() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    found = measure_sum(x, -0.5 * x)
    assert found.cosine == pytest.approx(-1.0)
    assert found.ratio == pytest.approx(0.5)


def test_zeros_give_zeros() -> None:
    found = measure_sum(torch.zeros(3), torch.zeros(3))
    assert (found.ratio, found.cosine) == (0.0, 0.0)


def test_negative_share() -> None:
    assert negative_share(torch.tensor([-1.0, 0.0, 0.0, 2.0])) == 0.25
