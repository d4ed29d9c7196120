"""What a finite test set and a few seeds allow to claim: intervals of guessing, and of the difference of accuracies."""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np

from explorer.experiments.comparison.results import Comparison, Group

ERRORS: Final = 2.0  # a difference is clear beyond so many standard errors
OUTSIDE: Final = 0.025  # share of guessers that have more right than the interval allows


def chance(comparison: Comparison) -> tuple[float, float]:
    """The accuracy (0..1) of guessing, and the highest that guessing explains: the end of its 95 % interval.

    Guessing always names the most frequent class of the test pictures. If these are not known, it is 1 / classes, and
    the interval has no width.
    """
    labels = comparison.labels
    if labels is None or not len(labels):
        share = 1 / max(len(comparison.classes), 1)
        return share, share
    share = float(np.bincount(labels).max() / len(labels))
    return share, most_by_guessing(len(labels), share) / len(labels)


@lru_cache(maxsize=64)
def most_by_guessing(pictures: int, share: float) -> int:
    """The smallest number of right answers that a Binomial(pictures, share) exceeds with a probability of OUTSIDE."""
    if share >= 1:
        return pictures
    below = 0.0
    for right in range(pictures + 1):
        ways = math.lgamma(pictures + 1) - math.lgamma(right + 1) - math.lgamma(pictures - right + 1)
        below += math.exp(ways + right * math.log(share) + (pictures - right) * math.log1p(-share))
        if below >= 1 - OUTSIDE:
            return right
    return pictures


def error(a: float, b: float, pictures: int) -> float:
    """The standard error (0..1) of the difference of two accuracies `a` and `b`, each on `pictures` test pictures.

    For the same pictures it is smaller, as the networks find the same ones difficult: this is its upper bound.
    """
    return math.sqrt((a * (1 - a) + b * (1 - b)) / pictures)


def spread(a: Group, b: Group) -> float | None:
    """The larger standard deviation (0..1) over the seeds; None if a group has a single seed."""
    return None if a.spread is None or b.spread is None else max(a.spread, b.spread)


def is_clear(a: Group, b: Group, pictures: int) -> bool:
    """Whether the difference of two finished groups exceeds the spread of their seeds and two standard errors."""
    one, other = a.accuracy or 0.0, b.accuracy or 0.0
    gap = abs(one - other)
    return gap > (spread(a, b) or 0.0) and gap > ERRORS * (error(one, other, pictures) if pictures else 0.0)


def errors_of_many(tests: int) -> float:
    """The standard errors that the largest of `tests` differences exceeds by chance in 5 % of cases (Bonferroni)."""
    return NormalDist().inv_cdf(1 - OUTSIDE / tests)
