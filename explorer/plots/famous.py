"""Diagram of a famous block: cards for operations, signs where tensors meet, shortcuts as arcs.

x is in lanes, so that the diagram fits every width; y is in pixels from the top.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt
import pandas as pd

from explorer.core.i18n import Translate
from explorer.core.palette import ROLE_COLOURS
from explorer.experiments.history.block_plan import Block, Edge, Node, Op
from explorer.plots.charts import GREY, TEAL, Layers
from explorer.plots.diagram_block import shape, short
from explorer.plots.diagrams import LINE, PAPER, Box, layered, sum_signs, x, y

LINE_PX, PADDING_PX, SIGN_PX, END_PX, GAP_PX = 15, 7, 24, 18, 17
MARGIN = 0.28  # of the lanes, at the left, for arcs
NARROW_PX = 112  # lanes narrower than this show the shape without the parameters

MAIN = {"Conv2d": "", "MaxPool2d": "MaxPool ", "AdaptiveAvgPool2d": "AvgPool", "Linear": "Linear"}  # printed bold
SHORT = {"BatchNorm2d": "BatchNorm"}
NARROW = {"BatchNorm": "BN", "MaxPool": "Max"}
CONCAT = "M-1,0L1,0M-.4,-.6L-.4,.6M.4,-.6L.4,.6"  # ⧺, which many fonts lack

Line = tuple[str, str]  # text and kind: "main", "beside" or "shape"; a narrow card cuts the text at "|"


def diagram(block: Block, t: Translate, *, dark: bool) -> Layers:
    """Draw `block` from its input at the top to its output."""
    texts = {id: lines(node, t) for id, node in block.nodes.items()}
    boxes, lanes = place(block, {id: len(words) for id, words in texts.items()}), lanes_of(block)
    cards = _cards(block, boxes, texts, t)
    drawn = [
        *_wires(block, boxes, lanes, dark),
        _faces(cards, lanes, dark),
        *_bars(cards, lanes),
        *_signs(cards, lanes, dark),
        *_words(block, texts, boxes, lanes),
        _hits(cards, lanes, t),
    ]
    return layered(drawn, height=max(box.bottom for box in boxes.values()) + 4)


def lines(node: Node, t: Translate) -> list[Line]:
    """The text of a node by line: its operations in order, then shape and parameters."""
    if node.sign == "end":
        words = "   ".join(filter(None, (t(node.word) if node.word else "", shape(node.shape))))
        return [(words, "beside")] if words else []
    if node.sign in ("sum", "times"):
        return []
    if node.word:
        first, *more = t(node.word, **node.values).split("|")
        texts = [(first, "main"), *((line, "beside") for line in more)]
    else:
        texts = [(str(node.values["terms"]), "main")] if node.sign == "concat" else _operations(node.ops, t)
    cost = f"| · {short(node.parameters)}" if node.parameters else ""
    return [*texts, (shape(node.shape) + cost, "shape")] if node.shape else texts


def _operations(ops: Iterable[Op], t: Translate) -> list[Line]:
    texts: list[Line] = []
    for op in ops:
        place = "main" if op.kind in MAIN else "beside"
        name = _operation(op, t) if place == "main" else SHORT.get(op.kind, op.kind)
        if texts and texts[-1][1] == place == "beside":
            texts[-1] = (f"{texts[-1][0]} · {name}", place)
        else:
            texts.append((name, place))
    return texts if any(place == "main" for _, place in texts) else [(words, "main") for words, _ in texts]


def _operation(op: Op, t: Translate) -> str:
    if op.kernel is None:
        return MAIN[op.kind]
    window = f"{MAIN[op.kind]}{op.kernel}×{op.kernel}" + (f" /{op.stride}" if op.stride > 1 else "")
    if op.depthwise:
        return t("famous.depthwise", window=window)
    return window + (f" g{op.groups}" if op.groups > 1 else "")


def lanes_of(block: Block) -> float:
    """Width in lanes, with the margin for arcs."""
    return block.lanes + _margin(block)


def _margin(block: Block) -> float:
    return MARGIN * (0.6 + 0.4 * block.lanes) if any(edge.around for edge in block.edges) else 0.0


def place(block: Block, counts: Mapping[str, int]) -> dict[str, Box]:
    """Lay out the nodes: rows as high as their highest node; `counts` are the lines of text by node."""
    tall = {id: _height(node.sign, counts[id]) for id, node in block.nodes.items()}
    rows: dict[int, float] = {}
    for id, node in block.nodes.items():
        rows[node.row] = max(rows.get(node.row, 0), tall[id])
    top, tops = 2.0, {}
    for row in sorted(rows):
        tops[row] = top
        top += rows[row] + GAP_PX
    boxes = {}
    for id, node in block.nodes.items():
        middle, half = node.column + _margin(block), node.width / 2 - 0.04 if _is_card(node.sign) else 0.0
        start = tops[node.row] + ((rows[node.row] - tall[id]) / 2 if node.sign in ("sum", "times") else 0)
        boxes[id] = Box(id, middle - half, middle + half, start, start + tall[id])
    return boxes


def _is_card(sign: str) -> bool:
    return sign in ("card", "concat")


def _height(sign: str, count: int) -> float:
    if _is_card(sign):
        return LINE_PX * count + 2 * PADDING_PX
    return END_PX * count if sign == "end" else SIGN_PX


def _cards(block: Block, boxes: Mapping[str, Box], texts: Mapping[str, list[Line]], t: Translate) -> pd.DataFrame:
    most = max(node.channels for node in block.nodes.values())
    rows = []
    for id, node in block.nodes.items():
        box = boxes[id]
        signs = {"sum": t("famous.sum"), "times": t("famous.times"), "end": ""}
        room = box.right - box.left - 0.08
        rows.append({
            "id": id, "left": box.left, "right": box.right, "middle": box.middle, "top": box.top, "bottom": box.bottom,
            "centre": _centre(box), "sign": node.sign, "role": node.role or "none",
            "name": signs.get(node.sign, " · ".join(words for words, where in texts[id] if where != "shape")),
            "modules": ", ".join(path for path in node.modules if path) or "–", "shape": shape(node.shape) or "–",
            "parameters": node.parameters, "channels": node.channels, "bar": box.left + 0.04,
            "bar_end": box.left + 0.04 + room * (node.channels / most if most else 0), "bar_top": box.bottom - 5,
            "bar_bottom": box.bottom - 2,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _wires(block: Block, boxes: Mapping[str, Box], lanes: float, dark: bool) -> list[alt.Chart]:
    rows = [
        {"x": across, "y": down, "order": k, "wire": f"{edge.source} {edge.target} {edge.lane}",
         "role": edge.role or "none", "arc": edge.around, "slow": edge.slow}
        for edge in block.edges
        for k, (across, down) in enumerate(route(edge, block, boxes))
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    colours = {"none": LINE[dark], "branch": ROLE_COLOURS["branch"][dark], "shortcut": ROLE_COLOURS["shortcut"][dark]}
    drawn = []
    for name, width in (("none", 2), ("branch", 2.5), ("shortcut", 4)):
        for arc in (False, True):
            own = table[(table["role"] == name) & (table["arc"] == arc) & ~table["slow"]]
            if len(own):
                drawn.append(_line(own, lanes, colours[name], width, interpolate="basis" if arc else "linear"))
    slow = table[table["slow"]]
    if len(slow):
        drawn.append(_line(slow, lanes, GREY, 2, strokeDash=[4, 4]))
    return drawn


def _line(table: pd.DataFrame, lanes: float, colour: str, width: float, **mark: Any) -> alt.Chart:
    line = alt.Chart(table).mark_line(color=colour, strokeWidth=width, strokeJoin="round", **mark)
    chart: alt.Chart = line.encode(x=x("x", lanes), y=y("y"), order="order:Q", detail="wire:N")
    return chart


def route(edge: Edge, block: Block, boxes: Mapping[str, Box]) -> list[tuple[float, float]]:
    """The corners of a wire: down and across, level to a node beside, or around on the left."""
    source, target, card = boxes[edge.source], boxes[edge.target], _is_card(block.nodes[edge.target].sign)
    foot, head, middle = _reach(block, boxes, edge.source), _reach(block, boxes, edge.target, -1), _centre(target)
    if edge.around:
        fork, away, end = source.bottom + 5, _margin(block) * 0.3, target.left if card else target.middle
        return [(source.middle, foot), (source.middle, fork), (away, fork), (away, fork), (away, middle),
                (away, middle), (end, middle)]  # fmt: skip
    if source.top < target.bottom and target.top < source.bottom:
        beside = (source.right, target.left) if source.middle < target.middle else (source.left, target.right)
        return [(across, middle) for across in beside]
    over = target.middle if source.left < target.middle < source.right else source.middle
    start = over if edge.lane is None else edge.lane + _margin(block)
    end = start if card and target.left <= start <= target.right else target.middle
    bend = source.bottom + GAP_PX / 2
    corners = [(start, foot), (start, bend), (end, bend), (end, head)]
    return corners if start != end else [corners[0], corners[-1]]


def _centre(box: Box) -> float:
    return (box.top + box.bottom) / 2


def _reach(block: Block, boxes: Mapping[str, Box], id: str, side: int = 1) -> float:
    """y where wires touch a node: its bottom, its top for `side` -1, the centre of a round sign."""
    box = boxes[id]
    if block.nodes[id].sign in ("sum", "times"):
        return _centre(box)
    return box.bottom if side > 0 else box.top


def _faces(cards: pd.DataFrame, lanes: float, dark: bool) -> alt.Chart:
    colours = {"none": LINE[dark], "branch": ROLE_COLOURS["branch"][dark]}
    base = alt.Chart(cards[cards["sign"].isin(["card", "concat"])]).mark_rect(
        cornerRadius=5, fill=PAPER[dark], strokeWidth=1.6
    )
    faces: alt.Chart = base.encode(
        x=x("left", lanes), x2="right:Q", y=y("top"), y2="bottom:Q",
        stroke=alt.Stroke("role:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None),
    )  # fmt: skip
    return faces


def _bars(cards: pd.DataFrame, lanes: float) -> list[alt.Chart]:
    """A bar at the bottom of each card, its length proportional to the channels."""
    own = cards[cards["sign"].isin(["card", "concat"]) & (cards["channels"] > 0)]
    if own.empty:
        return []
    bars = alt.Chart(own).mark_rect(color=TEAL, cornerRadius=1)
    return [bars.encode(x=x("bar", lanes), x2="bar_end:Q", y=y("bar_top"), y2="bar_bottom:Q")]


def _signs(cards: pd.DataFrame, lanes: float, dark: bool) -> list[alt.Chart]:
    """⊕ in the colour of the sum; ⊗ and ⧺ in grey."""
    drawn = []
    sums, times, joined = (cards[cards["sign"] == sign] for sign in ("sum", "times", "concat"))
    if len(sums):
        drawn += sum_signs(sums.assign(x=sums["middle"], y=sums["centre"]), lanes, dark, 300)
    if len(times):
        base = alt.Chart(times).encode(x=x("middle", lanes), y=y("centre"))
        drawn.append(base.mark_point(shape="circle", size=300, fill=PAPER[dark], stroke=GREY, strokeWidth=2, opacity=1))
        drawn.append(base.mark_point(shape="cross", size=130, fill=GREY, strokeWidth=0, angle=45, opacity=1))
    if len(joined):
        base = alt.Chart(joined).encode(x=x("left", lanes), y=y("centre"))
        drawn.append(base.mark_point(shape=CONCAT, size=220, stroke=GREY, strokeWidth=2, opacity=1, xOffset=17))
    return drawn


def _words(block: Block, texts: Mapping[str, list[Line]], boxes: Mapping[str, Box], lanes: float) -> list[alt.Chart]:
    rows = []
    for id, words in texts.items():
        box = boxes[id]
        inside = PADDING_PX if box.right > box.left else 0
        rows += [
            {"x": box.middle, "y": box.top + inside + LINE_PX * (k + 0.5), "where": where,
             "word": line.replace("|", ""), "narrow": _narrowed(line.partition("|")[0])}
            for k, (line, where) in enumerate(words)
        ]  # fmt: skip
    base = alt.Chart(pd.DataFrame(rows)).encode(x=x("x", lanes), y=y("y"), text="shown:N")
    base = base.transform_calculate(shown=f"width < {NARROW_PX * lanes} ? datum.narrow : datum.word")
    main = base.transform_filter("datum.where == 'main'").mark_text(baseline="middle", fontSize=12, fontWeight=600)
    beside = base.transform_filter("datum.where != 'main'").mark_text(baseline="middle", fontSize=11)
    return [main, beside, *_names(block, boxes, lanes)]


def _narrowed(words: str) -> str:
    for long, narrow in NARROW.items():
        words = words.replace(long, narrow)
    return words


def _names(block: Block, boxes: Mapping[str, Box], lanes: float) -> list[alt.Chart]:
    """Names beside vertical wires and above horizontal ones."""
    rows = []
    for edge in filter(lambda edge: edge.name, block.edges):
        corners = route(edge, block, boxes)
        (left, top), (right, _) = corners[0], corners[-1]
        rows.append({"x": (left + right) / 2, "y": top - 8 if edge.slow else top + GAP_PX / 2, "word": edge.name,
                     "over": edge.slow})  # fmt: skip
    if not rows:
        return []
    base = alt.Chart(pd.DataFrame(rows)).encode(x=x("x", lanes), y=y("y"), text="word:N")
    over = base.transform_filter("datum.over").mark_text(baseline="middle", fontSize=10)
    beside = base.transform_filter("!datum.over").mark_text(baseline="middle", align="left", dx=6, fontSize=11)
    return [over, beside]


def _hits(cards: pd.DataFrame, lanes: float, t: Translate) -> alt.Chart:
    own = cards[cards["sign"].isin(["card", "concat"])]
    tips = [
        alt.Tooltip("name:N", title=" "),
        alt.Tooltip("modules:N", title=t("famous.modules")),
        alt.Tooltip("shape:N", title=t("diagrams.output")),
        alt.Tooltip("channels:Q", title=t("famous.channels"), format=","),
        alt.Tooltip("parameters:Q", title=t("diagrams.parameters"), format=","),
    ]
    chart: alt.Chart = alt.Chart(own).mark_rect(opacity=0).encode(
        x=x("left", lanes), x2="right:Q", y=y("top"), y2="bottom:Q", tooltip=tips if own["channels"].any() else tips[:1]
    )  # fmt: skip
    return chart
