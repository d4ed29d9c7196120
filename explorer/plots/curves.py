"""Training curves as Altair charts over a common axis of epochs, frozen epochs shaded."""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from explorer.plots import charts
from explorer.plots.charts import GREY, TEAL, Layers, Spec

COLOURS = {"train": GREY, "test": TEAL, "validation": "#946a59", "published": "#6283a3"}
FROZEN = "#6494ba"  # a cool band
# No colours of roles or twins; visible in both themes, distinct under each colour blindness: see test_palette.py.
RUNS = (TEAL, "#946a59", "#9234d1", "#557535", "#a34964", "#948e59", "#49a376", "#82948d")
WHOLE, DOTTED = [1, 0], [2, 3]
DASHES = (WHOLE, [6, 3], [2, 2], [8, 3, 2, 3], [12, 3])
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
MOST_POINTS = 400  # of a line: a screen cannot show more


def smoothed(losses: Sequence[float], span: int = 40) -> list[float]:
    """Exponential moving average over about `span` values, with Adam's bias correction."""
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

    `total` and `frozen` are epochs. `words` maps train, test, validation, published, epoch, frozen, unfreeze, accuracy,
    loss and lr to the reader's language; `series` are those of the first four that are drawn. `ink` is the text colour.
    """

    total: int
    frozen: int
    words: tuple[tuple[str, str], ...]
    series: tuple[str, ...]
    ink: str
    top: float = 2.5  # of the loss axis: a little above log(10), the loss of guessing among ten classes

    @property
    def names(self) -> dict[str, str]:
        return dict(self.words)


def accuracy(look: Look, epochs: pd.DataFrame, published: pd.DataFrame) -> Spec:
    """Accuracy (0..1): `epochs` has columns `epoch`, `name`, `accuracy`; `published` has `epoch`, `accuracy`."""
    return _filled(_accuracy(look), epochs=epochs, published=published)


def loss(look: Look, steps: pd.DataFrame, epochs: pd.DataFrame, published: pd.DataFrame) -> Spec:
    """Training loss by step (columns `at` in epochs, `loss`), raw and smoothed; test loss (`epoch`, `test_loss`)."""
    steps = thinned(steps.assign(smooth=smoothed(list(steps["loss"]))))
    return _filled(_loss(look), steps=steps, epochs=epochs[["epoch", "test_loss"]], published=published)


def rate(look: Look, steps: pd.DataFrame) -> Spec:
    """Learning rate over the steps (columns `at`, `lr`), on a logarithmic axis of three decades."""
    top = float(steps["lr"].max()) if len(steps) else 1.0
    low = max(float(steps["lr"].min()) if len(steps) else 0.1, top / 1000)
    filled = _filled(_rate(look), steps=thinned(steps))
    filled["layer"][-1]["encoding"]["y"]["scale"]["domain"] = [low / 1.5, top * 1.5]
    return filled


def _filled(spec: Spec, **tables: pd.DataFrame) -> Spec:
    """A copy of `spec` with data. Altair takes 50 ms to build a spec, too long for every second and viewer."""
    filled = copy.deepcopy(spec)
    filled.setdefault("datasets", {}).update({name: table.to_dict("records") for name, table in tables.items()})
    return filled


@lru_cache(maxsize=64)
def _accuracy(look: Look) -> Spec:
    colours, dashes = _looks(look.series)
    names = [look.names[key] for key in look.series]
    lines = _lines(alt.Chart(alt.NamedData("epochs")), names, colours, look.names, look.total, dashes)
    return _spec(look, [*_spans(look), *_published("accuracy", look, look.series), *lines], 290)


@lru_cache(maxsize=64)
def _loss(look: Look) -> Spec:
    names, series = look.names, [key for key in look.series if key != "validation"]
    y = alt.Y(
        "loss:Q", title=names["loss"], scale=alt.Scale(domain=[0, look.top], clamp=True), axis=alt.Axis(tickCount=5)
    )
    base = alt.Chart(alt.NamedData("steps")).encode(x=_epochs_axis(look.total, names["epoch"], "at"))
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
        *_spans(look),
        *_published("loss", look, series),
        base.mark_line(color=COLOURS["train"], opacity=0.35, strokeWidth=1).encode(y=y),
        _styled("train", base.mark_line(strokeWidth=2).encode(y="smooth:Q", tooltip=tips), look, series),
        _styled("test", tests.mark_line(strokeWidth=2), look, series),
        tests.mark_point(color=COLOURS["test"], filled=True, size=28),
    ]
    return _spec(look, layers, 290)


@lru_cache(maxsize=64)
def _rate(look: Look) -> Spec:
    line = alt.Chart(alt.NamedData("steps")).mark_line(color=TEAL, strokeWidth=2, interpolate="step-after", clip=True)
    line = line.encode(
        x=_epochs_axis(look.total, look.names["epoch"], "at"),
        y=alt.Y(
            "lr:Q",
            title=look.names["lr"],
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(format="~g", tickCount=3, grid=False),
        ),
        tooltip=[
            alt.Tooltip("at:Q", title=look.names["epoch"], format=".2f"),
            alt.Tooltip("lr:Q", title=look.names["lr"], format=".3g"),
        ],
    )
    return _spec(look, [*_spans(look, worded=False), line], 175)


def _spec(look: Look, layers: list[alt.Chart], height: int) -> Spec:
    return charts.legible(alt.layer(*layers).properties(height=height), look.ink)


def overlaid(epochs: pd.DataFrame, *, order: Sequence[str], total: int, names: Mapping[str, str]) -> Layers:
    """Accuracy (0..1) of several runs: columns `name` (in `order`), `epoch`, `accuracy`; `names` titles the axes."""
    colours = [RUNS[k % len(RUNS)] for k in range(len(order))]
    dashes = [DASHES[k // len(RUNS) % len(DASHES)] for k in range(len(order))]  # (colour, dash) is unique
    return alt.layer(*_lines(alt.Chart(epochs), order, colours, names, total, dashes)).properties(height=300)


def matrix(table: pd.DataFrame, classes: Sequence[str], *, names: Mapping[str, str], dark: bool, ink: str) -> Layers:
    """Confusion matrix of columns `true`, `predicted` (class names), `share` of the true class (0..1), `count`.

    A click selects a cell: selection `cell` on `true` and `predicted`.
    """
    cell = alt.selection_point(name="cell", fields=["true", "predicted"], on="click", empty=False)
    low, high = ("#1f272b", "#5fd0c8") if dark else ("#f3f6f6", "#01665e")
    angle = 0 if max(map(len, classes), default=0) <= 2 else -40  # short names fit horizontally
    axis = alt.Axis(labelAngle=angle, labelLimit=80, labelOverlap=False, ticks=False, domain=False)
    base = alt.Chart(table).encode(
        x=alt.X("predicted:N", sort=list(classes), title=names["predicted"], axis=axis),
        y=alt.Y("true:N", sort=list(classes), title=names["true"], axis=alt.Axis(ticks=False, domain=False)),
    )
    cells = base.mark_rect(stroke="#ffffff00", strokeWidth=2, cursor="pointer").encode(
        color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=[low, high]), legend=None),
        stroke=alt.condition(cell, alt.value(ink), alt.value("#ffffff00")),
        tooltip=[alt.Tooltip("true:N", title=names["true"]), alt.Tooltip("predicted:N", title=names["predicted"]),
                 alt.Tooltip("count:Q", title=names["count"]),
                 alt.Tooltip("share:Q", format=".1%", title=names["share"])],
    ).add_params(cell)  # fmt: skip
    texts = (
        base.transform_filter("datum.count > 0")
        .mark_text(fontSize=11)
        .encode(
            text="count:Q",
            color=alt.condition("datum.share > 0.5", alt.value("#06201f" if dark else "#ffffff"), alt.value(ink)),
        )
    )
    return alt.layer(cells, texts).properties(height=36 * len(classes) + 90)


def bars(table: pd.DataFrame, *, label: str, value: str, form: str, names: Mapping[str, str]) -> Layers:
    """Horizontal bars of the columns `label` and `value`, in the table's order; `names` titles both, `form` formats."""
    base = alt.Chart(table).encode(
        y=alt.Y(
            f"{label}:N",
            sort=list(table[label]),
            title=names[label],
            axis=alt.Axis(ticks=False, domain=False, labelOverlap=False),
        ),
        x=alt.X(f"{value}:Q", title=names[value], axis=alt.Axis(format=form, tickCount=4)),
        tooltip=[
            alt.Tooltip(f"{label}:N", title=names[label]),
            alt.Tooltip(f"{value}:Q", title=names[value], format=form),
        ],
    )
    drawn = base.mark_bar(color=TEAL, cornerRadiusEnd=3, height=14)
    texts = base.mark_text(align="left", dx=4).encode(text=alt.Text(f"{value}:Q", format=form))
    return alt.layer(drawn, texts).properties(height=26 * len(table) + 50)


