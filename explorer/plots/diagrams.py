"""Diagram of a network: a lane per part, a card per block, the shortcut as an arc beside its card.

Drawn from the costs of `explorer.analysis.model_costs`. x is in lanes, so that a diagram fits every width; y is in
pixels from the top.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import altair as alt
import pandas as pd

from explorer.analysis.model_costs import BlockCost, Cost, ModelCosts
from explorer.core.i18n import Translate
from explorer.core.palette import BROWN_TEAL, ROLE_COLOURS
from explorer.plots.charts import GREY, TEAL, Layers

PAPER = ("#ffffff", "#1f272b")
LINE = ("#b3bec3", "#55636b")
DARK_INK = "#1c2326"  # on a coloured card, in both themes
COLOURS = BROWN_TEAL[5:9]  # light enough for dark words

NARROW = "width < 620"  # Vega expression: a phone; only the browser knows the width
HEADER_PX, GAP_PX, SMALL_PX, CALL_PX, EDGE_PX = 40, 20, 26, 52, 18
DASHES = {  # of a shortcut, by `BlockCost.shortcut`
    "identity": [1, 0], "projection": [5, 4], "padding": [2, 3], "half": [9, 3], "gate": [8, 3, 2, 3],
    "exclusive": [8, 3, 2, 3, 2, 3], "dropout": [1, 5], "pooling": [1, 2], "slice": [12, 2],
}  # fmt: skip
MOST_ROWS, SMALL_COLUMNS = 6, 3


@dataclass(frozen=True)
class Box:
    """A card's box: left and right in lanes, top and bottom in pixels. `small` cards show only a number."""

    id: str
    left: float
    right: float
    top: float
    bottom: float
    small: bool = False

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def network(
    costs: ModelCosts,
    t: Translate,
    *,
    dark: bool,
    values: Mapping[str, float] | None = None,
    scale: str = "",
    chosen: str = "",
) -> Layers:
    """Draw the whole network. A click selects a card: selection `card` on `id` (a block, or a call of stem or head).

    `values` (block -> value) colour the cards and are written on them; `scale` is the legend's title. The card
    `chosen` is outlined.
    """
    boxes = place(costs)
    height = max(box.bottom for box in boxes.values()) + GAP_PX + EDGE_PX
    cards = _cards(costs, boxes, values or {}, t, chosen)
    drawn = [
        *_wires(costs, boxes, dark),
        *_arcs(costs, boxes, t, dark),
        *_faces(cards, dark, scale),
        *([] if values else _bars(costs, boxes, t)),
        *_words(costs, cards, coloured=bool(values)),
        edge_words(_edges(costs, boxes, t), len(costs.parts), t),
        _hits(cards, t),
    ]
    return layered(drawn, height=height)


def _edges(costs: ModelCosts, boxes: Mapping[str, Box], t: Translate) -> list[dict[str, Any]]:
    """The tensor on each wire between two lanes, at the foot of the lane that it leaves; and the network's input."""
    edges = [{"x": 0.5, "y": HEADER_PX - 15, **edge(next(iter(costs.calls.values())).input, t("diagrams.picture"), t)}]
    for lane, (part, total) in enumerate(costs.parts.items()):
        foot = [box for box in boxes.values() if int(box.left) == lane][-1].bottom + GAP_PX
        edges.append({"x": lane + 0.5, "y": foot + 11, **edge(total.output, part, t)})
    return edges


def edge(sizes: Sequence[int], source: str, t: Translate) -> dict[str, Any]:
    """What an edge says of its tensor of `sizes`, which `source` makes."""
    return {"tensor": "×".join(map(str, sizes)), "source": t("diagrams.output_of", name=source), "count": prod(sizes)}


