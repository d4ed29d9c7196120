"""How long a run would take: a few steps on this machine, measured beside the pages."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

from explorer.runs import store
from explorer.training import probe, trainer
from explorer.training.recipe import Recipe
from explorer.ui.state import memory

START_S = 5.0  # of a run's process, until its first step


@cache
def measurer() -> ThreadPoolExecutor:
    """One measurement at a time, beside the pages: two would disturb each other."""
    return ThreadPoolExecutor(1)


@memory.shared
def estimate(key: str, _recipe: Recipe, train: int, test: int) -> Future[float]:
    """Seconds of the run on `train` pictures with `test` in each test. `key` names the recipe whole."""

    def measured() -> float:
        device, cache = trainer.select_device(_recipe), store.folder() / ".cache"
        with probe.use_threads(_recipe):
            speed = probe.measure(_recipe, device, probe.precision(_recipe, device, cache), cache)
        return probe.seconds(_recipe, speed, train, test)

    return measurer().submit(measured)


def is_measuring(estimates: "Iterable[Future[float]]") -> bool:
    return any(not each.done() for each in estimates)
