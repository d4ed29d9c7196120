"""How long runs take: one estimate for a recipe, the same on every page, measured in a background thread.

A run of the same work tells best; else what was measured on a quiet machine within the last day; else a few steps are
measured, if nothing trains. What was measured on a busy machine is measured again once it is quiet.
"""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

from explorer.core import cores
from explorer.core.errors import ExplorerError
from explorer.runs import duration, store, worker
from explorer.runs.duration import Duration
from explorer.training.probe import MAX_AGE_S
from explorer.training.recipe import Recipe
from explorer.ui.state import access_control, memory
from explorer.ui.words import t


class Measurement:
    """A duration that is being measured or was, and what other processes have computed since it was last looked at."""

    def __init__(self, recipe: Recipe, train: int, test: int) -> None:
        self.threads, self.begun_s, self.load = cores.thread_count(recipe.threads), time.monotonic(), cores.Load()
        cache = store.folder() / ".cache"
        self.future: Future[Duration] = executor().submit(duration.measure, recipe, train, test, cache)

    def is_outdated(self) -> bool:
        """Whether to measure again: it is a day old, or the machine was busy and has been quiet since the last look."""
        if not self.future.done() or self.future.exception():
            return False
        if self.future.result().source == "busy" and self.load.seconds > self.load.ENOUGH_S:
            was, self.load = self.load, cores.Load()
            return not was.is_busy(self.threads)
        return time.monotonic() - self.begun_s > MAX_AGE_S


@cache
def executor() -> ThreadPoolExecutor:
    """A single background thread, since two measurements would disturb each other."""
    return ThreadPoolExecutor(1)


def estimates(recipes: Sequence[Recipe], train: int, test: int) -> list[Future[Duration]]:
    """The duration of each of `recipes` on `train` and `test` pictures; [] if one is unknown and a run trains now."""
    entries, is_idle = access_control.newest_runs(), worker.is_idle()
    found = []
    for recipe in recipes:
        try:
            told = duration.from_runs(recipe, entries) or duration.known(recipe, train, test, store.folder() / ".cache")
        except ExplorerError:  # such as a missing device: measuring says so
            told = None
        if told is None and not is_idle:
            return []
        found.append(_measured(recipe, train, test) if told is None else _done(told))
    return found


def is_measuring(durations: Iterable[Future[Duration]]) -> bool:
    return any(not each.done() for each in durations)


def was_busy(durations: Iterable[Future[Duration]]) -> str:
    """A sentence if some were measured while other programs computed; else ""."""
    busy = any(each.done() and not each.exception() and each.result().source == "busy" for each in durations)
    return t("finetune.estimate_was_busy") if busy else ""


def _measured(recipe: Recipe, train: int, test: int) -> Future[Duration]:
    key = ("duration", duration.work(recipe), recipe.epochs, recipe.freeze_epochs, train, test, store.folder())
    measurement = memory.get_or_compute(key, lambda: Measurement(recipe, train, test))
    if measurement.is_outdated():
        memory.drop(key)
        measurement = memory.get_or_compute(key, lambda: Measurement(recipe, train, test))
    return measurement.future


def _done(told: Duration) -> Future[Duration]:
    future: Future[Duration] = Future()
    future.set_result(told)
    return future
