"""`python -m explorer train | resume | runs`: fine-tune in this process, without a browser."""

import argparse
import contextlib
import dataclasses
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.core import cores, files, local_networks, terminal
from explorer.core.errors import DataError, RecipeError, WeightsError
from explorer.core.i18n import Language, t
from explorer.data.names import source_name
from explorer.runs import store
from explorer.runs.events import Log
from explorer.runs.store import Run
from explorer.training.recipe import ALL, RECIPES, Range, Recipe

CODE = "code"  # weights of a file of the user's own; `own_network.CODE`, which imports torch
NAMES = ("cifar10", "digits", "upstream", "imagenet", "imagenet-v2", "random", CODE)  # of data and weights: no paths

if TYPE_CHECKING:
    from explorer.training.trainer import Event


def add(commands: Any, common: argparse.ArgumentParser, language: Language) -> None:
    """Add the three commands to argparse's `commands`."""
    train = commands.add_parser("train", parents=[common], help=t("recipe.command_train", language))
    train.add_argument("--recipe", default="laptop", metavar="NAME|FILE", help=t("recipe.command_recipe", language))
    train.add_argument("--out", type=Path, metavar="DIR", help=t("recipe.command_out", language))
    train.add_argument("--name", default="", help=t("recipe.command_name", language))
    for field in dataclasses.fields(Recipe):
        add_field(train, field, language)
    train.set_defaults(run=_train)
    resume = commands.add_parser("resume", parents=[common], help=t("recipe.command_resume", language))
    resume.add_argument("folder", type=Path, metavar="DIR")
    resume.add_argument("--network", default="", metavar="FILE.py:NET", help=t("command.resume_network", language))
    resume.add_argument("--weights", default="", metavar="FILE", help=t("command.app_weights", language))
    resume.add_argument("--epochs", type=int, metavar="N", help=t("recipe.epochs_help", language))
    resume.add_argument("--batch-size", type=int, metavar="N", help=t("recipe.batch_size_help", language))
    resume.set_defaults(run=_resume)
    runs = commands.add_parser("runs", parents=[common], help=t("recipe.command_runs", language))
    runs.add_argument("--out", type=Path, metavar="DIR", help=t("recipe.command_out", language))
    runs.set_defaults(run=_runs)


def add_field(parser: argparse.ArgumentParser, field: "dataclasses.Field[Any]", language: Language) -> None:
    """Add a flag for a field of the recipe, without a default. Recipe checks the range."""
    flag, text = f"--{field.name.replace('_', '-')}", t(f"recipe.{field.name}_help", language).replace("%", "%%")
    allowed = field.metadata.get("allowed")
    options: dict[str, Any] = {"default": argparse.SUPPRESS, "help": text}
    if field.type is bool:
        options |= {"action": argparse.BooleanOptionalAction}
    elif field.name == "classes":
        options |= {"type": lambda names: tuple(filter(None, names.split(","))), "metavar": "A,B,…"}
    elif isinstance(allowed, Range) and allowed.optional:
        options |= {"type": count, "metavar": f"N|{ALL}"}
    elif isinstance(allowed, Range):
        options |= {"type": float, "metavar": "X"} if field.type is float else {"type": int, "metavar": "N"}
    else:
        options |= {"metavar": "|".join(allowed) if allowed else field.name.upper()}
    parser.add_argument(flag, **options)


def fields_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields of the recipe that were given on the command line."""
    given = vars(arguments)
    return {field.name: given[field.name] for field in dataclasses.fields(Recipe) if field.name in given}


def count(text: str) -> int | None:
    """A number of pictures; None for ALL."""
    return None if text == ALL else int(text)


def _train(arguments: argparse.Namespace) -> int:
    recipe = with_absolute_paths(named_recipe(arguments.recipe).changed(**_with_own_file(fields_of(arguments))))
    os.environ.update(cores.training_environment(recipe.threads))  # before torch is imported
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        return _train_distributed(recipe, arguments)
    return _run_to_end(_created(recipe, arguments), arguments)


def _with_own_file(fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` with a Python file of the user's under the name by which runs know it. Raises WeightsError."""
    if not local_networks.is_file(fields.get("network", "")):
        return fields
    weights = fields.get("weights", "")
    name = local_networks.offer(fields["network"], "" if weights == CODE else weights)
    return {**fields, "network": name, "weights": CODE}


def with_absolute_paths(recipe: Recipe) -> Recipe:
    """Make paths of data and weights absolute: a run may be resumed from another folder."""
    changed = {}
    for field in ("data", "weights"):
        value = getattr(recipe, field)
        path = Path(value).expanduser()
        if value not in NAMES and os.path.exists(path):
            changed[field] = str(path.absolute())
    return recipe.changed(**changed)


