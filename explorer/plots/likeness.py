"""How two networks drift apart over their depth, as a chart."""

import json
from collections.abc import Callable, Sequence
from typing import Protocol

import altair as alt
import pandas as pd

from explorer.core.i18n import Translate
from explorer.plots.charts import GREY, TEAL


class Likeness(Protocol):
    """`features.Similarity`, by what is drawn of it: None where two places have no figure."""

    @property
    def name(self) -> str: ...
    @property
    def cosine(self) -> float | None: ...
    @property
    def difference(self) -> float | None: ...


def table(found: Sequence[Likeness], named: Callable[[str], str]) -> pd.DataFrame:
    """Columns `place` and `stage` (in words, which `named` gives for `layer1.0` and `layer1`), `measure` ("cosine",
    "difference") and `value`; places that cannot be compared are left out.
    """
    rows = [
        {"place": named(one.name), "stage": named(one.name.partition(".")[0]), "measure": measure, "value": value}
        for one in found
        for measure, value in (("cosine", one.cosine), ("difference", one.difference))
        if value is not None
    ]
    return pd.DataFrame(rows, columns=["place", "stage", "measure", "value"])


def chart(found: Sequence[Likeness], t: Translate, named: Callable[[str], str]) -> alt.Chart:
    """Cosine and relative difference at each place, in the order of the network; stages are named where they begin."""
    words = {measure: t(f"features.likeness_{measure}") for measure in ("cosine", "difference")}
    data = table(found, named)
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
