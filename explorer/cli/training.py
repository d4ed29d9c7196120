"""`python -m explorer train | resume | runs`: a fine-tune from a terminal, in the terminal's own process."""

import argparse
import dataclasses
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.core import cores, files, terminal
from explorer.core.errors import DataError, RecipeError, WeightsError
from explorer.core.i18n import Language, t
from explorer.models import registry, trial
from explorer.runs import store
from explorer.runs.events import Log
from explorer.runs.store import Run
from explorer.training.recipe import ALL, RECIPES, Range, Recipe

NAMES = ("cifar10", "digits", "upstream", "imagenet", "imagenet-v2", "random")  # of data and weights, not paths

if TYPE_CHECKING:
    from explorer.training.trainer import Event


def add(commands: Any, common: argparse.ArgumentParser, language: Language) -> None:
    """Put the three commands into argparse's `commands`."""
    train = commands.add_parser("train", parents=[common], help=t("recipe.command_train", language))
    train.add_argument("--recipe", default="laptop", metavar="NAME|FILE", help=t("recipe.command_recipe", language))
    train.add_argument("--out", type=Path, metavar="DIR", help=t("recipe.command_out", language))
    train.add_argument("--name", default="", help=t("recipe.command_name", language))
    for each in dataclasses.fields(Recipe):
        add_field(train, each, language)
    train.set_defaults(run=_train)
    resume = commands.add_parser("resume", parents=[common], help=t("recipe.command_resume", language))
    resume.add_argument("folder", type=Path, metavar="DIR")
    resume.add_argument("--epochs", type=int, metavar="N", help=t("recipe.epochs_help", language))
    resume.add_argument("--batch-size", type=int, metavar="N", help=t("recipe.batch_size_help", language))
    resume.set_defaults(run=_resume)
    listed = commands.add_parser("runs", parents=[common], help=t("recipe.command_runs", language))
    listed.add_argument("--out", type=Path, metavar="DIR", help=t("recipe.command_out", language))
    listed.set_defaults(run=_runs)


def add_field(parser: argparse.ArgumentParser, each: "dataclasses.Field[Any]", language: Language) -> None:
    """A flag for a field of the recipe; its range is the recipe's to check."""
    flag, words = f"--{each.name.replace('_', '-')}", t(f"recipe.{each.name}_help", language).replace("%", "%%")
    allowed = each.metadata.get("allowed")
    more: dict[str, Any] = {"default": argparse.SUPPRESS, "help": words}
    if each.type is bool:
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, **more)
    elif each.name == "classes":
        parser.add_argument(flag, type=lambda names: tuple(filter(None, names.split(","))), metavar="A,B,…", **more)
    elif isinstance(allowed, Range) and allowed.optional:
        parser.add_argument(flag, type=count, metavar=f"N|{ALL}", **more)
    elif isinstance(allowed, Range):
        kind = float if each.type is float else int
        parser.add_argument(flag, type=kind, metavar="X" if kind is float else "N", **more)
    else:
        parser.add_argument(flag, metavar="|".join(allowed) if allowed else each.name.upper(), **more)


def count(text: str) -> int | None:
    """A number of pictures, or ALL of them."""
    return None if text == ALL else int(text)


def _train(arguments: argparse.Namespace) -> int:
    given = vars(arguments)
    recipe = named_recipe(arguments.recipe).changed(
        **{each.name: given[each.name] for each in dataclasses.fields(Recipe) if each.name in given}
    )
    recipe = with_whole_paths(recipe)
    os.environ.update(cores.training_environment(recipe.threads))  # before torch is imported
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        return _train_together(recipe, arguments)
    return _carry_out(_created(recipe, arguments), arguments)


def with_whole_paths(recipe: Recipe) -> Recipe:
    """A run that goes on from another folder finds its data all the same."""
    changed = {}
    for field in ("data", "weights"):
        value = getattr(recipe, field)
        path = Path(value).expanduser()
        if value not in NAMES and os.path.exists(path):
            changed[field] = str(path.absolute())
    return recipe.changed(**changed)


def _created(recipe: Recipe, arguments: argparse.Namespace) -> Run:
    """A new run's folder; a mistake that shows at once leaves none. Raises ExplorerError."""
    from explorer.training import trainer

    trainer.select_device(recipe)
    trial.check(recipe.network, recipe.image_size)
    if recipe.weights not in registry.weights(recipe.network) and not os.path.isfile(recipe.weights):
        allowed = ", ".join(registry.weights(recipe.network))
        raise WeightsError("errors.weights_unknown", weights=recipe.weights, allowed=allowed)
    if recipe.data not in ("cifar10", "digits") and not os.path.exists(recipe.data):
        raise DataError("errors.data_no_folder", file=recipe.data)
    name = arguments.name or Path(arguments.recipe).stem
    return store.create(recipe, name, root=arguments.out or store.folder())


