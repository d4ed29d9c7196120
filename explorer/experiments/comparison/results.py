"""What a comparison has found so far: a `Result` for each run, a `Group` for runs that differ in their seed alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.core.errors import ExplorerError


@dataclass(frozen=True, eq=False)
class Result:
    """One run, as far as it is.

    `accuracy` (0..1, of the test pictures) and `seconds` (wall time from the first step on, tests included) after each
    epoch; as many of `train_accuracy`, `train_loss` (means over the epoch's steps) and `test_loss`, or none where they
    were not kept. `multiply_adds` are of one picture at `image_px`; `forward_ms` is the median of one picture's forward
    pass on `device`, `memory_gb` the run's peak there: both None until it has ended. `predicted` are the classes
    (pictures,) that the best epoch gave the test pictures, in their order, None before the end. `settings` are the
    other fields of the recipe, with their values, in which the comparison's runs differ: a grid's. `failure` is the end
    event of a failed run: `key` and `values` of a sentence.
    """

    run: str
    network: str
    weights: str
    image_px: int
    seed: int
    state: str  # of runs.Status
    device: str  # as the run tells it: "cpu AMD EPYC, 2 cores"
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
    """The results of one backbone, weights, picture size, settings and device; one for each seed."""

    results: tuple[Result, ...]

    @property
    def name(self) -> str:
        """`resnet18 · upstream · 32 px`: what tells it from the others."""
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
    def spread(self) -> float | None:
        """Their sample standard deviation; None of fewer than two seeds."""
        return stdev(each.accuracy[-1] for each in self.finished) if len(self.finished) > 1 else None

    @property
    def seconds(self) -> float | None:
        """Mean wall time of the finished seeds."""
        return mean(each.seconds[-1] for each in self.finished) if self.finished else None


@dataclass(frozen=True, eq=False)
class Comparison:
    """All results, and what they have in common.

    `recipe` are the fields that all runs share, as recipe.json has them. `hardware` and `versions` say where they ran,
    `command` how to repeat it. `classes` in the order of the labels; `labels` (pictures,) of the test pictures.
    `brightness` (pictures,) is their mean value, 0..255: by it another machine knows whether it has the same ones.
    `problems` say what of a run could not be read: all of it, or its answers.
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
        """When, on what and with what it was made, as far as is known: `2026-11-25 09:00 · cpu AMD · torch 2.9`."""
        versions = ", ".join(map(" ".join, self.versions.items()))
        return " · ".join(filter(None, (self.made[:16].replace("T", " "), self.hardware, versions)))

    @property
    def stamp(self) -> str:
        """Names what there is to draw: it changes with each epoch that is added."""
        runs = [(each.run, each.device, each.state, len(each.accuracy)) for each in self.results]
        return f"{self.name} {self.made} {runs}"

    @property
    def groups(self) -> tuple[Group, ...]:
        return grouped(self.results)

    @property
    def ranked(self) -> tuple[Group, ...]:
        """The best mean accuracy first; those that have none yet come last."""
        return tuple(sorted(self.groups, key=lambda group: -(group.accuracy or 0.0)))


def grouped(results: Sequence[Result]) -> tuple[Group, ...]:
    """In the order in which each group's first result comes. One that has no device yet joins one that has."""
    found: dict[Any, dict[str, list[Result]]] = {}
    for result in results:
        devices = found.setdefault((result.network, result.weights, result.image_px, result.settings), {})
        devices.setdefault(result.device, []).append(result)
    groups = []
    for devices in found.values():
        not_begun = devices.pop("", []) if len(devices) > 1 else []
        lists = list(devices.values())
        lists[0] = [result for result in results if result in (*lists[0], *not_begun)]
        groups += [Group(tuple(each)) for each in lists]
    return tuple(groups)
