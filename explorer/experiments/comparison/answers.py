"""Where networks agree and where they differ, from what each answered to the same test pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explorer.experiments.comparison.results import Comparison, Group, Result

Labels = NDArray[np.integer[Any]]


def representatives(groups: Sequence[Group]) -> tuple[Result, ...]:
    """For each group the run of its lowest seed that has answers: fixed before any accuracy is known."""
    answered = ([each for each in group.finished if each.predicted is not None] for group in groups)
    return tuple(min(found, key=lambda each: each.seed) for found in answered if found)


def per_class(a: Result, b: Result, comparison: Comparison) -> pd.DataFrame:
    """A row for each class that has test pictures: `label`, `pictures` (count), `first`, `second`, `difference`.

    `first` is the accuracy of `a` and `second` that of `b`, 0..1, by the best epochs' answers; `difference` is first
    minus second. Empty where one of the two has no answers.
    """
    labels, rows = comparison.labels, []
    if labels is not None and a.predicted is not None and b.predicted is not None:
        for k, name in enumerate(comparison.classes):
            of_class = labels == k
            if of_class.any():
                right = [float((predicted[of_class] == k).mean()) for predicted in (a.predicted, b.predicted)]
                rows.append((name, int(of_class.sum()), *right, right[0] - right[1]))
    return pd.DataFrame(rows, columns=["label", "pictures", "first", "second", "difference"])


def agreement(results: Sequence[Result]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Each two results' share (0..1) of test pictures with the same answer, right or wrong.

    Returns names (of the runs, where two results have the same network, weights and size) and the symmetric matrix.
    Results without answers are left out.
    """
    answered = [result for result in results if result.predicted is not None]
    names = [Group((result,)).name for result in answered]
    if len(set(names)) < len(names):
        names = [f"{name} · {result.seed}" for name, result in zip(names, answered, strict=True)]
    if not answered:
        return (), np.zeros((0, 0))
    predicted = _stacked(answered)
    return tuple(names), (predicted[:, None] == predicted[None]).mean(axis=2)


def most_different(results: Sequence[Result], labels: Labels, count: int) -> list[int]:
    """Places of the `count` test pictures on which the answers scatter most; none on which all agree.

    By the entropy of the answers' shares, greatest first; of equals those that fewer got right, and of these the
    classes take turns, each with its earliest picture.
    """
    answered = [result for result in results if result.predicted is not None]
    if len(answered) < 2:
        return []
    predicted = _stacked(answered)
    votes = np.stack([(predicted == k).mean(axis=0) for k in np.unique(predicted)])
    entropy = -np.where(votes > 0, votes * np.log(np.maximum(votes, 1e-12)), 0.0).sum(axis=0).round(9)
    right = (predicted == labels).sum(axis=0)
    equals = pd.DataFrame({"entropy": entropy, "right": right, "label": labels})
    turn = equals.groupby(["entropy", "right", "label"]).cumcount().to_numpy()
    order = np.lexsort((np.arange(len(labels)), turn, right, -entropy))
    return [int(k) for k in order[:count] if entropy[k] > 0]


def _stacked(results: Sequence[Result]) -> Labels:
    return np.stack([result.predicted for result in results if result.predicted is not None])
