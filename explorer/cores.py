"""The processor's cores, shared with others. Imports no torch: what is set here counts when torch is imported."""

import os
from typing import Final

import psutil

SPIN_COUNT: Final = "10000"


def share() -> None:
    """Before torch is imported: its threads wait for one another some microseconds at full speed, then sleep.

    By default they keep the cores busy for a millisecond, which others need meanwhile: on 2 cores, beside one other
    busy process, a fine-tune came to a seventh of its speed. Not to spin at all (OMP_WAIT_POLICY=PASSIVE) costs speed
    where nothing else runs. For libgomp, which torch brings on Linux; other libraries ignore it.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)


def physical() -> int:
    """Cores that this process may use, two threads of one core counted once: more make matrix products no faster."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(psutil.cpu_count(logical=False) or allowed, allowed)
