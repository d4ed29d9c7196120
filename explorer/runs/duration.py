"""How long a run takes: told by a run of the same work, else from a few steps measured on this machine."""

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, Final, Literal

import torch

from explorer.core import hardware
from explorer.runs import store
from explorer.runs.events import EVENTS
from explorer.runs.store import Entry, Run
from explorer.training import probe, trainer
from explorer.training.probe import MAX_AGE_S
from explorer.training.recipe import Recipe

START_S: Final = 5.0  # from the start of a run's process to its first step
# Fields on which the time of an epoch does not depend
TIMELESS: Final = (
    "weights", "epochs", "lr", "unfreeze_lr", "schedule", "weight_decay", "label_smoothing", "keep_every", "seed",
)  # fmt: skip


@dataclass(frozen=True)
class Duration:
    """Seconds of a run from its start to its end.

    `source`: a "run" of the same work on this machine, steps "measured" now, or measured while the machine was "busy".
    """

    seconds: float
    source: Literal["run", "measured", "busy"]


def work(recipe: Recipe) -> Recipe:
    """`recipe` with the defaults in all fields on which the time of an epoch does not depend: equal for equal work."""
    usual = Recipe()
    neutral = recipe.changed(**{name: getattr(usual, name) for name in TIMELESS}, freeze_epochs=0)
    return neutral if recipe.caches_features else neutral.changed(freeze_bn=False, fixed_views=0)


def from_runs(recipe: Recipe, entries: Iterable[Entry]) -> Duration | None:
    """The duration by the epochs of the newest run of the same work on this device; None if there is none.

    `entries` are newest first, as from `store.list_runs`. A live run counts once it has an epoch of each phase; a run
    of more than a day ago, whose machine may have been busy, no longer counts.
    """
    device = None
    for entry in entries:
        if not entry.epochs or entry.recipe is None or entry.recipe.network != recipe.network:  # quick, for most runs
            continue
        if work(entry.recipe) != work(recipe):
            continue
        device = device or _device_name(recipe)
        if _trained_on(entry.run) != device or time.time() - os.path.getmtime(entry.run.path / EVENTS) > MAX_AGE_S:
            continue
        if (seconds := _by_epochs(recipe, entry.recipe, entry.epochs)) is not None:
            return Duration(START_S + seconds, "run")
    return None


def known(recipe: Recipe, train: int, test: int, cache: Path) -> Duration | None:
    """The duration by a stored measurement; None if there is none."""
    speed = probe.known(recipe, trainer.select_device(recipe), cache)
    return None if speed is None else Duration(START_S + probe.seconds(recipe, speed, train, test), "measured")


def measure(recipe: Recipe, train: int, test: int, cache: Path) -> Duration:
    """Measure a few steps. Raises RecipeError if torch cannot use the device."""
    device = trainer.select_device(recipe)
    with probe.use_threads(recipe):
        name = probe.precision(recipe, device, cache)
        speed = probe.measure(recipe, device, name, cache)
    source: Literal["busy", "measured"] = "busy" if speed.busy else "measured"
    return Duration(START_S + probe.seconds(recipe, speed, train, test), source)


def seconds_left(expected: Sequence[float], at: float, epoch_s: float, past_s: Sequence[float] = ()) -> float:
    """Seconds until the end of a live run.

    `expected` are estimated seconds of each epoch, of which only the ratios count: an epoch that trains all weights may
    take several times as long as a frozen one. `at` are completed epochs, fractional; `epoch_s` is how long the current
    epoch takes at the current speed, and `past_s` how long each completed one took.
    """
    k = min(int(at), len(expected) - 1)
    before = sum(expected[: len(past_s)])
    past = sum(past_s) / before if before else 1.0
    slower = epoch_s / expected[k] if expected[k] else past  # an epoch on cached features takes no time
    return slower * (expected[k] * (k + 1 - at) + sum(expected[k + 1 :]))


def _by_epochs(recipe: Recipe, other: Recipe, epochs: Sequence[Any]) -> float | None:
    """Seconds of `recipe` if each epoch takes as long as those of a run of `other`; None if a phase is missing."""
    frozen = [epoch["seconds"] or 0.0 for epoch in epochs if epoch["frozen"]]
    learning = [epoch["seconds"] or 0.0 for epoch in epochs if not epoch["frozen"]]
    left = recipe.epochs - recipe.freeze_epochs
    if (left and not learning) or (recipe.freeze_epochs and not frozen):
        return None
    total = left * mean(learning) if left else 0.0
    if recipe.caches_features:  # only the first epochs compute features
        return total + sum(frozen) if other.freeze_epochs == recipe.freeze_epochs == len(frozen) else None
    return total + (recipe.freeze_epochs * mean(frozen) if frozen else 0.0)


def _device_name(recipe: Recipe) -> str:
    device = trainer.select_device(recipe)
    return torch.cuda.get_device_name(device) if device.type == "cuda" else hardware.processor()


def _trained_on(run: Run) -> str:
    opening = store.summary(run).opening
    return str(opening["device_name"]) if opening else ""
