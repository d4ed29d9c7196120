"""Charts of lesion studies: accuracy without one block, and without several at random."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from explorer.analysis.ablation import RandomRemoval, Singles
from explorer.core.i18n import Translate
from explorer.plots.charts import Layers, mixer_legend, short

MOST_LABELS = 24  # bars that all have their label
MARK = "◆"  # above the name of a block that changes the shape


def single_lesions(
    studies: Mapping[str, Singles],
    colours: Sequence[str],
    t: Translate,
    *,
    labels: Mapping[str, str] | None = None,
    mixers: Mapping[str, str] | None = None,
) -> Layers:
    """A bar per ablated block, and a dashed line for the intact network.

    `studies` by network name, in the order of `colours`; the networks' blocks have the same paths. `labels` are their
    short names by path; with `mixers` by path, bars have the colour of what the branch computes with.
    """
    names = list(studies)
    table = pd.DataFrame([{"network": name, **vars(row)} for name, study in studies.items() for row in study.rows])
    table["opens"] = table["resizes"].map({True: t("lesion.yes"), False: t("lesion.no")})
    intact = pd.DataFrame([{"network": name, "share": study.intact} for name, study in studies.items()])
    share = t("lesion.right" if all(study.true_labels for study in studies.values()) else "lesion.stay")
    y = alt.Y("share:Q", title=share, scale=alt.Scale(domain=[0, 1.05]), axis=_percent())
    colour: Any = _colour(names, colours)
    bars = colour
    if mixers:
        words, _, of_mixers, legend = mixer_legend(mixers.values(), t)
        table["mixer"] = table["path"].map(mixers).map(words)
        colour = alt.value(colours[0])
        bars = alt.Fill("mixer:N", scale=alt.Scale(domain=list(words.values()), range=of_mixers), legend=legend)
    offset = alt.XOffset("network:N", sort=names)
    x = alt.X(
        "path:N",
        sort=list(dict.fromkeys(table["path"])),
        title=t("lesion.without"),
        axis=alt.Axis(
            labelAngle=-45,
            ticks=False,
            labelOverlap=len(set(table["path"])) > MOST_LABELS,
            labelPadding=16,
            labelExpr=short(labels or {}),
        ),
        scale=alt.Scale(paddingInner=0.25),
    )
    base = alt.Chart(table).encode(
        x=x,
        xOffset=offset,
        y=y,
        tooltip=[
            alt.Tooltip("network:N", title=" "),
            alt.Tooltip("path:N", title=t("lesion.without")),
            alt.Tooltip("share:Q", title=share, format=".1%"),
            alt.Tooltip("opens:N", title=t("lesion.opens")),
        ],
    )
    opening = alt.Chart(table[table["resizes"]].drop_duplicates("path"))
    lines = alt.Chart(intact).mark_rule(strokeDash=[5, 3], strokeWidth=1.6)
    return alt.layer(
        base.mark_bar(cornerRadiusEnd=2).encode(bars),
        lines.encode(
            y=y,
            color=colour,
            tooltip=[
                alt.Tooltip("network:N", title=t("lesion.intact")),
                alt.Tooltip("share:Q", title=share, format=".1%"),
            ],
        ),
        opening.mark_text(text=MARK, y=alt.ExprRef("height + 9")).encode(x=x),  # not rotated, unlike the axis labels
    ).properties(height=330)


def random_lesions(studies: Mapping[str, Sequence[RandomRemoval]], colours: Sequence[str], t: Translate) -> Layers:
    """Mean and range over the number of removed blocks. `studies`: network -> removals; `colours` in that order."""
    table = pd.DataFrame(
        [
            {"network": name, "removed": row.removed, "low": row.low, "mean": row.mean, "high": row.high}
            for name, rows in studies.items()
            for row in rows
        ]
    )
    base = alt.Chart(table).encode(
        x=alt.X(
            "removed:Q",
            scale=alt.Scale(nice=False),
            title=t("lesion.removed"),
            axis=alt.Axis(format="d", tickMinStep=1, grid=False),
        ),
        color=_colour(list(studies), colours),
    )
    y = alt.Y("mean:Q", title=t("lesion.kept"), scale=alt.Scale(domain=[0, 1]), axis=_percent())
    band = base.mark_area(opacity=0.18, line=False).encode(y=alt.Y("low:Q", title=t("lesion.kept")), y2="high:Q")
    tips = [
        alt.Tooltip("network:N", title=" "),
        alt.Tooltip("removed:Q", title=t("lesion.removed")),
        *(alt.Tooltip(f"{name}:Q", title=t(f"lesion.draw_{name}"), format=".1%") for name in ("mean", "low", "high")),
    ]
    line = base.mark_line(strokeWidth=2).encode(y=y)
    points = base.mark_point(filled=True, size=36, opacity=1).encode(y=y, tooltip=tips)
    return alt.layer(band, line, points).properties(height=330)


def _percent() -> alt.Axis:
    return alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])


def _colour(names: Sequence[str], colours: Sequence[str]) -> alt.Color:
    legend = alt.Legend(orient="top", title=None, labelLimit=200, symbolType="square", symbolOpacity=1)
    return alt.Color("network:N", scale=alt.Scale(domain=list(names), range=list(colours)), legend=legend)