def _epochs_axis(total: int, title: str, column: str = "epoch") -> alt.X:
    axis = alt.Axis(format="d", tickMinStep=1, tickCount=min(total, 10), grid=False)
    return alt.X(f"{column}:Q", title=title, scale=alt.Scale(domain=[0, total], nice=False), axis=axis)


def _spans(look: Look, *, worded: bool = True) -> list[alt.Chart]:
    """Frozen epochs as a band and the unfreezing as a line, labelled at the bottom if `worded`.

    A short band is labelled one line higher, so that the labels do not overlap.
    """
    frozen, total, names = look.frozen, look.total, look.names
    if not frozen:
        return []
    span = alt.Chart(pd.DataFrame({"from": [0], "to": [frozen], "word": [names["frozen"]]}))
    start = _epochs_axis(total, names["epoch"], "from")
    drawn = [span.mark_rect(color=FROZEN, opacity=0.16).encode(x=start, x2="to:Q")]
    words = [span.encode(x=start)]
    if frozen < total:
        edge = alt.Chart(pd.DataFrame({"at": [frozen], "word": [names["unfreeze"]]}))
        edge = edge.encode(x=_epochs_axis(total, names["epoch"], "at"))
        drawn.append(edge.mark_rule(color=FROZEN, strokeDash=[4, 3]))
        words.append(edge)
    if worded:
        drawn += [
            chart.mark_text(align="left", dx=4, dy=dy, baseline="bottom", y="height").encode(text="word:N")
            for chart, dy in zip(words, (-4 if 4 * frozen >= total else -18, -4), strict=False)
        ]
    return drawn


