"""A network as a diagram: a lane for each part, a card for each block, the shortcut as an arc beside its card.

The diagrams read the costs that `explorer.analysis.model_costs` found and compute nothing but places on screen.
Places are in lanes from left to right, so that a diagram fits every width, and in pixels from top to bottom.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from explorer.core.i18n import Translate
from explorer.core.palette import BROWN_TEAL, ROLE_COLOURS
from explorer.plots.charts import GREY, TEAL

Layers = alt.LayerChart | alt.FacetChart

PAPER = ("#ffffff", "#1f272b")
LINE = ("#b3bec3", "#55636b")
DARK_INK = "#1c2326"  # on a coloured card, in both themes
COLOURS = BROWN_TEAL[5:9]  # light enough for dark words

NARROW = "width < 620"  # a phone: Vega knows the width, the server does not
HEADER_PX, GAP_PX, SMALL_PX, CALL_PX = 40, 20, 26, 52
DASHES = {  # of a shortcut, by what `account.BlockCost` calls it
    "identity": [1, 0], "projection": [5, 4], "padding": [2, 3], "half": [9, 3], "gate": [8, 3, 2, 3],
    "exclusive": [8, 3, 2, 3, 2, 3], "dropout": [1, 5],
}  # fmt: skip
MOST_ROWS, SMALL_COLUMNS = 6, 3


@dataclass(frozen=True)
class Box:
    """A card's place: `x` in lanes, `y` in pixels from the top. `small` cards have no room for words."""

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
    account: Any,
    t: Translate,
    *,
    dark: bool,
    values: Mapping[str, float] | None = None,
    scale: str = "",
    chosen: str = "",
) -> Layers:
    """The whole network. A click chooses a card: the selection `card`, on `id` (a block, or a call of stem and head).

    `values` by block colour the cards and stand on them; `scale` says what they are. `chosen` is outlined.
    """
    boxes = place(account)
    height = max(box.bottom for box in boxes.values()) + GAP_PX + 2
    cards = _cards(account, boxes, values or {}, t, chosen)
    drawn = [
        *_wires(account, boxes, dark),
        *_arcs(account, boxes, t, dark),
        *_faces(cards, dark, scale),
        *([] if values else _bars(account, boxes, t)),
        *_words(account, cards, coloured=bool(values)),
        _hits(cards, t),
    ]
    return layered(drawn, height=height)


def layered(drawn: list[alt.Chart], **size: float) -> Layers:
    """Layers without a frame, each with its own colours.

    The height is the drawing's alone, since its places are pixels: legends come on top.
    """
    chart: alt.LayerChart = alt.layer(*drawn).resolve_scale(color="independent", fill="independent")
    fit = alt.AutoSizeParams(type="pad" if "width" in size else "fit-x", contains="padding")
    whole: Layers = chart.properties(autosize=fit, **size).configure_view(stroke=None)
    return whole


def place(account: Any) -> dict[str, Box]:
    """Where each card stands. Of more than six blocks in a lane, all but the first are small."""
    lanes = {part: [path for path, block in account.blocks.items() if block.part == part] for part in account.parts}
    most = min(max(map(len, lanes.values())), MOST_ROWS)
    row = {1: 94, 2: 94, 3: 84}.get(most, 82)
    boxes: list[Box] = []
    for lane, (part, paths) in enumerate(lanes.items()):
        full = paths if len(paths) <= MOST_ROWS else paths[:1]
        boxes += [_full(path, lane, k * row, row) for k, path in enumerate(full)]
        calls = [name for name, cost in account.calls.items() if cost.part == part and cost.block is None]
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
    account: Any, boxes: Mapping[str, Box], values: Mapping[str, float], t: Translate, chosen: str
) -> pd.DataFrame:  # fmt: skip
    rows = []
    for id, box in boxes.items():
        cost = account.blocks.get(id) or account.calls[id]
        channels, *sides = cost.output
        shape = " × ".join(map(str, cost.output))
        rows.append({
            "id": id, "left": box.left, "right": box.right, "middle": box.middle, "top": box.top, "bottom": box.bottom,
            "small": box.small, "block": id in account.blocks, "chosen": id == chosen,
            "number": id.rpartition(".")[2], "shape": shape,
            "stacked": f"{channels}|{'×'.join(map(str, sides))}" if sides else str(channels),
            "kind": cost.kind, "shortcut": _shortcut(cost, t), "value": values.get(id),
            "parameters": cost.parameters, "multiply_adds": cost.multiply_adds,
            "parameters_share": cost.parameters / account.total.parameters,
            "multiply_adds_share": cost.multiply_adds / account.total.multiply_adds,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _shortcut(cost: Any, t: Translate) -> str:
    kind = getattr(cost, "shortcut", "")
    return t(f"diagrams.carries_{kind}") if kind else "–"


def x(field: str, lanes: float = 6) -> alt.X:
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, lanes], nice=False), axis=None)


