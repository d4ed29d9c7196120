"""Training curves of a run: accuracy, loss and learning rate, beside the published and another run."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd
import streamlit as st

from explorer.core.errors import ExplorerError
from explorer.experiments import published_run
from explorer.plots import run_curves
from explorer.plots.run_curves import Look, Rows, RunData
from explorer.runs import naming, store
from explorer.runs.events import Log
from explorer.runs.store import Entry, Run
from explorer.training.recipe import Recipe
from explorer.ui.finetune.live_log import LiveLog
from explorer.ui.layout import style
from explorer.ui.widgets import chart_view, linked
from explorer.ui.words import t

SERIES = ("train", "validation", "test")
SMOOTHING = {"none": 1, "light": 10, "medium": 40, "strong": 160}  # steps
MOST_OTHERS = 50  # runs in the list to choose from; the page Runs compares any
MAX_NAME = 28  # characters of another run's name in a legend


@dataclass(frozen=True)
class Options:
    """What is drawn beside the run, and how. `other` is a run's id, or ""; `smoothing` a key of SMOOTHING."""

    published: bool
    other: str
    log: bool
    smoothing: str


def names_beside(run: Run, listed: Iterable[Entry]) -> dict[str, str]:
    """Those of `listed` (newest first) that have trained an epoch, but not `run`: id -> unique name, MOST_OTHERS."""
    trained = [entry for entry in listed if entry.epochs and entry.run.id != run.id][:MOST_OTHERS]
    named = naming.unique((each.run.id, each.about.name, each.about.created) for each in reversed(trained))
    return dict(reversed(named.items()))


def draw(recipe: Recipe, live: LiveLog, others: Mapping[str, str], *, saved: bool) -> None:
    """Draw the curves, below a row of options; `others` are runs that may be drawn beside it: id -> unique name."""
    log = live.log
    options = choose(recipe, others)
    epochs = _other_epochs(options.other)
    words = _words(others.get(options.other, ""))
    key = (recipe.epochs, recipe.freeze_epochs, tuple(words.items()), options, len(epochs), style.text_colour())
    specs_of, rates = live.cached(key, lambda: _curve_specs(log, words, recipe, options, epochs, style.text_colour()))
    alt = t("finetune.accuracy_alt", accuracy=log.epochs[-1]["test_accuracy"] or 0) if log.epochs else ""
    left, right = st.columns(2, gap="small")
    with left:
        title = t("finetune.accuracy")
        chart_view.show(title, specs_of["accuracy"], key="curve_accuracy", alt=alt or title, saved=saved)
    with right:
        chart_view.show(t("finetune.loss"), specs_of["loss"], key="curve_loss", alt=t("finetune.loss_alt"), saved=saved)
    left, right = st.columns(2, gap="small")
    with left:
        alt = f"{t('recipe.lr')}: {rates or '…'}"
        chart_view.show(t("recipe.lr"), specs_of["lr"], key="curve_lr", alt=alt, saved=saved)
    with right:
        still = "bn_freeze" if recipe.freeze_bn else "bn_drift"
        st.caption(t(f"finetune.{still}") if recipe.freeze_epochs else t("finetune.nothing_frozen"))


def choose(recipe: Recipe, others: Mapping[str, str]) -> Options:
    """Draw the row of options and return what is chosen."""
    runs = {"": t("finetune.other"), **others}
    smoothing_words = {each: t(f"finetune.smoothing_{each}") for each in SMOOTHING}
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="curve_options"):
        published = published_run.is_beside(recipe) and linked.toggle(
            t("finetune.beside"), key="beside_published", default=True, help=t("finetune.beside_help")
        )
        other = linked.selectbox(
            t("finetune.other"), runs, key="beside", omit_default=True, label_visibility="collapsed", width=190,
            format_func=runs.__getitem__,
        ) if others else ""  # fmt: skip
        smoothing = linked.selectbox(
            t("finetune.smoothing"), SMOOTHING, key="smoothing", default="medium", omit_default=True, width=135,
            label_visibility="collapsed", format_func=smoothing_words.__getitem__, help=t("finetune.smoothing_help"),
        )  # fmt: skip
        log = linked.toggle(t("finetune.log_scale"), key="log_loss", help=t("finetune.log_scale_help"))
    return Options(published, other, log, smoothing)


