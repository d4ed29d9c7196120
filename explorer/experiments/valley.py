"""Gradient descent on a loss of one weight with two valleys: where it ends depends on where it begins."""

from typing import Final

import pandas as pd

RANGE: Final = (-1.6, 1.6)
STEPS: Final = 40
LR: Final = 0.05


def loss(w: float) -> float:
    """(w² − 1)² + 0.3 w: the left valley is the lower one."""
    return (w * w - 1) ** 2 + 0.3 * w


def slope(w: float) -> float:
    return 4 * w * (w * w - 1) + 0.3


def descent(start: float) -> pd.DataFrame:
    """The steps of gradient descent: columns `step`, `w`, `loss`."""
    found, w = [], start
    for step in range(STEPS + 1):
        found.append((step, w, loss(w)))
        w -= LR * slope(w)
    return pd.DataFrame(found, columns=["step", "w", "loss"])


def curve(points: int = 161) -> pd.DataFrame:
    """The loss over RANGE: columns `w`, `loss`."""
    low, high = RANGE
    places = [low + (high - low) * k / (points - 1) for k in range(points)]
    return pd.DataFrame({"w": places, "loss": [loss(w) for w in places]})
