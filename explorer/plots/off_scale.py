"""An axis of losses that a few extreme values do not flatten, and marks for the values beyond it."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

ROOM = 1.05  # an axis ends so much above its largest value
DECADES = 5  # of a logarithmic axis, at most
BINS = 40  # at most so many marks per series and edge

Series = tuple[str, Sequence[float], Sequence[float | None]]
"""Name, places and values, of which some may be None, NaN or infinite."""


def domain(series: Iterable[Series], usual: float, *, log: bool = False) -> tuple[float, float]:
    """The range of an axis for all values of `series`.

    It begins at 0, or if `log` at the smallest positive value, and ends at the largest one. Rare outliers are left out:
    the end is at most twice the 90th percentile, unless that is below `usual`.
    """
    values = np.concatenate([np.asarray(each, dtype=float) for _, _, each in series])
    finite = values[np.isfinite(values)]
    if not len(finite) or finite.max() <= 0:
        return (usual / 100 if log else 0.0), usual
    high = min(float(finite.max()), max(usual, 2 * float(np.quantile(finite, 0.9)))) * ROOM
    low = max(float(finite[finite > 0].min()), high / 10**DECADES) / ROOM
    return (low if log else 0.0), high


def beyond(series: Iterable[Series], low: float, high: float, total: float, not_finite: str) -> list[dict[str, Any]]:
    """A mark for each point outside `low`..`high`, at the edge that it lies behind.

    Places are 0..`total`. A mark has `name`, `at`, `edge` (`low` or `high`), `way` (up or down) and
    `shown`, the value as text; a number that is not finite is above and reads `not_finite`. Of neighbours, closer than
    a fortieth of the axis, the most extreme is marked.
    """
    marks: dict[tuple[str, str, int], tuple[float, dict[str, Any]]] = {}
    for name, places, values in series:
        numbers = np.asarray(values, dtype=float)
        for k in np.flatnonzero(~((numbers >= low) & (numbers <= high))).tolist():
            at, value = float(places[k]), float(numbers[k])
            up = not value < low  # also NaN
            extreme = (value if up else -value) if math.isfinite(value) else math.inf
            key = name, "up" if up else "down", int(at * BINS / total)
            if key not in marks or extreme > marks[key][0]:
                shown = f"{value:.4g}" if math.isfinite(value) else not_finite
                mark = {"name": name, "at": at, "edge": high if up else low, "way": key[1], "shown": shown}
                marks[key] = extreme, mark
    return [mark for _, mark in marks.values()]
