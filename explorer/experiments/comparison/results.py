"""Results of a comparison: a `Result` per run, a `Group` of runs that differ only in their seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import mean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.core.errors import ExplorerError


@dataclass(frozen=True, eq=False)
class Result:
    """One run, finished or not.

    By epoch: test `accuracy` (0..1), `seconds` (wall time since the first step, tests included), and, or empty if not
    kept, `train_accuracy` and `train_loss` (means over the epoch's steps) and `test_loss`. `multiply_adds` are per
    picture at `image_px`. `forward_ms` is the median of one picture's forward pass on `device`, `memory_gb` the run's
    peak there; both are None until the run has ended. `predicted` (pictures,) are the best epoch's classes of the test
    pictures, None until the end. `settings` are the other fields of the recipe in which the comparison's runs differ,
    a grid's, with their values. `failure` is the end event of a failed run: `key` and `values` of a sentence.
    """

    run: str
    network: str
    weights: str
    image_px: int
    seed: int
    state: str  # of runs.Status
    device: str  # as the run reports it: "cpu AMD EPYC, 2 cores"; "" before it has started
    parameters: int
    multiply_adds: int
    accuracy: tuple[float, ...] = ()
    seconds: tuple[float, ...] = ()
    forward_ms: float | None = None
    memory_gb: float | None = None
    predicted: NDArray[np.integer[Any]] | None = None
    settings: tuple[tuple[str, Any], ...] = ()
    failure: Mapping[str, Any] | None = None
    train_accuracy: tuple[float, ...] = ()
    train_loss: tuple[float, ...] = ()
    test_loss: tuple[float, ...] = ()

    @property
    def best(self) -> float | None:
        return max(self.accuracy, default=None)

    @property
    def is_finished(self) -> bool:
        return self.state == "finished"


@dataclass(frozen=True, eq=False)
class Group:
    """Results of one backbone, weights, picture size, settings and device; one per seed."""

    results: tuple[Result, ...]

    @property
    def name(self) -> str:
        """`resnet18 · upstream · 32 px`, and the settings."""
        first = self.results[0]
        settings = [f"{name} {value}" for name, value in first.settings]
        return " · ".join([first.network, first.weights, f"{first.image_px} px", *settings])

    @property
    def finished(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.is_finished and result.accuracy)

    @property
    def accuracy(self) -> float | None:
        """Mean of the last epoch's test accuracy over the finished seeds."""
        return mean(each.accuracy[-1] for each in self.finished) if self.finished else None

    @property
    def train_accuracy(self) -> float | None:
        """Mean of the last epoch's training accuracy over the finished seeds; None if it was not kept."""
        kept = [each.train_accuracy[-1] for each in self.finished if each.train_accuracy]
        return mean(kept) if kept else None

    @property
    def spread(self) -> float | None:
        """Sample standard deviation of the same over the finished seeds; None for fewer than two."""
        return stdev(each.accuracy[-1] for each in self.finished) if len(self.finished) > 1 else None

    @property
    def seconds(self) -> float | None:
        """Mean wall time of the finished seeds."""
        return mean(each.seconds[-1] for each in self.finished) if self.finished else None


@dataclass(frozen=True, eq=False)
class Comparison:
    """All results and what they have in common.

    `recipe` holds the fields that all runs share, as in recipe.json. `hardware` and `versions` say where they ran,
    `command` repeats them. `classes` are in the order of the labels; `labels` (pictures,) are the test pictures'.
    `brightness` (pictures,) is their mean value, 0..255: another machine checks by it that it has the same pictures.
    `problems` are runs, or predictions, that could not be read.
    """

    name: str
    results: tuple[Result, ...]
    recipe: Mapping[str, Any]
    classes: tuple[str, ...]
    labels: NDArray[np.integer[Any]] | None
    hardware: str
    versions: Mapping[str, str]
    command: str
    made: str  # date, ISO 8601
    brightness: NDArray[np.uint8] | None = None
    problems: tuple[ExplorerError, ...] = ()

    @property
    def origin(self) -> str:
        """Date, hardware and versions, if known: `2026-11-25 09:00 · cpu AMD · torch 2.9`."""
        versions = ", ".join(map(" ".join, self.versions.items()))
        return " · ".join(filter(None, (self.made[:16].replace("T", " "), self.hardware, versions)))

    @property
    def stamp(self) -> str:
        """A cache key: changes whenever there is more to draw, with each epoch."""
        runs = [(each.run, each.device, each.state, len(each.accuracy)) for each in self.results]
        return f"{self.name} {self.made} {runs}"

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        return grouped(self.results)

    @property
    def ranked(self) -> tuple[Group, ...]:
        """Sorted by mean accuracy, best first; groups without one come last."""
        return tuple(sorted(self.groups, key=lambda group: -(group.accuracy or 0.0)))


def grouped(results: Sequence[Result]) -> tuple[Group, ...]:
    """Group `results`, in the order of each group's first. A result without a device yet joins a group that has one."""
    by_key: dict[Any, dict[str, list[Result]]] = {}
    for result in results:
        devices = by_key.setdefault((result.network, result.weights, result.image_px, result.settings), {})
        devices.setdefault(result.device, []).append(result)
    groups = []
    for devices in by_key.values():
        not_begun = devices.pop("", []) if len(devices) > 1 else []
        lists = list(devices.values())
        lists[0] = [result for result in results if result in (*lists[0], *not_begun)]
        groups += [Group(tuple(each)) for each in lists]
    return tuple(groups)
