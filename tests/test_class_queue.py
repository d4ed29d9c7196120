"""The simulated queue agrees with queueing theory where that has a result."""

import math
import random

import pytest

from benchmarks.class_queue import EXERCISES, arrivals, format_seconds, waits


@pytest.mark.parametrize(("count", "servers"), [(1, 1), (7, 3), (8, 4), (100, 16), (3, 8)])
def test_all_at_once_the_last_waits_for_the_rounds_before_its_own(count: int, servers: int) -> None:
    waited = waits([(0.0, 10.0)] * count, servers)
    assert max(waited) == 10 * (math.ceil(count / servers) - 1)
    assert waited == [10.0 * (k // servers) for k in range(count)]


def test_first_come_first_served() -> None:
    # One server: 0-10. The other: 1-4, then the third run 4-10. At 10 the fourth starts, after 7; at 20 both are free.
    assert waits([(0, 10), (1, 3), (2, 6), (3, 1), (20, 1)], 2) == [0, 0, 2, 7, 0]


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_random_arrivals_at_one_server_wait_as_pollaczek_and_khinchine_say(load: float) -> None:
    draw = random.Random(1)
    when, jobs = 0.0, []
    for _ in range(200_000):
        when += draw.expovariate(load)
        jobs.append((when, 1.0))
    waited = waits(jobs, 1)
    assert sum(waited) / len(waited) == pytest.approx(load / (2 * (1 - load)), rel=0.05)  # M/D/1, in run lengths


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda each: each.name)
def test_more_gpus_never_wait_longer_and_the_seed_decides(exercise) -> None:  # type: ignore[no-untyped-def]
    jobs = arrivals(exercise, 300, seed=0)
    assert jobs == arrivals(exercise, 300, seed=0)
    assert len(jobs) == 300 * exercise.runs
    assert all(0 <= when <= exercise.within_s for when, _ in jobs)
    few, many = (sum(waits(jobs, servers)) for servers in (1, 4))
    assert many <= few


def test_units() -> None:
    assert [format_seconds(s) for s in (0.2, 7, 600, 7200)] == ["0", "7 s", "10 min", "2.0 h"]
