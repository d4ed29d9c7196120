"""Accuracy of pretrained networks over their costs."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import pandas as pd

from explorer.core.i18n import Translate
from explorer.experiments.history.catalog import Entry
from explorer.plots.charts import GREY, Layers
from explorer.plots.curves import RUNS
from explorer.plots.diagrams import PAPER

LINES: Final = {"stack": RUNS[6], "residual": RUNS[0], "light": RUNS[1], "attention": RUNS[2],
                "self_supervised": RUNS[4]}  # fmt: skip
SHAPES: Final = {"labels": "circle", "linear": "diamond", "fine_tuned": "square", "hashtags": "triangle-up",
                 "hashtags_linear": "triangle-down"}  # fmt: skip
AXES: Final = ("multiply_adds", "parameters")
ACCURACIES: Final = ("top1", "top5")
SIZES: Final = ("none", "parameters", "multiply_adds", "year")
COLOURS: Final = ("line", "family", "year")

NARROW: Final = "width < 480"  # Vega expression: a phone; only the browser knows the width
HEIGHT_PX, WIDE_PX, NARROW_PX = 430, 640, 290
INK: Final = ("#1c2326", "#e6ebed")
YEARS: Final = (("#8fbfba", "#00453c"), ("#2f6660", "#c7eae5"))  # early and late, in each theme


def accuracy(
    entries: Iterable[Entry], t: Translate, *, over: str, of: str, size: str, colour: str, dark: bool
) -> Layers:
    """Accuracy, `of` one of ACCURACIES, `over` one of AXES, which is logarithmic.

    A line joins the sizes of one series; the shape shows how the network learned. Entries without one of the two values
    are left out. A click selects a model: selection `picked` on `model`. `mark_chosen` rings one.
    """
    table = points(entries, t, over, of)
    low, high = table["x"].min() / 1.4, table["x"].max() * 1.5
    bottom, top = table["y"].min() - 2.5, min(100.0, table["y"].max() + 1.5)
    across = alt.X("x:Q", title=t(f"history.{over}_axis"), axis=alt.Axis(format="~s", tickCount=5, grid=False),
                   scale=alt.Scale(type="log", domain=[low, high], nice=False))  # fmt: skip
    up = alt.Y("y:Q", title=t(f"history.{of}_axis"), axis=alt.Axis(tickCount=6),
               scale=alt.Scale(domain=[bottom, top], nice=False))  # fmt: skip
    base = alt.Chart(table).encode(x=across, y=up)
    paint = _paint(table, t, colour, dark)
    quiet = alt.Color(paint["shorthand"], scale=paint["scale"], legend=None)
    lines = base.mark_line(strokeWidth=1.4, opacity=0.55, interpolate="linear").encode(
        color=quiet, detail="series:N", order="x:Q"
    )
    area = _area(table, t, size, dark)
    ring = alt.Chart(table).transform_filter("datum.model === chosen").mark_point(
        size=420, strokeWidth=2, fill=None, color=INK[dark], opacity=1
    ).encode(x=across, y=up)  # fmt: skip
    picked = alt.selection_point(name="picked", fields=["model"], on="click", empty=False)
    kinds = [kind for kind in SHAPES if kind in set(table["learned"])]
    legend = None if kinds == ["labels"] else alt.Legend(
        orient="bottom", title=None, columns=1, labelLimit=320, symbolFillColor=GREY, symbolStrokeWidth=0,
        labelExpr=named({kind: t(f"history.learned_{kind}") for kind in kinds}),
    )  # fmt: skip
    shape = alt.Shape("learned:N", scale=alt.Scale(domain=kinds, range=[SHAPES[kind] for kind in kinds]), legend=legend)
    marks = base.mark_point(
        filled=True, opacity=0.9, cursor="pointer", stroke=PAPER[dark], strokeWidth=0.7
    ).encode(color=paint, shape=shape, size=area, tooltip=_tips(t))  # fmt: skip
    words = _labels(table, (low, high), (bottom, top))
    names = alt.Chart(words).encode(x=across, y=up, text="name:N")
    texts = [
        names.transform_filter(alt.datum.at == at).mark_text(
            fontSize=12, align=alt.expr("datum.align"), dx=alt.expr("datum.dx"), dy=alt.expr("datum.dy"),
            opacity=alt.expr(f"({NARROW}) ? {narrow} : {1 - narrow}"),
        )
        for at, narrow in (("wide", 0), ("narrow", 1))
    ]  # fmt: skip
    drawn = alt.layer(lines, marks.add_params(picked), ring, *texts).resolve_scale(color="independent")
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")  # the height excludes legends
    whole: Layers = drawn.properties(height=HEIGHT_PX, autosize=fit).add_params(alt.param(name="chosen", value=""))
    return whole


def mark_chosen(spec: dict[str, Any], id: str) -> dict[str, Any]:
    """A copy of `spec` with `id` as its parameter `chosen`: cheaper than drawing it again."""
    params = [{**param, "value": id} if param["name"] == "chosen" else param for param in spec["params"]]
    return {**spec, "params": params}


def points(entries: Iterable[Entry], t: Translate, over: str, of: str) -> pd.DataFrame:
    """A row per entry with both values: `x`, `y`, and columns for colour, shape, size and tooltip."""
    rows = [
        {
            "model": entry.model.id, "name": entry.model.name, "family": entry.model.family.name,
            "line": entry.model.family.line, "year": entry.model.year, "learned": entry.learned,
            "weights": entry.weights or t("history.from_paper"), "series": f"{entry.model.series} {entry.weights}",
            "x": getattr(entry, over).value, "y": getattr(entry, of).value,
            **{name: value.value if (value := getattr(entry, name)) else None for name in AXES},
        }
        for entry in entries
        if getattr(entry, over) and getattr(entry, of)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _paint(table: pd.DataFrame, t: Translate, colour: str, dark: bool) -> alt.Color:
    """Colour by year, by line of ideas, or by family: shades of its line's hue."""
    if colour == "year":
        scale = alt.Scale(domain=[2012, 2022], range=list(YEARS[dark]))
        return alt.Color("year:Q", scale=scale, legend=alt.Legend(orient="top", title=None, format="d", tickCount=5))
    lines = [line for line in LINES if line in set(table["line"])]
    if colour == "line":
        words = named({line: t(f"history.line_{line}") for line in lines})
        legend = alt.Legend(orient="top", title=None, labelExpr=words, symbolType="circle", symbolSize=90,
                            symbolOpacity=1, columns=alt.expr(f"({NARROW}) ? 2 : 3"), labelLimit=300)  # fmt: skip
        return alt.Color("line:N", scale=alt.Scale(domain=lines, range=[LINES[line] for line in lines]), legend=legend)
    shades: dict[str, str] = {}
    for line in lines:
        families = list(dict.fromkeys(table.loc[table["line"] == line, "family"]))
        shades |= {name: _shade(LINES[line], k, len(families), dark) for k, name in enumerate(families)}
    legend = alt.Legend(orient="top", title=None, symbolType="circle", symbolSize=90, symbolOpacity=1,
                        columns=alt.expr(f"({NARROW}) ? 2 : 4"))  # fmt: skip
    return alt.Color("family:N", scale=alt.Scale(domain=list(shades), range=list(shades.values())), legend=legend)


