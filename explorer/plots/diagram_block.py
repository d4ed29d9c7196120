"""Diagram of a residual block: the branch on the right, the shortcut on the left, joined by the sum."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from explorer.analysis.model_costs import BlockCost, Cost, ModelCosts
from explorer.core.i18n import Translate
from explorer.core.palette import ROLE_COLOURS, Role
from explorer.plots.charts import Layers
from explorer.plots.diagrams import LINE, PAPER, Box, hits, layered, sum_signs, x, y

CARD_PX, STEP_PX, TOP_PX = 42, 56, 34
THIN_PX, THIN_STEP_PX = 20, 30  # of what only changes the layout
UNIT = {1_000_000_000: "G", 1_000_000: "M", 1_000: "k"}
MOST_WORDS, LONGEST = 4, 28  # names in a thin card, letters of a name


def block(costs: ModelCosts, path: str, t: Translate, *, dark: bool, chosen: str = "") -> Layers:
    """Draw the block at `path`. A click selects a call: selection `card` on `id` (`conv1`, `downsample.0`, `add`).

    Calls in a row that only change the layout are one thin card; what does not depend on the picture is left out.
    """
    found = costs.blocks[path]
    calls = {name: cost for name, cost in costs.inside(path).items() if cost.inputs}
    groups, add = grouped(calls, found), found.add
    thin = [name for name in groups if _is_thin(calls[name], name, found)]
    boxes = place(list(groups), found.carried, add, thin)
    jumps = list(_jumps(calls, groups, boxes, found))
    height = max(box.bottom for box in boxes.values()) + TOP_PX
    input_shape = next(iter(calls.values())).input
    cards = _cards(calls, groups, boxes, found, t, chosen)
    spine = next(iter(boxes.values())).middle
    added = [boxes[add]] if add else []
    signs = pd.DataFrame([{"x": box.middle, "y": (box.top + box.bottom) / 2} for box in added])
    ends = [(spine, 8, f"x   {shape(input_shape)}"), (spine, height - 8, shape(found.output))]
    drawn = [
        *_ways(boxes, spine, height, found.carried, add, dark),
        *_arcs(jumps, dark),
        _faces(cards, add, dark),
        *(sum_signs(signs, 1, dark, 420) if added else []),
        *_words(cards, add, pd.DataFrame(ends, columns=["x", "y", "word"])),
        *_names(boxes, found.carried, add, t, dark),
        _hits(cards, t),
    ]
    return layered(drawn, height=height)


def grouped(calls: Mapping[str, Cost], found: BlockCost) -> dict[str, tuple[str, ...]]:
    """The first call of each card -> the calls of the card: one, or several in a row that only change the layout."""
    groups: dict[str, tuple[str, ...]] = {}
    last = ""
    for name, cost in calls.items():
        thin = _is_thin(cost, name, found)
        if thin and last:
            groups[last] += (name,)
        else:
            groups[name] = (name,)
            last = name if thin else ""
    return groups


def _is_thin(cost: Cost, name: str, found: BlockCost) -> bool:
    return cost.moves and name not in found.carried


def place(names: Sequence[str], carried: Collection[str], add: str, thin: Collection[str] = ()) -> dict[str, Box]:
    """Lay out the cards of a block: the branch in one column, those `carried` by the shortcut beside it, then sum and
    ReLU, which a plain network lacks. `thin` cards are less high."""
    shortcut = [name for name in names if name in carried]
    after = names[names.index(add) :] if add else []
    branch = [name for name in names if name not in shortcut and name not in after]
    left, right = (0.46, 0.99) if shortcut else (0.32, 0.95)
    boxes: dict[str, Box] = {}
    top, start = TOP_PX + 18.0, TOP_PX + 18.0
    for name in branch:
        boxes[name] = Box(name, left, right, top, top + (THIN_PX if name in thin else CARD_PX))
        top += THIN_STEP_PX if name in thin else STEP_PX
    top = max(top, start + len(shortcut) * STEP_PX)
    middle = (top - start - len(shortcut) * STEP_PX) / 2
    for k, name in enumerate(after):
        height = top + k * STEP_PX + 14
        boxes[name] = Box(name, left, right, height, height + CARD_PX)
    for k, name in enumerate(shortcut):
        height = start + middle + k * STEP_PX
        boxes[name] = Box(name, 0.01, 0.41, height, height + CARD_PX)
    return boxes


def _ways(
    boxes: Mapping[str, Box], spine: float, height: float, carried: Sequence[str], add: str, dark: bool
) -> list[alt.Chart]:
    """Lines of x into the branch, of the shortcut around it and of the output; in a plain network a single line."""
    added, fork = boxes.get(add), 24
    at = (added.top + added.bottom) / 2 if added else fork
    away = boxes[carried[0]].middle if carried else 0.09
    grey = [(spine, 16, "in"), (spine, fork, "in"), (spine, at, "out"), (spine, height - 18, "out")]
    branch = [(spine, fork, "branch"), (spine, at, "branch")]
    corners = [(spine, fork), (away, fork), (away, fork), (away, at), (away, at), (spine, at)]
    arc = [(*corner, "shortcut") for corner in corners] if added else []
    table = pd.DataFrame(
        [{"x": a, "y": b, "way": way, "order": k} for k, (a, b, way) in enumerate([*grey, *branch, *arc])]
    )
    lines = []
    for ways, colour, width in (
        (("in", "out"), LINE[dark], 2), (("branch",), ROLE_COLOURS["branch"][dark], 3),
        (("shortcut",), ROLE_COLOURS["shortcut"][dark], 5),
    ):  # fmt: skip
        mark: dict[str, Any] = {"strokeDash": [9, 5]} if carried and ways[0] == "shortcut" else {}
        line = alt.Chart(table[table["way"].isin(ways)]).mark_line(
            color=colour, strokeWidth=width, interpolate="basis" if ways[0] == "shortcut" else "linear", **mark
        )
        lines.append(line.encode(x=x("x", 1), y=y("y"), order="order:Q", detail="way:N"))
    return lines


def _jumps(
    calls: Mapping[str, Cost], groups: Mapping[str, Sequence[str]], boxes: Mapping[str, Box], found: BlockCost
) -> Iterator[tuple[Box, Box]]:
    """What passes by cards of the branch: from a card to a later one that is not the next, as in a gate."""
    card_of = {found.calls[name]: card for card, names in groups.items() for name in names}
    column = [card for card in boxes if card not in found.carried]
    for card, names in groups.items():
        if card in found.carried or card == found.add:
            continue
        sources = {card_of.get(source, "") for name in names for source in calls[name].inputs} - {card}
        for source in sorted(sources):
            if source in column and column.index(card) - column.index(source) > 1:
                yield boxes[source], boxes[card]


def _arcs(jumps: Sequence[tuple[Box, Box]], dark: bool) -> list[alt.Chart]:
    """Jumps as arcs to the left of the column; a longer one reaches further."""
    points = []
    for k, (start, end) in enumerate(sorted(jumps, key=lambda jump: jump[1].top - jump[0].top)):
        away = start.left - 0.02 - min(0.09, 0.012 * (k + 1))
        top, bottom = (start.top + start.bottom) / 2 + 4, (end.top + end.bottom) / 2 - 4
        corners = [(start.left, top), (away, top), (away, bottom), (end.left, bottom)]
        points += [{"x": a, "y": b, "order": place, "jump": k} for place, (a, b) in enumerate(corners)]
    if not points:
        return []
    line = alt.Chart(pd.DataFrame(points)).mark_line(
        color=ROLE_COLOURS["branch"][dark], strokeWidth=1.6, strokeJoin="round"
    )
    return [line.encode(x=x("x", 1), y=y("y"), order="order:Q", detail="jump:N")]


def _cards(
    calls: Mapping[str, Cost], groups: Mapping[str, Sequence[str]], boxes: Mapping[str, Box], found: BlockCost,
    t: Translate, chosen: str,
) -> pd.DataFrame:  # fmt: skip
    rows = []
    end = boxes[found.add].top if found.add else 0  # without a shortcut nothing is called a branch
    for name, names in groups.items():
        cost, box = calls[name], boxes[name]
        role = "sum" if name == found.add else "shortcut" if name in found.carried else "branch"
        thin = box.bottom - box.top < CARD_PX
        rows.append({
            "id": name, "left": box.left, "right": box.right, "middle": box.middle, "top": box.top,
            "bottom": box.bottom, "chosen": chosen in names, "role": role if box.top <= end else "after", "thin": thin,
            "first": name if role == "shortcut" else _first(name, cost),
            "second": _layouts(calls, names) if thin else
                      f"{operation(cost)} · {_second(cost)}" if role == "shortcut" else _second(cost),
            "kind": cost.kind, "input": shape(cost.input), "output": shape(calls[names[-1]].output),
            "parameters": cost.parameters, "multiply_adds": cost.multiply_adds,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _first(name: str, cost: Cost) -> str:
    """Name and operation; of a function its name alone, and of a long path its end."""
    words = operation(cost)
    end = name.rpartition(".")[2]
    if end.startswith(words):
        return end
    return f"{name if len(name) <= LONGEST else end} · {words}"


def _layouts(calls: Mapping[str, Cost], names: Sequence[str]) -> str:
    kinds = [calls[name].kind for name in names]
    return " · ".join(kinds[:MOST_WORDS]) + (" …" if len(kinds) > MOST_WORDS else "")


def operation(cost: Cost) -> str:
    """A call in short: `3×3 /2` is a kernel of 3×3 with stride 2, `3×3 g32` has 32 groups, `[::2]` slices."""
    if cost.kind == "getitem":
        return f"[::{cost.stride}]"
    if cost.kernel is None:
        return {"BatchNorm2d": "BatchNorm"}.get(cost.kind, cost.kind)
    groups = f" g{cost.groups}" if (cost.groups or 1) > 1 else ""
    return kernel(cost) + (f" /{cost.stride}" if (cost.stride or 1) > 1 else "") + groups


def short(count: int) -> str:
    """A count with three significant digits: 9.41k, 11.0M."""
    for size, unit in UNIT.items():
        if count >= size:
            return f"{count / size:#.3g}".rstrip(".") + unit
    return str(count)


def kernel(cost: Cost) -> str:
    """`3×3`, or `1×7` of a kernel that is no square."""
    high = cost.weights[0][-2] if cost.weights and len(cost.weights[0]) == 4 else cost.kernel
    return f"{high}×{cost.kernel}"


def _second(cost: Cost) -> str:
    return shape(cost.output) + (f" · {short(cost.parameters)}" if cost.parameters else "")


def shape(sizes: Iterable[int]) -> str:
    """`64×32×32`."""
    return "×".join(map(str, sizes))


def _faces(cards: pd.DataFrame, add: str, dark: bool) -> alt.Chart:
    colours = {role: pair[dark] for role, pair in ROLE_COLOURS.items()} | {"after": LINE[dark]}
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    base = alt.Chart(cards[cards["id"] != add]).mark_rect(cornerRadius=5, fill=PAPER[dark])
    faces: alt.Chart = base.encode(
        x=x("left", 1), x2="right:Q", y=y("top"), y2="bottom:Q",
        stroke=alt.Stroke("role:N", scale=scale, legend=None),
        strokeWidth=alt.condition("datum.chosen", alt.value(4), alt.value(1.6)),
    )  # fmt: skip
    return faces


def _words(cards: pd.DataFrame, add: str, ends: pd.DataFrame) -> list[alt.Chart]:
    base = alt.Chart(cards[(cards["id"] != add) & ~cards["thin"]]).encode(x=x("middle", 1), y=y("top"))
    added = alt.Chart(cards[cards["id"] == add]).encode(x=x("middle", 1), y=y("top"))
    thin = alt.Chart(cards[cards["thin"]]).encode(x=x("middle", 1), y=y("top"))
    return [
        *([thin.mark_text(dy=11, fontSize=10.5).encode(text="second:N")] if cards["thin"].any() else []),
        base.mark_text(dy=14, fontSize=12, fontWeight=600).encode(text="first:N"),
        base.mark_text(dy=30, fontSize=11).encode(text="second:N"),
        added.mark_text(align="left", dx=16, dy=20, fontSize=11).encode(text="second:N"),
        alt.Chart(ends).mark_text(fontSize=12).encode(x=x("x", 1), y=y("y"), text="word:N"),
    ]


def _names(boxes: Mapping[str, Box], carried: Sequence[str], add: str, t: Translate, dark: bool) -> list[alt.Chart]:
    """The names of branch and shortcut, in their colours."""
    if not add:
        return []
    first, second = list(boxes.values())[:2]
    places: dict[Role, tuple[float, float]] = {
        "branch": (first.middle + 0.03, first.top - 12),
        "shortcut": (0.01, boxes[carried[0]].top - 14) if carried else (0.11, second.top),
    }
    return [
        alt.Chart(pd.DataFrame([{"x": across, "y": down, "word": t(f"diagrams.{role}")}]))
        .mark_text(align="left", fontSize=13, fontWeight=700, color=ROLE_COLOURS[role][dark])
        .encode(x=x("x", 1), y=y("y"), text="word:N")
        for role, (across, down) in places.items()
    ]


def _hits(cards: pd.DataFrame, t: Translate) -> alt.Chart:
    tips = [
        alt.Tooltip("id:N", title=" "),
        alt.Tooltip("kind:N", title=t("diagrams.kind")),
        alt.Tooltip("input:N", title=t("diagrams.input")),
        alt.Tooltip("output:N", title=t("diagrams.output")),
        alt.Tooltip("parameters:Q", title=t("diagrams.parameters"), format=","),
        alt.Tooltip("multiply_adds:Q", title=t("diagrams.multiply_adds"), format=","),
    ]
    return hits(cards, 1, tips)
