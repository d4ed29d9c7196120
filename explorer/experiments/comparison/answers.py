"""Agreement and differences of networks' predictions for the same test pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explorer.experiments.comparison.results import Comparison, Group, Result

Labels = NDArray[np.integer[Any]]


def representatives(groups: Sequence[Group]) -> tuple[Result, ...]:
    """The run with predictions of each group's lowest seed: a choice that does not depend on accuracies."""
    answered = ([result for result in group.finished if result.predicted is not None] for group in groups)
    return tuple(min(results, key=lambda result: result.seed) for results in answered if results)


def per_class(a: Result, b: Result, comparison: Comparison) -> pd.DataFrame:
    """A row per class with test pictures: `label`, `pictures` (count), `first`, `second`, `difference`.

    `first` and `second` are the accuracies (0..1) of `a` and `b` in their best epochs; `difference` is first - second.
    Empty if one of the two has no predictions.
    """
    columns = ["label", "pictures", "first", "second", "difference"]
    if comparison.labels is None or a.predicted is None or b.predicted is None:
        return pd.DataFrame(columns=columns)
    table = accuracies((a, b), comparison).rename(columns={0: "first", 1: "second"})
    return table.assign(difference=table["first"] - table["second"])[columns]


def accuracies(results: Sequence[Result], comparison: Comparison) -> pd.DataFrame:
    """A row per class with test pictures, its `label` and `pictures`, and a column per result: its accuracy (0..1).

    All results have predictions.
    """
    predicted, rows, labels = _stacked(results), [], np.asarray(comparison.labels)
    for k, name in enumerate(comparison.classes):
        of_class = labels == k
        if of_class.any():
            rows.append((name, int(of_class.sum()), *(predicted[:, of_class] == k).mean(axis=1)))
    return pd.DataFrame(rows, columns=["label", "pictures", *range(len(results))])


def confusion(labels: Labels, predicted: Labels, classes: Sequence[str]) -> pd.DataFrame:
    """A row per pair of classes: `true`, `predicted` (names), `count`, and `share` of the true class (0..1)."""
    size = len(classes)
    matrix = np.bincount(labels.astype(int) * size + predicted, minlength=size * size).reshape(size, size)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    return pd.DataFrame([
        {"true": classes[i], "predicted": classes[j], "count": int(matrix[i, j]), "share": float(shares[i, j])}
        for i in range(size)
        for j in range(size)
    ])  # fmt: skip


def agreement(results: Sequence[Result]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The share (0..1) of test pictures for which two results predict the same class, right or wrong.

    Returns names (n) and the symmetric matrix (n, n). Equal names are made unique by the seed. Results without
    predictions are left out.
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
    """Indices of the `count` test pictures on which predictions differ most; none on which all agree.

    Sorted by the entropy of the votes, descending; then by how many are right, ascending; then classes alternate, in
    the order of their pictures.
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