def named_recipe(name: str) -> Recipe:
    """A named recipe, or the one in a file. Raises RecipeError."""
    if name in RECIPES:
        return RECIPES[name]
    try:
        return Recipe.from_json(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError("errors.recipe_no_file", name=name, allowed=", ".join(RECIPES)) from error


def _resume(arguments: argparse.Namespace) -> int:
    from explorer.runs import worker

    folder: Path = arguments.folder.absolute()
    run = store.find(folder.name, folder.parent)
    changes = {name: getattr(arguments, name) for name in ("epochs", "batch_size") if getattr(arguments, name)}
    os.environ.update(cores.training_environment(run.recipe().threads))  # before torch is imported
    worker.change(run, **changes)
    return _carry_out(run, arguments)


def _carry_out(run: Run, arguments: argparse.Namespace) -> int:
    from explorer.runs import worker

    show = _Terminal(run.recipe(), arguments.lang)
    print(t("recipe.command_folder", arguments.lang, folder=run.path), file=sys.stderr)
    end = worker.run(run, show)
    show.clear()
    reason = end["reason"]
    log = Log(run.path, batches=False)
    log.update()
    if arguments.json:
        terminal.print_json({"run": run.id, "folder": str(run.path), "end": end, "epochs": log.epochs})
    elif reason == "finished" and log.epochs:
        best = max(log.epochs, key=lambda epoch: epoch[f"{run.recipe().best_by}_accuracy"] or 0)
        print(t("recipe.command_finished", arguments.lang, folder=run.path, best=best["test_accuracy"],
                  accuracy=log.epochs[-1]["test_accuracy"]))  # fmt: skip
    if reason == "failed":
        print(t(end["key"], arguments.lang, **end["values"]), file=sys.stderr)
    elif reason != "finished":
        print(t("recipe.command_stopped", arguments.lang, folder=run.path), file=sys.stderr)
    return {"finished": 0, "failed": 2}.get(reason, 130)


def _train_together(recipe: Recipe, arguments: argparse.Namespace) -> int:
    """One of several processes that torchrun started: the first keeps the run, the others only work."""
    import torch
    from torch import distributed

    from explorer.runs import worker
    from explorer.training import trainer

    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        if distributed.get_rank() == 0:
            return _carry_out(_created(recipe, arguments), arguments)
        with worker.stop_signals() as asked:
            for event in trainer.train(recipe, cache=(arguments.out or store.folder()) / ".cache", stop=asked.is_set):
                end = event.fields
        return 0 if end["reason"] == "finished" else 130
    finally:
        distributed.destroy_process_group()


class _Terminal:
    """Shows a run's events: a line an epoch, and on a terminal one that moves."""

    def __init__(self, recipe: Recipe, language: Language) -> None:
        self.recipe = recipe
        self.language = language
        self.line = terminal.Line() if sys.stderr.isatty() else None
        self.batches = 0
        self.first: tuple[float, float] | None = None  # when it began here, and with which share behind it
        self.shown_s = time.monotonic()

    def __call__(self, event: "Event") -> None:
        told: dict[str, Callable[[dict[str, Any]], None]] = {
            "prepare": self._preparing, "start": self._opening, "resume": self._opening, "batch": self._batch,
            "epoch": self._epoch, "warning": self._warning, "unfreeze": self._unfreeze,
        }  # fmt: skip
        if event.kind in told:
            told[event.kind](event.fields)

    def clear(self) -> None:
        if self.line:
            self.line.clear()

    def _preparing(self, fields: dict[str, Any]) -> None:
        share = fields["done"] / (fields["total"] or 1)
        self._move(t(f"finetune.preparing_{fields['what']}", self.language, share=share))

    def _opening(self, fields: dict[str, Any]) -> None:
        self.batches, self.first = fields["batches"], None

    def _batch(self, fields: dict[str, Any]) -> None:
        if time.monotonic() - self.shown_s > 0.1:
            share = (fields["epoch"] - 1 + fields["batch"] / self.batches) / self.recipe.epochs
            now = time.monotonic()
            begun, from_share = self.first = self.first or (now, share)
            left = (now - begun) * (1 - share) / (share - from_share) if share > from_share else 0.0
            words = f"loss {fields['loss']:.3f}" + (t("machine.left", self.language, seconds=left) if left else "")
            bar = "#" * round(24 * share)
            self._move(f"{bar:<24} {share:4.0%}  {fields['epoch']}/{self.recipe.epochs}  {words}")

    def _epoch(self, fields: dict[str, Any]) -> None:
        self._line(t("recipe.command_epoch", self.language, **fields))

    def _unfreeze(self, fields: dict[str, Any]) -> None:
        self._line(t("recipe.command_unfreeze", self.language, **fields))

    def _warning(self, fields: dict[str, Any]) -> None:
        self._line(t(fields["key"], self.language, **fields["values"]))

    def _line(self, words: str) -> None:
        self.clear()
        print(words, file=sys.stderr, flush=True)

    def _move(self, words: str) -> None:
        self.shown_s = time.monotonic()
        if self.line:
            self.line.show(words)


def _runs(arguments: argparse.Namespace) -> int:
    entries = store.list_runs(arguments.out)
    if arguments.json:
        rows = [
            {"id": entry.run.id, "name": entry.about.name, "state": entry.status.state, "epoch": entry.status.epoch,
             "recipe": dataclasses.asdict(entry.recipe) if entry.recipe else None,
             "problem": str(entry.problem) if entry.problem else None,
             "test_accuracy": entry.epochs[-1]["test_accuracy"] if entry.epochs else None}
            for entry in entries
        ]  # fmt: skip
        terminal.print_json(rows)
        return 0
    for entry in entries:
        accuracy = entry.epochs[-1]["test_accuracy"] if entry.epochs else None
        state = t(f"finetune.state_{entry.status.word}", arguments.lang, **vars(entry.status))
        problem = t(entry.problem.key, arguments.lang, **entry.problem.values) if entry.problem else state
        print(f"{files.clean(entry.run.id, 60):<44} {f'{accuracy:.1%}' if accuracy is not None else '–':>6}  {problem}")
    return 0
