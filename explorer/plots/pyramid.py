"""Diagram of backbone, neck and head: stages on the left, the feature pyramid beside them, heads on the right."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from explorer.analysis.pyramid import PyramidShapes
from explorer.core.i18n import Translate
from explorer.plots.charts import TEAL, Layers
from explorer.plots.diagram_block import shape
from explorer.plots.diagrams import LINE, NARROW, PAPER, hits, layered, x, y

PARTS = ("backbone", "neck", "head")
LANES = 3
TOP_PX, ROW_PX, CARD_PX = 118, 82, 52
LIT = (0.16, 0.28)  # opacity of teal over cards of the chosen part, in the light and the dark theme


def diagram(parts: PyramidShapes, chosen: str, t: Translate, *, dark: bool) -> Layers:
    """Draw `pyramid.PyramidShapes`; cards and wires of the part `chosen` (one of PARTS) are highlighted.

    A click selects a card: selection `card` on `id`, which is `part:name`.
    """
    cards = pd.DataFrame(_cards(parts, t)).assign(lit=lambda table: table["part"] == chosen)
    wires = pd.DataFrame(_wires()).assign(lit=lambda table: table["part"] == chosen)
    tips = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("layer:N", title=t("pretraining.layer")),
        alt.Tooltip("shape:N", title=t("pretraining.shape")),
    ]
    drawn = [*_lines(wires, dark), *_faces(cards, dark), *_words(cards), *_heads(parts, chosen, t),
             hits(cards, LANES, tips)]  # fmt: skip
    return layered(drawn, height=_row(4) + CARD_PX + 6)


def _row(k: int) -> float:
    """Top in pixels of row `k`, counted from C5 down; row -1 is the classifier's head."""
    return TOP_PX + k * ROW_PX


def _cards(parts: PyramidShapes, t: Translate) -> list[dict[str, Any]]:
    rows = [
        _card("backbone:picture", 0, 4, t("pretraining.picture"), shape(parts.picture), "–"),
        _card("head:fc", 2, -1, t("pretraining.fc"), str(parts.logits[0]), "avgpool, fc"),
    ]
    for k, (name, sizes) in enumerate(reversed(list(parts.backbone.items()))):
        layer = f"layer{int(name[1:]) - 1}"
        rows.append(_card(f"backbone:{name}", 0, k, f"{name} · {layer}", shape(sizes), layer, short=name))
    for k, (name, sizes) in enumerate(reversed(list(parts.neck.items()))):
        rows.append(_card(f"neck:{name}", 1, k, name, shape(sizes), "FeaturePyramidNetwork"))
        scores, boxes = parts.scores[name], parts.boxes[name]
        shapes = f"{scores[0]:,}×{scores[1]} · {boxes[0]:,}×{boxes[1]}"
        words = t("pretraining.class_and_box")
        rows.append(_card(f"head:{name}", 2, k, words, shapes, "RetinaNetHead", stacked=shapes.replace(" · ", "|")))
    return rows


def _card(
    id: str, lane: int, row: int, name: str, output: str, layer: str, short: str = "", stacked: str = ""
) -> dict[str, Any]:
    left, right = lane + 0.1, lane + 0.82
    return {
        "id": id, "part": id.partition(":")[0], "left": left, "right": right, "middle": (left + right) / 2,
        "top": _row(row), "bottom": _row(row) + CARD_PX, "name": name, "narrow": short or name,
        "shape": output, "stacked": stacked or output, "layer": layer,
    }  # fmt: skip


