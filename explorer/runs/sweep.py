"""Many recipes as one: a list of runs in `.sweeps/<id>/sweep.json`, trained through the same queue as any run."""

import dataclasses
import itertools
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from explorer.core import cores, files
from explorer.core.errors import RecipeError, RunError
from explorer.runs import store as runs
from explorer.runs import worker
from explorer.runs.store import Run, Status
from explorer.training.recipe import Recipe

VERSION: Final = 1  # of sweep.json
FOLDER, FILE = ".sweeps", "sweep.json"
STOP: Final = "stop.json"  # beside it: asks the process that leads the runs on a cluster to end
MAX_RUNS: Final = 500  # a mistyped grid is noticed before it fills the disk
RECIPE: Final = Recipe(
    weights="random", batch_size=64, epochs=5, freeze_epochs=0, lr=1e-3, optimizer="adamw", weight_decay=0.01,
    schedule="cosine", limit=10_000, brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0, rotation=0.0,
)  # fmt: skip
"""What a comparison starts from. Nothing is frozen: a head on random features says little of a backbone."""


@dataclass(frozen=True)
class Sweep:
    """Runs that were planned together. `path` is the folder of sweep.json, `root` that of the runs.

    `created` is wall time, ISO 8601. Runs that have been deleted since are not among `runs`.
    """

    path: Path
    root: Path
    name: str
    runs: tuple[Run, ...]
    created: str = ""

    @property
    def id(self) -> str:
        return self.path.name


# What to train


def compared(
    recipe: Recipe, backbones: Sequence[str], weights: Sequence[str], seeds: Sequence[int], sizes: Sequence[int] = ()
) -> list[Recipe]:
    """`recipe` for each backbone, picture size (px), weights and seed. What a backbone has no weights for is left out.

    Raises RecipeError for an unknown backbone, a size that one cannot take, or where nothing is left.
    """
    from explorer.models import backbones as zoo

    found = []
    for name, size in itertools.product(backbones, sizes or (recipe.image_size,)):
        zoo.check(name, size)
        offered = zoo.weights(name)
        found += [
            recipe.changed(network=name, image_size=size, weights=each, seed=seed)
            for each, seed in itertools.product(weights, seeds)
            if each in offered
        ]
    if not found:
        raise RecipeError("errors.sweep_empty", weights=", ".join(weights), backbones=", ".join(backbones))
    return found


def grid(recipe: Recipe, axes: Mapping[str, Sequence[Any]]) -> list[Recipe]:
    """`recipe` with each combination of the values that `axes` gives to its fields, the last changing fastest.

    Raises RecipeError for a wrong field or value.
    """
    return [
        Recipe.from_fields({**dataclasses.asdict(recipe), **dict(zip(axes, values, strict=True))})
        for values in itertools.product(*axes.values())
    ]


def varied(recipes: Sequence[Recipe]) -> tuple[str, ...]:
    """The fields in which `recipes` differ, in the order of the recipe."""
    return tuple(
        each.name for each in dataclasses.fields(Recipe) if len({getattr(recipe, each.name) for recipe in recipes}) > 1
    )


# Sweeps on disk


def create(recipes: Sequence[Recipe], name: str, root: Path | None = None) -> Sweep:
    """A new sweep with a run folder for each recipe; none is queued yet. Raises RunError where it cannot be written."""
    if not 1 <= len(recipes) <= MAX_RUNS:
        raise RunError("errors.sweep_size", count=len(recipes), limit=MAX_RUNS)
    root, fields = root or runs.folder(), varied(recipes)
    name = files.clean(name, runs.MAX_NAME)
    made: list[Run] = []
    try:
        for recipe in recipes:
            made.append(runs.create(recipe, _title(recipe, fields, name), root=root))
        path = root / FOLDER / made[0].id
        with files.writing(root):
            path.mkdir(parents=True)
        created = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        content = {"version": VERSION, "name": name, "runs": [run.id for run in made], "created": created}
        files.write_json(path / FILE, content)
    except RunError:
        for run in made:
            runs.delete(run)
        raise
    return Sweep(path, root, name, tuple(made), created)


def _title(recipe: Recipe, fields: Sequence[str], name: str) -> str:
    """A run's name: what tells it from the others of its sweep."""
    plain = ("network", "weights")
    told = [str(getattr(recipe, f)) if f in plain else f"{f} {getattr(recipe, f)}" for f in fields if f != "network"]
    return " · ".join([recipe.network, *told])[: runs.MAX_NAME] if fields else name


def find(sweep_id: str, root: Path | None = None) -> Sweep:
    """The sweep of that name, which may come from a link. Raises RunError where there is none that can be read."""
    root = root or runs.folder()
    path = runs.find(sweep_id, root / FOLDER).path  # checks the name as it does a run's
    try:
        found = json.loads(files.read_text(path / FILE) or "")
        version, name, ids = found["version"], found["name"], found["runs"]
        created = found.get("created", "")
        whole = type(version) is int and isinstance(name, str) and isinstance(created, str) and isinstance(ids, list)
        if not whole or version > VERSION or not all(isinstance(each, str) for each in ids) or len(ids) > MAX_RUNS:
            raise ValueError(FILE)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise RunError("errors.run_unreadable", run=path.name, reason=FILE) from error
    there = tuple(run for each in ids if (run := _there(each, root)))
    if not there:
        raise RunError("errors.run_unknown", run=path.name)
    return Sweep(path, root, files.clean(name, runs.MAX_NAME), there, files.clean(created, 40))


