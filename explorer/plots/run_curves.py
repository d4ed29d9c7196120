"""Curves of one run over its epochs: accuracy, loss and learning rate, beside other runs.

Altair takes 50 ms to build a spec, too long for every second and viewer of a live run: a spec is built once for each
`Look` and then only filled with data.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from explorer.plots import charts, curves, off_scale
from explorer.plots.charts import GREY, TEAL, Spec
from explorer.plots.curves import COLOURS, DOTTED, FROZEN, WHOLE, epochs_axis

MOST_POINTS = 400  # of a line: a screen cannot show more
DASHED = [7, 3]
HEIGHT = 290


def smoothed(losses: Sequence[float], span: int = 40) -> list[float]:
    """Exponential moving average over about `span` values, with Adam's bias correction; 1 leaves them as they are."""
    keep, mean, weight, means = 1 - 1 / span, 0.0, 0.0, []
    for loss in losses:
        mean, weight = keep * mean + (1 - keep) * loss, keep * weight + (1 - keep)
        means.append(mean / weight)
    return means


def thinned(table: pd.DataFrame, most: int = MOST_POINTS) -> pd.DataFrame:
    """Reduce `table` to at most `most` rows, each the mean of neighbouring rows. For steps, not for epochs."""
    if len(table) <= most:
        return table
    return table.groupby(np.arange(len(table)) * most // len(table)).mean(numeric_only=True)


@dataclass(frozen=True)
class Look:
    """All that a curve's spec depends on except its data; the key of cached specs.

    `total` and `frozen` are epochs. `words` maps the series (train, test, validation, published, other) and epoch,
    frozen, unfreeze, accuracy, loss, lr, lowered, not_finite to the reader's language; `series` are those that are
    drawn. `ink` is the text colour. `log`: the loss has a logarithmic axis.
    """

    total: int
    frozen: int
    words: tuple[tuple[str, str], ...]
    series: tuple[str, ...]
    ink: str
    log: bool = False

    @property
    def names(self) -> dict[str, str]:
        return dict(self.words)


Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class RunData:
    """What the curves of a run show. Accuracies are 0..1; None stands for a number that was not finite.

    Attributes:
        steps: columns `at` (in epochs), `loss`, `lr`.
        epochs: a row per epoch with `epoch`, `lr`, and for each series `<series>_accuracy` and `<series>_loss`.
        published: the published run's epochs: `epoch`, `accuracy`, `loss` (training); empty if not beside it.
        published_steps: `epoch` (fractional), `loss`.
        other: another run's epochs: `epoch`, `accuracy`, `loss` (test); empty if none is beside it.
        drops: `at` (in epochs) and `lr`: where a plateau lowered the learning rate, and to what.
        best: the best epoch, if any has ended; `best_word` labels it.
        diverged: where the loss was no longer finite, in epochs; the run has ended there.
        usual: the loss of guessing; a larger axis shows no outliers.
        span: points over which the training loss is smoothed.
    """

    steps: pd.DataFrame
    epochs: Rows
    published: Rows = ()
    published_steps: Rows = ()
    other: Rows = ()
    drops: Rows = ()
    best: int | None = None
    best_word: str = ""
    diverged: float | None = None
    usual: float = 2.5  # a little above log(10)
    span: int = 40


def accuracy(look: Look, run: RunData) -> Spec:
    """Accuracy after each epoch (0..1)."""
    beside = _beside(look, run)
    own = [name for name in look.series if name not in beside]
    values = {name: _by_epoch(run.epochs, f"{name}_accuracy") for name in own}
    rows = [{"epoch": epoch, "name": look.names[name], "accuracy": value}
            for name, series in values.items() for epoch, value in series.items()]  # fmt: skip
    values |= {name: _by_epoch(table, "accuracy") for name, table in beside.items()}
    return _filled(
        _accuracy(look),
        epochs=rows,
        published=run.published,
        other=run.other,
        best=_best_row(run, "test_accuracy"),
        drops=_drops(look, run),
        hover=_hover_rows(look, run, values, ".1%"),
    )


def loss(look: Look, run: RunData) -> Spec:
    """Training loss by step, raw and smoothed, and test loss by epoch; values off the axis are marked at its edge."""
    steps = thinned(run.steps.assign(smooth=smoothed(run.steps["loss"].tolist(), run.span)))
    at, raw, smooth = (steps[name].tolist() for name in ("at", "loss", "smooth"))
    values = {"train": _by_epoch(run.epochs, "train_loss"), "test": _by_epoch(run.epochs, "test_loss")}
    beside, named = _beside(look, run), look.names
    drawn: list[off_scale.Series] = [
        (named["train"], at, smooth),
        (named["train"], at, raw),
        (named["test"], list(values["test"]), list(values["test"].values())),
    ]
    for name in beside:
        table = run.published_steps if name == "published" else run.other
        drawn.append((named[name], [each["epoch"] for each in table], [each["loss"] for each in table]))
    low, high = off_scale.domain(drawn, run.usual, log=look.log)
    if run.diverged is not None:
        drawn.append((named["train"], [min(run.diverged, look.total)], [None]))
    values |= {name: _by_epoch(table, "loss") for name, table in beside.items()}
    filled = _filled(
        _loss(look),
        steps=[{"at": x, "loss": y, "smooth": mean} for x, y, mean in zip(at, raw, smooth, strict=True)],
        epochs=[{"epoch": epoch, "test_loss": value} for epoch, value in values["test"].items()],
        published=run.published_steps,
        other=run.other,
        best=_best_row(run, "test_loss"),
        drops=_drops(look, run),
        hover=_hover_rows(look, run, values, ".3f"),
        beyond=off_scale.beyond(drawn, low, high, look.total, named["not_finite"]),
    )
    return _with_domain(filled, low, high)


def rate(look: Look, run: RunData) -> Spec:
    """Learning rate over the steps, on a logarithmic axis of three decades."""
    rates = [*run.steps["lr"].tolist(), *(each["lr"] for each in run.drops)]
    top = max(rates, default=1.0)
    low = max(min(rates, default=0.1), top / 1000)
    drops = [{**each, "word": f"{each['lr']:.3g}"} for each in run.drops]
    steps = thinned(run.steps)
    line = [{"at": at, "lr": lr} for at, lr in zip(steps["at"].tolist(), steps["lr"].tolist(), strict=True)]
    filled = _filled(_rate(look), steps=line, drops=drops)
    return _with_domain(filled, low / 1.5, top * 1.5)


# Data


def _beside(look: Look, run: RunData) -> dict[str, Rows]:
    """The epochs of the runs drawn beside this one, by series."""
    tables = {"published": run.published, "other": run.other}
    return {name: table for name, table in tables.items() if name in look.series}


def _by_epoch(rows: Rows, column: str) -> dict[int, float | None]:
    return {each["epoch"]: each[column] for each in rows if column in each}


def _best_row(run: RunData, column: str) -> list[dict[str, Any]]:
    return [{"epoch": each["epoch"], "value": each[column], "word": run.best_word}
            for each in run.epochs if each["epoch"] == run.best and each[column] is not None]  # fmt: skip


def _hover_rows(look: Look, run: RunData, values: Mapping[str, Mapping[int, float | None]], form: str) -> Rows:
    """A row per epoch with all series as text: Vega would write a missing number as 0."""
    rates = _by_epoch(run.epochs, "lr")
    epochs = sorted({epoch for series in (rates, *values.values()) for epoch in series if epoch <= look.total})

    def text(series: Mapping[int, float | None], epoch: int, form: str) -> str:
        if epoch not in series:
            return "–"
        value = series[epoch]
        return look.names["not_finite"] if value is None else format(value, form)

    return [
        {"epoch": epoch, "lr": text(rates, epoch, ".3g"),
         **{name: text(series, epoch, form) for name, series in values.items()}}
        for epoch in epochs
    ]  # fmt: skip


def _drops(look: Look, run: RunData) -> Rows:
    """The marks of lowered learning rates, a word at the first."""
    return [{**each, "word": "" if k else look.names["lowered"]} for k, each in enumerate(run.drops)]


def _filled(spec: Spec, **rows: Rows) -> Spec:
    """`spec` with data by name. What it has in common with `spec` is shared, so do not modify it."""
    return {**spec, "datasets": {**spec.get("datasets", {}), **rows}}


def _with_domain(spec: Spec, low: float, high: float) -> Spec:
    """`spec` with the range of its vertical axis, which is in the one layer that has its scale."""

    def changed(layer: Spec) -> Spec:
        y = layer["encoding"].get("y", {})
        if "scale" not in y:
            return layer
        scale = {**y["scale"], "domain": [low, high]}
        return {**layer, "encoding": {**layer["encoding"], "y": {**y, "scale": scale}}}

    return {**spec, "layer": [changed(layer) for layer in spec["layer"]]}


# Specs


@lru_cache(maxsize=64)
def _accuracy(look: Look) -> Spec:
    colours, dashes = _looks(look.series)
    names = [look.names[key] for key in look.series]
    lines = curves.lines(alt.Chart(alt.NamedData("epochs")), names, colours, look.names, look.total, dashes)
    layers = [
        *_spans(look), *_marks(look, above=False),
        *(_line_beside(name, "accuracy", look, look.series) for name in ("published", "other") if name in look.series),
        *lines, *_best(look, worded=True), _hover(look, look.series),
    ]  # fmt: skip
    return _spec(look, layers, HEIGHT)


@lru_cache(maxsize=64)
def _loss(look: Look) -> Spec:
    names, series = look.names, [key for key in look.series if key != "validation"]
    scale = alt.Scale(type="log" if look.log else "linear", nice=False, domain=[0, 1])
    y = alt.Y("loss:Q", title=names["loss"], scale=scale, axis=alt.Axis(tickCount=5, format="~g"))
    base = alt.Chart(alt.NamedData("steps")).encode(x=epochs_axis(look.total, names["epoch"], "at"))
    tips = [
        alt.Tooltip("at:Q", title=names["epoch"], format=".2f"),
        alt.Tooltip("smooth:Q", title=names["train"], format=".3f"),
    ]
    tests = alt.Chart(alt.NamedData("epochs")).encode(
        x="epoch:Q",
        y="test_loss:Q",
        tooltip=[
            alt.Tooltip("epoch:Q", title=names["epoch"]),
            alt.Tooltip("test_loss:Q", title=names["test"], format=".3f"),
        ],
    )
    layers = [
        *_spans(look), *_marks(look, above=True),
        *(_line_beside(name, "loss", look, series) for name in ("published", "other") if name in series),
        base.mark_line(color=COLOURS["train"], opacity=0.35, strokeWidth=1, clip=True).encode(y=y),
        _styled("train", base.mark_line(strokeWidth=2, clip=True).encode(y="smooth:Q", tooltip=tips), look, series),
        _styled("test", tests.mark_line(strokeWidth=2, clip=True), look, series),
        tests.mark_point(color=COLOURS["test"], filled=True, size=28, clip=True),
        *_best(look, worded=False), _hover(look, series), _beyond(look, series),
    ]  # fmt: skip
    return _spec(look, layers, HEIGHT)


@lru_cache(maxsize=64)
def _rate(look: Look) -> Spec:
    line = alt.Chart(alt.NamedData("steps")).mark_line(color=TEAL, strokeWidth=2, interpolate="step-after", clip=True)
    line = line.encode(
        x=epochs_axis(look.total, look.names["epoch"], "at"),
        y=alt.Y(
            "lr:Q",
            title=look.names["lr"],
            scale=alt.Scale(type="log", nice=False, domain=[0.1, 1]),
            axis=alt.Axis(format="~g", tickCount=3, grid=False),
        ),
        tooltip=[
            alt.Tooltip("at:Q", title=look.names["epoch"], format=".2f"),
            alt.Tooltip("lr:Q", title=look.names["lr"], format=".3g"),
        ],
    )
    drops = alt.Chart(alt.NamedData("drops")).encode(x="at:Q", y="lr:Q")
    marks = [
        drops.mark_point(shape="triangle-down", filled=True, size=55, color=TEAL, opacity=1, yOffset=-7),
        drops.mark_text(align="right", baseline="middle", dx=-7).encode(text="word:N"),
    ]
    return _spec(look, [*_spans(look, worded=False), line, *marks], 175)


def _spec(look: Look, layers: list[alt.Chart], height: int) -> Spec:
    return charts.legible(alt.layer(*layers).properties(height=height), look.ink)


def _spans(look: Look, *, worded: bool = True) -> list[alt.Chart]:
    """Frozen epochs as a band and the unfreezing as a line, labelled at the bottom if `worded`.

    A short band is labelled one line higher, so that the labels do not overlap.
    """
    frozen, total, names = look.frozen, look.total, look.names
    if not frozen:
        return []
    span = alt.Chart(pd.DataFrame({"from": [0], "to": [frozen], "word": [names["frozen"]]}))
    start = epochs_axis(total, names["epoch"], "from")
    drawn = [span.mark_rect(color=FROZEN, opacity=0.16).encode(x=start, x2="to:Q")]
    words = [span.encode(x=start)]
    if frozen < total:
        edge = alt.Chart(pd.DataFrame({"at": [frozen], "word": [names["unfreeze"]]}))
        edge = edge.encode(x=epochs_axis(total, names["epoch"], "at"))
        drawn.append(edge.mark_rule(color=FROZEN, strokeDash=[4, 3]))
        words.append(edge)
    if worded:
        drawn += [
            chart.mark_text(align="left", dx=4, dy=dy, baseline="bottom", y="height").encode(text="word:N")
            for chart, dy in zip(words, (-4 if 4 * frozen >= total else -18, -4), strict=False)
        ]
    return drawn


def _marks(look: Look, *, above: bool) -> list[alt.Chart]:
    """Dotted lines where the learning rate was lowered, with a word at the top or above the words of the freezing."""
    drops = alt.Chart(alt.NamedData("drops")).encode(x=epochs_axis(look.total, look.names["epoch"], "at"))
    side: dict[str, Any] = (
        {"baseline": "top", "dy": 14, "y": 0} if above else {"baseline": "bottom", "dy": -32, "y": "height"}
    )
    words = drops.mark_text(align=_inward(look, "at"), dx=alt.expr(f"datum.at > {0.8 * look.total} ? -4 : 4"), **side)
    return [drops.mark_rule(color=GREY, strokeDash=[1, 3]), words.encode(text="word:N")]


def _inward(look: Look, column: str) -> Any:
    """The side on which a label has room: left of a mark in the last fifth of the axis."""
    return alt.expr(f"datum.{column} > {0.8 * look.total} ? 'right' : 'left'")


def _best(look: Look, *, worded: bool) -> list[alt.Chart]:
    """A ring around the test value of the best epoch, with its word above the plot, where no curve crosses it."""
    best = alt.Chart(alt.NamedData("best")).encode(x="epoch:Q", y="value:Q")
    ring = best.mark_point(shape="circle", filled=False, size=130, strokeWidth=1.8, color=look.ink, opacity=1)
    word = best.mark_text(align=_inward(look, "epoch"), baseline="bottom", dy=-4, fontWeight=600)
    return [ring, word.encode(text="word:N", y=alt.value(0))] if worded else [ring]


def _hover(look: Look, series: Sequence[str]) -> alt.Chart:
    """A line at the epoch nearest to the pointer, with a tooltip of all `series`."""
    titles = {name: look.names[name] for name in (*series, "lr")}
    return curves.hover(alt.Chart(alt.NamedData("hover")), look.total, look.names["epoch"], titles, look.ink)


def _beyond(look: Look, series: Sequence[str]) -> alt.Chart:
    """Triangles at the edge of the axis for values beyond it, with the true values as tooltips."""
    base = alt.Chart(alt.NamedData("beyond"))
    shape = alt.Scale(domain=["up", "down"], range=["triangle-up", "triangle-down"])
    colour, _ = curves.legend([look.names[one] for one in series], *_looks(series))
    tips = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("at:Q", title=look.names["epoch"], format=".4~g"),
        alt.Tooltip("shown:N", title=look.names["loss"]),
    ]
    mark = base.mark_point(filled=True, size=80, opacity=1, stroke=look.ink, strokeWidth=0.8, aria=False)
    drawn: alt.Chart = mark.encode(
        x="at:Q", y="edge:Q", color=colour, shape=alt.Shape("way:N", scale=shape, legend=None), tooltip=tips
    )
    return drawn


def _line_beside(key: str, value: str, look: Look, series: Sequence[str]) -> alt.Chart:
    """The curve of the run `key` (published, other) beside one's own."""
    tips = [
        alt.Tooltip("epoch:Q", title=look.names["epoch"], format=".4~g"),
        alt.Tooltip(f"{value}:Q", title=look.names[key], format=".4"),
    ]
    line = alt.Chart(alt.NamedData(key)).mark_line(strokeWidth=1.6, opacity=0.9, clip=True)
    return _styled(key, line.encode(x="epoch:Q", y=f"{value}:Q", tooltip=tips), look, series)


def _styled(key: str, chart: alt.Chart, look: Look, series: Sequence[str]) -> alt.Chart:
    """`chart` in the colour and dash of the series `key`, with an entry in the legend of `series`."""
    named: alt.Chart = chart.transform_calculate(name=json.dumps(look.names[key])).encode(
        *curves.legend([look.names[one] for one in series], *_looks(series))
    )
    return named


def _looks(series: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """Colours and dashes of `series`."""
    dashes = {"published": DOTTED, "other": DASHED}
    return [COLOURS[key] for key in series], [dashes.get(key, WHOLE) for key in series]
