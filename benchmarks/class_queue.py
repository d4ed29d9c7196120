"""Simulate how long a class waits for its runs: `python -m benchmarks.class_queue` prints a Markdown table.

First come, first served, one run per GPU, as in `explorer.runs.worker` on one machine and approximately in Ray on
several. Each user starts their runs at random times within an exercise's minutes, or a day's hours.
"""

import argparse
import heapq
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

USERS = (30, 300, 1000)
GPUS = (1, 4, 16)
# Seconds per epoch of CIFAR-10 at 32 px, batch 64, on an H100: from this project's design, whose authors measured
# them; we had no GPU. The tutorial has 40 epochs, 5 of them frozen.
UNFROZEN_S, FROZEN_S = 1.33, 0.66
START_S = 10.0  # import torch, copy the data set to the GPU, capture the step; an estimate
LAPTOP_S = 38.0  # measured (README): the laptop recipe, whole command, on two CPU cores


@dataclass(frozen=True)
class Exercise:
    """A class: each user starts `runs` runs of `seconds` seconds at random times within `within_s`."""

    name: str
    within_s: float
    runs: int
    seconds: float
    place: str = "GPU"


TUTORIAL_S = START_S + 5 * FROZEN_S + 35 * UNFROZEN_S
SHORT_S = START_S + 1 * FROZEN_S + 4 * UNFROZEN_S
EXERCISES = (
    Exercise("exercise of 10 min, 2 short runs each (5 epochs)", 600, 2, SHORT_S),
    Exercise("exercise of 10 min, 2 runs of the tutorial each (40 epochs)", 600, 2, TUTORIAL_S),
    Exercise("homework over a day of 8 h, 5 runs of the tutorial each", 8 * 3600, 5, TUTORIAL_S),
    Exercise("without a GPU: exercise of 10 min, 2 laptop runs each", 600, 2, LAPTOP_S, "pair of cores"),
)


def waits(arrivals: Sequence[tuple[float, float]], servers: int) -> list[float]:
    """Seconds that each of `arrivals` (time, duration) waits for one of `servers`.

    First come, first served; results in order of arrival.
    """
    free = [0.0] * servers  # heap of the times when each server becomes free
    waited = []
    for when, takes in sorted(arrivals):
        begins = max(when, heapq.heappop(free))
        heapq.heappush(free, begins + takes)
        waited.append(begins - when)
    return waited


def arrivals(exercise: Exercise, users: int, seed: int) -> list[tuple[float, float]]:
    """(start time, duration) of each run, in seconds."""
    draw = random.Random(seed)
    count = users * exercise.runs
    return [(draw.uniform(0, exercise.within_s), exercise.seconds) for _ in range(count)]


def format_seconds(seconds: float) -> str:
    """Format `seconds` in a suitable unit."""
    if seconds < 0.5:
        return "0"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def row(exercise: Exercise, users: int, seed: int) -> str:
    """A row of the table: median / 95th percentile / maximum wait for each number of GPUs."""
    cells = []
    for servers in GPUS:
        waited = waits(arrivals(exercise, users, seed), servers)
        middle, late = statistics.median(waited), statistics.quantiles(waited, n=20)[-1]
        cells.append(" / ".join(map(format_seconds, (middle, late, max(waited)))))
    return f"| {users:,} | " + " | ".join(cells) + " |"


def _count_of(count: int, place: str) -> str:
    many = place.replace("pair", "pairs") if "pair" in place else f"{place}s"
    return f"{count} {many if count > 1 else place}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for exercise in EXERCISES:
        print(f"**{exercise.name[0].upper()}{exercise.name[1:]}**; a run takes {exercise.seconds:.0f} s.\n")
        print("| users | " + " | ".join(_count_of(n, exercise.place) for n in GPUS) + " |")
        print("| --- |" + " --- |" * len(GPUS))
        for users in USERS:
            print(row(exercise, users, options.seed))
        print()


if __name__ == "__main__":
    main()