def _published(value: str, look: Look, series: Sequence[str]) -> list[alt.Chart]:
    """The published run, if it is among the `series`."""
    if "published" not in series:
        return []
    tips = [
        alt.Tooltip("epoch:Q", title=f"{look.names['published']}, {look.names['epoch']}"),
        alt.Tooltip(f"{value}:Q", title=look.names["published"], format=".4"),
    ]
    line = alt.Chart(alt.NamedData("published")).mark_line(strokeWidth=1.6, opacity=0.9)
    return [_styled("published", line.encode(x="epoch:Q", y=f"{value}:Q", tooltip=tips), look, series)]


def _styled(key: str, chart: alt.Chart, look: Look, series: Sequence[str]) -> alt.Chart:
    """`chart` in the colour and dash of the series `key`, with an entry in the legend of `series`."""
    named: alt.Chart = chart.transform_calculate(name=json.dumps(look.names[key])).encode(
        *_legend([look.names[one] for one in series], *_looks(series))
    )
    return named


def _looks(series: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """Colours and dashes of `series`."""
    return [COLOURS[key] for key in series], [DOTTED if key == "published" else WHOLE for key in series]


def _legend(
    order: Sequence[str], colours: Sequence[str], dashes: Sequence[Sequence[int]]
) -> tuple[alt.Color, alt.StrokeDash]:
    """Colour and dash by the column `name`, in one legend."""
    legend = alt.Legend(orient="top", title=None, columns=2 if len(order) > 3 else 0, labelLimit=260,
                        symbolType="stroke", symbolSize=300, symbolOpacity=1)  # fmt: skip
    return (
        alt.Color("name:N", scale=alt.Scale(domain=list(order), range=list(colours)), legend=legend),
        alt.StrokeDash("name:N", scale=alt.Scale(domain=list(order), range=list(dashes)), legend=legend),
    )


def _lines(
    chart: alt.Chart, order: Sequence[str], colours: Sequence[str], names: Mapping[str, str], total: int,
    dashes: Sequence[Sequence[int]],
) -> list[alt.Chart]:  # fmt: skip
    colour, dash = _legend(order, colours, dashes)
    base = chart.encode(
        x=_epochs_axis(total, names["epoch"]),
        y=alt.Y(
            "accuracy:Q",
            title=names["accuracy"],
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1]),
        ),
        color=colour,
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("epoch:Q", title=names["epoch"]),
            alt.Tooltip("accuracy:Q", format=".1%", title=names["accuracy"]),
        ],
    )
    return [base.mark_line(strokeWidth=2).encode(dash), base.mark_point(filled=True, size=28)]
