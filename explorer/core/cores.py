"""CPU cores and OpenMP settings. Does not import torch: OpenMP reads these variables when torch is imported."""

import os
from typing import Final

import psutil

POLICY, SPINS, THREADS = "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS"
SPIN_COUNT: Final = "10000"

_policy_is_ours = False


def set_passive_waiting() -> None:
    """Make waiting OpenMP threads sleep at once. For the server process; call it before torch is imported.

    By default waiting threads spin and take CPU time from the browser and other sessions: a request of 20 ms took 200.
    """
    global _policy_is_ours
    if POLICY not in os.environ and SPINS not in os.environ:
        os.environ[POLICY] = "PASSIVE"
        _policy_is_ours = True


def training_environment(threads: int = 0) -> dict[str, str]:
    """Environment variables of a process that trains with `thread_count(threads)` threads.

    Waiting threads spin for a few microseconds, then sleep. The default is to spin for about a millisecond, which takes
    CPU time from other processes: on 2 cores, beside one other busy process, a fine-tune ran at a seventh of its speed.
    Sleeping at once is slower on an idle machine. The spin count applies to libgomp, which torch uses on Linux; other
    OpenMP libraries ignore it. A wait policy set by the user is kept.
    """
    environment = dict(os.environ)
    if _policy_is_ours:
        del environment[POLICY]
    if POLICY not in environment:
        environment.setdefault(SPINS, SPIN_COUNT)
    environment[THREADS] = str(thread_count(threads))
    return environment


def thread_count(threads: int) -> int:
    """Number of threads: min(threads, physical cores); 0 means all cores."""
    return min(threads or physical_cores(), physical_cores())


def physical_cores() -> int:
    """Physical cores available to this process. Hyper-threads do not count: they do not speed up matrix products."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(psutil.cpu_count(logical=False) or allowed, allowed)
