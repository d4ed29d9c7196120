"""The processor's cores, shared with others. Imports no torch: what is set here counts when torch is imported."""

import os
from typing import Final

import psutil

POLICY, SPINS, THREADS = "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS"
SPIN_COUNT: Final = "10000"

_policy_is_ours = False


def wait_asleep() -> None:
    """Before torch is imported, for a process that answers readers: threads that wait for one another sleep at once.

    By default they keep the cores busy, on which the browser and other viewers draw: 20 ms became 200.
    """
    global _policy_is_ours
    if POLICY not in os.environ and SPINS not in os.environ:
        os.environ[POLICY] = "PASSIVE"
        _policy_is_ours = True


def for_training(threads: int = 0) -> dict[str, str]:
    """The environment of a process that trains with `share(threads)`.

    They wait for one another some microseconds at full speed, then sleep. By default they do for a millisecond, which
    others need meanwhile: on 2 cores, beside one other busy process, a fine-tune came to a seventh of its speed. To
    sleep at once costs speed where nothing else runs. For libgomp, which torch brings on Linux; other libraries ignore
    it. A user's own choice of how to wait stays.
    """
    environment = dict(os.environ)
    if _policy_is_ours:
        del environment[POLICY]
    if POLICY not in environment:
        environment.setdefault(SPINS, SPIN_COUNT)
    environment[THREADS] = str(share(threads))
    return environment


def share(threads: int) -> int:
    """Threads of a run that asks for so many: no more than there are cores, which 0 asks for."""
    return min(threads or physical(), physical())


def physical() -> int:
    """Cores that this process may use, two threads of one core counted once: more make matrix products no faster."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(psutil.cpu_count(logical=False) or allowed, allowed)
