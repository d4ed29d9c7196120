"""Estimate how long a run takes from a few steps on this machine, measured in a background thread."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

from explorer.runs import store
from explorer.training import probe, trainer
from explorer.training.recipe import Recipe
from explorer.ui.state import memory

START_S = 5.0  # from the start of a run's process to its first step


@cache
def executor() -> ThreadPoolExecutor:
    """A single background thread, since two measurements would disturb each other."""
    return ThreadPoolExecutor(1)


@memory.shared
def estimate(key: str, _recipe: Recipe, train: int, test: int) -> Future[float]:
    """Seconds of a run with `train` training and `test` test pictures. `key` must determine the recipe."""

    def measured() -> float:
        device, cache = trainer.select_device(_recipe), store.folder() / ".cache"
        with probe.use_threads(_recipe):
            speed = probe.measure(_recipe, device, probe.precision(_recipe, device, cache), cache)
        return probe.seconds(_recipe, speed, train, test)

    return executor().submit(measured)


def is_measuring(estimates: "Iterable[Future[float]]") -> bool:
    return any(not each.done() for each in estimates)
