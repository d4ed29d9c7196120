"""Batches of an epoch and learning rate schedules of a phase."""

import math
from typing import Final

WARMUP: Final = 0.15  # fraction of a phase, cosine schedule; the bundled weights were trained with it
STEPS_WARMUP: Final = 1 / 160  # fraction of a phase, steps schedule: 400 of 64,000 iterations


def batch_bounds(pictures: int, batch_size: int, processes: int = 1) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each batch of an epoch, as in torch's DataLoader with drop_last=False.

    Unlike there, a last batch with fewer than two pictures per process is merged into the previous one, because
    BatchNorm needs a variance.
    """
    starts = list(range(0, pictures, batch_size))
    if len(starts) > 1 and pictures - starts[-1] < 2 * processes:
        starts.pop()
    return list(zip(starts, [*starts[1:], pictures], strict=False))  # [] for no pictures


def lr_factor(schedule: str, done: float) -> float:
    """Learning rate divided by its peak, 0..1, after the fraction `done` (0..1) of a phase.

    "onecycle" is torch's OneCycleLR with its defaults (Smith & Topin 2018), with constant momentum. "steps" is the
    schedule of He et al. 2015, section 4.2: 0.1 after 32,000 of 64,000 iterations, 0.01 after 48,000, and 0.1 during
    the warm-up that they use for 110 layers.
    """
    if schedule == "cosine":
        return done / WARMUP if done < WARMUP else _cosine(1.0, 0.0, (done - WARMUP) / (1 - WARMUP))
    if schedule == "onecycle":
        return _cosine(1 / 25, 1.0, done / 0.3) if done < 0.3 else _cosine(1.0, 1 / 25e4, (done - 0.3) / 0.7)
    if schedule == "steps":
        return 0.01 if done >= 0.75 else 0.1 if done >= 0.5 or done < STEPS_WARMUP else 1.0
    return 1.0


def _cosine(begin: float, end: float, done: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * done)) / 2