def _shade(colour: str, k: int, count: int, dark: bool) -> str:
    """The `k`-th of `count` shades, from dark to light, all in contrast to the page."""
    mix = 0.0 if count == 1 else 0.85 * k / (count - 1) - (0.5, 0.2)[dark]
    target = 255 if mix > 0 else 0
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (target - part) * abs(mix)):02x}" for part in parts)


def named(words: Mapping[str, str]) -> str:
    """A Vega expression that maps the ids of a legend to words."""
    return "{" + ", ".join(f"{key!r}: {word!r}" for key, word in words.items()) + "}[datum.label]"


def _area(table: pd.DataFrame, t: Translate, size: str, dark: bool) -> Any:
    if size == "none":
        return alt.value(90)
    if size == "year":
        return alt.Size("year:Q", scale=alt.Scale(domain=[2012, 2022], range=[30, 260]), legend=None)
    most = float(table[size].max())
    values = [10.0**k for k in range(6, 13) if table[size].min() <= 10.0**k <= most]
    legend = alt.Legend(orient="bottom-right", title=t(f"history.{size}"), format="~s", values=values,
                        titleColor=INK[dark], symbolType="circle", symbolFillColor=GREY,
                        symbolStrokeWidth=0, offset=8)  # fmt: skip
    domain = [0, most]
    return alt.Size(f"{size}:Q", scale=alt.Scale(domain=domain, range=[25, 900]), legend=legend)


def _tips(t: Translate) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("year:Q", title=t("history.year")),
        alt.Tooltip("y:Q", title=t("history.accuracy"), format=".1f"),
        alt.Tooltip("parameters:Q", title=t("history.parameters"), format=".3s"),
        alt.Tooltip("multiply_adds:Q", title=t("history.multiply_adds"), format=".3s"),
        alt.Tooltip("weights:N", title=t("history.weights")),
    ]


@dataclass(frozen=True)
class _Spot:
    """Position of a label beside its point: alignment and offset in pixels."""

    align: str
    dx: int
    dy: int


_SPOTS: Final = (_Spot("left", 9, 0), _Spot("right", -9, 0), _Spot("center", 0, -13), _Spot("center", 0, 14),
                 _Spot("left", 7, -11), _Spot("right", -7, -11), _Spot("left", 7, 12),
                 _Spot("right", -7, 12))  # fmt: skip


def _labels(table: pd.DataFrame, across: tuple[float, float], up: tuple[float, float]) -> pd.DataFrame:
    """At most one row per family and width (`at`: wide, narrow): a free position beside one of its points.

    A family without a free position has no label; its points have tooltips.
    """
    points: list[dict[Any, Any]] = table.to_dict("records")
    rows = []
    for at, width, letter in (("wide", WIDE_PX, 7.0), ("narrow", NARROW_PX, 6.6)):
        px = [(width * math.log(row["x"] / across[0]) / math.log(across[1] / across[0]),
               HEIGHT_PX * (up[1] - row["y"]) / (up[1] - up[0])) for row in points]  # fmt: skip
        taken = [(a - 5, b - 5, a + 5, b + 5) for a, b in px]
        for family in dict.fromkeys(row["family"] for row in points):
            own = sorted((k for k, row in enumerate(points) if row["family"] == family), key=lambda k: px[k][1])
            tries = ((k, spot, _box(*px[k], spot, letter * len(family))) for k in own for spot in _SPOTS)
            if place := next(((k, spot, box) for k, spot, box in tries if _free(box, taken, width)), None):
                k, spot, box = place
                taken.append(box)
                rows.append({"name": family, "at": at, "x": points[k]["x"], "y": points[k]["y"], **vars(spot)})
    return pd.DataFrame(rows)


def _box(a: float, b: float, spot: _Spot, length: float) -> tuple[float, float, float, float]:
    left = a + spot.dx - {"left": 0.0, "center": length / 2, "right": length}[spot.align]
    return left, b + spot.dy - 7, left + length, b + spot.dy + 7


def _free(box: tuple[float, ...], taken: Sequence[tuple[float, ...]], width: int) -> bool:
    inside = box[0] >= 0 and box[2] <= width and box[1] >= 0 and box[3] <= HEIGHT_PX
    return inside and not any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in taken
    )
