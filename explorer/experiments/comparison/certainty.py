"""What a finite test set and a few seeds allow to claim: the interval of guessing, and tests of a difference."""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import mean, variance
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from explorer.experiments.comparison.answers import representatives
from explorer.experiments.comparison.results import Comparison, Group

LEVEL: Final = 0.05  # false alarms of each test; the intervals hold 1 - LEVEL


@dataclass(frozen=True)
class McNemar:
    """The pictures on which only one of two networks is right, and how often chance splits them as unequally (p)."""

    first: int  # pictures on which only the first is right
    second: int
    p: float


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
    """The smallest number of right answers that a Binomial(pictures, share) exceeds with at most LEVEL / 2."""
    return int(np.searchsorted(special.bdtr(np.arange(pictures + 1.0), pictures, share), 1 - LEVEL / 2))


def welch(a: Group, b: Group) -> tuple[float, float] | None:
    """The 95 % interval of the mean accuracy of `a` minus that of `b`, over their seeds (Welch, Biometrika 1947).

    None if one has fewer than two finished seeds, or if neither varies.
    """
    one, other = ([each.accuracy[-1] for each in group.finished] for group in (a, b))
    if min(len(one), len(other)) < 2:
        return None
    parts = [variance(each) / len(each) for each in (one, other)]
    if not sum(parts):
        return None
    freedom = sum(parts) ** 2 / sum(part**2 / (len(each) - 1) for part, each in zip(parts, (one, other), strict=True))
    gap, reach = mean(one) - mean(other), float(special.stdtrit(freedom, 1 - LEVEL / 2)) * math.sqrt(sum(parts))
    return gap - reach, gap + reach


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """McNemar's exact two-sided test of two networks' right answers, (pictures,) each, on the same pictures.

    McNemar, Psychometrika 1947.
    """
    one, other = int((first & ~second).sum()), int((second & ~first).sum())
    return McNemar(one, other, min(1.0, 2 * float(special.bdtr(min(one, other), one + other, 0.5))))


def on_pictures(a: Group, b: Group, comparison: Comparison) -> McNemar | None:
    """`mcnemar` of the lowest seeds with predictions, in their best epochs; None if one has none."""
    pair, labels = representatives((a, b)), comparison.labels
    if len(pair) < 2 or labels is None:
        return None
    one, other = (np.asarray(each.predicted) == labels for each in pair)
    return mcnemar(one, other)


def is_clear(a: Group, b: Group, comparison: Comparison) -> bool:
    """Whether chance fails to explain the difference of two finished groups' accuracies.

    By Welch's interval if both have several seeds, else by McNemar's test of the predictions. Without either it is not.
    """
    if interval := welch(a, b):
        return interval[0] > 0 or interval[1] < 0
    tested = on_pictures(a, b, comparison)
    gap = (a.accuracy or 0.0) - (b.accuracy or 0.0)
    return tested is not None and tested.p < LEVEL and gap * (tested.first - tested.second) > 0
