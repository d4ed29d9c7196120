"""`python -m explorer compare`: backbones on one recipe from a terminal, with a report to hand in."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from explorer.cli.training import add_field, count, named_recipe, with_whole_paths
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
WEIGHTS: Final = ("random", "upstream")  # those that are there without the internet
OWN: Final = ("network", "weights")  # fields of the recipe that a comparison gives itself

_LINE: Final = terminal.Line()


def add(commands: Any, common: argparse.ArgumentParser, language: Language) -> None:
    """Put the command into argparse's `commands`."""

    def word(name: str) -> str:
        return t(f"report.command_{name}", language)

    compare = commands.add_parser("compare", parents=[common], help=word("help"))
    compare.add_argument("--backbones", required=True, type=_names, metavar="A,B,…", help=word("backbones"))
    compare.add_argument("--weights", default=WEIGHTS, type=_names, metavar="A,B,…", help=word("weights"))
    compare.add_argument("--seeds", default=1, type=int, metavar="N", help=word("seeds"))
    compare.add_argument("--sizes", default=(), type=_sizes, metavar="PX,PX,…", help=word("sizes"))
    compare.add_argument("--grid", default=[], action="append", metavar="FIELD=X,X,…", help=word("grid"))
    compare.add_argument("--recipe", metavar="NAME|FILE", help=word("recipe"))
    compare.add_argument("--out", required=True, type=Path, metavar="DIR", help=word("out"))
    compare.add_argument("--name", default="", help=word("name"))
    compare.add_argument("--ray", nargs="?", const="local", metavar="ADDRESS", help=word("ray"))
    for each in dataclasses.fields(Recipe):
        if each.name not in OWN:
            add_field(compare, each, language)
    compare.set_defaults(run=_compare)


def _words(language: Language) -> Translate:
    return lambda key, **values: t(key, language, **values)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, text.split(","))))


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(map(int, _names(text)))


def _compare(arguments: argparse.Namespace) -> int:
    check_docstrings()  # before hours of training whose report could not be written
    os.environ.update(cores.training_environment())  # before torch is imported
    from explorer.data import datasets
    from explorer.training import trainer

    recipes, root = recipes_of(arguments), arguments.out.absolute()
    if arguments.ray is None or recipes[0].device != "cuda":  # a GPU may be a node's of the cluster
        trainer.select_device(recipes[0])
    data = datasets.load(recipes[0], cache=root / ".cache")  # before a run is made of pictures that are not there
    plan = sweep.find_or_create(recipes, arguments.name or arguments.out.name, root)
    left = sweep.unfinished(plan)
    _tell(t("report.command_plan", arguments.lang, count=len(plan.runs), folder=root, left=len(left)))
    expected = _estimate(left, data, root, arguments.lang) if arguments.ray is None else {}
    stopped = _train(plan, expected, arguments)
    return _written(plan, data, arguments, stopped)


def recipes_of(arguments: argparse.Namespace) -> list[Recipe]:
    """What the command line asks for. Raises RecipeError, WeightsError or DataError before anything is written."""
    given = vars(arguments)
    fields = {each.name: given[each.name] for each in dataclasses.fields(Recipe) if each.name in given}
    recipe = named_recipe(arguments.recipe) if arguments.recipe else sweep.RECIPE
    recipe = recipe.changed(**{name: value for name, value in fields.items() if name not in OWN})
    seeds = range(recipe.seed, recipe.seed + max(arguments.seeds, 1))
    axes = dict(_axis(each) for each in arguments.grid)
    recipe = with_whole_paths(recipe)
    compared = sweep.comparison_recipes(recipe, arguments.backbones, arguments.weights, seeds, arguments.sizes)
    return [varied for one in compared for varied in sweep.grid(one, axes)]


def _axis(given: str) -> tuple[str, list[Any]]:
    """`lr=0.01,0.1` as a field and its values. Raises RecipeError."""
    name, _, values = given.partition("=")
    field = {each.name: each for each in dataclasses.fields(Recipe)}.get(name.replace("-", "_"))
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


