"""Results of a run: a summary, confusion matrix, accuracy by class, mistakes, weight changes, time of a step."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from torch import Tensor

from explorer.core.errors import ExplorerError
from explorer.data import datasets
from explorer.experiments import published_run
from explorer.experiments.comparison.answers import confusion
from explorer.plots import curves, pictures
from explorer.runs import checkpoints, store
from explorer.runs.store import Run
from explorer.training import steps
from explorer.training.recipe import Recipe
from explorer.ui.finetune import run_monitor, tiles
from explorer.ui.layout import style
from explorer.ui.state import run_pictures, url_state
from explorer.ui.widgets import chart_view
from explorer.ui.widgets.reports import reported
from explorer.ui.words import class_names, error_message, escaped, sentences, t

MAX_CLASSES = 20  # larger confusion matrices are unreadable
SPENT = (*steps.PARTS, "test")
SHOWN = 12  # pictures of a cell, or mistakes


def draw(run: Run, recipe: Recipe) -> None:
    """Draw the results of the best epoch so far. Raises RunError."""
    log = store.summary(run)
    if not log.epochs or not log.opening:
        return
    st.header(t("finetune.result"))
    st.markdown(summary(recipe, log.epochs, log.opening))
    try:
        answers = checkpoints.answers(run, len(log.opening["classes"]))
    except ExplorerError as error:
        st.warning(error_message(error), icon=":material/warning:")
        return
    if answers is None:
        return
    test = datasets.cached_test(log.opening["data"], run.cache, recipe)
    classes = class_names(log.opening["classes"])
    left, right = st.columns([7, 5], gap="medium")
    with left:
        cell = _matrix(run, answers, classes)
    with right:
        _by_class(answers, classes)
    if test is None or len(test) != len(answers["label"]):
        st.caption(t("finetune.pictures_gone"))
    elif cell:
        true, predicted = cell
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{t('finetune.cell', true=escaped(classes[true]), predicted=escaped(classes[predicted]))}**")
            words = t("finetune.all_mistakes")
            st.button(words, on_click=_choose_cell, args=("",), key="all_mistakes", type="tertiary")
        chosen = ((answers["label"] == true) & (answers["predicted"] == predicted)).nonzero()[:, 0]
        _gallery(run, test.images, answers, classes, [int(k) for k in chosen])
    else:
        st.markdown(f"**{t('finetune.mistakes')}**")
        count = int((answers["label"] != answers["predicted"]).sum())
        _gallery(run, test.images, answers, classes, run_pictures.wrong_first(answers)[:count])


def summary(recipe: Recipe, epochs: Sequence[Mapping[str, Any]], opening: Mapping[str, Any]) -> str:
    """Last, best and published accuracy and the effect of unfreezing, in a few sentences."""
    last = epochs[-1]
    by = f"{recipe.best_by}_accuracy"
    best = max(epochs, key=lambda epoch: epoch[by] or 0)
    seconds = sum(epoch["seconds"] or 0 for epoch in epochs)
    parts = [
        t("finetune.sum_last", epochs=last["epoch"], time=run_monitor.duration(seconds),
            device=escaped(opening["device_name"]), test=last["test_accuracy"] or 0,
            train=last["train_accuracy"] or 0),
        t(f"finetune.sum_best_{recipe.best_by}", epoch=best["epoch"], test=best["test_accuracy"] or 0),
    ]  # fmt: skip
    frozen = [epoch for epoch in epochs if epoch["frozen"]]
    unfrozen = [epoch for epoch in epochs if not epoch["frozen"]]
    if frozen and unfrozen:
        before, after = frozen[-1]["test_accuracy"] or 0, unfrozen[0]["test_accuracy"] or 0
        parts.append(t("finetune.sum_unfreeze", before=before, after=after))
    if (last["train_accuracy"] or 0) < (last["test_accuracy"] or 0) and recipe.augments:
        parts.append(t("finetune.sum_below"))
    if published_run.is_beside(recipe):
        theirs = published_run.epochs()
        parts.append(t("finetune.sum_published", accuracy=theirs["test_accuracy"].iloc[-1], epochs=len(theirs)))
    return sentences(*parts)


def _matrix(run: Run, answers: Mapping[str, Tensor], classes: Sequence[str]) -> tuple[int, int] | None:
    """Draw the confusion matrix; return the clicked cell, or that of a link, as (true, predicted) class indices."""
    if len(classes) > MAX_CLASSES:
        st.markdown(f"**{t('finetune.confusion')}**")
        st.caption(t("finetune.confusion_large", count=len(classes)))
        return None
    rows = confusion(answers["label"].numpy(), answers["predicted"].numpy(), classes)
    names = {name: t(f"finetune.matrix_{name}") for name in ("true", "predicted", "count")}
    names["share"] = t("charts.share")
    chart = curves.matrix(rows, classes, names=names, dark=style.is_dark(), ink=style.text_colour())
    chart_view.show(
        t("finetune.confusion"), chart_view.themed_spec(chart), key="confusion", alt=t("finetune.confusion_alt"),
        on_select=partial(_pick_cell, tuple(classes)), selection_mode="cell",
    )  # fmt: skip
    st.caption(t("finetune.confusion_help"))
    cells = {f"{i}.{j}": (i, j) for i in range(len(classes)) for j in range(len(classes))}
    chosen = url_state.restore("cell", ["", *cells], "", run=run.id)
    url_state.keep(cell=chosen or None)
    return cells.get(chosen)


def _pick_cell(classes: Sequence[str]) -> None:
    """In the chart's callback: choose the cell that was clicked, or none."""
    points = reported("confusion", "selection", "cell")
    pair = [points[0].get(name) for name in ("true", "predicted")] if points else []
    _choose_cell(".".join(str(classes.index(name)) for name in pair) if pair and set(pair) <= set(classes) else "")