def _created(recipe: Recipe, arguments: argparse.Namespace) -> Run:
    """Check the recipe, then create the run's folder. Raises ExplorerError, and then creates none."""
    from explorer.core import hardware
    from explorer.models import registry, trial
    from explorer.training import trainer

    trainer.select_device(recipe)
    if recipe.device == "auto" and (unused := hardware.gpu_problem()):
        print(t(unused.key, arguments.lang, **unused.values), file=sys.stderr)
    trial.check(recipe.network, recipe.image_size)
    if recipe.weights not in registry.weights(recipe.network) and not os.path.isfile(recipe.weights):
        allowed = ", ".join(registry.weights(recipe.network))
        raise WeightsError("errors.weights_unknown", weights=recipe.weights, allowed=allowed)
    if recipe.data not in ("cifar10", "digits") and not os.path.exists(recipe.data):
        raise DataError("errors.data_no_folder", file=recipe.data)
    name = arguments.name or Path(arguments.recipe).stem
    return store.create(recipe, name, root=arguments.out or store.folder())


def named_recipe(name: str) -> Recipe:
    """The recipe called `name`, or the one in the file `name`. Raises RecipeError."""
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
    _with_own_file(vars(arguments))
    changes = {name: getattr(arguments, name) for name in ("epochs", "batch_size") if getattr(arguments, name)}
    os.environ.update(cores.training_environment(run.recipe().threads))  # before torch is imported
    worker.change(run, **changes)
    return _run_to_end(run, arguments)


def _run_to_end(run: Run, arguments: argparse.Namespace) -> int:
    from explorer.runs import worker

    progress = _Progress(run.recipe(), arguments.lang)
    print(t("recipe.command_folder", arguments.lang, folder=run.path), file=sys.stderr)
    with contextlib.redirect_stdout(sys.stderr):  # what a user's own file prints
        end = worker.run(run, progress)
    progress.line.clear()
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


def _train_distributed(recipe: Recipe, arguments: argparse.Namespace) -> int:
    """Train in one of torchrun's processes; only rank 0 writes the run."""
    from torch import distributed

    from explorer.runs import worker
    from explorer.training import trainer

    distributed.init_process_group("nccl" if trainer.select_device(recipe).type == "cuda" else "gloo")
    try:
        if distributed.get_rank() == 0:
            return _run_to_end(_created(recipe, arguments), arguments)
        with worker.stop_signals() as stop:
            cache = (arguments.out or store.folder()) / ".cache"
            for event in trainer.train(recipe, cache=cache, stop=stop.is_set):
                end = event.fields
        return 0 if end["reason"] == "finished" else 130
    finally:
        distributed.destroy_process_group()


class _Progress:
    """Shows a run's events on stderr: a line per epoch, and between them the progress."""

    def __init__(self, recipe: Recipe, language: Language) -> None:
        self.recipe = recipe
        self.language = language
        self.line = terminal.Line()
        self.time_left = terminal.TimeLeft(language)
        self.batches = 0  # per epoch
        self.shown_s = time.monotonic()

    def __call__(self, event: "Event") -> None:
        fields = event.fields
        match event.kind:
            case "prepare":
                share = fields["done"] / (fields["total"] or 1)
                self._show(t(f"finetune.preparing_{fields['what']}", self.language, share=share))
            case "start" | "resume":
                self.batches = fields["batches"]
            case "batch" if time.monotonic() - self.shown_s > 0.1:
                share = (fields["epoch"] - 1 + fields["batch"] / self.batches) / self.recipe.epochs
                progress = f"{'#' * round(24 * share):<24} {share:4.0%}  {fields['epoch']}/{self.recipe.epochs}"
                self._show(f"{progress}  loss {fields['loss']:.3f}{self.time_left(share)}")
            case "test":
                self._show(t("finetune.testing", self.language, share=fields["done"] / fields["total"]))
            case "epoch" | "unfreeze":
                self.line.print(t(f"recipe.command_{event.kind}", self.language, **fields))
            case "warning":
                self.line.print(t(fields["key"], self.language, **fields["values"]))

    def _show(self, text: str) -> None:
        self.shown_s = time.monotonic()
        self.line.show(text)


def _runs(arguments: argparse.Namespace) -> int:
    entries = store.list_runs(arguments.out)
    if arguments.json:
        rows = [
            {"id": entry.run.id, "name": entry.about.name, "state": entry.status.state, "epoch": entry.status.epoch,
             "recipe": dataclasses.asdict(entry.recipe) if entry.recipe else None,
             "problem": str(entry.problem) if entry.problem else None,
             "data": source_name(Path(entry.recipe.data)) if entry.recipe else None,
             "test_accuracy": entry.epochs[-1]["test_accuracy"] if entry.epochs else None}
            for entry in entries
        ]  # fmt: skip
        terminal.print_json(rows)
        return 0
    for entry in entries:
        accuracy = entry.epochs[-1]["test_accuracy"] if entry.epochs else None
        state = t(f"finetune.state_{entry.status.word}", arguments.lang, **vars(entry.status))
        problem = t(entry.problem.key, arguments.lang, **entry.problem.values) if entry.problem else state
        data = terminal.printable(source_name(Path(entry.recipe.data))) if entry.recipe else "–"
        shown = f"{accuracy:.1%}" if accuracy is not None else "–"
        print(f"{files.clean(entry.run.id, 60):<44} {shown:>6}  {data:<10}  {problem}")
    return 0
