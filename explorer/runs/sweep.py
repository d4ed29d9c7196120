"""Sweeps: lists of runs in `.sweeps/<id>/sweep.json`, trained through the same queue as single runs."""

import contextlib
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

from explorer.core import cores, files, local_networks
from explorer.core.errors import RecipeError, RunError
from explorer.data import names
from explorer.runs import store as runs
from explorer.runs import worker
from explorer.runs.store import Run, Status
from explorer.training.recipe import Recipe

VERSION: Final = 1  # of sweep.json
FOLDER, FILE = ".sweeps", "sweep.json"
STOP: Final = "stop.json"  # beside it: asks the driver of a cluster to stop
MAX_RUNS: Final = 500  # guards against a mistyped grid
RECIPE: Final = Recipe(
    weights="random", batch_size=64, epochs=5, freeze_epochs=0, lr=1e-3, optimizer="adamw", weight_decay=0.01,
    schedule="cosine", limit=10_000, brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0, rotation=0.0,
)  # fmt: skip
"""Default recipe of a comparison. Nothing is frozen: a head on random features says little about a backbone."""


@dataclass(frozen=True)
class Sweep:
    """Runs that belong together. `path` is the folder of sweep.json, `root` that of the runs.

    `created` is wall time, ISO 8601. `runs` excludes deleted runs.
    """

    path: Path
    root: Path
    name: str
    runs: tuple[Run, ...]
    created: str = ""

    @property
    def id(self) -> str:
        return self.path.name


# Recipes


def comparison_recipes(
    recipe: Recipe, backbones: Sequence[str], weights: Sequence[str], seeds: Sequence[int], sizes: Sequence[int] = ()
) -> list[Recipe]:
    """`recipe` for each backbone, picture size (px), weights and seed, without weights that a backbone does not have.

    Raises RecipeError for an unknown backbone, an unsupported size, or an empty result.
    """
    from explorer.models import registry, trial

    recipes = []
    for name, size in itertools.product(backbones, sizes or (recipe.image_size,)):
        trial.check(name, size)
        offered = registry.weights(name)
        recipes += [
            recipe.changed(network=name, image_size=size, weights=each, seed=seed)
            for each, seed in itertools.product(weights, seeds)
            if each in offered
        ]
    if not recipes:
        raise RecipeError("errors.sweep_empty", weights=", ".join(weights), backbones=", ".join(backbones))
    return recipes


def grid(recipe: Recipe, axes: Mapping[str, Sequence[Any]]) -> list[Recipe]:
    """`recipe` with each combination of the values in `axes` (field -> values); the last field changes fastest.

    Raises RecipeError for a wrong field or value.
    """
    return [
        Recipe.from_fields({**dataclasses.asdict(recipe), **dict(zip(axes, values, strict=True))})
        for values in itertools.product(*axes.values())
    ]


def varied_fields(recipes: Sequence[Recipe]) -> tuple[str, ...]:
    """Names of the fields in which `recipes` differ, in field order."""
    return tuple(
        each.name for each in dataclasses.fields(Recipe) if len({getattr(recipe, each.name) for recipe in recipes}) > 1
    )


# Sweeps on disk


def create(recipes: Sequence[Recipe], name: str, root: Path | None = None) -> Sweep:
    """Create a sweep with a run folder per recipe, without queueing them. Raises RunError."""
    if not 1 <= len(recipes) <= MAX_RUNS:
        raise RunError("errors.sweep_size", count=len(recipes), limit=MAX_RUNS)
    root, fields = root or runs.folder(), varied_fields(recipes)
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
    """Name of a run: its network and the other fields that vary in the sweep."""
    parts = [_value(recipe, field) for field in fields if field != "network"]
    return " · ".join([local_networks.label(recipe.network), *parts])[: runs.MAX_NAME] if fields else name


def _value(recipe: Recipe, field: str) -> str:
    """`upstream`, `birds.zip`, `lr 0.1`: data and weights without a path."""
    value = getattr(recipe, field)
    if field in ("data", "weights"):
        return names.source_name(Path(value))
    return f"{field} {value}"


def find(sweep_id: str, root: Path | None = None) -> Sweep:
    """Load a sweep by its id, which may be untrusted. Raises RunError if it is missing or unreadable."""
    root = root or runs.folder()
    path = runs.find(sweep_id, root / FOLDER).path  # validates the id
    try:
        content = json.loads(files.read_text(path / FILE) or "")
        version, name, ids = content["version"], content["name"], content["runs"]
        created = content.get("created", "")
        valid = type(version) is int and isinstance(name, str) and isinstance(created, str) and isinstance(ids, list)
        if not valid or version > VERSION or not all(isinstance(each, str) for each in ids) or len(ids) > MAX_RUNS:
            raise ValueError(FILE)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise RunError("errors.run_unreadable", run=path.name, reason=FILE) from error
    existing = tuple(run for each in ids if (run := _find_or_none(each, root)))
    if not existing:
        raise RunError("errors.run_unknown", run=path.name)
    return Sweep(path, root, files.clean(name, runs.MAX_NAME), existing, files.clean(created, 40))