def _there(run_id: str, root: Path) -> Run | None:
    try:
        return runs.find(run_id, root)
    except RunError:  # deleted, or never a run of ours
        return None


def list_sweeps(root: Path | None = None) -> list[Sweep]:
    """Newest first. Those that cannot be read, or have no run any more, are left out."""
    root = root or runs.folder()
    try:
        names = sorted(os.listdir(root / FOLDER), reverse=True)
    except OSError:
        return []
    found = []
    for name in names:
        try:
            found.append(find(name, root))
        except RunError:
            continue
    return found


def forget(sweep: Sweep) -> None:
    """Remove the list; its runs stay. Raises RunError where it cannot be written."""
    with files.writing(sweep.root):
        shutil.rmtree(sweep.path)


def planned(recipes: Sequence[Recipe], name: str, root: Path) -> Sweep:
    """The sweep of `recipes` in `root`: one that is there, so that it goes on, else a new one.

    Raises RunError where another plan has been begun in `root`.
    """
    there = list_sweeps(root)
    wanted = sorted(recipe.to_json() for recipe in recipes)
    for sweep in there:
        if sorted(run.recipe().to_json() for run in sweep.runs) == wanted:
            return sweep
    if there:
        raise RunError("errors.sweep_other", folder=str(root), count=len(there[0].runs), name=there[0].name)
    return create(recipes, name, root)


# Training them


def unfinished(sweep: Sweep) -> list[Run]:
    """The runs that have not finished: those that wait or run, too."""
    return [run for run in sweep.runs if runs.status(run).state != "finished"]


def is_active(sweep: Sweep) -> bool:
    """Whether a run of it waits or trains."""
    return any(runs.status(run).state in runs.ACTIVE for run in sweep.runs)


def lasting(recipes: Sequence[Recipe], seconds: Sequence[float]) -> float:
    """Seconds until runs of `recipes`, which take `seconds` each, have all gone through this machine's empty queue."""
    free: dict[str, list[float]] = {}  # from when on each thread of a device is
    for recipe, took in zip(recipes, seconds, strict=True):
        device, threads = worker.needs(recipe)
        earliest = sorted(free.get(device, [0.0] * cores.physical_cores()))
        free[device] = [earliest[threads - 1] + took] * threads + earliest[threads:]
    return max(itertools.chain(*free.values()), default=0.0)


def tend(sweep: Sweep) -> None:
    """What whoever watches does again and again: kill what was asked to stop and does not, start what can start.

    Raises RunError where a run cannot be started.
    """
    for run in sweep.runs:
        worker.kill_if_stuck(run)
    worker.pump(sweep.root)


def submit(sweep: Sweep) -> None:
    """Put all unfinished runs into the queue, and start what can start.

    Raises RunError where more may not wait (EXPLORER_MAX_QUEUED): those that fit do.
    """
    left = [run for run in unfinished(sweep) if runs.status(run).state not in runs.ACTIVE]
    for done, run in enumerate(left):
        try:
            worker.submit(run)
        except RunError as error:
            if error.key != "errors.run_queue_full":
                raise
            limit = error.values["limit"]
            raise RunError("errors.sweep_queue_full", left=len(left) - done, limit=limit) from error
        worker.pump(sweep.root)


def halt(sweep: Sweep) -> None:
    """Take what waits out of the queue and ask what runs to stop; each goes on from its checkpoint later."""
    files.write_json(sweep.path / STOP, {})
    for run in sweep.runs:
        worker.cancel(run)
    for run in sweep.runs:
        if runs.is_running(run):
            try:
                worker.stop(run)
            except RunError:  # it has just ended
                continue


def follow(
    sweep: Sweep, every_s: float = 0.5, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[Run, Status]]:
    """Train all unfinished runs, each tried once; yields a run whenever its status has changed, until all have ended.

    As many wait at a time as may. Once `stop()` says so, the rest is stopped, and followed until it has. Raises
    RunError where a run cannot be started.
    """
    left = unfinished(sweep)
    to_submit = [run for run in left if runs.status(run).state not in runs.ACTIVE]
    shown: dict[str, Status] = {}
    asked = False
    while left:
        if not asked and stop():
            asked, to_submit = True, []
            halt(sweep)
        if not asked:
            to_submit = _submitted(to_submit)
            worker.pump(sweep.root)
        waiting = {run.id for run in to_submit}
        for run in list(left):
            if run.id in waiting:
                continue
            status = runs.status(run)
            if status.state not in runs.ACTIVE:
                left.remove(run)
            elif asked:
                worker.kill_if_stuck(run)
            if shown.get(run.id) != status:
                shown[run.id] = status
                yield run, status
        if asked:
            left = [run for run in left if runs.status(run).state == "running"]
        if left:
            time.sleep(every_s)


def _submitted(waiting: list[Run]) -> list[Run]:
    """Those of `waiting` for which the queue has no room yet. Raises RunError where it never will."""
    for done, run in enumerate(waiting):
        try:
            worker.submit(run)
        except RunError as error:
            nothing_ahead = not runs.waiting(run.root)
            if error.key != "errors.run_queue_full" or nothing_ahead:
                raise
            return waiting[done:]
    return []
