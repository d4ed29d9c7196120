"""Timeline of network families: a card each, in the colour of its line of ideas; in lanes, or on a phone in rows."""

from collections.abc import Iterable
from typing import Any

import altair as alt
import pandas as pd

from explorer.core.i18n import Translate
from explorer.experiments.history.catalog import Family
from explorer.plots.charts import Layers
from explorer.plots.diagrams import PAPER, hits, layered, x, y
from explorer.plots.history import LINES, named

CARD_PX, ROW_PX, HEAD_PX, GAP_PX = 28, 34, 26, 5


def timeline(families: Iterable[Family], t: Translate, *, dark: bool, narrow: bool = False) -> Layers:
    """A card per family, left to right by year; `narrow`: a row per year, top to bottom.

    A click selects a family: selection `card` on `id`. `history.mark_chosen` outlines one. Years without a family are
    replaced by dots.
    """
    drawn = (_rows if narrow else _lanes)(list(families), t, dark)
    whole: Layers = drawn.add_params(alt.param(name="chosen", value=""))
    return whole


def _lanes(families: list[Family], t: Translate, dark: bool) -> Layers:
    """A column per year, a lane per line of ideas; families of one year and line are stacked."""
    years = sorted({family.year for family in families})
    width = len(years) + 1.3
    cards, bands, heads, top = [], [], [], float(HEAD_PX)
    for line in LINES:
        by_year = _by_year(family for family in families if family.line == line)
        if not by_year:
            continue
        high = ROW_PX * max(map(len, by_year.values()))
        middle = top + high / 2
        bands.append({"left": 0.0, "right": width, "top": top, "bottom": top + high, "line": line})
        heads.append({"x": 0.1, "y": middle, "word": t(f"history.line_{line}")})
        for year, of_year in by_year.items():
            left = years.index(year) + 1.25
            for k, family in enumerate(of_year):
                place = middle + (k - (len(of_year) - 1) / 2) * ROW_PX
                cards.append(_card(family, left + 0.03, left + 0.97, place))
        top += high + GAP_PX
    marks = [{"x": k + 1.75, "y": HEAD_PX / 2, "word": str(year)} for k, year in enumerate(years)]
    marks += [
        {"x": k + 1.25, "y": HEAD_PX / 2, "word": "⋯"} for k, year in enumerate(years) if k and year - years[k - 1] > 1
    ]
    lane = alt.Chart(pd.DataFrame(bands)).mark_rect(cornerRadius=6, opacity=(0.1, 0.16)[dark])
    drawn = [
        lane.encode(x=x("left", width), x2="right:Q", y=y("top"), y2="bottom:Q", color=_colours()),
        *_faces(pd.DataFrame(cards), width, dark),
        _words(marks, width, fontSize=12),
        _words(heads, width, align="left", fontSize=12, fontWeight=600),
        _hits(pd.DataFrame(cards), width, t),
    ]
    return layered(drawn, height=top)


def _rows(families: list[Family], t: Translate, dark: bool) -> Layers:
    """A row per year, its families side by side."""
    by_year = _by_year(families)
    cards, marks = [], []
    for k, (year, of_year) in enumerate(by_year.items()):
        middle = HEAD_PX / 2 + (k + 0.5) * ROW_PX
        marks.append({"x": 0.0, "y": middle, "word": str(year)})
        wide = 4.35 / max(len(of_year), 3)
        cards += [_card(family, 0.65 + at * wide + 0.03, 0.65 + (at + 1) * wide - 0.03, middle)
                  for at, family in enumerate(of_year)]  # fmt: skip
    drawn = [
        *_faces(pd.DataFrame(cards), 5, dark, t),
        _words(marks, 5, align="left", fontSize=12),
        _hits(pd.DataFrame(cards), 5, t),
    ]
    return layered(drawn, height=HEAD_PX / 2 + len(by_year) * ROW_PX + 4)


def _by_year(families: Iterable[Family]) -> dict[int, list[Family]]:
    by_year: dict[int, list[Family]] = {}
    for family in sorted(families, key=lambda family: family.year):
        by_year.setdefault(family.year, []).append(family)
    return by_year


def _card(family: Family, left: float, right: float, middle: float) -> dict[str, Any]:
    return {
        "id": family.id, "name": family.name, "line": family.line, "year": family.year, "title": family.title,
        "left": left, "right": right, "middle": (left + right) / 2, "top": middle - CARD_PX / 2,
        "bottom": middle + CARD_PX / 2, "y": middle,
    }  # fmt: skip


def _colours(legend: alt.Legend | None = None) -> alt.Color:
    return alt.Color("line:N", scale=alt.Scale(domain=list(LINES), range=list(LINES.values())), legend=legend)


def _faces(cards: pd.DataFrame, width: float, dark: bool, t: Translate | None = None) -> list[alt.Chart]:
    """The cards. With `t` there is a legend of the lines of ideas."""
    legend = t and alt.Legend(orient="bottom", title=None, columns=2, labelLimit=200, symbolType="stroke",
                                labelExpr=named({line: t(f"history.line_{line}") for line in LINES}))  # fmt: skip
    stroke = alt.Stroke("line:N", scale=_colours()["scale"], legend=legend or None)
    outline = alt.condition("datum.id === chosen", alt.value(3.5), alt.value(1.5))
    base = alt.Chart(cards)
    return [
        base.mark_rect(cornerRadius=5, fill=PAPER[dark]).encode(
            x=x("left", width), x2="right:Q", y=y("top"), y2="bottom:Q", stroke=stroke, strokeWidth=outline
        ),
        base.mark_text(fontSize=12).encode(x=x("middle", width), y=y("y"), text="name:N"),
    ]  # fmt: skip


def _words(rows: list[dict[str, Any]], width: float, **look: Any) -> alt.Chart:
    chart: alt.Chart = alt.Chart(pd.DataFrame(rows)).mark_text(**look).encode(
        x=x("x", width), y=y("y"), text="word:N")  # fmt: skip
    return chart


def _hits(cards: pd.DataFrame, width: float, t: Translate) -> alt.Chart:
    tips = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("year:Q", title=t("history.year")),
        alt.Tooltip("title:N", title=t("history.paper")),
    ]
    return hits(cards, width, tips)