def edge_words(edges: Sequence[Mapping[str, Any]], lanes: float, t: Translate, **mark: Any) -> alt.Chart:
    """The shapes on the edges; the tooltip has the tensor's name and size."""
    tips = [
        alt.Tooltip("source:N", title=" "), alt.Tooltip("tensor:N", title=t("diagrams.shape")),
        alt.Tooltip("count:Q", title=t("diagrams.numbers"), format=","),
    ]  # fmt: skip
    words = alt.Chart(pd.DataFrame(edges)).mark_text(**{"fontSize": 10.5, "fontWeight": 600, **mark})
    drawn: alt.Chart = words.encode(x=x("x", lanes), y=y("y"), text="tensor:N", tooltip=tips)
    return drawn


def layered(drawn: list[alt.Chart], **size: float) -> Layers:
    """Layer charts without a frame, each with its own colour scale.

    The height excludes legends: the y axis is in pixels.
    """
    chart: alt.LayerChart = alt.layer(*drawn).resolve_scale(color="independent", fill="independent")
    fit = alt.AutoSizeParams(type="pad" if "width" in size else "fit-x", contains="padding")
    whole: Layers = chart.properties(autosize=fit, **size).configure_view(stroke=None)
    return whole


def place(costs: ModelCosts) -> dict[str, Box]:
    """Lay out the cards. In a lane of more than MOST_ROWS blocks all but the first are small."""
    lanes = {part: [path for path, block in costs.blocks.items() if block.part == part] for part in costs.parts}
    most = min(max(map(len, lanes.values())), MOST_ROWS)
    row = {1: 94, 2: 94, 3: 84}.get(most, 82)
    boxes: list[Box] = []
    for lane, (part, paths) in enumerate(lanes.items()):
        full = paths if len(paths) <= MOST_ROWS else paths[:1]
        boxes += [_full(path, lane, k * row, row) for k, path in enumerate(full)]
        calls = [name for name, cost in costs.calls.items() if cost.part == part and cost.block is None]
        boxes += [_call(name, lane, k) for k, name in enumerate(calls)]
        for k, path in enumerate(paths[len(full) :]):
            line, column = divmod(k, SMALL_COLUMNS)
            left = lane + 0.14 + 0.29 * column
            top = HEADER_PX + row + GAP_PX + line * (SMALL_PX + 9)
            boxes.append(Box(path, left, left + 0.21, top, top + SMALL_PX, small=True))
    return {box.id: box for box in boxes}


def _full(path: str, lane: int, top: float, row: float) -> Box:
    return Box(path, lane + 0.26, lane + 0.95, HEADER_PX + top + GAP_PX, HEADER_PX + top + row)


def _call(name: str, lane: int, k: int) -> Box:
    top = HEADER_PX + GAP_PX + k * (CALL_PX + 8)
    return Box(name, lane + 0.08, lane + 0.92, top, top + CALL_PX)


def _cards(
    costs: ModelCosts, boxes: Mapping[str, Box], values: Mapping[str, float], t: Translate, chosen: str
) -> pd.DataFrame:  # fmt: skip
    rows = []
    for id, box in boxes.items():
        cost = _cost(costs, id)
        channels, *sides = cost.output or (1,)  # a number, which an own file may print
        shape = " × ".join(map(str, cost.output))
        rows.append({
            "id": id, "left": box.left, "right": box.right, "middle": box.middle, "top": box.top, "bottom": box.bottom,
            "small": box.small, "block": id in costs.blocks, "chosen": id == chosen,
            "number": id.rpartition(".")[2], "shape": shape,
            "stacked": f"{channels}|{'×'.join(map(str, sides))}" if sides else str(channels),
            "kind": cost.kind, "shortcut": _shortcut(cost, t), "value": values.get(id),
            "parameters": cost.parameters, "multiply_adds": cost.multiply_adds,
            "parameters_share": cost.parameters / costs.total.parameters,
            "multiply_adds_share": cost.multiply_adds / costs.total.multiply_adds,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _cost(costs: ModelCosts, id: str) -> BlockCost | Cost:
    """The cost of a card: of a block, or of a call of stem or head."""
    return costs.blocks.get(id) or costs.calls[id]


def _shortcut(cost: BlockCost | Cost, t: Translate) -> str:
    kind = cost.shortcut if isinstance(cost, BlockCost) else ""
    return t(f"diagrams.carries_{kind}") if kind else "–"


def x(field: str, lanes: float = 6) -> alt.X:
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, lanes], nice=False), axis=None)


