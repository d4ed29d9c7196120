"""Training curves of a run: accuracy, loss and learning rate, beside the published run."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from explorer.experiments import published_run
from explorer.plots import curves
from explorer.runs.events import Log
from explorer.training.recipe import Recipe
from explorer.ui.finetune.live_log import LiveLog
from explorer.ui.layout import style
from explorer.ui.widgets import chart_view
from explorer.ui.words import t

SERIES = ("train", "validation", "test")


def draw(recipe: Recipe, live: LiveLog, *, saved: bool) -> None:
    log = live.log
    words = {name: t(f"finetune.{name}") for name in (*SERIES, "published", "frozen", "unfreeze", "epoch")}
    words |= {"lr": t("recipe.lr"), "accuracy": t("charts.accuracy"), "loss": t("charts.loss")}
    beside = published_run.is_beside(recipe) and st.session_state.get("beside_published", True)
    key = (recipe.epochs, recipe.freeze_epochs, tuple(words.items()), beside, style.text_colour())
    specs_of, rates = live.cached(key, lambda: _curve_specs(log, words, recipe, beside, style.text_colour()))
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
        if published_run.is_beside(recipe):
            st.toggle(t("finetune.beside"), True, key="beside_published", help=t("finetune.beside_help"))
        still = "bn_freeze" if recipe.freeze_bn else "bn_drift"
        st.caption(t(f"finetune.{still}") if recipe.freeze_epochs else t("finetune.nothing_frozen"))


def _curve_specs(
    log: Log, words: Mapping[str, str], recipe: Recipe, beside: bool, ink: str
) -> tuple[dict[str, chart_view.Spec], str]:
    """Specifications of the curves by name, and the learning rates as text."""
    steps, epochs = steps_table(log), epochs_table(log)
    series = tuple(name for name in SERIES if f"{name}_accuracy" in epochs)
    top = max(2.5, 1.1 * math.log(len(log.opening["classes"]) or 1)) if log.opening else 2.5
    drawn = (*series, "published") if beside else series
    look = curves.Look(recipe.epochs, recipe.freeze_epochs, tuple(words.items()), drawn, ink, top)
    theirs, their_steps = _published(recipe.epochs if beside else 0)
    lines = to_long(epochs, "accuracy", series).assign(name=lambda table: table["series"].map(words))
    found = {
        "accuracy": curves.accuracy(look, lines, theirs),
        "loss": curves.loss(look, steps, epochs, their_steps),
        "lr": curves.rate(look, steps),
    }
    return found, " → ".join(f"{rate:.3g}" for rate in dict.fromkeys(epochs["lr"]))


def _published(epochs: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The published run's first `epochs` epochs, and their steps."""
    found = published_run.epochs()[["epoch", "accuracy"]], published_run.steps()
    return found[0][found[0]["epoch"] <= epochs], found[1][found[1]["epoch"] <= epochs]


def steps_table(log: Log) -> pd.DataFrame:
    """Columns `at` (in epochs), `loss`, `lr`."""
    return pd.DataFrame(log.batches).assign(at=log.places)[["at", "loss", "lr"]]


def epochs_table(log: Log) -> pd.DataFrame:
    """One row per epoch: the values of its event."""
    columns = ["epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "lr", "seconds"]
    table = pd.DataFrame(log.epochs)
    return table if len(table) else pd.DataFrame({column: pd.Series(dtype=float) for column in columns})


def to_long(epochs: pd.DataFrame, value: str, series: Sequence[str]) -> pd.DataFrame:
    """Long format: columns `epoch`, `series` (train, validation, test) and `value`."""
    parts = [epochs[["epoch"]].assign(series=name, **{value: epochs[f"{name}_{value}"]}) for name in series]
    return pd.concat(parts, ignore_index=True)