def y(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", scale=alt.Scale(reverse=True, zero=True, nice=False), axis=None)


def _wires(account: Any, boxes: Mapping[str, Box], dark: bool) -> list[alt.Chart]:
    """The way of the data: down each lane, and from its foot to the head of the next. Small cards interrupt it."""
    points: list[tuple[float, float, int]] = []
    piece = 0
    for lane in range(len(account.parts)):
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
        points += [(lane + 1, foot, piece)] if lane < len(account.parts) - 1 else []
    table = pd.DataFrame(points, columns=["x", "y", "piece"]).reset_index(names="order")
    line = alt.Chart(table).mark_line(color=LINE[dark], strokeWidth=1.5, strokeJoin="round")
    return [line.encode(x=x("x", len(account.parts)), y=y("y"), order="order:Q", detail="piece:N")]


def _arcs(account: Any, boxes: Mapping[str, Box], t: Translate, dark: bool) -> list[alt.Chart]:
    """The shortcuts, and the sums that they end in."""
    curves, sums = [], []
    for path, block in account.blocks.items():
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
        x=x("x", len(account.parts)),
        y=y("y"),
        order="order:Q",
        detail="path:N",
        strokeDash=dashes({curve["shortcut"] for curve in curves}, t, dark),
    )
    return [arcs, *sum_signs(pd.DataFrame(sums), len(account.parts), dark)]


def dashes(found: Collection[str], t: Translate, dark: bool) -> alt.StrokeDash:
    """A shortcut's line by the column `shortcut`, of the kinds that are `found`: solid where it is x itself, dashed
    where it is a projection, and so on."""
    kinds = {t(f"diagrams.carries_{kind}"): dash for kind, dash in DASHES.items()}
    kinds = {name: dash for name, dash in kinds.items() if name in found}
    legend = alt.Legend(
        title=t("diagrams.shortcut"), orient="bottom", direction="vertical", symbolType="stroke", symbolSize=300,
        symbolStrokeColor=ROLE_COLOURS["shortcut"][dark], symbolStrokeWidth=3, labelLimit=240,
    )  # fmt: skip
    return alt.StrokeDash("shortcut:N", scale=alt.Scale(domain=list(kinds), range=list(kinds.values())), legend=legend)


def sum_signs(table: pd.DataFrame, lanes: float, dark: bool, size: int = 190) -> list[alt.Chart]:
    """⊕ at each `x`, `y`, in the colour of the sum."""
    base = alt.Chart(table).encode(x=x("x", lanes), y=y("y"))
    colour = ROLE_COLOURS["sum"][dark]
    ring = base.mark_point(shape="circle", size=size, fill=PAPER[dark], stroke=colour, strokeWidth=2, opacity=1)
    cross = base.mark_point(shape="cross", size=size * 0.45, fill=colour, strokeWidth=0, opacity=1)
    return [ring, cross]


def _faces(cards: pd.DataFrame, dark: bool, scale: str) -> list[alt.Chart]:
    """The blocks' cards, on a scale of values if there is one, and those of stem and head."""
    lanes = int(cards["right"].max()) + 1
    faces = []
    residual = bool((cards["shortcut"] != "–").any())  # a card is a branch where something goes around it
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


def _bars(account: Any, boxes: Mapping[str, Box], t: Translate) -> list[alt.Chart]:
    """Two bars at the foot of each card, on one scale: the longest is the largest share in the network."""
    measures = ("parameters", "multiply_adds")
    costs = {id: account.blocks.get(id) or account.calls[id] for id in boxes}
    found = {
        (id, measure): getattr(cost, measure) / getattr(account.total, measure)
        for id, cost in costs.items()
        for measure in measures
    }
    longest = max(found.values())
    rows = []
    for (id, measure), share in found.items():
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
    legend = alt.Legend(title=t("diagrams.share", most=longest), orient="bottom", direction="vertical",
                        symbolType="square", titleLimit=300)  # fmt: skip
    base = alt.Chart(pd.DataFrame(rows)).encode(y=y("top"))
    bars = base.mark_rect().encode(
        x=x("left", len(account.parts)), x2="right:Q", y2="bottom:Q",
        color=alt.Color("measure:N", scale=alt.Scale(domain=names, range=[GREY, TEAL]), legend=legend),
    )  # fmt: skip
    shares = base.mark_text(align="left", dx=3, dy=4.5, fontSize=9).encode(opacity=_where("datum.worded"))
    return [bars, shares.encode(x=x("right", len(account.parts)), text=alt.Text("share:Q", format=".1~%"))]


def _where(condition: str) -> Any:
    """Words that a phone has no room for. Not by a filter: Vega warns of a layer that one has left without data."""
    return alt.condition(f"{condition} && !({NARROW})", alt.value(1), alt.value(0))


def _words(account: Any, cards: pd.DataFrame, *, coloured: bool) -> list[alt.Chart]:
    lanes = len(account.parts)
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
            {"x": lane + 0.5, "y": 8, "part": part, "shape": " × ".join(map(str, total.output)),
             "count": sum(block.part == part for block in account.blocks.values())}
            for lane, (part, total) in enumerate(account.parts.items())
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
            word=f"(datum.count ? '×' + datum.count : '') + ({NARROW} ? '' : (datum.count ? ' · ' : '') + datum.shape)"
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


def hits(cards: pd.DataFrame, lanes: int, tips: list[alt.Tooltip]) -> alt.Chart:
    """What is clicked and pointed at: the cards once more, unseen and above all else."""
    card = alt.selection_point(name="card", fields=["id"], on="click", empty=False)
    base = alt.Chart(cards).mark_rect(opacity=0, cursor="pointer")
    places = base.encode(x=x("left", lanes), x2="right:Q", y=y("top"), y2="bottom:Q", tooltip=tips)
    chart: alt.Chart = places.add_params(card)
    return chart