def _estimate(left: Sequence[Run], data: "DataSet", root: Path, language: Language) -> dict[Run, float]:
    """Seconds of each run, from a few steps of each kind on this machine, which the runs need not measure again."""
    if not left:
        return {}
    from explorer.data import datasets
    from explorer.training import probe, trainer

    kinds: dict[Recipe, list[Run]] = {}
    for run in left:
        kinds.setdefault(run.recipe().changed(weights="random", seed=0), []).append(run)
    expected: dict[Run, float] = {}
    for k, (kind, several) in enumerate(kinds.items(), start=1):
        _move(t("report.command_measuring", language, name=kind.network, k=k, count=len(kinds)))
        device, cache = trainer.select_device(kind), root / ".cache"
        with probe.use_threads(kind):
            speed = probe.measure(kind, device, probe.precision(kind, device, cache), cache)
        chosen = datasets.load(kind, cache=cache)
        expected |= dict.fromkeys(several, probe.seconds(kind, speed, len(chosen.train), len(chosen.test)))
    time = _duration(_lasting(expected), language)
    _tell(t("report.command_estimate", language, time=time, pictures=len(data.train)))
    return expected


def _lasting(expected: Mapping[Run, float]) -> float:
    return sweep.estimate_seconds([run.recipe() for run in expected], list(expected.values()))


def _duration(seconds: float, language: Language) -> str:
    if seconds < 90:
        return t("finetune.seconds", language, seconds=seconds)
    return t("finetune.minutes", language, minutes=seconds / 60)


# While it trains


def _train(plan: Sweep, expected: Mapping[Run, float], arguments: argparse.Namespace) -> bool:
    """Train what is left; whether it was stopped."""
    from explorer.runs import worker

    show = _Progress(plan, expected, arguments.lang)
    with worker.stop_signals() as asked:
        for run, status in _steps(plan, arguments.ray, asked.is_set):
            show(run, status)
    _LINE.clear()
    return asked.is_set()


def _steps(plan: Sweep, ray: str | None, stop: Any) -> Iterator[tuple[Run, Status]]:
    if ray is None:
        return sweep.follow(plan, stop=stop)
    from explorer.runs import ray_cluster

    return ray_cluster.follow(plan, None if ray == "local" else ray, stop=stop)


class _Progress:
    """A line for each run that has ended, and on a terminal one that moves."""

    def __init__(self, plan: Sweep, expected: Mapping[Run, float], language: Language) -> None:
        self.expected = dict(expected)  # seconds of those that have not ended
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
            if epochs and run in self.expected:  # measured by now
                self.expected[run] = seconds / len(epochs) * (self.epochs[run] - len(epochs))
            words = t("report.command_running", self.language, k=len(self.ended) + 1, epoch=status.epoch,
                        epochs=self.epochs[run], left=self._left(), **shown)  # fmt: skip
            _move(words)
        elif status.state not in store.ACTIVE:
            self.ended.add(run)
            self.expected.pop(run, None)
            state = t(f"report.state_{status.state}", self.language)
            if status.state == "failed":
                from explorer.experiments.comparison.sentences import failure

                state += f": {failure(status.end, _words(self.language))}"
            _tell(t("report.command_ended", self.language, k=len(self.ended), seconds=seconds, state=state, **shown))

    def _left(self) -> str:
        if not self.expected:
            return ""
        return t("report.command_left", self.language, time=_duration(_lasting(self.expected), self.language))


def _tell(words: str) -> None:
    _LINE.clear()
    print(words, file=sys.stderr, flush=True)


def _move(words: str) -> None:
    if sys.stderr.isatty():
        _LINE.show(words)


# What it leaves


def _written(plan: Sweep, data: "DataSet", arguments: argparse.Namespace, stopped: bool) -> int:
    from explorer.experiments.comparison import gather, table
    from explorer.experiments.comparison.sentences import findings
    from explorer.plots import comparison_report

    word, found = _words(arguments.lang), gather.of(plan)
    files.write_atomically(plan.root / TABLE, table.csv(found))
    files.write_atomically(plan.root / REPORT, comparison_report.html(found, word, data.test.images).encode())
    if arguments.json:
        terminal.print_json({"runs": summary(found), "findings": findings(found, word)})
    else:
        print(table.text(found, word))
        print(word("report.command_written", report=plan.root / REPORT, table=plan.root / TABLE))
    if stopped:
        _tell(word("report.command_stopped"))
        return 130
    return 0 if any(result.is_finished for result in found.results) else 2


def summary(found: "Comparison") -> list[dict[str, Any]]:
    """Each run in plain values, ready for JSON, without what it answered."""
    return [
        {field.name: getattr(result, field.name) for field in dataclasses.fields(result) if field.name != "predicted"}
        for result in found.results
    ]
