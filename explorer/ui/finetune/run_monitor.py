"""A live run: notices, curves, and its predictions for a few test pictures."""

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import streamlit as st
from markupsafe import Markup

from explorer.core.errors import ExplorerError
from explorer.data import datasets
from explorer.experiments import published_run
from explorer.plots import curves, pictures
from explorer.runs import store, worker
from explorer.runs.events import Log
from explorer.runs.store import Run, Status
from explorer.training import run_metadata
from explorer.training.recipe import Recipe
from explorer.ui.finetune import tiles
from explorer.ui.layout import style
from explorer.ui.state import memory
from explorer.ui.widgets import chart_view, html_figures, markup
from explorer.ui.words import class_names, error_message, t

T = TypeVar("T")

ICONS = {
    "queued": ":material/hourglass_top:", "running": ":material/play_circle:", "finished": ":material/check_circle:",
    "stopped": ":material/pause_circle:", "failed": ":material/error:", "interrupted": ":material/bolt:",
    "unreadable": ":material/help:",
}  # fmt: skip
SERIES = ("train", "validation", "test")
RATE_SPAN_S = 8.0  # window of the speed


class LiveLog:
    """A run's log, shared by all sessions that watch it, with its speed and cached charts."""

    def __init__(self, run: Run) -> None:
        self.log = Log(run.path)
        self.lock = threading.Lock()
        self.samples: deque[tuple[float, int]] = deque(maxlen=64)
        self.sized_at = 0  # steps when its size in `memory` was last updated
        self._version: tuple[int, int, bool] = (0, 0, False)
        self._drawn: dict[Hashable, Any] = {}

    def read(self) -> None:
        """Read new events. Raises RunError."""
        self.log.update()
        now = time.monotonic()
        if not self.samples or self.samples[-1][1] != self.log.iteration:
            self.samples.append((now, self.log.iteration))
        while len(self.samples) > 2 and now - self.samples[1][0] > RATE_SPAN_S:
            self.samples.popleft()

    def cached(self, key: Hashable, draw: Callable[[], T]) -> T:
        """The result of `draw`, cached by `key` (language, theme, settings) until the log grows."""
        version = (self.log.iteration, len(self.log.epochs), self.log.opening is not None)
        if version != self._version:
            self._version, self._drawn = version, {}
        if key not in self._drawn:
            self._drawn[key] = draw()
        found: T = self._drawn[key]
        return found

    def steps_per_s(self) -> float | None:
        if len(self.samples) < 2:
            return None
        (begin, first), (end, last) = self.samples[0], self.samples[-1]
        return (last - first) / (end - begin) if last > first else None


def live_log(run: Run) -> LiveLog:
    """The log of `run`, shared between sessions."""
    return memory.get_or_compute(("followed", run.path.absolute()), lambda: LiveLog(run))


def follow(run: Run) -> tuple[Status, LiveLog]:
    """The run's current status and log, after what every observer does for the queue. Raises RunError."""
    with contextlib.suppress(ExplorerError):  # another run that cannot start must not hide this one
        worker.start_queued(run.root)
    worker.kill_if_stuck(run)
    status = store.status(run)
    live = live_log(run)
    with live.lock:
        live.read()
        if live.log.iteration > 2 * live.sized_at:  # update its size
            live.sized_at = live.log.iteration
            memory.put(("followed", run.path.absolute()), live)
    return status, live


def draw(run: Run, recipe: Recipe) -> Status:
    """Draw the run's current state and return its status. Raises RunError."""
    status, live = follow(run)
    with live.lock:
        _notices(run, live.log, status)
        _curves(recipe, live, saved=status.state not in store.ACTIVE)
        _test_pictures(run, recipe, live.log, active=status.state in store.ACTIVE)
    return status


def state_text(status: Status) -> str:
    """The state in words. A run that ended before its first step counts as in epoch 1."""
    return t(f"finetune.state_{status.word}", **{**vars(status), "epoch": max(status.epoch, 1)})


def _notices(run: Run, log: Log, status: Status) -> None:
    for warning in log.warnings:
        st.warning(_sentence(warning["key"], warning["values"]), icon=":material/warning:")
    if status.state == "stopped" and status.end and status.end["reason"] == "time limit":
        st.info(t("finetune.time_limit"), icon=":material/timer_off:")
    if status.was_killed:
        st.info(t("finetune.killed_help"), icon=":material/memory:")
    if status.state == "failed" and status.end:
        st.error(_sentence(status.end.get("key", ""), status.end.get("values", {})), icon=":material/error:")
    if log.skipped:
        st.caption(t("finetune.skipped", count=log.skipped))


def _sentence(key: object, values: object) -> str:
    """The error or warning `key` with `values`, both from an untrusted file, so of any type."""
    if isinstance(key, str) and isinstance(values, dict):
        with contextlib.suppress(KeyError, TypeError, ValueError, IndexError):
            return error_message(ExplorerError(key, **values))
    return t("errors.run_crashed")


def _curves(recipe: Recipe, live: LiveLog, *, saved: bool) -> None:
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


def _test_pictures(run: Run, recipe: Recipe, log: Log, *, active: bool) -> None:
    """Draw the fixed test pictures with the predictions after the last epoch; once it has ended, each can be opened."""
    opening = log.opening
    if not opening:
        return
    thumbs = thumbnails(opening["data"], str(run.cache), recipe, tuple(opening["strip"]))
    labels = class_names(opening["classes"])
    if not thumbs or max(true for _, true in thumbs) >= len(labels):  # the decoded data are of another data set
        return
    answers = log.epochs[-1]["strip"] if log.epochs else [None] * len(thumbs)
    cells, choices = [], list[tiles.Tile]()
    for index, (uri, true), answer in zip(opening["strip"], thumbs, answers, strict=False):
        if answer and answer[0] < len(labels):
            right = answer[0] == true
            predicted = f"{labels[answer[0]]} · {answer[1] or 0:.0%}"
            words = Markup("{} {}").format(html_figures.tick_or_cross(right), predicted)
            choices.append((index, uri, f"{'✓' if right else '✗'} {predicted}"))
        else:
            words = Markup("…")
        title = t("finetune.strip_alt", true=labels[true])
        cells.append(html_figures.tile(uri, title, words, title))
    st.markdown(f"**{t('finetune.strip')}**")
    if active or len(choices) < len(cells):
        markup.show(html_figures.grid(cells, kind="strip tiles"))
    else:
        tiles.draw(run, choices, "strip_tile")


@memory.shared
def thumbnails(digest: str, cache: str, recipe: Recipe, indices: tuple[int, ...]) -> list[tuple[str, int]]:
    """Test pictures as data URIs, with their classes; empty if the decoded data set is gone."""
    test = datasets.cached_test(digest, Path(cache), recipe)
    if test is None:
        return []
    return [
        (pictures.data_uri(pictures.rgb_png(test.images[k].float() / 255)), int(test.labels[k]))
        for k in indices[: run_metadata.STRIP]
        if k < len(test)
    ]


def duration(seconds: float) -> str:
    if seconds < 90:
        return t("finetune.seconds", seconds=seconds)
    if seconds < 5400:
        return t("finetune.minutes", minutes=seconds / 60)
    return t("finetune.hours", hours=seconds / 3600)