def _find_or_none(run_id: str, root: Path) -> Run | None:
    try:
        return runs.find(run_id, root)
    except RunError:  # deleted, or not a run
        return None


def list_sweeps(root: Path | None = None) -> list[Sweep]:
    """All sweeps, newest first, without those that are unreadable or have no runs left."""
    root = root or runs.folder()
    try:
        names = sorted(os.listdir(root / FOLDER), reverse=True)
    except OSError:
        return []
    sweeps = []
    for name in names:
        with contextlib.suppress(RunError):
            sweeps.append(find(name, root))
    return sweeps


def forget(sweep: Sweep) -> None:
    """Delete the sweep but not its runs. Raises RunError."""
    with files.writing(sweep.root):
        shutil.rmtree(sweep.path)


def find_or_create(recipes: Sequence[Recipe], name: str, root: Path) -> Sweep:
    """The existing sweep of `recipes` in `root`, to continue it, or a new one if `root` has no sweeps.

    Raises RunError if `root` has only sweeps of other recipes.
    """
    existing = list_sweeps(root)
    wanted = sorted(recipe.to_json() for recipe in recipes)
    for sweep in existing:
        if sorted(run.recipe().to_json() for run in sweep.runs) == wanted:
            return sweep
    if existing:
        raise RunError("errors.sweep_other", folder=str(root), count=len(existing[0].runs), name=existing[0].name)
    return create(recipes, name, root)


# Training


def unfinished(sweep: Sweep) -> list[Run]:
    """Runs that have not finished, including queued and running ones."""
    return [run for run in sweep.runs if runs.status(run).state != "finished"]


def is_active(sweep: Sweep) -> bool:
    """Whether a run of the sweep is queued or running."""
    return any(runs.status(run).state in runs.ACTIVE for run in sweep.runs)


def estimate_seconds(recipes: Sequence[Recipe], seconds: Sequence[float]) -> float:
    """Total seconds for `recipes`, which take `seconds` each, through this machine's queue if it is empty."""
    free: dict[str, list[float]] = {}  # device -> time from which each of its threads is free
    for recipe, took in zip(recipes, seconds, strict=True):
        device, threads = worker.required_resources(recipe)
        earliest = sorted(free.get(device, [0.0] * cores.physical_cores()))
        free[device] = [earliest[threads - 1] + took] * threads + earliest[threads:]
    return max(itertools.chain(*free.values()), default=0.0)


def poll(sweep: Sweep) -> None:
    """Called periodically by every observer: kill unresponsive workers, then start queued runs. Raises RunError."""
    for run in sweep.runs:
        worker.kill_if_stuck(run)
    worker.start_queued(sweep.root)


def submit(sweep: Sweep) -> None:
    """Queue all unfinished runs and start those that can start.

    Raises RunError if the queue is full (EXPLORER_MAX_QUEUED), after queueing those that fit.
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
        worker.start_queued(sweep.root)


def stop_all(sweep: Sweep) -> None:
    """Remove all runs from the queue and ask running ones to stop; they can be resumed from their checkpoints."""
    files.write_json(sweep.path / STOP, {})
    for run in sweep.runs:
        worker.cancel(run)
    for run in sweep.runs:
        if runs.is_running(run):
            with contextlib.suppress(RunError):  # ended meanwhile
                worker.stop(run)


def follow(
    sweep: Sweep, every_s: float = 0.5, stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[Run, Status]]:
    """Train all unfinished runs, each tried once. Yields a run whenever its status has changed, until all have ended.

    Keeps the queue as full as it may be. Once `stop()` returns True, stops the rest and waits for them. Raises RunError
    if a run cannot be started.
    """
    left = unfinished(sweep)
    to_submit = [run for run in left if runs.status(run).state not in runs.ACTIVE]
    shown: dict[str, Status] = {}
    asked = False
    while left:
        if not asked and stop():
            asked, to_submit = True, []
            stop_all(sweep)
        if not asked:
            to_submit = _submit_what_fits(to_submit)
            worker.start_queued(sweep.root)
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


def _submit_what_fits(waiting: list[Run]) -> list[Run]:
    """Submit runs until the queue is full; returns the rest. Raises RunError, also if an empty queue counts as full."""
    for done, run in enumerate(waiting):
        try:
            worker.submit(run)
        except RunError as error:
            is_empty = not runs.waiting(run.root)
            if error.key != "errors.run_queue_full" or is_empty:
                raise
            return waiting[done:]
    return []
