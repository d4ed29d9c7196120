"""Charts of pretraining: accuracy from two starts over the epochs, and the published run with marked points."""

from collections.abc import Iterable
from statistics import mean
from typing import Any

import altair as alt
import pandas as pd

from explorer.core.i18n import Translate
from explorer.experiments.comparison.results import Result
from explorer.plots.charts import GREY, TEAL, Layers
from explorer.plots.curves import FROZEN, RUNS

STARTS = {"upstream": TEAL, "random": RUNS[5]}


def starts_table(results: Iterable[Result]) -> pd.DataFrame:
    """Mean and range of the test accuracy (0..1) by start and epoch: columns `weights`, `epoch`, `mean`, `low`, `high`,
    `seeds`."""
    accuracies: dict[tuple[str, int], list[float]] = {}
    for result in results:
        for k, accuracy in enumerate(result.accuracy):
            accuracies.setdefault((result.weights, k + 1), []).append(accuracy)
    rows = [
        (weights, epoch, mean(each), min(each), max(each), len(each))
        for (weights, epoch), each in sorted(accuracies.items())
    ]
    return pd.DataFrame(rows, columns=["weights", "epoch", "mean", "low", "high", "seeds"])


def starts(table: pd.DataFrame, epochs: int, classes: int, t: Translate, *, height: int = 320) -> Layers:
    """Chart of `starts_table` over `epochs`: a line for each start's mean, a band for the range over its seeds."""
    names = {weights: t(f"pretraining.start_{weights}") for weights in STARTS}
    table = table.assign(start=table["weights"].map(names))
    colour = alt.Color(
        "start:N",
        scale=alt.Scale(domain=list(names.values()), range=list(STARTS.values())),
        legend=alt.Legend(orient="top", title=None, labelLimit=260, symbolOpacity=1),
    )
    y = alt.Y("mean:Q", title=t("pretraining.accuracy"), scale=alt.Scale(domain=[0, 1]), axis=_percent())
    base = alt.Chart(table).encode(x=_epochs(epochs, t), color=colour)
    tips = [
        alt.Tooltip("start:N", title=" "),
        alt.Tooltip("epoch:Q", title=t("pretraining.epoch")),
        alt.Tooltip("mean:Q", title=t("pretraining.mean"), format=".1%"),
        alt.Tooltip("low:Q", title=t("pretraining.low"), format=".1%"),
        alt.Tooltip("high:Q", title=t("pretraining.high"), format=".1%"),
        alt.Tooltip("seeds:Q", title=t("pretraining.seeds")),
    ]
    low = alt.Y("low:Q", title=t("pretraining.accuracy"))
    guess = alt.Chart(pd.DataFrame({"mean": [1 / classes], "word": [t("pretraining.guessing")]})).encode(y=y)
    return alt.layer(
        guess.mark_rule(color=GREY, strokeDash=[3, 3]),
        guess.mark_text(align="right", baseline="top", dx=-2, dy=4, x="width").encode(text="word:N"),
        base.mark_area(opacity=0.2, line=False).encode(y=low, y2="high:Q"),
        base.mark_line(strokeWidth=2.5).encode(y=y),
        base.mark_point(filled=True, size=44, opacity=1).encode(y=y, tooltip=tips),
    ).properties(height=height)


def published(epochs: pd.DataFrame, marked: pd.DataFrame, t: Translate, *, claim: float | None = None) -> Layers:
    """The published run: training and test accuracy over `epochs` (`published_run.epochs()`), frozen epochs shaded.

    `marked` are the points (`epoch`, `series`, `accuracy`) that an observation is about; `claim` is an accuracy that
    the chapter states without a curve, a dashed line. The tooltip covers the whole height of an epoch.
    """
    total, frozen = int(epochs["epoch"].max()), int(epochs["frozen"].sum())
    names = {"train": t("pretraining.train"), "test": t("pretraining.test")}
    long = pd.concat(
        [epochs[["epoch"]].assign(name=names[key], accuracy=epochs[f"{key}_accuracy"]) for key in names]
    )  # fmt: skip
    x = _epochs(total, t)
    y = alt.Y("accuracy:Q", title=t("pretraining.accuracy_axis"), scale=alt.Scale(domain=[0, 1]), axis=_percent())
    scale = alt.Scale(domain=list(names.values()), range=[GREY, TEAL])
    colour = alt.Color("name:N", scale=scale, legend=alt.Legend(orient="top", title=None, symbolOpacity=1))
    base = alt.Chart(long).encode(x=x, y=y, color=colour)
    marks = alt.Chart(marked.assign(name=marked["series"].map(names))).encode(x=x, y=y)
    at_end = marked["epoch"].max() == total
    side: dict[str, Any] = {"align": "right" if at_end else "left", "dx": -4 if at_end else 8}
    side["dy"] = -16 if at_end else 20
    few = len(marked) <= 4  # more labels would overlap
    layers = [
        *_frozen(frozen, t),
        *(_claimed(claim, y, t) if claim else []),
        base.mark_line(strokeWidth=2, opacity=0.75),
        base.mark_point(filled=True, size=14, opacity=0.75),
        marks.mark_point(filled=True, size=110 if few else 46, opacity=1).encode(color=colour),
        *([marks.mark_text(**side, fontSize=13, fontWeight=600)
           .encode(text=alt.Text("accuracy:Q", format=".2%"))] if few else []),
        _hover(epochs, x, t),
    ]  # fmt: skip
    return alt.layer(*layers).properties(height=360)


