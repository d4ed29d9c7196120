"""Runs and their forks as lines over epochs: a fork leaves its parent's line at the epoch of its checkpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from explorer.plots.charts import GREY, Layers

LANE_PX = 44


@dataclass(frozen=True)
class Branch:
    """A run from the epoch after which it was forked (0: no fork) to its last finished epoch."""

    id: str
    name: str
    parent: str | None
    begin: int
    end: int


def families(branches: Sequence[Branch]) -> list[list[Branch]]:
    """Families of two or more runs, each in depth-first order of its tree.

    Parents that are not among `branches` are ignored. Runs in a cycle, which only a forged file has, are left out.
    """
    children: dict[str, list[Branch]] = {branch.id: [] for branch in branches}
    roots = []
    for branch in branches:
        if branch.parent in children and branch.parent is not None:
            children[branch.parent].append(branch)
        else:
            roots.append(branch)
    trees = []
    for root in roots:
        ordered, waiting = [], [root]
        while waiting:
            ordered.append(waiting.pop())
            waiting += sorted(children[ordered[-1].id], key=lambda branch: (branch.begin, branch.id), reverse=True)
        if len(ordered) > 1:
            trees.append(ordered)
    return trees


def lanes(ordered: Sequence[Branch], colours: Mapping[str, str]) -> pd.DataFrame:
    """Columns `lane` (0 is on top), `parent` (the parent's lane, or its own), `name`, `begin`, `end`, `colour` (grey
    for ids that `colours` lacks)."""
    lane = {branch.id: k for k, branch in enumerate(ordered)}
    return pd.DataFrame(
        [
            {"lane": k, "parent": lane.get(branch.parent or "", k), "name": branch.name, "begin": branch.begin,
             "end": max(branch.end, branch.begin), "colour": colours.get(branch.id, GREY)}
            for k, branch in enumerate(ordered)
        ]
    )  # fmt: skip


def tree(table: pd.DataFrame, *, names: Mapping[str, str]) -> Layers:
    """Chart of `lanes`; `names` maps `epoch`, `begin` and `end` to words."""
    total = max(int(table["end"].max()), 1)

    def x(column: str) -> alt.X:
        axis = alt.Axis(format="d", tickMinStep=1, tickCount=min(total, 10), grid=False)
        return alt.X(f"{column}:Q", title=names["epoch"], scale=alt.Scale(domain=[0, total], nice=False), axis=axis)

    def y(column: str) -> alt.Y:
        return alt.Y(f"{column}:Q", scale=alt.Scale(domain=[-0.7, len(table) - 0.4], reverse=True), axis=None)

    base = alt.Chart(table).encode(
        x=x("begin"),
        y=y("lane"),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("begin:Q", title=names["begin"]),
                 alt.Tooltip("end:Q", title=names["end"])],
    )  # fmt: skip
    marks = base.encode(color=alt.Color("colour:N", scale=None))
    leaving = marks.mark_rule(strokeWidth=2).encode(y=y("parent"), y2="lane:Q")
    line = marks.mark_rule(strokeWidth=3, strokeCap="round").encode(x2="end:Q")
    start = marks.mark_point(filled=True, size=50, opacity=1)
    end = marks.mark_point(filled=True, size=50, opacity=1, shape="square").encode(x=x("end"))
    words = base.mark_text(align="left", dx=6, dy=-11, limit=240, fontSize=12).encode(text="name:N")
    return alt.layer(leaving, line, start, end, words).properties(height=LANE_PX * len(table) + 60)
