"""Charts of runs: accuracy over epochs, a confusion matrix, bars; and the axis, colours and legend of such curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from explorer.plots.charts import GREY, TEAL, Layers

COLOURS = {"train": GREY, "test": TEAL, "validation": "#946a59", "published": "#6283a3", "other": "#9234d1"}
FROZEN = "#6494ba"  # a cool band
# No colours of roles or twins; visible in both themes, distinct under each colour blindness: see test_palette.py.
RUNS = (TEAL, "#946a59", "#9234d1", "#557535", "#a34964", "#948e59", "#49a376", "#82948d")
WHOLE, DOTTED = [1, 0], [2, 3]
DASHES = (WHOLE, [6, 3], [2, 2], [8, 3, 2, 3], [12, 3])
MOST_HOVERED = 12  # runs in the tooltip of an epoch
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")


def overlaid(epochs: pd.DataFrame, *, order: Sequence[str], total: int, names: Mapping[str, str]) -> Layers:
    """Accuracy (0..1) of several runs: columns `name` (in `order`), `epoch`, `accuracy`; `names` titles the axes."""
    colours = [RUNS[k % len(RUNS)] for k in range(len(order))]
    dashes = [DASHES[k // len(RUNS) % len(DASHES)] for k in range(len(order))]  # (colour, dash) is unique
    titles = {f"run{k}": name for k, name in enumerate(order[:MOST_HOVERED])}
    fields = {name: field for field, name in titles.items()}
    texts: dict[int, dict[str, Any]] = {}
    for name, epoch, accuracy in zip(epochs["name"], epochs["epoch"], epochs["accuracy"], strict=True):
        texts.setdefault(epoch, dict.fromkeys(titles, "–"))
        if name in fields:
            texts[epoch][fields[name]] = f"{accuracy:.1%}"
    rows = pd.DataFrame([{"epoch": epoch, **texts[epoch]} for epoch in sorted(texts)], columns=["epoch", *titles])
    of_all = hover(alt.Chart(rows), total, names["epoch"], titles, GREY)
    return alt.layer(*lines(alt.Chart(epochs), order, colours, names, total, dashes), of_all).properties(height=300)


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


def hover(chart: alt.Chart, total: int, epoch: str, titles: Mapping[str, str], ink: str) -> alt.Chart:
    """A line at the epoch nearest to the pointer, with a tooltip: column `epoch`, and texts in the columns `titles`.

    Screen readers and the chart's CSV leave it out, since it repeats the data of other layers.
    """
    near = alt.selection_point(name="near_epoch", encodings=["x"], on="pointerover", clear="pointerout", nearest=True,
                               empty=False)  # fmt: skip
    tips = [alt.Tooltip("epoch:Q", title=epoch), *(alt.Tooltip(f"{each}:N", title=of) for each, of in titles.items())]
    rule = chart.mark_rule(color=ink, aria=False)
    opacity = alt.condition(near, alt.value(0.45), alt.value(0))
    drawn: alt.Chart = rule.encode(x=epochs_axis(total, epoch), opacity=opacity, tooltip=tips).add_params(near)
    return drawn


def epochs_axis(total: int, title: str, column: str = "epoch") -> alt.X:
    axis = alt.Axis(format="d", tickMinStep=1, tickCount=min(total, 10), grid=False)
    return alt.X(f"{column}:Q", title=title, scale=alt.Scale(domain=[0, total], nice=False), axis=axis)


def legend(
    order: Sequence[str], colours: Sequence[str], dashes: Sequence[Sequence[int]]
) -> tuple[alt.Color, alt.StrokeDash]:
    """Colour and dash by the column `name`, in one legend."""
    box = alt.Legend(orient="top", title=None, columns=2 if len(order) > 3 else 0, labelLimit=260,
                        symbolType="stroke", symbolSize=300, symbolOpacity=1)  # fmt: skip
    return (
        alt.Color("name:N", scale=alt.Scale(domain=list(order), range=list(colours)), legend=box),
        alt.StrokeDash("name:N", scale=alt.Scale(domain=list(order), range=list(dashes)), legend=box),
    )


def lines(
    chart: alt.Chart, order: Sequence[str], colours: Sequence[str], names: Mapping[str, str], total: int,
    dashes: Sequence[Sequence[int]],
) -> list[alt.Chart]:  # fmt: skip
    colour, dash = legend(order, colours, dashes)
    base = chart.encode(
        x=epochs_axis(total, names["epoch"]),
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