def _words(other: str) -> dict[str, str]:
    words = {name: t(f"finetune.{name}") for name in (*SERIES, "published", "frozen", "unfreeze", "epoch", "lowered",
                                                      "not_finite")}  # fmt: skip
    words |= {"lr": t("recipe.lr"), "accuracy": t("charts.accuracy"), "loss": t("charts.loss")}
    return words | {"other": t("finetune.of_other", name=_short(other))}


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"


def _other_epochs(run_id: str) -> Rows:
    """Of another run, `epoch`, `accuracy`, `loss` (test); empty if there is none, or it cannot be read."""
    try:
        found = store.summary(store.find(run_id)).epochs if run_id else ()
    except ExplorerError:  # deleted meanwhile: the next rerun of the page no longer offers it
        found = ()
    return [{"epoch": each["epoch"], "accuracy": each["test_accuracy"], "loss": each["test_loss"]} for each in found]


def _curve_specs(
    log: Log, words: Mapping[str, str], recipe: Recipe, options: Options, other: Rows, ink: str
) -> tuple[dict[str, chart_view.Spec], str]:
    """Specifications of the curves by name, and the learning rates as text."""
    epochs = log.epochs
    own = [name for name in SERIES if name != "validation" or (epochs and "validation_accuracy" in epochs[0])]
    beside = {"published": options.published, "other": bool(other)}
    series = (*own, *(name for name, shown in beside.items() if shown))
    look = Look(recipe.epochs, recipe.freeze_epochs, tuple(words.items()), series, ink, options.log)
    theirs, their_steps = _published(recipe.epochs if options.published else 0)
    best = max(
        epochs, key=lambda each: each.get(f"{recipe.best_by}_accuracy") or 0, default=None
    )  # of equals the first
    run = RunData(
        steps_table(log), epochs, theirs, their_steps, other,
        drops=[{"at": each["epoch"], "lr": each["lr"]} for each in log.marks if each["kind"] == "lr" and each["lr"]],
        best=best["epoch"] if best else None,
        best_word=t("finetune.best_mark", accuracy=best["test_accuracy"] or 0) if best else "",
        diverged=log.at if (log.end or {}).get("key") == "errors.diverged" else None,
        usual=max(2.5, 1.1 * math.log(len(log.opening["classes"]) or 1)) if log.opening else 2.5,
        span=SMOOTHING[options.smoothing],
    )  # fmt: skip
    found = {
        "accuracy": run_curves.accuracy(look, run),
        "loss": run_curves.loss(look, run),
        "lr": run_curves.rate(look, run),
    }
    return found, " → ".join(f"{each:.3g}" for each in dict.fromkeys(row["lr"] for row in epochs) if each is not None)


@lru_cache(maxsize=64)
def _published(epochs: int) -> tuple[Rows, Rows]:
    """The published run's first `epochs` epochs, and their steps."""
    table, steps = published_run.epochs(), published_run.steps()
    shown = table[table["epoch"] <= epochs]
    rows = zip(shown["epoch"].tolist(), shown["accuracy"].tolist(), shown["train_loss"].tolist(), strict=True)
    of_steps = zip(steps["epoch"].tolist(), steps["loss"].tolist(), strict=True)
    return (
        [{"epoch": epoch, "accuracy": accuracy, "loss": loss} for epoch, accuracy, loss in rows],
        [{"epoch": epoch, "loss": loss} for epoch, loss in of_steps if epoch <= epochs],
    )


def steps_table(log: Log) -> pd.DataFrame:
    """Columns `at` (in epochs), `loss`, `lr`."""
    return pd.DataFrame(log.batches).assign(at=log.places)[["at", "loss", "lr"]]