def y(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", scale=alt.Scale(reverse=True, zero=True, nice=False), axis=None)


def _wires(costs: ModelCosts, boxes: Mapping[str, Box], dark: bool) -> list[alt.Chart]:
    """The path of the data: down each lane, then to the top of the next. Interrupted by small cards."""
    points: list[tuple[float, float, int]] = []
    piece = 0
    for lane in range(len(costs.parts)):
        own = [box for box in boxes.values() if int(box.left) == lane]
        first, last = own[0], own[-1]
        top, foot = HEADER_PX, last.bottom + GAP_PX
        points += [(lane, top, piece)] if lane else []
        points += [(first.middle, top, piece)]
        if last.small:
            points += [(first.middle, first.bottom + GAP_PX / 2, piece)]
            piece += 1
            points += [(last.middle, last.bottom, piece)]
        points += [(last.middle, foot, piece)]
        points += [(lane + 1, foot, piece)] if lane < len(costs.parts) - 1 else []
    table = pd.DataFrame(points, columns=["x", "y", "piece"]).reset_index(names="order")
    line = alt.Chart(table).mark_line(color=LINE[dark], strokeWidth=1.5, strokeJoin="round")
    return [line.encode(x=x("x", len(costs.parts)), y=y("y"), order="order:Q", detail="piece:N")]


def _arcs(costs: ModelCosts, boxes: Mapping[str, Box], t: Translate, dark: bool) -> list[alt.Chart]:
    """The shortcuts and the sums that they end in."""
    curves, sums = [], []
    for path, block in costs.blocks.items():
        if not block.shortcut:
            continue
        box = boxes[path]
        reach = 0.035 if box.small else 0.18
        start, end = box.top - (5 if box.small else 10), box.bottom + (5 if box.small else 10)
        across = box.left if box.small else box.middle
        corners = [(across, start), (box.left - reach, start), (box.left - reach, end), (across, end)]
        curves += [
            {"path": path, "x": a, "y": b, "order": k, "shortcut": _shortcut(block, t)}
            for k, (a, b) in enumerate(corners)
        ]
        sums += [] if box.small else [{"x": box.middle, "y": end}]
    if not curves:
        return []
    arcs = alt.Chart(pd.DataFrame(curves)).mark_line(
        color=ROLE_COLOURS["shortcut"][dark], strokeWidth=3, interpolate="basis", strokeCap="round"
    )
    arcs = arcs.encode(
        x=x("x", len(costs.parts)),
        y=y("y"),
        order="order:Q",
        detail="path:N",
        strokeDash=dashes({str(curve["shortcut"]) for curve in curves}, t, dark),
    )
    return [arcs, *sum_signs(pd.DataFrame(sums), len(costs.parts), dark)]


def dashes(kinds: Collection[str], t: Translate, dark: bool) -> alt.StrokeDash:
    """Dash of shortcuts by the column `shortcut`; the legend has only `kinds` (in words), as DASHES orders them."""
    named = {t(f"diagrams.carries_{kind}"): dash for kind, dash in DASHES.items()}
    named = {name: dash for name, dash in named.items() if name in kinds}
    legend = alt.Legend(
        title=t("diagrams.shortcut"), orient="bottom", direction="vertical", symbolType="stroke", symbolSize=300,
        symbolStrokeColor=ROLE_COLOURS["shortcut"][dark], symbolStrokeWidth=3, labelLimit=240,
    )  # fmt: skip
    return alt.StrokeDash("shortcut:N", scale=alt.Scale(domain=list(named), range=list(named.values())), legend=legend)


def sum_signs(table: pd.DataFrame, lanes: float, dark: bool, size: int = 190) -> list[alt.Chart]:
    """⊕ at each row's `x`, `y`, in the colour of the sum."""
    base = alt.Chart(table).encode(x=x("x", lanes), y=y("y"))
    colour = ROLE_COLOURS["sum"][dark]
    ring = base.mark_point(shape="circle", size=size, fill=PAPER[dark], stroke=colour, strokeWidth=2, opacity=1)
    cross = base.mark_point(shape="cross", size=size * 0.45, fill=colour, strokeWidth=0, opacity=1)
    return [ring, cross]


def _faces(cards: pd.DataFrame, dark: bool, scale: str) -> list[alt.Chart]:
    """Cards of the blocks, coloured by value if `scale` is given, and of the calls of stem and head."""
    lanes = int(cards["right"].max()) + 1
    faces = []
    residual = bool((cards["shortcut"] != "–").any())  # only where there is a shortcut is a card a branch
    for table, stroke in (
        (cards[cards["block"]], ROLE_COLOURS["branch"][dark] if residual else LINE[dark]),
        (cards[~cards["block"]], LINE[dark]),
    ):
        base = alt.Chart(table).mark_rect(cornerRadius=4, stroke=stroke, fill=PAPER[dark])
        width = alt.condition("datum.chosen", alt.value(3.5), alt.value(1.3))
        faces.append(base.encode(x=x("left", lanes), x2="right:Q", y=y("top"), y2="bottom:Q", strokeWidth=width))
    if scale:
        colours = alt.Scale(domain=[0, float(cards["value"].max())], range=list(COLOURS))
        legend = alt.Legend(title=scale, orient="bottom", gradientLength=140, tickCount=3, titleLimit=300)
        faces[0] = faces[0].encode(fill=alt.Fill("value:Q", scale=colours, legend=legend))
    return faces


def _bars(costs: ModelCosts, boxes: Mapping[str, Box], t: Translate) -> list[alt.Chart]:
    """Two bars per card, parameters and multiply-adds, as shares of the network's; the largest share is full length."""
    measures = ("parameters", "multiply_adds")
    shares = {
        (id, measure): getattr(_cost(costs, id), measure) / getattr(costs.total, measure)
        for id in boxes
        for measure in measures
    }
    longest = max(shares.values())
    rows = []
    for (id, measure), share in shares.items():
        box = boxes[id]
        edge, thick, pitch, room = (0.01, 3, 4, 1) if box.small else (0.04, 8, 11, 0.78)
        bottom = box.bottom - 3 - pitch * (measure == "parameters")
        rows.append({
            "left": box.left + edge,
            "right": box.left + edge + (box.right - box.left - 2 * edge) * room * share / longest,
            "top": bottom - thick, "bottom": bottom, "measure": t(f"diagrams.{measure}"), "share": share,
            "worded": not box.small and share > 0.0005,
        })  # fmt: skip
    names = [t(f"diagrams.{measure}") for measure in measures]
    legend = alt.Legend(title=lines(t("diagrams.share", most=longest)), orient="bottom", direction="vertical",
                        symbolType="square", titleLimit=300)  # fmt: skip
    base = alt.Chart(pd.DataFrame(rows)).encode(y=y("top"))
    bars = base.mark_rect().encode(
        x=x("left", len(costs.parts)), x2="right:Q", y2="bottom:Q",
        color=alt.Color("measure:N", scale=alt.Scale(domain=names, range=[GREY, TEAL]), legend=legend),
    )  # fmt: skip
    words = base.mark_text(align="left", dx=3, dy=4.5, fontSize=9).encode(opacity=_where("datum.worded"))
    return [bars, words.encode(x=x("right", len(costs.parts)), text=alt.Text("share:Q", format=".1~%"))]


def lines(words: str) -> list[str]:
    """A legend's title in short lines, broken where `words` have a line break: a phone has no room for long ones."""
    return words.splitlines()


def _where(condition: str) -> Any:
    """Opacity 1 where `condition` holds, 0 on a phone. No filter: Vega warns of layers without data."""
    return alt.condition(f"{condition} && !({NARROW})", alt.value(1), alt.value(0))


def _words(costs: ModelCosts, cards: pd.DataFrame, *, coloured: bool) -> list[alt.Chart]:
    lanes = len(costs.parts)
    ink: dict[str, Any] = {"color": DARK_INK} if coloured else {}
    full = alt.Chart(cards).transform_filter("!datum.small").encode(x=x("middle", lanes), y=y("top"))
    name = full.transform_calculate(word=f"datum.block && {NARROW} ? datum.number : datum.id")
    number = "isValid(datum.value) ? format(datum.value, '.3~g') : "
    shape = full.transform_calculate(
        word=f"!datum.block ? '' : {number} ({NARROW} ? datum.stacked : datum.shape)"
    ).mark_text(dy=24, fontSize=10.5, lineBreak="|", lineHeight=10, **ink)
    call_shape = full.mark_text(dy=24, fontSize=10.5).encode(opacity=_where("!datum.block"))
    small = alt.Chart(cards).transform_filter("datum.small").encode(x=x("middle", lanes), y=y("top"), text="number:N")
    parts = pd.DataFrame(
        [
            {"x": lane + 0.5, "y": 8, "part": part,
             "count": sum(block.part == part for block in costs.blocks.values())}
            for lane, part in enumerate(costs.parts)
        ]
    )  # fmt: skip
    heads = alt.Chart(parts).encode(x=x("x", lanes), y=y("y"))
    return [
        name.transform_filter("datum.block").mark_text(dy=11, fontSize=12, fontWeight=600, **ink).encode(text="word:N"),
        name.transform_filter("!datum.block").mark_text(dy=11, fontSize=12, fontWeight=600).encode(text="word:N"),
        shape.encode(text="word:N"),
        call_shape.encode(text="shape:N"),
        *([small.mark_text(dy=9, fontSize=9, **ink)] if cards["small"].any() else []),
        heads.mark_text(fontSize=13, fontWeight=600).encode(text="part:N"),
        heads.transform_calculate(
            word="datum.count ? '×' + datum.count : ''"
        ).mark_text(dy=17, fontSize=11).encode(text="word:N"),
    ]  # fmt: skip


def _hits(cards: pd.DataFrame, t: Translate) -> alt.Chart:
    tips = [
        alt.Tooltip("id:N", title=" "),
        alt.Tooltip("kind:N", title=t("diagrams.kind")),
        alt.Tooltip("shape:N", title=t("diagrams.output")),
        alt.Tooltip("shortcut:N", title=t("diagrams.shortcut")),
        alt.Tooltip("parameters:Q", title=t("diagrams.parameters"), format=","),
        alt.Tooltip("parameters_share:Q", title=t("diagrams.of_all"), format=".1%"),
        alt.Tooltip("multiply_adds:Q", title=t("diagrams.multiply_adds"), format=","),
        alt.Tooltip("multiply_adds_share:Q", title=t("diagrams.of_all"), format=".1%"),
    ]
    return hits(cards, int(cards["right"].max()) + 1, tips)


def hits(cards: pd.DataFrame, lanes: float, tips: list[alt.Tooltip]) -> alt.Chart:
    """Invisible copies of the cards on top, for clicks and tooltips."""
    card = alt.selection_point(name="card", fields=["id"], on="click", empty=False)
    base = alt.Chart(cards).mark_rect(opacity=0, cursor="pointer")
    places = base.encode(x=x("left", lanes), x2="right:Q", y=y("top"), y2="bottom:Q", tooltip=tips)
    chart: alt.Chart = places.add_params(card)
    return chart