def valley(curve: pd.DataFrame, steps: pd.DataFrame, t: Translate) -> Layers:
    """A loss over one weight (`valley.curve()`) and the steps of a descent on it (`valley.descent()`)."""
    x = alt.X("w:Q", title=t("pretraining.local_weight"), scale=alt.Scale(nice=False))
    y = alt.Y("loss:Q", title=t("pretraining.local_loss"))
    tips = [
        alt.Tooltip("step:Q", title=t("pretraining.local_step")),
        alt.Tooltip("w:Q", title=t("pretraining.local_weight"), format=".3f"),
        alt.Tooltip("loss:Q", title=t("pretraining.local_loss"), format=".3f"),
    ]
    path = alt.Chart(steps).encode(x=x, y=y)
    ends = path.transform_filter(f"datum.step == 0 || datum.step == {int(steps['step'].max())}")
    return alt.layer(
        alt.Chart(curve).mark_line(color=GREY, strokeWidth=2).encode(x=x, y=y),
        path.mark_line(color=STARTS["random"], strokeWidth=1.5).encode(order="step:Q"),
        path.mark_point(filled=True, size=36, color=STARTS["random"], opacity=0.8).encode(tooltip=tips),
        ends.mark_point(filled=True, size=150, color=STARTS["upstream"], opacity=1).encode(
            shape=alt.Shape("step:N", scale=alt.Scale(range=["circle", "diamond"]), legend=None), tooltip=tips
        ),
    ).properties(height=260)


def _hover(epochs: pd.DataFrame, x: alt.X, t: Translate) -> alt.Chart:
    """An invisible column per epoch that has the tooltip."""
    tips = [
        alt.Tooltip("epoch:Q", title=t("pretraining.epoch")),
        alt.Tooltip("test_accuracy:Q", title=t("pretraining.test"), format=".2%"),
        alt.Tooltip("train_accuracy:Q", title=t("pretraining.train"), format=".2%"),
        alt.Tooltip("train_loss:Q", title=t("pretraining.train_loss"), format=".3f"),
        alt.Tooltip("lr:Q", title=t("pretraining.rate"), format=".3g"),
    ]
    column: alt.Chart = alt.Chart(epochs).mark_rule(strokeWidth=16, opacity=0).encode(x=x, tooltip=tips)
    return column


def _frozen(frozen: int, t: Translate) -> list[alt.Chart]:
    span = alt.Chart(pd.DataFrame({"from": [0], "to": [frozen], "word": [t("pretraining.frozen")]}))
    x = alt.X("from:Q", title=t("pretraining.epoch"))
    band = span.mark_rect(color=FROZEN, opacity=0.16).encode(x=x, x2="to:Q")
    word = span.mark_text(align="left", baseline="top", dx=4, dy=5, y=0).encode(x=x, text="word:N")
    return [band, word]


def _claimed(claim: float, y: alt.Y, t: Translate) -> list[alt.Chart]:
    base = alt.Chart(pd.DataFrame({"accuracy": [claim], "word": [t("pretraining.claimed", claim=claim)]})).encode(y=y)
    return [
        base.mark_rule(color=STARTS["random"], strokeDash=[6, 4], strokeWidth=1.8),
        base.mark_text(align="right", baseline="top", dx=-2, dy=5, x="width").encode(text="word:N"),
    ]


def _epochs(total: int, t: Translate) -> alt.X:
    axis = alt.Axis(format="d", tickMinStep=1, tickCount=min(total, 10), grid=False)
    return alt.X(
        "epoch:Q", title=t("pretraining.epoch"), scale=alt.Scale(domain=[0, total + 0.3], nice=False), axis=axis
    )


def _percent() -> alt.Axis:
    return alt.Axis(format="%", values=[0, 0.2, 0.4, 0.6, 0.8, 1])
