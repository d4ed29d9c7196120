"""Intervals against scipy, and what they allow to claim."""

import math

import numpy as np
import pytest
from scipy.stats import binom, norm

from explorer.experiments.comparison import certainty
from explorer.experiments.comparison.results import Group
from tests.experiments.comparison.made import comparison, result


@pytest.mark.parametrize(("pictures", "share"), [(10, 0.4), (360, 0.111), (1000, 0.1), (10_000, 0.1), (10_000, 0.005)])
def test_the_interval_of_guessing_is_the_binomial_one(pictures: int, share: float) -> None:
    assert certainty.most_by_guessing(pictures, share) == binom.ppf(0.975, pictures, share)


def test_guessing_names_the_most_frequent_class() -> None:
    assert certainty.chance(comparison(result("a", "random", 0.5))) == (0.4, 0.7)  # 4 of 10 are cats; 7 by chance
    even = comparison(labels=np.repeat([0, 1, 2, 3], 250))
    assert certainty.chance(even) == (0.25, binom.ppf(0.975, 1000, 0.25) / 1000)
    assert certainty.chance(comparison(labels=None)) == (1 / 3, 1 / 3)
    assert certainty.chance(comparison(labels=np.zeros(5, int))) == (1.0, 1.0), "one class: all guess right"


def test_a_difference_is_clear_beyond_two_standard_errors_and_the_spread() -> None:
    a, b = (Group((result(name, "random", last),)) for name, last in (("a", 0.6), ("b", 0.55)))
    pictures = math.ceil((0.6 * 0.4 + 0.55 * 0.45) * 4 / 0.05**2)  # 2 errors are 0.05 there
    assert not certainty.is_clear(a, b, pictures - 5)
    assert certainty.is_clear(a, b, pictures + 5)
    assert certainty.is_clear(b, a, pictures + 5)
    wide = Group((result("c", "random", 0.5, seed=0), result("c", "random", 0.7, seed=1)))
    narrow = Group((result("d", "random", 0.5, seed=0), result("d", "random", 0.5, seed=1)))
    assert not certainty.is_clear(wide, narrow, 10**6), "0.1 is within the spread of 0.14"


def test_many_differences_need_more_errors() -> None:
    assert certainty.errors_of_many(1) == pytest.approx(norm.isf(0.025))
    assert certainty.errors_of_many(10) == pytest.approx(norm.isf(0.0025))
