"""`python -m explorer compare`: train several backbones by one recipe and write a report."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from explorer.cli.training import add_field, count, fields_of, named_recipe, with_absolute_paths
from explorer.core import cores, files, terminal
from explorer.core.errors import RecipeError, check_docstrings
from explorer.core.i18n import Language, Translate, t
from explorer.runs import store, sweep
from explorer.runs.store import Run, Status
from explorer.runs.sweep import Sweep
from explorer.training.recipe import Range, Recipe

if TYPE_CHECKING:
    from explorer.data.datasets import DataSet
    from explorer.experiments.comparison.results import Comparison

REPORT, TABLE = "report.html", "comparison.csv"
WEIGHTS: Final = ("random", "upstream")  # available offline
AUTHOR: Final = {"student": "name", "student-number": "number", "course": "course"}  # flag -> field of the report
OWN: Final = ("network", "weights")  # fields of the recipe that have a flag of compare's own


def add(commands: Any, common: argparse.ArgumentParser, language: Language) -> None:
    """Add the command to argparse's `commands`."""

    def help_of(name: str) -> str:
        return t(f"report.command_{name}", language)

    compare = commands.add_parser("compare", parents=[common], help=help_of("help"))
    compare.add_argument("--backbones", required=True, type=_names, metavar="A,B,…", help=help_of("backbones"))
    compare.add_argument("--weights", default=WEIGHTS, type=_names, metavar="A,B,…", help=help_of("weights"))
    compare.add_argument("--seeds", default=1, type=int, metavar="N", help=help_of("seeds"))
    compare.add_argument("--sizes", default=(), type=_sizes, metavar="PX,PX,…", help=help_of("sizes"))
    compare.add_argument("--grid", default=[], action="append", metavar="FIELD=X,X,…", help=help_of("grid"))
    compare.add_argument("--recipe", metavar="NAME|FILE", help=help_of("recipe"))
    compare.add_argument("--out", required=True, type=Path, metavar="DIR", help=help_of("out"))
    compare.add_argument("--name", default="", help=help_of("name"))
    for name in AUTHOR:
        compare.add_argument(f"--{name}", default="", metavar="TEXT", help=help_of(name.replace("-", "_")))
    compare.add_argument("--ray", nargs="?", const="local", metavar="ADDRESS", help=help_of("ray"))
    for field in dataclasses.fields(Recipe):
        if field.name not in OWN:
            add_field(compare, field, language)
    compare.set_defaults(run=_compare)


def _translate(language: Language) -> Translate:
    return lambda key, **values: t(key, language, **values)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, text.split(","))))


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(map(int, _names(text)))


def _compare(arguments: argparse.Namespace) -> int:
    check_docstrings()  # the report needs them: fail before hours of training
    os.environ.update(cores.training_environment())  # before torch is imported
    from explorer.data import datasets
    from explorer.training import trainer

    recipes, root = recipes_of(arguments), arguments.out.absolute()
    if arguments.ray is None or recipes[0].device != "cuda":  # with Ray another node may have the GPU
        trainer.select_device(recipes[0])
    line = terminal.Line()

    def reading(done: int, total: int) -> None:
        line.show(t("report.command_reading", arguments.lang, done=done, total=total))

    data = datasets.load(recipes[0], cache=root / ".cache", progress=reading)  # raises before runs are created
    plan = sweep.find_or_create(recipes, arguments.name or arguments.out.name, root)
    left = sweep.unfinished(plan)
    line.print(t("report.command_plan", arguments.lang, count=len(plan.runs), folder=root, left=len(left)))
    expected = _estimate(left, data, root, line, arguments.lang) if arguments.ray is None else {}
    stopped = _train(plan, _Progress(plan, expected, line, arguments.lang), arguments.ray)
    return _write_results(plan, data, arguments, stopped)


def recipes_of(arguments: argparse.Namespace) -> list[Recipe]:
    """The recipes that the command line asks for. Raises RecipeError, WeightsError or DataError."""
    recipe = named_recipe(arguments.recipe) if arguments.recipe else sweep.RECIPE
    fields = {name: value for name, value in fields_of(arguments).items() if name not in OWN}
    recipe = with_absolute_paths(recipe.changed(**fields))
    seeds = range(recipe.seed, recipe.seed + max(arguments.seeds, 1))
    axes = dict(map(_axis, arguments.grid))
    compared = sweep.comparison_recipes(recipe, arguments.backbones, arguments.weights, seeds, arguments.sizes)
    return [varied for each in compared for varied in sweep.grid(each, axes)]


def _axis(given: str) -> tuple[str, list[Any]]:
    """Parse `lr=0.01,0.1` to a field of the recipe and its values. Raises RecipeError."""
    name, _, values = given.partition("=")
    field = {field.name: field for field in dataclasses.fields(Recipe)}.get(name.replace("-", "_"))
    if field is None or not values or field.name in (*OWN, "classes", "seed", "image_size"):
        raise RecipeError("errors.sweep_grid", given=given)
    try:
        return field.name, [_value(field, value) for value in values.split(",")]
    except ValueError as error:
        raise RecipeError("errors.sweep_grid", given=given) from error


def _value(field: "dataclasses.Field[Any]", text: str) -> Any:
    allowed = field.metadata.get("allowed")
    if isinstance(allowed, Range):
        return count(text) if allowed.optional else (float if field.type is float else int)(text)
    return {"true": True, "false": False}.get(text, text) if field.type is bool else text


