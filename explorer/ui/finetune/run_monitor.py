"""A live run: notices, curves, and its predictions for a few test pictures."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from explorer.core.errors import ExplorerError
from explorer.data import datasets
from explorer.plots import pictures
from explorer.runs import store, worker
from explorer.runs.events import Log
from explorer.runs.store import Run, Status
from explorer.training import run_metadata
from explorer.training.recipe import Recipe
from explorer.ui.finetune import curves_view, live_log, tiles
from explorer.ui.state import memory
from explorer.ui.widgets import html_figures, markup
from explorer.ui.words import class_names, error_message, t

ICONS = {
    "queued": ":material/hourglass_top:", "running": ":material/play_circle:", "finished": ":material/check_circle:",
    "stopped": ":material/pause_circle:", "failed": ":material/error:", "interrupted": ":material/bolt:",
    "unreadable": ":material/help:",
}  # fmt: skip


def follow(run: Run) -> tuple[Status, live_log.LiveLog]:
    """The run's current status and log, after what every observer does for the queue. Raises RunError."""
    with contextlib.suppress(ExplorerError):  # another run that cannot start must not hide this one
        worker.start_queued(run.root)
    worker.kill_if_stuck(run)
    status = store.status(run)
    live = live_log.of(run)
    with live.lock:
        live.read()
        if live.log.iteration > 2 * live.sized_at:  # update its size
            live.sized_at = live.log.iteration
            memory.put(("followed", run.path.absolute()), live)
    return status, live


def draw(run: Run, recipe: Recipe, others: Mapping[str, str]) -> Status:
    """Draw the run's current state and return its status; `others` may be drawn beside it. Raises RunError."""
    status, live = follow(run)
    with live.lock:
        _notices(run, live.log, status)
        curves_view.draw(recipe, live, others, saved=status.state not in store.ACTIVE)
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
