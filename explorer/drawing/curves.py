"""The curves of a fine-tune as Altair charts: all over the same axis of epochs, the frozen span shaded."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.drawing.charts import GREY, TEAL

TRAIN, TEST, VALIDATION, PUBLISHED = GREY, TEAL, "#b0861f", "#7b8990"
FROZEN = "#6f9fc4"  # a cool band
RUNS = ("#1f9090", "#b0861f", "#7a6bb5", "#8a9a3b", "#5b7f95", "#a3666e", "#4c8c5c", "#8c6d46")  # no colour of a role
MOST_POINTS = 400  # of a line: a screen shows no more

Layers = alt.LayerChart | alt.FacetChart


def smoothed(losses: Sequence[float], span: int = 40) -> list[float]:
    """Exponential mean over about `span` values, without a bias towards zero at the start, as Adam has it."""
    keep, mean, weight, found = 1 - 1 / span, 0.0, 0.0, []
    for loss in losses:
        mean, weight = keep * mean + (1 - keep) * loss, keep * weight + (1 - keep)
        found.append(mean / weight)
    return found


def thinned(table: pd.DataFrame, most: int = MOST_POINTS) -> pd.DataFrame:
    """At most `most` rows, each the mean of as many neighbours. For steps; epochs are never thinned."""
    if len(table) <= most:
        return table
    return table.groupby(np.arange(len(table)) * most // len(table)).mean(numeric_only=True)


def accuracy(
    epochs: pd.DataFrame, *, total: int, frozen: int, names: Mapping[str, str], published: pd.DataFrame | None = None
) -> Layers:
    """Lines of a table with columns `epoch`, `series` (a key of `names`) and `accuracy` (0..1).

    `names` maps train, test, validation, published, epoch, accuracy, frozen and unfreeze to words.
    """
    colours = {"train": TRAIN, "test": TEST, "validation": VALIDATION}
    series = [key for key in colours if key in set(epochs["series"])] or ["train", "test"]
    table = epochs.assign(name=epochs["series"].map(names))
    line = _lines(table, [names[key] for key in series], [colours[key] for key in series], names, total)
    layers = [*_spans(total, frozen, names), *([_faint(published, "accuracy", names)] if published is not None else [])]
    return alt.layer(*layers, *line).properties(height=230)


def loss(
    steps: pd.DataFrame, epochs: pd.DataFrame, *, total: int, frozen: int, names: Mapping[str, str],
    published: pd.DataFrame | None = None,
) -> Layers:  # fmt: skip
    """Loss of each step (columns `at` in epochs, `loss`), raw and smoothed, and of the tests (`epoch`, `test_loss`)."""
    layers = _spans(total, frozen, names)
    if published is not None:
        layers.append(_faint(published, "loss", names))
    steps = thinned(steps.assign(smooth=smoothed(list(steps["loss"]))))
    top = max(2.5, float(steps["loss"].quantile(0.98)) if len(steps) else 0)
    y = alt.Y("loss:Q", title=None, scale=alt.Scale(domain=[0, top], clamp=True), axis=alt.Axis(tickCount=5))
    base = alt.Chart(steps).encode(x=_epochs_axis(total, names, "at"))
    layers.append(base.mark_line(color=TRAIN, opacity=0.35, strokeWidth=1).encode(y=y))
    layers.append(
        base.mark_line(color=TRAIN, strokeWidth=2).encode(
            y=alt.Y("smooth:Q"),
            tooltip=[alt.Tooltip("at:Q", title=names["epoch"], format=".2f"),
                     alt.Tooltip("smooth:Q", title=names["train"], format=".3f")],
        )
    )  # fmt: skip
    tests = alt.Chart(epochs).encode(
        x=alt.X("epoch:Q"),
        y=alt.Y("test_loss:Q"),
        tooltip=[alt.Tooltip("epoch:Q", title=names["epoch"]),
                 alt.Tooltip("test_loss:Q", title=names["test"], format=".3f")],
    )  # fmt: skip
    layers += [tests.mark_line(color=TEST, strokeWidth=2), tests.mark_point(color=TEST, filled=True, size=28)]
    return alt.layer(*layers).properties(height=230)


def rate(steps: pd.DataFrame, *, total: int, frozen: int, names: Mapping[str, str]) -> Layers:
    """Learning rate over the steps (columns `at`, `lr`), on a logarithmic axis."""
    line = (
        alt.Chart(thinned(steps))
        .mark_line(color=TEAL, strokeWidth=2, interpolate="step-after")
        .encode(
            x=_epochs_axis(total, names, "at"),
            y=alt.Y("lr:Q", title=None, scale=alt.Scale(type="log"), axis=alt.Axis(format="~g", tickCount=3)),
            tooltip=[alt.Tooltip("at:Q", title=names["epoch"], format=".2f"),
                     alt.Tooltip("lr:Q", title=names["lr"], format=".3g")],
        )
    )  # fmt: skip
    return alt.layer(*_spans(total, frozen, names), line).properties(height=120)


def overlaid(epochs: pd.DataFrame, *, order: Sequence[str], total: int, names: Mapping[str, str]) -> Layers:
    """`accuracy` (0..1) of several runs (column `name`, in `order`) over `epoch`."""
    colours = [RUNS[k % len(RUNS)] for k in range(len(order))]
    return alt.layer(*_lines(epochs, order, colours, names, total)).properties(height=300)


def matrix(table: pd.DataFrame, classes: Sequence[str], *, names: Mapping[str, str], dark: bool) -> Layers:
    """A confusion matrix of columns `true`, `predicted` (class names), `share` of the true class (0..1), `count`.

    A click chooses a cell: the selection `cell`, on `true` and `predicted`.
    """
    cell = alt.selection_point(name="cell", fields=["true", "predicted"], on="click", empty=False)
    low, high = ("#1f272b", "#5fd0c8") if dark else ("#f3f6f6", "#01665e")
    axis = alt.Axis(labelAngle=-40, labelLimit=80, ticks=False, domain=False)
    base = alt.Chart(table).encode(
        x=alt.X("predicted:N", sort=list(classes), title=names["predicted"], axis=axis),
        y=alt.Y("true:N", sort=list(classes), title=names["true"], axis=alt.Axis(ticks=False, domain=False)),
    )
    cells = base.mark_rect(stroke="#ffffff00", strokeWidth=2, cursor="pointer").encode(
        color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=[low, high]), legend=None),
        stroke=alt.condition(cell, alt.value("#b84a00"), alt.value("#ffffff00")),
        tooltip=[alt.Tooltip("true:N", title=names["true"]), alt.Tooltip("predicted:N", title=names["predicted"]),
                 alt.Tooltip("count:Q", title=names["count"]), alt.Tooltip("share:Q", format=".1%", title=" ")],
    ).add_params(cell)  # fmt: skip
    figures = base.transform_filter("datum.count > 0").mark_text(fontSize=11).encode(text="count:Q")
    return alt.layer(cells, figures).properties(height=36 * len(classes) + 90)


def bars(table: pd.DataFrame, *, label: str, value: str, form: str) -> alt.LayerChart | alt.FacetChart:
    """Horizontal bars of columns `label` and `value`, in the table's order, figures at their ends."""
    base = alt.Chart(table).encode(
        y=alt.Y(f"{label}:N", sort=list(table[label]), title=None, axis=alt.Axis(ticks=False, domain=False)),
        x=alt.X(f"{value}:Q", title=None, axis=alt.Axis(format=form, tickCount=4)),
    )
    drawn = base.mark_bar(color=TEAL, cornerRadiusEnd=3, height=14)
    figures = base.mark_text(align="left", dx=4).encode(text=alt.Text(f"{value}:Q", format=form))
    return alt.layer(drawn, figures).properties(height=26 * len(table) + 30)


