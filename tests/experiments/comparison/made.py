"""Hand-made results with obvious means, spreads and agreements."""

from functools import partial
from typing import Any

import numpy as np

from explorer.core.i18n import t
from explorer.experiments.comparison.results import Comparison, Result

ENGLISH, CHINESE = partial(t, language="en"), partial(t, language="zh")
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2], np.uint8)


def result(network: str, weights: str, *accuracy: float, answers: list[int] | None = None, **more: Any) -> Result:
    """A finished run on 10 test pictures, 10 s per epoch; `more` overrides fields."""
    fields: dict[str, Any] = {
        "run": f"{network}-{weights}-{more.get('seed', 0)}", "image_px": 32, "seed": 0, "state": "finished",
        "device": "cpu AMD, 2 threads", "parameters": 11_180_000, "multiply_adds": 37_000_000, "accuracy": accuracy,
        "seconds": tuple(10.0 * (k + 1) for k in range(len(accuracy))), "forward_ms": 3.0, "memory_gb": 1.0,
        "predicted": None if answers is None else np.array(answers, np.uint8),
    }  # fmt: skip
    return Result(network=network, weights=weights, **fields | more)


def comparison(*results: Result, **more: Any) -> Comparison:
    fields: dict[str, Any] = {
        "name": "three animals", "recipe": {"data": "digits", "epochs": 2, "limit": None, "classes": [], "lr": 0.001},
        "classes": ("cat", "dog", "frog"), "labels": LABELS, "hardware": "cpu AMD, 2 threads",
        "versions": {"torch": "2.9"}, "command": "python -m explorer compare", "made": "2026-11-25T09:00:00+0000",
    }  # fmt: skip
    return Comparison(results=results, **fields | more)


def right(count: int, start: int = 0, pictures: int = 1000) -> list[int]:
    """Predictions of LABELS, repeated, of which `count` are right: those from `start` on, in a circle."""
    labels = np.tile(LABELS, pictures // len(LABELS))
    hits = (np.arange(pictures) - start) % pictures < count
    answers: list[int] = np.where(hits, labels, (labels + 1) % 3).tolist()
    return answers


RIGHT = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
HALF = [0, 0, 1, 1, 1, 1, 0, 0, 2, 1]
OTHER = [0, 0, 2, 2, 1, 1, 2, 2, 0, 1]
