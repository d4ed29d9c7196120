"""Charts of the shortcut page: quantities over depth, and predictions before and after an intervention."""

import json
from collections.abc import Iterable, Mapping, Sequence

import altair as alt
import pandas as pd
import torch
from torch import Tensor

from explorer.core.i18n import Translate
from explorer.plots.charts import GREY, TEAL, Layers, mixer_legend

AXES = {"share": ".0%", "angle": "d", "response": ".3~g"}  # quantities over depth, with the formats of axes
TIPS = {"share": ".1%", "angle": ".1f", "response": ".3f"}
ENDS: dict[str, list[float]] = {"share": [0, 0.25, 0.5, 0.75, 1], "angle": [0, 45, 90, 135, 180]}  # ticks


def depth_table(
    names: Sequence[str],
    opening: Iterable[str],
    this: Tensor,
    pictures: Tensor | None,
    stages: Mapping[str, str] | None = None,
    mixers: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """A row per place in a network (a block or a layer), from values `this` (places,) of one picture.

    Columns `place` (from 1), `name`, `stage` (of `stages` by name; else the first part of the name, or `stem`), `opens`
    (whether the place is one of `opening` or within one) and `this`; with `pictures` (N, places) also the quantiles
    `low` (0.1), `middle` (0.5) and `high` (0.9); with `mixers` by name also `mixer`.
    """
    opening = tuple(opening)
    table = pd.DataFrame({"place": range(1, len(names) + 1), "name": names, "this": this.tolist()})
    parts = stages or {name: name.partition(".")[0] if "." in name else "stem" for name in names}
    table["stage"] = [parts[name] for name in names]
    table["opens"] = [any(name == path or name.startswith(f"{path}.") for path in opening) for name in names]
    if pictures is not None:
        quantiles = pictures.quantile(torch.tensor([0.1, 0.5, 0.9]), 0)
        table["low"], table["middle"], table["high"] = quantiles.tolist()
    if mixers:
        table["mixer"] = [mixers[name] for name in names]
    return table


def over_depth(table: pd.DataFrame, quantity: str, t: Translate) -> Layers:
    """`depth_table` as a line for the picture over the band of the pictures; `quantity` is a key of AXES. The axis
    names the stages where they begin; places with `opens` are diamonds, or with a `mixer` larger marks of its shape."""
    first = table.drop_duplicates("stage")
    names = dict(zip(first["place"].astype(str), first["stage"], strict=True))
    x = alt.X(
        "place:Q",
        title=t("shortcut.axis_place"),
        scale=alt.Scale(domain=[0.7, len(table) + 0.3], nice=False),
        axis=alt.Axis(
            values=list(first["place"]), labelExpr=f"({names})[datum.value]", labelOverlap="greedy", labelSeparation=6
        ),
    )
    this, median = t("shortcut.this"), t("shortcut.median")
    base = alt.Chart(table).encode(x=x)
    ends = ENDS.get(quantity)
    scale = alt.Scale(domain=[ends[0], ends[-1]]) if ends else alt.Scale()
    axis = alt.Axis(format=AXES[quantity], values=ends) if ends else alt.Axis(format=AXES[quantity], tickCount=5)
    if quantity == "angle":
        axis.labelExpr = "datum.label + '°'"
    colour = alt.Color(
        "line:N",
        scale=alt.Scale(domain=[this, median][: 2 if "middle" in table else 1], range=[TEAL, GREY]),
        legend=alt.Legend(orient="top", title=None, symbolType="stroke", symbolOpacity=1),
    )

    def y(column: str) -> alt.Y:
        return alt.Y(f"{column}:Q", title=t(f"shortcut.axis_{quantity}"), scale=scale, axis=axis)

    def line(column: str, name: str) -> alt.Chart:
        named: alt.Chart = base.transform_calculate(line=json.dumps(name)).encode(y=y(column), color=colour)
        return named

    layers = []
    if "middle" in table:
        layers.append(base.mark_area(color=GREY, opacity=0.25).encode(y=y("low"), y2="high:Q"))
        layers.append(line("middle", median).mark_line(strokeDash=[5, 4], strokeWidth=1.8))
    layers.append(line("this", this).mark_line(strokeWidth=2.2))
    shown = {"this": this, "low": t("shortcut.low"), "middle": median, "high": t("shortcut.high")}
    tips = [alt.Tooltip("name:N", title=t(f"shortcut.place_{quantity}"))]
    tips += [
        alt.Tooltip(f"{column}:Q", title=words, format=TIPS[quantity])
        for column, words in shown.items()
        if column in table
    ]
    # Many points would hide the line: in a deep network the others are invisible and have only a tooltip.
    few = len(table) <= 40
    points = base.mark_point(color=TEAL, filled=True, opacity=1)
    if "mixer" in table:
        words, shapes, colours, legend = mixer_legend(table["mixer"], t)
        points = alt.Chart(table.assign(mixer=table["mixer"].map(words))).mark_point(filled=True, opacity=1)
        tips.insert(1, alt.Tooltip("mixer:N", title=t("shortcut.mixer")))
        domain = list(words.values())
        points = points.encode(
            x=x,
            shape=alt.Shape("mixer:N", scale=alt.Scale(domain=domain, range=shapes), legend=legend),
            fill=alt.Fill("mixer:N", scale=alt.Scale(domain=domain, range=colours), legend=legend),
        )
    else:
        points = points.encode(
            shape=alt.Shape("opens:N", scale=alt.Scale(domain=[False, True], range=["circle", "diamond"]), legend=None),
            opacity=alt.condition("datum.opens", alt.value(1), alt.value(1 if few else 0)),
        )
    size = alt.condition("datum.opens", alt.value(110), alt.value(50 if few else 30))
    layers.append(points.encode(y=y("this"), size=size, tooltip=tips))
    return alt.layer(*layers).properties(height=270)


def answers_table(labels: Sequence[str], before: Tensor, after: Tensor, count: int = 5) -> pd.DataFrame:
    """The `count` most probable classes before and after, from logits (classes,): columns `label`, `when` (`before` or
    `after`) and `share` (0..1).

    Sorted by probability before, so that bars do not move.
    """
    p, q = before.softmax(0), after.softmax(0)
    shown = sorted({*p.topk(min(count, len(p))).indices.tolist(), *q.topk(min(count, len(q))).indices.tolist()})
    shown.sort(key=lambda k: -float(p[k]))
    return pd.DataFrame(
        {"label": labels[k], "when": when, "share": float(shares[k])}
        for k in shown
        for when, shares in (("before", p), ("after", q))
    )


def answers(table: pd.DataFrame, t: Translate) -> Layers:
    """Paired bars of `answers_table`: grey before, teal after."""
    words = {"before": t("shortcut.before"), "after": t("shortcut.after")}
    table = table.assign(when=table["when"].map(words))
    order = list(dict.fromkeys(table["label"]))
    base = alt.Chart(table).encode(
        y=alt.Y(
            "label:N", sort=order, title=t("shortcut.class"), axis=alt.Axis(labelLimit=180, ticks=False, domain=False)
        ),
        yOffset=alt.YOffset("when:N", sort=list(words.values())),
        x=alt.X(
            "share:Q",
            title=t("shortcut.probability"),
            scale=alt.Scale(domain=[0, 1.12]),
            axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1]),
        ),
        tooltip=[
            alt.Tooltip("label:N", title=t("shortcut.class")),
            alt.Tooltip("when:N", title=" "),
            alt.Tooltip("share:Q", title=t("shortcut.probability"), format=".1%"),
        ],
    )
    colour = alt.Color(
        "when:N",
        scale=alt.Scale(domain=list(words.values()), range=[GREY, TEAL]),
        legend=alt.Legend(orient="top", title=None, symbolType="square", symbolOpacity=1),
    )
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=colour)
    texts = base.mark_text(align="left", dx=4, fontSize=11).encode(text=alt.Text("share:Q", format=".1%"))
    return alt.layer(bars, texts).properties(height=380)
