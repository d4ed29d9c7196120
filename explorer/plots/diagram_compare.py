"""Networks on one scale: each block's multiply-adds above a line and its parameters below."""

from collections.abc import Mapping
from itertools import takewhile

import altair as alt
import pandas as pd

from explorer.analysis.model_costs import ModelCosts
from explorer.core.i18n import Translate
from explorer.core.palette import ROLE_COLOURS
from explorer.plots.charts import GREY, TEAL, Layers
from explorer.plots.diagram_block import short
from explorer.plots.diagrams import LINE, dashes, layered, y

ROW_PX, BAR_PX, WORDS_PX, ARC_PX = 172, 46, 46, 14
MEASURES = {"multiply_adds": -1, "parameters": 1}  # up and down


def networks(costs_by_name: Mapping[str, ModelCosts], t: Translate, *, dark: bool) -> Layers:
    """A row per network: bars up for each block's multiply-adds, down for its parameters; arcs for shortcuts."""
    blocks = [block for costs in costs_by_name.values() for block in costs.blocks.values()]
    most = {measure: max((getattr(block, measure) for block in blocks), default=1) for measure in MEASURES}
    longest = max(1, *(len(costs.blocks) for costs in costs_by_name.values()))
    bars, arcs, stages, words = [], [], [], []
    for row, (name, costs) in enumerate(costs_by_name.items()):
        top, part = row * ROW_PX, ""
        line = top + WORDS_PX + ARC_PX + BAR_PX
        words += [
            {"y": top + 10, "word": name, "bold": True},
            {"y": top + 27, "word": _totals(costs, t), "bold": False},
        ]
        for k, (path, block) in enumerate(costs.blocks.items()):
            if block.part != part:
                part = block.part
                stages.append({"x": k, "top": line - BAR_PX, "bottom": line + BAR_PX, "stage": part,
                               "short": "".join(takewhile(str.isdigit, reversed(part)))[::-1]})  # fmt: skip
            for measure, sign in MEASURES.items():
                count = getattr(block, measure)
                bars.append({
                    "left": k + 0.15, "right": k + 0.85, "top": line,
                    "bottom": line + sign * BAR_PX * count / most[measure],
                    "network": name, "block": path, "count": count, "measure": t(f"diagrams.{measure}"),
                })  # fmt: skip
            if block.shortcut:
                low, high = line - BAR_PX - 3, line - BAR_PX - 3 - ARC_PX * 1.3
                kind = t(f"diagrams.carries_{block.shortcut}")
                arcs += [
                    {"x": a, "y": b, "order": i, "arc": f"{row} {k}", "shortcut": kind}
                    for i, (a, b) in enumerate([(k, low), (k, high), (k + 1, high), (k + 1, low)])
                ]
    drawn = [
        *_stages(pd.DataFrame(stages), longest, dark),
        _bars(pd.DataFrame(bars), longest, t),
        *_arcs(pd.DataFrame(arcs), longest, t, dark),
        *_words(pd.DataFrame(words)),
    ]
    return layered(drawn, height=ROW_PX * len(costs_by_name))


def _totals(costs: ModelCosts, t: Translate) -> str:
    return t("diagrams.totals", blocks=len(costs.blocks), parameters=short(costs.total.parameters),
               multiply_adds=short(costs.total.multiply_adds))  # fmt: skip


def _x(field: str, longest: int) -> alt.X:
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[-0.3, longest + 0.3], nice=False), axis=None)


def _stages(table: pd.DataFrame, longest: int, dark: bool) -> list[alt.Chart]:
    """A dashed line at the start of each stage, and its name; only its number where blocks are narrow."""
    base = alt.Chart(table).encode(x=_x("x", longest))
    names = base.transform_calculate(word=f"width < {17 * longest} ? datum.short : datum.stage")
    return [
        base.mark_rule(color=LINE[dark], strokeDash=[2, 3]).encode(y=y("top"), y2="bottom:Q"),
        names.mark_text(align="left", dy=9, fontSize=11).encode(y=y("bottom"), text="word:N"),
    ]


def _bars(table: pd.DataFrame, longest: int, t: Translate) -> alt.Chart:
    names = [t("diagrams.multiply_adds"), t("diagrams.parameters")]
    legend = alt.Legend(title=t("diagrams.of_a_block"), orient="bottom", direction="vertical", symbolType="square")
    bars: alt.Chart = (
        alt.Chart(table)
        .mark_rect()
        .encode(
            x=_x("left", longest), x2="right:Q", y=y("top"), y2="bottom:Q",
            color=alt.Color("measure:N", scale=alt.Scale(domain=names, range=[TEAL, GREY]), legend=legend),
            tooltip=[
                alt.Tooltip("network:N", title=t("charts.network")),
                alt.Tooltip("block:N", title=t("diagrams.block")), alt.Tooltip("measure:N", title=" "),
                alt.Tooltip("count:Q", title=t("charts.count"), format=","),
            ],
        )
    )  # fmt: skip
    return bars


def _arcs(table: pd.DataFrame, longest: int, t: Translate, dark: bool) -> list[alt.Chart]:
    if table.empty:
        return []
    line = alt.Chart(table).mark_line(color=ROLE_COLOURS["shortcut"][dark], strokeWidth=2.5, interpolate="basis")
    return [
        line.encode(
            x=_x("x", longest),
            y=y("y"),
            order="order:Q",
            detail="arc:N",
            strokeDash=dashes(set(table["shortcut"]), t, dark),
        )
    ]


def _words(table: pd.DataFrame) -> list[alt.Chart]:
    return [
        alt.Chart(table[table["bold"] == bold])
        .mark_text(align="left", x=0, fontSize=13 if bold else 11.5, fontWeight=700 if bold else "normal")
        .encode(y=y("y"), text="word:N")
        for bold in (True, False)
    ]
