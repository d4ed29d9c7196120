"""CPU cores, what else computes on them, and OpenMP settings.

Does not import torch: OpenMP reads these variables when torch is imported.
"""

import os
import time
from typing import Final

import psutil

POLICY, SPINS, THREADS = "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS"
SPIN_COUNT: Final = "10000"
TOLERATED_CORES: Final = 0.35  # of other processes: a browser that draws the page is no busy machine

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


class Load:
    """What computes on this process's cores from the creation of this object on."""

    ENOUGH_S: Final = 1.0  # a shorter time says little: the system counts in hundredths of a second

    def __init__(self) -> None:
        self._begun_s, self._all_s, self._own_s = time.monotonic(), _used_s(), _own_s()

    @property
    def seconds(self) -> float:
        """Seconds since the creation."""
        return time.monotonic() - self._begun_s

    def is_busy(self, threads: int) -> bool:
        """Whether other processes used cores that a computation with `threads` threads needs; False before ENOUGH_S."""
        if self.seconds < self.ENOUGH_S:
            return False
        own = (_own_s() - self._own_s) / self.seconds  # cores, on average
        others = (_used_s() - self._all_s) / self.seconds - own
        is_full = own + others > len(_processors()) - TOLERATED_CORES
        return others + threads > physical_cores() + TOLERATED_CORES or (is_full and own < 0.8 * threads)


def _processors() -> list[int]:
    """Numbers of the logical processors on which this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _used_s() -> float:
    """CPU seconds that all processes have used on this process's processors."""
    times = psutil.cpu_times(percpu=True)
    return sum(times[k].user + times[k].system for k in _processors() if k < len(times))


def _own_s() -> float:
    own = psutil.Process().cpu_times()
    return float(own.user + own.system)
