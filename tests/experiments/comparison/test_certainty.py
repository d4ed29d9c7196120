"""Intervals and tests against scipy.stats, and how often they claim a difference where there is none."""

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, binomtest, ttest_ind

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


def seeds(name: str, accuracies: Iterable[float]) -> Group:
    return Group(tuple(result(name, "random", float(last), seed=k) for k, last in enumerate(accuracies)))


def answered(name: str, last: float, right: NDArray[np.bool_]) -> Group:
    """A single seed whose pictures are all cats, with these right answers."""
    return Group((result(name, "random", last, answers=(~right).astype(int).tolist()),))


def test_welchs_interval_is_scipys() -> None:
    one, other = (0.71, 0.69, 0.74), (0.61, 0.68)
    interval = certainty.welch(seeds("a", one), seeds("b", other))
    assert interval == pytest.approx(tuple(ttest_ind(one, other, equal_var=False).confidence_interval(0.95)))
    assert certainty.welch(seeds("a", one), seeds("b", [0.6])) is None
    assert certainty.welch(seeds("a", [0.1, 0.1]), seeds("b", [0.2, 0.2])) is None


def test_mcnemars_test_is_the_binomial_one_of_the_unequal_pictures() -> None:
    first, second = np.zeros(100, bool), np.zeros(100, bool)
    first[:30] = second[20:40] = True
    assert certainty.mcnemar(first, second) == certainty.McNemar(20, 10, pytest.approx(binomtest(10, 30).pvalue))
    assert certainty.mcnemar(first, first) == certainty.McNemar(0, 0, 1.0)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_seeds_without_a_true_difference_are_called_different_at_most_in_one_of_twenty(count: int) -> None:
    random = np.random.default_rng(count)
    drawn = random.normal(0.7, 0.01, (1000, 2, count))
    alarms = sum(certainty.is_clear(seeds("a", one), seeds("b", other), comparison()) for one, other in drawn)
    assert alarms <= binom.ppf(0.999, 1000, 0.05)
    assert certainty.is_clear(seeds("a", drawn[0, 0]), seeds("b", drawn[0, 1] - 0.2), comparison())


def test_answers_without_a_true_difference_are_called_different_at_most_in_one_of_twenty() -> None:
    random = np.random.default_rng(0)
    of_cats = comparison(labels=np.zeros(200, int))

    def is_clear(shares: tuple[float, float]) -> bool:
        a, b = (random.random(200) < share for share in shares)
        return certainty.is_clear(answered("a", float(a.mean()), a), answered("b", float(b.mean()), b), of_cats)

    assert sum(is_clear((0.6, 0.6)) for _ in range(1000)) <= binom.ppf(0.999, 1000, 0.05)
    assert sum(is_clear((0.6, 0.9)) for _ in range(20)) == 20


def test_without_seeds_and_predictions_nothing_is_clear() -> None:
    assert not certainty.is_clear(seeds("a", [0.9]), seeds("b", [0.1]), comparison())


def test_answers_of_best_epochs_that_contradict_the_last_are_no_evidence() -> None:
    right = np.arange(100) < 80
    of_cats = comparison(labels=np.zeros(100, int))
    assert certainty.is_clear(answered("a", 0.8, right), answered("b", 0.2, ~right), of_cats)
    assert not certainty.is_clear(answered("a", 0.1, right), answered("b", 0.2, ~right), of_cats)
