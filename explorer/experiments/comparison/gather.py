"""A sweep's current results, read from its run folders; cheap enough for once a second."""

import dataclasses
import re
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explorer.core import files
from explorer.core.errors import ExplorerError
from explorer.experiments.comparison.results import Comparison, Result
from explorer.runs import checkpoints, public, store, sweep
from explorer.runs.store import Run, Summary
from explorer.runs.sweep import Sweep
from explorer.training.recipe import ALL, Recipe

OWN: Final = ("network", "weights", "image_size", "seed")  # fields that a Result has by name
METRICS: Final = ("test_accuracy", "train_accuracy", "train_loss", "test_loss")  # of an epoch

Labels = NDArray[np.integer[Any]]


def comparison(plan: Sweep) -> Comparison:
    """The results of `plan` so far. A run that cannot be read is left out and listed in `problems`.

    Raises RunError or RecipeError if no run can be read.
    """
    recipes: dict[Run, Recipe] = {}
    logs: dict[Run, Summary] = {}
    answers: dict[Run, tuple[Labels, Labels]] = {}
    problems: list[ExplorerError] = []
    for run in plan.runs:
        try:
            logs[run] = store.summary(run)
            recipes[run] = public.redacted_recipe(run.recipe())
            if pair := _answers_of(run, logs[run]):
                answers[run] = pair
        except ExplorerError as error:
            problems.append(error)
    if not recipes:
        raise problems[0]
    openings = [logs[run].opening for run in recipes]
    begun = [opening for opening in openings if opening]
    classes = tuple(map(str, begun[0]["classes"])) if begun else ()
    labels = next((own for own, _ in answers.values()), None)
    settings = tuple(field for field in sweep.varied_fields(list(recipes.values())) if field not in OWN)
    results = []
    for run, recipe in recipes.items():
        own, predicted = answers.get(run, (None, None))
        comparable = labels is not None and own is not None and np.array_equal(own, labels)  # the same test pictures
        values = tuple((field, getattr(recipe, field)) for field in settings)
        results.append(_result(run, recipe, logs[run], len(classes) or 10, predicted if comparable else None, values))
    return Comparison(
        plan.name, tuple(results), _shared(list(recipes.values())), classes, labels,
        "; ".join(dict.fromkeys(result.device for result in results if result.device)),
        _versions(begun), command(list(recipes.values())), plan.created, problems=tuple(problems),
    )  # fmt: skip


def command(recipes: Sequence[Recipe]) -> str:
    """The command line that trains `recipes`; it trains more where they are not a full grid."""

    def values(field: str) -> str:
        return ",".join(dict.fromkeys(_written(getattr(recipe, field)) for recipe in recipes))

    flags = ["--backbones", values("network"), "--weights", values("weights")]
    seeds = [recipe.seed for recipe in recipes]
    flags += ["--seeds", str(len(set(seeds)))] if len(set(seeds)) > 1 else []
    flags += ["--seed", str(min(seeds))] if min(seeds) else []
    differing = sweep.varied_fields(recipes)
    flags += ["--sizes", values("image_size")] if "image_size" in differing else []
    for each in dataclasses.fields(Recipe):
        value = getattr(recipes[0], each.name)
        if each.name in differing and each.name not in OWN:
            flags += ["--grid", f"{each.name}={values(each.name)}"]
        elif value != getattr(sweep.RECIPE, each.name) and each.name not in ("network", "weights", "seed", *differing):
            flag = each.name.replace("_", "-")
            if each.type is bool:
                flags.append(f"--{flag}" if value else f"--no-{flag}")
            else:
                flags += [f"--{flag}", _written(value)]
    return " ".join(["python -m explorer compare", *map(_quoted, flags), "--out DIR"])


def _quoted(word: str) -> str:
    """Quote for both bash and PowerShell, which splits a bare `a,b`."""
    if re.fullmatch(r"[\w.=/:+-]+", word):
        return word
    return shlex.quote(word) if re.search(r'["$`!\\]', word) else f'"{word}"'


def _written(value: Any) -> str:
    if value is None:
        return ALL
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _result(
    run: Run,
    recipe: Recipe,
    summary: Summary,
    classes: int,
    predicted: Labels | None,
    settings: tuple[tuple[str, Any], ...],
) -> Result:
    from explorer.models import trial  # imports torch

    epochs = [epoch for epoch in summary.epochs if all(epoch[name] is not None for name in ("seconds", *METRICS))]
    accuracy, *curves = (tuple(epoch[name] for epoch in epochs) for name in METRICS)
    seconds = np.cumsum([epoch["seconds"] for epoch in epochs]).tolist()
    end = summary.end or {}
    cost = trial.cost(recipe.network, recipe.image_size, classes)
    return Result(
        run.id, recipe.network, _short(recipe.weights), recipe.image_size, recipe.seed, store.status(run).state,
        device(summary.opening or {}), cost.parameters, cost.multiply_adds,
        accuracy, tuple(seconds),
        _number(end.get("forward_ms")), _number(end.get("memory_gb")), predicted, settings,
        end if end.get("reason") == "failed" else None, *curves,
    )  # fmt: skip


def _short(weights: str) -> str:
    return Path(weights).name


def device(opening: Mapping[str, Any]) -> str:
    """`cpu AMD EPYC 7B13, 2 threads`, from a run's start event; "" if that is empty."""
    if not opening:
        return ""
    kind, threads = opening.get("device"), opening.get("threads")
    words = f"{kind if isinstance(kind, str) else ''} {opening['device_name']}".strip()
    counted = f", {threads} thread{'s' * (threads != 1)}" if type(threads) is int and kind == "cpu" else ""
    return files.clean(words, 80) + counted


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and value >= 0 else None


def _shared(recipes: Sequence[Recipe]) -> dict[str, Any]:
    differing = sweep.varied_fields(recipes)
    return {name: value for name, value in dataclasses.asdict(recipes[0]).items() if name not in differing}


def _versions(openings: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Versions of the first run that has them."""
    all_versions = (opening.get("versions") for opening in openings)
    versions: Mapping[str, Any] = next((each for each in all_versions if isinstance(each, dict)), {})
    return {files.clean(str(name), 40): files.clean(str(version), 40) for name, version in versions.items()}


def _answers_of(run: Run, log: Summary) -> tuple[Labels, Labels] | None:
    """Labels and predictions of a run that has ended. Raises RunError if they are damaged."""
    if store.status(run).state in store.ACTIVE or not log.opening:
        return None
    try:
        changed = (run.path / store.PREDICTIONS).stat().st_mtime_ns
    except OSError:
        return None
    return _answers(run, changed, len(log.opening["classes"]))


@lru_cache(maxsize=sweep.MAX_RUNS)
def _answers(run: Run, changed: int, classes: int) -> tuple[Labels, Labels] | None:
    answers = checkpoints.answers(run, classes)
    if answers is None:
        return None
    return answers["label"].numpy().astype(np.uint16), answers["predicted"].numpy().astype(np.uint16)