def _epochs_axis(total: int, names: Mapping[str, str], column: str = "epoch") -> alt.X:
    axis = alt.Axis(format="d", tickMinStep=1, tickCount=min(total, 10), grid=False)
    return alt.X(f"{column}:Q", title=names["epoch"], scale=alt.Scale(domain=[0, total], nice=False), axis=axis)


def _spans(total: int, frozen: int, names: Mapping[str, str]) -> list[alt.Chart]:
    """The frozen epochs as a band, and the unfreeze as a line with its word."""
    if not frozen:
        return []
    span = alt.Chart(pd.DataFrame({"from": [0], "to": [frozen], "word": [names["frozen"]]}))
    band = span.mark_rect(color=FROZEN, opacity=0.16).encode(
        x=alt.X("from:Q", scale=alt.Scale(domain=[0, total], nice=False), title=names["epoch"]), x2="to:Q"
    )
    drawn = [band]
    if frozen < total:
        edge = alt.Chart(pd.DataFrame({"at": [frozen], "word": [names["unfreeze"]]})).encode(x="at:Q")
        drawn.append(edge.mark_rule(color=FROZEN, strokeDash=[4, 3]))
        drawn.append(edge.mark_text(align="left", dx=4, dy=4, baseline="top", y=0).encode(text="word:N"))
    return drawn


def _faint(published: pd.DataFrame, value: str, names: Mapping[str, str]) -> alt.Chart:
    """The published run behind ours: columns `epoch` and `value`."""
    chart: alt.Chart = (
        alt.Chart(published)
        .mark_line(color=PUBLISHED, strokeDash=[2, 3], strokeWidth=1.6, opacity=0.9)
        .encode(
            x="epoch:Q",
            y=f"{value}:Q",
            tooltip=[alt.Tooltip("epoch:Q", title=f"{names['published']}, {names['epoch']}"),
                     alt.Tooltip(f"{value}:Q", title=names["published"], format=".4")],
        )
    )  # fmt: skip
    return chart


def _lines(
    table: pd.DataFrame, order: Sequence[str], colours: Sequence[str], names: Mapping[str, str], total: int
) -> list[alt.Chart]:
    base = alt.Chart(table).encode(
        x=_epochs_axis(total, names),
        y=alt.Y(
            "accuracy:Q",
            title=None,
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1]),
        ),
        color=alt.Color(
            "name:N",
            scale=alt.Scale(domain=list(order), range=list(colours)),
            legend=alt.Legend(orient="top", title=None, columns=2 if len(order) > 3 else 0, labelLimit=260),
        ),
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("epoch:Q", title=names["epoch"]),
            alt.Tooltip("accuracy:Q", format=".2%", title=" "),
        ],
    )
    return [base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=28)]
