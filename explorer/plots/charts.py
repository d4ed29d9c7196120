"""Tables to Altair charts: predictions and histograms. Text comes from the caller, in the reader's language."""

import json
import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.utils.schemapi import UndefinedType
from torch import Tensor

from explorer.core.i18n import Translate

# They differ in lightness: with equal lightness, protanopes could not tell them apart.
GREY = "#8b969b"
TEAL = "#0f8080"


LEGEND_PX, LABEL_PX, SYMBOL_PX, AXIS_PX = 14, 280, 36, 70  # font, longest label, symbol and gap, room beside the plot
# Of the chart; a file has no container. Not `width`, the plot's: it depends on the axis, which depends on the legend.
CHART_WIDTH = "(containerSize()[0] || 720)"

Layers = alt.LayerChart | alt.FacetChart
Chart = alt.Chart | Layers
Spec = dict[str, Any]  # of Vega-Lite


MIXERS = {"attention": ("square", TEAL), "mlp": ("circle", "#57b5ab"), "conv": ("triangle-up", GREY),
          "pool": ("cross", GREY), "": ("diamond", GREY)}  # fmt: skip
"""What a branch computes with -> shape and colour of its mark."""


def short(names: Mapping[str, str]) -> str | UndefinedType:
    """The expression of an axis whose values are the keys and whose labels are the values; undefined if none differ."""
    shortened = {name: label for name, label in names.items() if name != label}
    return f"({json.dumps(shortened, ensure_ascii=False)})[datum.value] || datum.label" if shortened else alt.Undefined


def mixer_legend(mixers: Iterable[str], t: Translate) -> tuple[dict[str, str], list[str], list[str], alt.Legend]:
    """Of the keys of MIXERS in use: their words, and in this order shapes and colours; and the legend of both."""
    used = [mixer for mixer in MIXERS if mixer in set(mixers)]
    shapes, colours = ([MIXERS[mixer][k] for mixer in used] for k in (0, 1))
    legend = alt.Legend(orient="bottom", title=None, symbolOpacity=1)  # above, beside others, a phone has no room
    return {mixer: t(f"shortcut.mixer_{mixer or 'other'}") for mixer in used}, shapes, colours, legend


def legible(chart: Chart, ink: str) -> Spec:
    """`chart` as a Vega-Lite spec with text in the colour `ink`: Streamlit's theme draws it with an opacity of 0.6.

    Its legends take as many columns as the chart has room for. The spec is not validated, which would double the time;
    tests validate it.
    """
    spec: Spec = chart.to_dict(validate=False)
    for labels, legend in _legends(spec):
        _fit(legend, labels)
    config = spec.setdefault("config", {})
    for part, colours in (
        ("axis", ("labelColor", "titleColor")),
        ("legend", ("labelColor", "titleColor")),
        ("text", ("color",)),
    ):
        config.setdefault(part, {}).update(dict.fromkeys(colours, ink))
    return spec


def _legends(part: Any) -> Iterator[tuple[list[str], Spec]]:
    """The labels of each legend of named values above or below the plot, and the legend."""
    if isinstance(part, list):
        for each in part:
            yield from _legends(each)
    elif isinstance(part, dict):
        legend = part.get("legend")
        if isinstance(legend, dict) and legend.get("orient") in ("top", "bottom") and "labelExpr" not in legend:
            domain = (part.get("scale") or {}).get("domain")
            if isinstance(domain, list) and domain and all(isinstance(each, str) for each in domain):
                yield domain, legend
        for name, each in part.items():
            if name not in ("datasets", "data", "legend"):
                yield from _legends(each)


def _fit(legend: Spec, labels: Sequence[str]) -> None:
    """Set a legend's columns and its labels' width to what fits the chart's width, which only the browser knows."""
    label = min(max(map(text_px, labels)), LABEL_PX)
    legend["labelLimit"] = {"expr": f"min({label}, {CHART_WIDTH} - {AXIS_PX + SYMBOL_PX})"}
    most = min(legend.get("columns") or len(labels), len(labels))
    if legend.get("direction") != "vertical" and most > 1:
        legend["columns"] = {"expr": f"max(1, min({most}, floor(({CHART_WIDTH} - {AXIS_PX}) / {label + SYMBOL_PX})))"}


def text_px(text: str) -> int:
    """About the width of `text` in a legend: a Chinese character is as wide as it is high."""
    return math.ceil(sum(LEGEND_PX if unicodedata.east_asian_width(c) in "WF" else 0.58 * LEGEND_PX for c in text))


def guesses(table: pd.DataFrame, *, label: str, probability: str) -> Layers:
    """Horizontal bars of a table with columns `label` and `share` (0..1), in its order."""
    order = list(table["label"])
    base = alt.Chart(table).encode(
        y=alt.Y("label:N", sort=order, title=label, axis=alt.Axis(labelLimit=220, ticks=False, domain=False)),
        x=alt.X(
            "share:Q",
            title=probability,
            scale=alt.Scale(domain=[0, 1.12]),
            axis=alt.Axis(format="%", values=[0, 0.5, 1]),
        ),
        tooltip=[alt.Tooltip("label:N", title=label), alt.Tooltip("share:Q", title=probability, format=".1%")],
    )
    bars = base.mark_bar(color=TEAL, cornerRadiusEnd=3, height=18)
    texts = base.mark_text(align="left", dx=5).encode(text=alt.Text("share:Q", format=".1%"))
    return alt.layer(bars, texts).properties(height=34 * len(table) + 36)


def histogram_table(tensors: dict[str, Tensor], bins: int = 60) -> pd.DataFrame:
    """Histograms of tensors over common bins: columns `series`, `low`, `high`, `share` (of its values, 0..1)."""
    values = {name: tensor.detach().float().flatten().numpy() for name, tensor in tensors.items()}
    low = min(float(v.min()) for v in values.values())
    high = max(float(v.max()) for v in values.values())
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bins + 1)
    shares = {name: np.histogram(v, edges)[0] / v.size for name, v in values.items()}
    tables = [
        pd.DataFrame({"series": name, "low": edges[:-1], "high": edges[1:], "share": share})
        for name, share in shares.items()
    ]
    return pd.concat(tables, ignore_index=True)


def histogram(table: pd.DataFrame, series: Sequence[str], colours: Sequence[str], *, value: str, share: str) -> Layers:
    """Overlaid histograms of `histogram_table`; `series` and `colours` in the same order.

    Outlines are drawn over the translucent bars, whose colours mix.
    """
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(series), range=list(colours)),
        legend=alt.Legend(orient="top", title=None, symbolType="square", symbolOpacity=1),
    )
    height = alt.Y("share:Q", stack=None, title=share, axis=alt.Axis(format=".0%", tickCount=4))
    base = alt.Chart(table)
    bars = base.mark_bar(opacity=0.3, binSpacing=0).encode(
        x=alt.X("low:Q", bin="binned", title=value, scale=alt.Scale(nice=False)),
        x2="high:Q",
        y=height,
        color=colour,
        tooltip=[
            alt.Tooltip("series:N", title=" "),
            alt.Tooltip("low:Q", format=".3g", title="≥"),
            alt.Tooltip("high:Q", format=".3g", title="<"),
            alt.Tooltip("share:Q", format=".2%", title=share),
        ],
    )
    outlines = base.mark_line(interpolate="step-after", strokeWidth=1.8).encode(x="low:Q", y=height, color=colour)
    return alt.layer(bars, outlines)
