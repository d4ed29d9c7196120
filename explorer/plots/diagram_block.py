"""Diagram of a residual block: the branch on the right, the shortcut on the left, joined by the sum."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from explorer.analysis.model_costs import Cost, ModelCosts
from explorer.core.i18n import Translate
from explorer.core.palette import ROLE_COLOURS, Role
from explorer.plots.charts import Layers
from explorer.plots.diagrams import LINE, PAPER, Box, hits, layered, sum_signs, x, y

CARD_PX, STEP_PX, TOP_PX = 42, 56, 34
UNIT = {1_000_000_000: "G", 1_000_000: "M", 1_000: "k"}


def block(costs: ModelCosts, path: str, t: Translate, *, dark: bool, chosen: str = "") -> Layers:
    """Draw the block at `path`. A click selects a call: selection `card` on `id` (`conv1`, `downsample.0`, `add`)."""
    calls, carried = costs.inside(path), costs.blocks[path].carried
    boxes = place(list(calls), carried)
    added = [boxes["add"]] if "add" in boxes else []
    height = max(box.bottom for box in boxes.values()) + TOP_PX
    input_shape = next(iter(calls.values())).input
    cards = _cards(calls, boxes, carried, t, chosen)
    spine = next(iter(boxes.values())).middle
    signs = pd.DataFrame([{"x": box.middle, "y": (box.top + box.bottom) / 2} for box in added])
    ends = [(spine, 8, f"x   {shape(input_shape)}"), (spine, height - 8, shape(costs.blocks[path].output))]
    drawn = [
        *_ways(boxes, spine, height, carried, dark),
        _faces(cards, dark),
        *(sum_signs(signs, 1, dark, 420) if added else []),
        *_words(cards, pd.DataFrame(ends, columns=["x", "y", "word"])),
        *_names(boxes, carried, t, dark),
        _hits(cards, t),
    ]
    return layered(drawn, height=height)


def place(names: Sequence[str], carried: Collection[str]) -> dict[str, Box]:
    """Lay out the calls of a block: the branch in one column, those `carried` by the shortcut beside it, then sum and
    ReLU, which a plain network lacks."""
    shortcut = [name for name in names if name in carried]
    after = names[names.index("add") :] if "add" in names else []
    rows = max(len(names) - len(shortcut) - len(after), len(shortcut))
    branch = [name for name in names if name not in shortcut and name not in after]
    left, right = (0.46, 0.99) if shortcut else (0.32, 0.95)
    boxes: dict[str, Box] = {}
    for k, name in [*enumerate(branch), *enumerate(after, rows)]:
        top = TOP_PX + 18 + k * STEP_PX + (14 if name in after else 0)
        boxes[name] = Box(name, left, right, top, top + CARD_PX)
    for k, name in enumerate(shortcut):
        height = TOP_PX + 18 + (k + (rows - len(shortcut)) / 2) * STEP_PX
        boxes[name] = Box(name, 0.01, 0.41, height, height + CARD_PX)
    return boxes


def _ways(boxes: Mapping[str, Box], spine: float, height: float, carried: Sequence[str], dark: bool) -> list[alt.Chart]:
    """Lines of x into the branch, of the shortcut around it and of the output; in a plain network a single line."""
    added, fork = boxes.get("add"), 24
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


def _cards(
    calls: Mapping[str, Cost], boxes: Mapping[str, Box], carried: Collection[str], t: Translate, chosen: str
) -> pd.DataFrame:
    rows = []
    end = boxes["add"].top if "add" in boxes else 0  # without a shortcut nothing is called a branch
    for name, cost in calls.items():
        box = boxes[name]
        role = "sum" if name == "add" else "shortcut" if name in carried else "branch"
        rows.append({
            "id": name, "left": box.left, "right": box.right, "middle": box.middle, "top": box.top,
            "bottom": box.bottom, "chosen": name == chosen, "role": role if box.top <= end else "after",
            "first": name if role == "shortcut" else f"{name} · {operation(cost)}",
            "second": f"{operation(cost)} · {_second(cost)}" if role == "shortcut" else _second(cost),
            "kind": cost.kind, "input": shape(cost.input), "output": shape(cost.output),
            "parameters": cost.parameters, "multiply_adds": cost.multiply_adds,
        })  # fmt: skip
    return pd.DataFrame(rows)


def operation(cost: Cost) -> str:
    """A call in short: `3×3 /2` is a kernel of 3×3 with stride 2, `3×3 g32` has 32 groups, `[::2]` slices."""
    if cost.kind == "getitem":
        return f"[::{cost.stride}]"
    if cost.kernel is None:
        return {"BatchNorm2d": "BatchNorm"}.get(cost.kind, cost.kind)
    groups = f" g{cost.groups}" if (cost.groups or 1) > 1 else ""
    return f"{cost.kernel}×{cost.kernel}" + (f" /{cost.stride}" if (cost.stride or 1) > 1 else "") + groups


def short(count: int) -> str:
    """A count with three significant digits: 9.41k, 11.0M."""
    for size, unit in UNIT.items():
        if count >= size:
            return f"{count / size:#.3g}".rstrip(".") + unit
    return str(count)


def _second(cost: Cost) -> str:
    return shape(cost.output) + (f" · {short(cost.parameters)}" if cost.parameters else "")


def shape(sizes: Iterable[int]) -> str:
    """`64×32×32`."""
    return "×".join(map(str, sizes))


def _faces(cards: pd.DataFrame, dark: bool) -> alt.Chart:
    colours = {role: pair[dark] for role, pair in ROLE_COLOURS.items()} | {"after": LINE[dark]}
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    base = alt.Chart(cards[cards["id"] != "add"]).mark_rect(cornerRadius=5, fill=PAPER[dark])
    faces: alt.Chart = base.encode(
        x=x("left", 1), x2="right:Q", y=y("top"), y2="bottom:Q",
        stroke=alt.Stroke("role:N", scale=scale, legend=None),
        strokeWidth=alt.condition("datum.chosen", alt.value(4), alt.value(1.6)),
    )  # fmt: skip
    return faces


def _words(cards: pd.DataFrame, ends: pd.DataFrame) -> list[alt.Chart]:
    base = alt.Chart(cards[cards["id"] != "add"]).encode(x=x("middle", 1), y=y("top"))
    added = alt.Chart(cards[cards["id"] == "add"]).encode(x=x("middle", 1), y=y("top"))
    return [
        base.mark_text(dy=14, fontSize=12, fontWeight=600).encode(text="first:N"),
        base.mark_text(dy=30, fontSize=11).encode(text="second:N"),
        added.mark_text(align="left", dx=16, dy=20, fontSize=11).encode(text="second:N"),
        alt.Chart(ends).mark_text(fontSize=12).encode(x=x("x", 1), y=y("y"), text="word:N"),
    ]


def _names(boxes: Mapping[str, Box], carried: Sequence[str], t: Translate, dark: bool) -> list[alt.Chart]:
    """The names of branch and shortcut, in their colours."""
    if "add" not in boxes:
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
