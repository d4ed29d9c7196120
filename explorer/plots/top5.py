"""Ranked predictions with the cuts of top-1 and top-5, and top-k accuracy over k."""

import json

import altair as alt
import pandas as pd

from explorer.analysis.top5 import Ranks
from explorer.core.i18n import Translate
from explorer.plots.charts import GREY, TEAL, Layers

ROW_PX, AXIS_PX, LEGEND_PX, CUTS = 28, 60, 45, (1, 5)


def answers(table: pd.DataFrame, t: Translate) -> Layers:
    """Bars of a table with columns `rank` (from 1), `label`, `share` (0..1) and `true`, sorted by rank.

    Ranks may be missing. The true class is teal.
    """
    count = len(table)
    names = [t("famous.true_class"), t("famous.other_class")]
    rows = table.assign(
        top=[k + 0.22 for k in range(count)],
        foot=[k + 0.78 for k in range(count)],
        middle=[k + 0.5 for k in range(count)],
        which=[names[0] if true else names[1] for true in table["true"]],
    )
    labels = json.dumps([f"{rank}  {label}" for rank, label in zip(rows["rank"], rows["label"], strict=True)])
    axis = alt.Axis(values=list(rows["middle"]), labelExpr=f"{labels}[floor(datum.value)]", labelLimit=190,
                    labelOverlap=False, ticks=False, domain=False, grid=False)  # fmt: skip
    places = alt.Scale(domain=[0, count], reverse=True, nice=False)
    legend = alt.Legend(orient="top", title=None, symbolType="square") if table["true"].any() else None
    base = alt.Chart(rows).encode(
        x=alt.X("share:Q", title=t("famous.probability"), scale=alt.Scale(domain=[0, 1.35]),
                axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])),
        tooltip=[alt.Tooltip("label:N", title=t("famous.class")), alt.Tooltip("rank:Q", title=t("famous.rank")),
                 alt.Tooltip("share:Q", title=t("famous.probability"), format=".1%")],
    )  # fmt: skip
    bars = base.mark_bar(cornerRadiusEnd=3).encode(
        x2=alt.datum(0), y=alt.Y("top:Q", title=t("famous.class"), scale=places, axis=axis), y2="foot:Q",
        color=alt.Color("which:N", scale=alt.Scale(domain=names, range=[TEAL, GREY]), legend=legend),
    )  # fmt: skip
    shares = base.mark_text(align="left", baseline="middle", dx=5).encode(
        y=alt.Y("middle:Q", title=None, scale=places, axis=axis), text=alt.Text("share:Q", format=".1%")
    )
    return alt.layer(bars, shares, *_cuts(count, alt.Y("at:Q", title=None, scale=places, axis=axis), t)).properties(
        height=ROW_PX * count + AXIS_PX + LEGEND_PX * bool(legend)
    )


def _cuts(count: int, place: alt.Y, t: Translate) -> list[alt.Chart]:
    """Rules below ranks 1 and 5."""
    cuts = pd.DataFrame([{"at": k, "word": t("famous.cut", k=k)} for k in CUTS if k <= count])
    base = alt.Chart(cuts).encode(y=place)
    rules = base.mark_rule(strokeDash=[6, 4], color=GREY, strokeWidth=1.5)
    words = base.mark_text(align="right", baseline="bottom", dx=-2, dy=-3, fontSize=12, fontWeight=600)
    return [rules, words.encode(x=alt.value("width"), text="word:N")]


def top_k_accuracy(ranks: Ranks, most: int, t: Translate) -> Layers:
    """Top-k accuracy for k = 1..`most`, and that of guessing."""
    names = [t("famous.accuracy"), t("famous.guessing")]
    rows = [
        {"k": k, "share": share, "which": name, "cut": k in CUTS}
        for k in range(1, most + 1)
        for name, share in zip(names, (ranks.within(k), ranks.chance(k)), strict=True)
    ]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("k:Q", title=t("famous.answers_allowed"), scale=alt.Scale(domain=[0.7, most + 0.3], nice=False),
                axis=alt.Axis(values=list(range(1, most + 1)), format="d", grid=False)),
        y=alt.Y("share:Q", title=t("famous.share_axis"), scale=alt.Scale(domain=[0, 1.08]),
                axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])),
        color=alt.Color("which:N", scale=alt.Scale(domain=names, range=[TEAL, GREY]),
                        legend=alt.Legend(orient="top", title=None, symbolType="stroke")),
        tooltip=[alt.Tooltip("which:N", title=" "), alt.Tooltip("k:Q", title=t("famous.answers_allowed")),
                 alt.Tooltip("share:Q", title=t("famous.share_axis"), format=".1%")],
    )  # fmt: skip
    points = base.mark_point(filled=True, opacity=1).encode(
        size=alt.condition("datum.cut", alt.value(90), alt.value(25))
    )
    shares = base.transform_filter("datum.cut").mark_text(dy=-12, fontSize=12, fontWeight=600)
    words = shares.encode(text=alt.Text("share:Q", format=".1%"))
    return alt.layer(base.mark_line(), points, words).properties(height=260)