def _wires() -> list[dict[str, Any]]:
    """Arrows: up the backbone, across to the neck, down the neck, on to the heads."""
    middle = [lane + 0.46 for lane in range(LANES)]
    side, gap = [(lane + 0.1, lane + 0.82) for lane in range(LANES)], 5
    wires = []

    def add(part: str, start: tuple[float, float], end: tuple[float, float], way: str) -> None:
        wires.append({"part": part, "x": start[0], "y": start[1], "x2": end[0], "y2": end[1], "way": way})

    for k in range(4):
        add("backbone", (middle[0], _row(k + 1) - gap), (middle[0], _row(k) + CARD_PX + gap), "up")
        centre = _row(k) + CARD_PX / 2
        add("neck", (side[0][1], centre), (side[1][0], centre), "right")
        add("head", (side[1][1], centre), (side[2][0], centre), "right")
    for k in range(3):
        add("neck", (middle[1], _row(k) + CARD_PX + gap), (middle[1], _row(k + 1) - gap), "down")
    over = _row(-1) + CARD_PX / 2  # from the backbone to the classifier, past the neck
    add("head", (middle[0], _row(0)), (middle[0], over), "")
    add("head", (middle[0], over), (side[2][0], over), "right")
    return wires


def _lines(wires: pd.DataFrame, dark: bool) -> list[alt.Chart]:
    angles = {"up": 0, "right": 90, "down": 180}
    base = alt.Chart(wires.assign(angle=wires["way"].map(angles)))
    colour = alt.condition("datum.lit", alt.value(TEAL), alt.value(LINE[dark]))
    ends: Mapping[str, Any] = {"x": x("x2", LANES), "y": y("y2"), "color": colour}
    lines = base.mark_rule().encode(
        x=x("x", LANES), y=y("y"), x2="x2:Q", y2="y2:Q", color=colour,
        strokeWidth=alt.condition("datum.lit", alt.value(3), alt.value(1.6)),
    )  # fmt: skip
    angle = alt.Angle("angle:Q", scale=alt.Scale(domain=[0, 360], range=[0, 360]))
    tips = [
        base.transform_filter(which)
        .mark_point(shape="triangle", filled=True, size=60, opacity=1, xOffset=before)
        .encode(**ends, angle=angle)
        for which, before in (("datum.way == 'right'", -5), ("datum.way == 'up' || datum.way == 'down'", 0))
    ]
    return [lines, *tips]


def _faces(cards: pd.DataFrame, dark: bool) -> list[alt.Chart]:
    place = {"x": x("left", LANES), "x2": "right:Q", "y": y("top"), "y2": "bottom:Q"}
    paper = alt.Chart(cards).mark_rect(cornerRadius=5, fill=PAPER[dark]).encode(
        **place,
        stroke=alt.condition("datum.lit", alt.value(TEAL), alt.value(LINE[dark])),
        strokeWidth=alt.condition("datum.lit", alt.value(2.6), alt.value(1.3)),
    )  # fmt: skip
    lit = alt.Chart(cards).transform_filter("datum.lit").mark_rect(cornerRadius=5, fill=TEAL, opacity=LIT[dark])
    return [paper, lit.encode(**place)]


def _words(cards: pd.DataFrame) -> list[alt.Chart]:
    base = alt.Chart(cards).encode(x=x("middle", LANES), y=y("top"))
    name = base.transform_calculate(word=f"{NARROW} ? datum.narrow : datum.name")
    output = base.transform_calculate(word=f"{NARROW} ? datum.stacked : datum.shape")
    return [
        name.mark_text(dy=15, fontSize=12.5, fontWeight=600).encode(text="word:N"),
        output.mark_text(dy=31, fontSize=11, lineBreak="|", lineHeight=11).encode(text="word:N"),
    ]


def _heads(parts: PyramidShapes, chosen: str, t: Translate) -> list[alt.Chart]:
    """Name and parameters of each part, above its lane."""
    rows = [
        {"x": lane + 0.46, "part": part, "word": t(f"pretraining.part_{part}"), "lit": part == chosen,
         "count": t(f"pretraining.count_{'head' if part == 'head' else 'part'}", fc=parts.parameters["fc"] / 1e6,
                      millions=parts.parameters[part] / 1e6)}
        for lane, part in enumerate(PARTS)
    ]  # fmt: skip
    base = alt.Chart(pd.DataFrame(rows).assign(top=2)).encode(x=x("x", LANES), y=y("top"))
    return [
        base.mark_text(dy=8, fontSize=14, fontWeight=700).encode(text="word:N"),
        base.mark_text(dy=24, fontSize=11).encode(text="count:N"),
    ]