def _estimate(
    left: Sequence[Run], data: "DataSet", root: Path, line: terminal.Line, language: Language
) -> dict[Run, float]:
    """Estimate seconds per run from a few steps of each kind on this machine; the runs reuse the measurement."""
    if not left:
        return {}
    from explorer.data import datasets
    from explorer.runs import duration

    kinds: dict[Recipe, list[Run]] = {}
    for run in left:
        kinds.setdefault(run.recipe().changed(weights="random", seed=0), []).append(run)
    expected: dict[Run, float] = {}
    for k, (kind, runs) in enumerate(kinds.items(), start=1):
        line.show(t("report.command_measuring", language, name=kind.network, k=k, count=len(kinds)))
        cache = root / ".cache"
        chosen = datasets.load(kind, cache=cache)
        measured = duration.measure(kind, len(chosen.train), len(chosen.test), cache)
        expected |= dict.fromkeys(runs, measured.seconds)
    time = _duration(_lasting(expected), language)
    line.print(t("report.command_estimate", language, time=time, pictures=len(data.train)))
    return expected


def _lasting(expected: Mapping[Run, float]) -> float:
    return sweep.estimate_seconds([run.recipe() for run in expected], list(expected.values()))


def _duration(seconds: float, language: Language) -> str:
    if seconds < 90:
        return t("finetune.seconds", language, seconds=seconds)
    return t("finetune.minutes", language, minutes=seconds / 60)


# Training


def _train(plan: Sweep, progress: "_Progress", ray: str | None) -> bool:
    """Train what is not finished; returns whether it was stopped."""
    from explorer.runs import worker

    with worker.stop_signals() as stop_asked:
        for run, status in _follow(plan, ray, stop_asked.is_set):
            progress(run, status)
    progress.line.clear()
    return stop_asked.is_set()


def _follow(plan: Sweep, ray: str | None, stop: Callable[[], bool]) -> Iterator[tuple[Run, Status]]:
    if ray is None:
        return sweep.follow(plan, stop=stop)
    from explorer.runs import ray_cluster

    return ray_cluster.follow(plan, None if ray == "local" else ray, stop=stop)


class _Progress:
    """Prints a line for each run that has ended, and between them shows the progress of the current one."""

    def __init__(self, plan: Sweep, expected: Mapping[Run, float], line: terminal.Line, language: Language) -> None:
        self.line = line
        self.expected = dict(expected)  # seconds left, of runs that have not ended
        self.names = {run: run.about().name for run in plan.runs}
        self.epochs = {run: run.recipe().epochs for run in plan.runs}
        self.ended = {run for run in plan.runs if store.status(run).state == "finished"}
        self.language = language

    def __call__(self, run: Run, status: Status) -> None:
        epochs = store.summary(run).epochs
        last = epochs[-1]["test_accuracy"] if epochs else None
        seconds = sum(epoch["seconds"] or 0.0 for epoch in epochs)
        shown = {"name": self.names[run], "count": len(self.names), "accuracy": "–" if last is None else f"{last:.1%}"}
        if status.state == "running":
            if epochs and run in self.expected:  # the run's own speed replaces the estimate
                self.expected[run] = seconds / len(epochs) * (self.epochs[run] - len(epochs))
            self.line.show(t("report.command_running", self.language, k=len(self.ended) + 1, epoch=status.epoch,
                             epochs=self.epochs[run], left=self._left(), **shown))  # fmt: skip
        elif status.state not in store.ACTIVE:
            self.ended.add(run)
            self.expected.pop(run, None)
            state = t(f"report.state_{status.state}", self.language)
            if status.state == "failed":
                from explorer.experiments.comparison.sentences import failure

                state += f": {failure(status.end, _translate(self.language))}"
            ended = t("report.command_ended", self.language, k=len(self.ended), seconds=seconds, state=state, **shown)
            self.line.print(ended)

    def _left(self) -> str:
        if not self.expected:
            return ""
        return t("report.command_left", self.language, time=_duration(_lasting(self.expected), self.language))


# Results


def _write_results(plan: Sweep, data: "DataSet", arguments: argparse.Namespace, stopped: bool) -> int:
    """Write report and table, print the table; returns the exit code."""
    from explorer.experiments.comparison import gather, table
    from explorer.experiments.comparison.reasons import cautions, reasons
    from explorer.experiments.comparison.sentences import findings
    from explorer.plots import comparison_report

    t, comparison = _translate(arguments.lang), gather.comparison(plan)
    files.write_atomically(plan.root / TABLE, table.csv(comparison))
    fields = {field: getattr(arguments, flag.replace("-", "_")) for flag, field in AUTHOR.items()}
    page = comparison_report.html(comparison, t, data.test.images, comparison_report.Author(**fields))
    files.write_atomically(plan.root / REPORT, page.encode())
    if arguments.json:
        said = {"cautions": cautions, "findings": findings, "reasons": reasons}
        told = {name: tell(comparison, t) for name, tell in said.items()}
        terminal.print_json({"runs": summary(comparison), **told})
    else:
        print(table.text(comparison, t))
        print(t("report.command_written", report=plan.root / REPORT, table=plan.root / TABLE))
    if stopped:
        print(t("report.command_stopped"), file=sys.stderr)
        return 130
    return 0 if any(result.is_finished for result in comparison.results) else 2


def summary(comparison: "Comparison") -> list[dict[str, Any]]:
    """Each run's fields as plain values for JSON, without its predictions."""
    return [
        {field.name: getattr(result, field.name) for field in dataclasses.fields(result) if field.name != "predicted"}
        for result in comparison.results
    ]
