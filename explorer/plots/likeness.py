"""Similarity of two networks' features over depth."""

import json
from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd

from explorer.analysis.features import Similarity
from explorer.core.i18n import Translate
from explorer.plots.charts import GREY, TEAL


def table(likenesses: Sequence[Similarity], named: Callable[[str], str], staged: Callable[[str], str]) -> pd.DataFrame:
    """Columns `place` and `stage` (in words: `named` and `staged` of `layer1.0`), `measure` ("cosine", "difference")
    and `value`. Places that cannot be compared are left out.
    """
    rows = [
        {"place": named(one.name), "stage": staged(one.name), "measure": measure, "value": value}
        for one in likenesses
        for measure, value in (("cosine", one.cosine), ("difference", one.difference))
        if value is not None
    ]
    return pd.DataFrame(rows, columns=["place", "stage", "measure", "value"])


def chart(
    likenesses: Sequence[Similarity], t: Translate, named: Callable[[str], str], staged: Callable[[str], str]
) -> alt.Chart:
    """Cosine similarity and relative difference by place, in network order; the axis names where stages begin."""
    words = {measure: t(f"features.likeness_{measure}") for measure in ("cosine", "difference")}
    data = table(likenesses, named, staged)
    first = data.drop_duplicates("stage")
    stages = dict(zip(first["place"], first["stage"], strict=True))
    data["measure"] = data["measure"].map(words)
    legend = alt.Legend(orient="top", title=None, labelLimit=240)
    made: alt.Chart = (
        alt.Chart(data)
        .mark_line(point=alt.OverlayMarkDef(size=60, filled=True), strokeWidth=2)
        .encode(
            x=alt.X(
                "place:N",
                sort=list(dict.fromkeys(data["place"])),
                title=t("features.likeness_place"),
                axis=alt.Axis(
                    values=list(stages),
                    labelExpr=f"({json.dumps(stages)})[datum.value]",
                    labelAngle=0,
                    labelOverlap="greedy",
                    labelSeparation=6,
                ),
            ),
            y=alt.Y("value:Q", title=t("features.likeness_value"), axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "measure:N",
                scale=alt.Scale(domain=list(words.values()), range=[TEAL, GREY]),
                legend=legend,
            ),
            shape=alt.Shape("measure:N", scale=alt.Scale(domain=list(words.values())), legend=legend),
            tooltip=[
                alt.Tooltip("place:N", title=t("features.likeness_place")),
                alt.Tooltip("measure:N", title=" "),
                alt.Tooltip("value:Q", title=t("features.likeness_value"), format=".3f"),
            ],
        )
    )
    return made