def _choose_cell(cell: str) -> None:
    st.session_state.cell = cell


def _by_class(answers: Mapping[str, Tensor], classes: Sequence[str]) -> None:
    right = answers["label"] == answers["predicted"]
    rows = []
    for k, name in enumerate(classes):
        of_class = answers["label"] == k
        if of_class.any():
            rows.append({"class": name, "accuracy": float(right[of_class].float().mean())})
    table = pd.DataFrame(rows).sort_values("accuracy", ascending=False).tail(2 * MAX_CLASSES)
    if len(rows) > len(table):
        st.caption(t("finetune.weakest", count=len(table)))
    names = {"class": t("predict.label"), "accuracy": t("charts.accuracy")}
    chart_view.show(
        t("finetune.by_class"),
        chart_view.themed_spec(curves.bars(table, label="class", value="accuracy", form=".0%", names=names)),
        key="by_class",
        alt=", ".join(f"{row['class']} {row['accuracy']:.0%}" for row in rows[:MAX_CLASSES]),
    )


def _gallery(
    run: Run, images: Tensor, answers: Mapping[str, Tensor], classes: Sequence[str], places: Sequence[int]
) -> None:
    if not places:
        st.caption(t("finetune.none"))
        return
    cells: list[tiles.Tile] = []
    for k in places[:SHOWN]:
        true, taken = classes[int(answers["label"][k])], classes[int(answers["predicted"][k])]
        words = t("finetune.taken_for", true=true, predicted=taken, probability=float(answers["probability"][k]))
        uri = pictures.data_uri(pictures.rgb_png(images[k].float() / 255))
        cells.append((k, uri, words))
    tiles.draw(run, cells, "tile")
    if len(places) > SHOWN:
        st.caption(t("finetune.more_pictures", count=len(places) - SHOWN))


def draw_expert(run: Run) -> None:
    """Draw each block's relative weight change, and the share of time of each part of a step. Raises RunError."""
    log = store.summary(run)
    if not log.epochs:
        st.caption(t("finetune.expert_later"))
        return
    last, names = log.epochs[-1], {"part": t("charts.part"), "share": t("charts.moved")}
    left, right = st.columns(2, gap="medium")
    for column, name in ((left, "moved"), (right, "drift")):
        with column:
            moved = {part: share for part, share in last.get(name, {}).items() if share is not None}
            table = pd.DataFrame(list(moved.items()), columns=["part", "share"])
            chart_view.show(
                t(f"finetune.{name}"),
                chart_view.themed_spec(curves.bars(table, label="part", value="share", form=".2~%", names=names)),
                key=f"chart_{name}",
                alt=", ".join(f"{part} {share:.2%}" for part, share in moved.items()) or t(f"finetune.{name}"),
            )
            st.caption(t(f"finetune.{name}_help", epoch=last["epoch"]))
    spent = {part: seconds or 0 for part, seconds in last.get("spent", {}).items() if part in SPENT}
    whole = sum(spent.values()) or 1
    why = last.get("why_not")
    parts = " · ".join(f"{t(f'finetune.spent_{part}')} {share / whole:.0%}" for part, share in spent.items())
    if why is not None:  # a captured CUDA graph has no parts to time
        st.markdown(f"**{t('finetune.spent')}** {parts}")
    known = t(f"finetune.why_{why}") if why in ("device", "processes", "features") else escaped(why)
    st.caption(t("finetune.captured") if why is None else t("finetune.not_captured", why=known))
