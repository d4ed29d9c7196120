"""Batches of an epoch and learning rate schedules of a phase."""

import math
from collections.abc import Iterator
from typing import Final

from explorer.training.recipe import Recipe

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


def phase(recipe: Recipe, epoch: int) -> tuple[int, int, float]:
    """First and last epoch (from 1) of the phase of `epoch`, frozen or not, and the phase's peak learning rate."""
    frozen = recipe.freeze_epochs
    if epoch <= frozen:
        return 1, frozen, recipe.lr
    return frozen + 1, recipe.epochs, recipe.unfreeze_lr if frozen else recipe.lr


def learning_rate(recipe: Recipe, peak: float, epoch: int, batch: int, batches: int) -> float:
    """Learning rate of step `batch` (from 1) of `batches` in `epoch`; `peak` is the phase's, as lowered so far."""
    first, last, _ = phase(recipe, epoch)
    done = (epoch - first) * batches + batch
    return peak * lr_factor(recipe.schedule, done / ((last - first + 1) * batches + 1))


def planned_rates(recipe: Recipe, batches: int) -> Iterator[tuple[float, float]]:
    """(completed epochs, learning rate) of each step of a run with `batches` steps per epoch.

    For the schedule plateau, as if the loss always fell: only the run shows when it stops.
    """
    for epoch in range(1, recipe.epochs + 1):
        peak = phase(recipe, epoch)[2]
        for batch in range(1, batches + 1):
            yield epoch - 1 + batch / batches, learning_rate(recipe, peak, epoch, batch, batches)


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
