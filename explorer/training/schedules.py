"""The course of a run: an epoch's batches, a phase's learning rates."""

import math
from typing import Final

WARM_UP: Final = 0.15  # of a phase under the cosine schedule, as our own weights were trained
STEPS_WARM_UP: Final = 1 / 160  # of a phase under steps: 400 of 64,000 iterations


def cuts(pictures: int, batch_size: int, processes: int = 1) -> list[tuple[int, int]]:
    """First and last place of each batch of an epoch, as torch's loader cuts it with drop_last=False.

    Except that a rest of one picture a process, of which BatchNorm knows no variance, joins the batch before.
    """
    starts = list(range(0, pictures, batch_size))
    if len(starts) > 1 and pictures - starts[-1] < 2 * processes:
        starts.pop()
    return list(zip(starts, [*starts[1:], pictures], strict=False))  # none of no pictures


def share_of_peak(schedule: str, done: float) -> float:
    """Learning rate over its peak, 0..1, where `done` (0..1) of a phase is behind.

    One-cycle is the learning rate of torch's OneCycleLR with its defaults (Smith & Topin 2018); momentum stays. Steps
    are those of He et al. 2015, section 4.2: a tenth after 32,000 of 64,000 iterations, a hundredth after 48,000, and
    the warm-up at a tenth that they give 110 layers.
    """
    if schedule == "cosine":
        return done / WARM_UP if done < WARM_UP else _cosine(1.0, 0.0, (done - WARM_UP) / (1 - WARM_UP))
    if schedule == "onecycle":
        return _cosine(1 / 25, 1.0, done / 0.3) if done < 0.3 else _cosine(1.0, 1 / 25e4, (done - 0.3) / 0.7)
    if schedule == "steps":
        return 0.01 if done >= 0.75 else 0.1 if done >= 0.5 or done < STEPS_WARM_UP else 1.0
    return 1.0


def _cosine(begin: float, end: float, done: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * done)) / 2
