"""Charts that compare predictions: accuracy by class of two networks, and the agreement of any two."""

import math
from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explorer.core.i18n import Translate
from explorer.core.palette import BROWN_TEAL
from explorer.plots.charts import GREY, Layers

CELL_PX: Final = 13  # smallest cell with a number in it
INKS: Final = ("#ffffff", "#000000")  # one of them is legible on any colour


def per_class(table: pd.DataFrame, t: Translate, *, dark: bool) -> Layers:
    """Bars of `answers.per_class`: columns `label`, `first` and `second`, the accuracies (0..1) of two networks.

    Drawn is the difference in percentage points: teal where the first network is better, brown where the second is.
    """
    table = table.assign(points=100 * (table["first"] - table["second"])).sort_values("points", ascending=False)
    far = 1.3 * max(1.0, float(table["points"].abs().max()))
    base = alt.Chart(table).encode(
        alt.Y("label:N", sort=list(table["label"]), title=t("predict.label"),
              axis=alt.Axis(ticks=False, domain=False, labelLimit=150)),
        alt.X("points:Q", stack=None, title=t("compare.axis_difference"),
              scale=alt.Scale(domain=[-far, far], nice=False),
              axis=alt.Axis(format="+~r", tickCount=5, labelExpr="datum.value ? datum.label : '0'")),
        tooltip=[alt.Tooltip("label:N", title=t("predict.label")),
                 alt.Tooltip("first:Q", format=".1%", title=t("compare.first")),
                 alt.Tooltip("second:Q", format=".1%", title=t("compare.second"))],
    )  # fmt: skip
    teal, brown = (BROWN_TEAL[7], BROWN_TEAL[3]) if dark else (BROWN_TEAL[8], BROWN_TEAL[2])
    bars = base.mark_bar(height=15, cornerRadius=2)
    bars = bars.encode(color=alt.condition("datum.points >= 0", alt.value(teal), alt.value(brown)))
    difference = alt.Text("points:Q", format="+.1f")
    better = base.transform_filter("datum.points >= 0").mark_text(align="left", dx=4).encode(text=difference)
    worse = base.transform_filter("datum.points < 0").mark_text(align="right", dx=-4).encode(text=difference)
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=GREY).encode(x="x:Q")
    return alt.layer(bars, zero, better, worse).properties(height=25 * len(table) + 50)


def agreement(labels: Sequence[str], matrix: NDArray[np.floating[Any]], t: Translate, *, dark: bool) -> Layers:
    """How often two networks predict the same class: `matrix` (n, n) of shares (0..1), in the order of `labels`.

    The colour scale begins at the smallest share. Cells that are too narrow show no number (percent).
    """
    count = len(labels)
    places = [(i, j) for i in range(count) for j in range(count) if i != j]
    low = min(math.floor(20 * min((float(matrix[place]) for place in places), default=0.0)) / 20, 0.95)
    stops = ("#223036", *BROWN_TEAL[9:6:-1], "#e2f3f0") if dark else (BROWN_TEAL[5], *BROWN_TEAL[6:10])
    domain = [round(share, 6) for share in np.linspace(low, 1, len(stops))]
    rows = [
        {"first": labels[i], "second": labels[j], "share": share, "ink": legible_on(between(share, domain, stops))}
        for i, j in places
        for share in [float(matrix[i, j])]
    ]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        alt.X("second:N", sort=list(labels), title=t("charts.network"), axis=_axis(-50)),
        alt.Y("first:N", sort=list(labels), title=t("charts.network"), axis=_axis(0)),
    )
    tips = [alt.Tooltip("first:N", title=t("compare.first")),
            alt.Tooltip("second:N", title=t("compare.second")),
            alt.Tooltip("share:Q", format=".1%", title=t("compare.agree"))]  # fmt: skip
    scale = alt.Scale(domain=domain, range=list(stops), clamp=True, interpolate="rgb")
    key = alt.Legend(orient="top", title=t("compare.agree"), format=".0%", gradientLength=150, tickCount=3)
    cells = base.mark_rect(cornerRadius=2).encode(color=alt.Color("share:Q", scale=scale, legend=key), tooltip=tips)
    numbers = base.transform_calculate(number="format(100 * datum.share, '.0f')")
    numbers = numbers.mark_text(fontSize=alt.ExprRef(f"clamp(width / {2 * max(count, 1)}, 8, 11)")).encode(
        text="number:N", color=alt.condition(f"datum.ink == '{INKS[0]}'", *map(alt.value, INKS)),
        opacity=alt.condition(f"width > {CELL_PX * count}", alt.value(1), alt.value(0)),
    )  # fmt: skip
    return alt.layer(cells, numbers).properties(height=max(25 * count, 120) + 180)


def between(value: float, domain: Sequence[float], colours: Sequence[str]) -> str:
    """The colour of `value` on a linear RGB scale with `colours` at the points `domain`, as Vega computes it."""
    channels = zip(*(bytes.fromhex(colour[1:]) for colour in colours), strict=True)
    return "#" + bytes(round(float(np.interp(value, domain, channel))) for channel in channels).hex()


def legible_on(colour: str) -> str:
    """The one of INKS with more contrast to `colour` (WCAG)."""
    parts = np.array(list(bytes.fromhex(colour[1:]))) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return INKS[bool(linear @ [0.2126, 0.7152, 0.0722] > 0.179)]


def _axis(angle: int) -> alt.Axis:
    return alt.Axis(ticks=False, domain=False, labelLimit=150, labelOverlap=False, labelFlush=False, labelAngle=angle)
