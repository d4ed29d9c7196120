"""How two networks drift apart over their depth, as a chart."""

from collections.abc import Sequence
from typing import Protocol

import altair as alt
import pandas as pd

from explorer.drawing.charts import GREY, TEAL
from explorer.text import Say


class Likeness(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def cosine(self) -> float | None: ...
    @property
    def difference(self) -> float | None: ...


def table(found: Sequence[Likeness]) -> pd.DataFrame:
    """Columns `place`, `measure` ("cosine", "difference") and `value`; places that cannot be compared are left out."""
    rows = [
        {"place": one.name.removesuffix(".out"), "measure": measure, "value": value}
        for one in found
        for measure, value in (("cosine", one.cosine), ("difference", one.difference))
        if value is not None
    ]
    return pd.DataFrame(rows, columns=["place", "measure", "value"])


def chart(found: Sequence[Likeness], say: Say) -> alt.Chart:
    """Cosine and relative difference at each place, in the order of the network."""
    words = {measure: say(f"features.likeness_{measure}") for measure in ("cosine", "difference")}
    data = table(found)
    data["measure"] = data["measure"].map(words)
    made: alt.Chart = (
        alt.Chart(data)
        .mark_line(point=alt.OverlayMarkDef(size=60, filled=True), strokeWidth=2)
        .encode(
            x=alt.X(
                "place:N",
                sort=list(dict.fromkeys(data["place"])),
                title=say("features.likeness_place"),
                axis=alt.Axis(labelAngle=-40, labelOverlap=True),
            ),
            y=alt.Y("value:Q", title=say("features.likeness_value"), axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "measure:N",
                scale=alt.Scale(domain=list(words.values()), range=[TEAL, GREY]),
                legend=alt.Legend(orient="top", direction="vertical", title=None, labelLimit=400),
            ),
            shape=alt.Shape("measure:N", scale=alt.Scale(domain=list(words.values())), legend=None),
            tooltip=[
                alt.Tooltip("place:N", title=say("features.likeness_place")),
                alt.Tooltip("measure:N", title=" "),
                alt.Tooltip("value:Q", title=say("features.likeness_value"), format=".3f"),
            ],
        )
    )
    return made
