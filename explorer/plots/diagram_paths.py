"""A residual network unravelled (Veit et al. 2016, figure 1) and the lengths of its paths."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from explorer.core.i18n import Translate
from explorer.core.palette import ROLE_COLOURS
from explorer.plots.charts import GREY, TEAL, Layers
from explorer.plots.diagrams import layered

MOST_DRAWN = 8  # blocks: 256 paths are the most that can be told apart


def tree(blocks: int, t: Translate, *, dark: bool) -> Layers:
    """All 2^`blocks` paths from copies of the input (left) to the output (right), for up to MOST_DRAWN blocks.

    Each sum splits into shortcut and branch, recursively: `y3 = y2 + f3(y2)`, then y2.
    """
    edges = []
    for column in range(blocks, 0, -1):  # f of this number is between columns `column - 1` and `column`
        count, room = 2 ** (blocks - column), 2**column
        for k in range(count):
            for role, place in (("shortcut", 0.25), ("branch", 0.75)):
                edges.append({
                    "right": column, "left": column - 1, "from": (k + 0.5) * room, "to": (k + place) * room,
                    "middle": column - 0.5, "height": (k + 0.25 + place / 2) * room, "role": t(f"diagrams.{role}"),
                    "word": f"f{column}" if role == "branch" else "",
                })  # fmt: skip
    table = pd.DataFrame(edges)
    height = min(max(150, 22 * 2**blocks), 440)
    names = [t("diagrams.shortcut"), t("diagrams.branch")]
    colours = [ROLE_COLOURS["shortcut"][dark], ROLE_COLOURS["branch"][dark]]
    base = alt.Chart(table)
    y = alt.Y("from:Q", scale=alt.Scale(domain=[0, 2**blocks], reverse=True, nice=False), axis=None)
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolStrokeWidth=3)
    lines = base.mark_rule(strokeWidth=2.5 if blocks < 6 else 1.3).encode(
        x=_x("right", blocks), x2="left:Q", y=y, y2="to:Q",
        color=alt.Color("role:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
        tooltip=[alt.Tooltip("right:Q", title=t("diagrams.block")), alt.Tooltip("role:N", title=" ")],
    )  # fmt: skip
    drawn = [lines, *_columns(blocks, height)]
    if blocks < 6:
        modules = base.transform_filter("datum.word != ''").encode(
            x=_x("middle", blocks), y=alt.Y("height:Q", axis=None)
        )
        box = modules.mark_point(shape="square", filled=True, opacity=1, size=260, color=colours[1])
        drawn += [
            box,
            modules.mark_text(fontSize=11, fontWeight=600, color="#14191c" if dark else "#ffffff").encode(
                text="word:N"
            ),
        ]
    return layered(drawn, height=height)


def _columns(blocks: int, height: float) -> list[alt.Chart]:
    """Input at the left, output at the right."""
    ends = pd.DataFrame([{"x": -0.12, "word": "x"}, {"x": blocks + 0.12, "word": f"y{blocks}"}])
    text = alt.Chart(ends).mark_text(fontSize=13, fontWeight=600, y=height / 2)
    return [text.encode(x=_x("x", blocks), text="word:N")]


def _x(field: str, blocks: int) -> alt.X:
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[-0.25, blocks + 0.25], nice=False), axis=None)


def lengths(counts: Sequence[int], low: int, high: int, t: Translate) -> Layers:
    """Share of paths by length, the number of branches passed; `counts[k]` paths have length k. Lengths from `low` to
    `high` are highlighted."""
    total = sum(counts)
    table = pd.DataFrame(
        [
            {"length": k, "count": f"{count:,}", "share": count / total, "inside": low <= k <= high}
            for k, count in enumerate(counts)
        ]
    )
    few = len(counts) <= 13
    axis: dict[str, Any] = {"labelAngle": 0, "values": list(range(0, len(counts), 1 if few else 6))}
    base = alt.Chart(table).encode(
        x=alt.X("length:O", title=t("diagrams.length"), axis=alt.Axis(**axis)),
        y=alt.Y("share:Q", title=t("diagrams.share_of_paths"), axis=alt.Axis(format="%", tickCount=4)),
        tooltip=[alt.Tooltip("length:O", title=t("diagrams.length")),
                 alt.Tooltip("count:N", title=t("diagrams.paths")),
                 alt.Tooltip("share:Q", title=t("diagrams.share_of_paths"), format=".3~%")],
    )  # fmt: skip
    bars = base.mark_bar(cornerRadiusEnd=2).encode(
        color=alt.condition("datum.inside", alt.value(TEAL), alt.value(GREY))
    )
    drawn = [bars]
    if few:
        drawn.append(base.mark_text(dy=-7, fontSize=11).encode(text="count:N"))
    return alt.layer(*drawn).properties(height=260)
