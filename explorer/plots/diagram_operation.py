"""One operation: its kernel on the input grid, and the receptive field of one output value."""

from typing import Any

import altair as alt
import pandas as pd

from explorer.analysis.model_costs import Cost
from explorer.core.i18n import Translate
from explorer.plots.charts import TEAL, Layers
from explorer.plots.diagrams import LINE, PAPER, layered

SHOWN = 11  # cells per side that are drawn of the padded input, or the kernel's side if that is larger
WIDTH_PX, PICTURE_PX = 260, 240
PADDING = ("#d9dfe2", "#37434a")


def has_window(cost: Cost) -> bool:
    """Whether kernel, stride and padding say how wide the output is, as for a square kernel on a map (C, H, W)."""
    if not cost.kernel or not cost.stride or cost.padding is None or len(cost.input) != 3 or len(cost.output) < 2:
        return False
    square = not cost.weights or cost.weights[0][-2:] == (cost.kernel, cost.kernel)
    return square and (cost.input[-1] + 2 * cost.padding - cost.kernel) // cost.stride + 1 == cost.output[-1]


def window(cost: Cost, t: Translate, *, dark: bool) -> Layers:
    """The corner of the padded input with the kernel at its first and (dashed) second position, and the output.

    `cost` is of a call with a kernel.
    """
    padding, kernel, stride = cost.padding, cost.kernel, cost.stride
    assert padding is not None
    assert kernel is not None
    assert stride is not None
    whole = cost.input[-1] + 2 * padding
    shown = min(whole, max(SHOWN, kernel))
    made = (shown - kernel) // stride + 1
    gap = 1.5
    cells = [
        {"x": column, "y": row, "zero": not all(padding <= k < whole - padding for k in (row, column))}
        for row in range(shown)
        for column in range(shown)
    ]
    results = [{"x": shown + gap + k, "y": row, "zero": False} for row in range(made) for k in range(made)]
    marks = [{"x": 0.0, "y": 0, "side": kernel}, {"x": shown + gap, "y": 0, "side": 1}]
    nexts = [{"x": stride, "y": 0, "side": kernel}, {"x": shown + gap + 1, "y": 0, "side": 1}] if made > 1 else []
    across = shown + gap + max(made, 3)
    size = WIDTH_PX / across
    height = round(size * (shown + 0.6)) + 22
    bottom = height / size

    def square(table: pd.DataFrame, **mark: Any) -> alt.Chart:
        table = table.assign(right=table["x"] + table["side"], low=table["y"] + table["side"])
        chart: alt.Chart = alt.Chart(table).mark_rect(**mark)
        return chart.encode(x=_x("x", across), x2="right:Q", y=_y("y", bottom), y2="low:Q")

    grid = square(pd.DataFrame([*cells, *results]).assign(side=1), stroke=LINE[dark], strokeWidth=0.8)
    grid = grid.encode(
        color=alt.Color(
            "zero:N", scale=alt.Scale(domain=[False, True], range=[PAPER[dark], PADDING[dark]]), legend=None
        )
    )
    kernel_tip = alt.Tooltip("word:N", title=t("diagrams.kernel"))
    marked = square(pd.DataFrame(marks).assign(word=f"{kernel}×{kernel}"), color=TEAL, opacity=0.55)
    drawn = [grid, marked.encode(tooltip=kernel_tip)]
    if nexts:
        drawn.append(square(pd.DataFrame(nexts), filled=False, stroke=TEAL, strokeWidth=2.5, strokeDash=[5, 3]))
    if shown < whole:
        more = [{"x": shown + 0.6, "y": shown / 2, "word": "⋯"}, {"x": shown / 2, "y": shown + 0.35, "word": "⋮"}]
        drawn.append(_text(pd.DataFrame(more), across, bottom, fontSize=15))
    input_words, output_words = (t(f"diagrams.{end}_side", side=sizes[-1], padding=padding)
                     for end, sizes in (("input", cost.input), ("output", cost.output)))  # fmt: skip
    names = [
        {"x": shown / 2, "y": bottom - 0.5, "word": input_words},
        {"x": shown + gap + max(made, 3) / 2, "y": bottom - 0.5, "word": output_words},
    ]
    drawn.append(_text(pd.DataFrame(names), across, bottom, fontSize=12))
    return layered(drawn, width=WIDTH_PX, height=height)


def receptive_field(uri: str, side_px: int, cost: Cost, t: Translate) -> Layers:
    """The receptive field of the value in the middle of a map, on the picture, and (dashed) of its neighbour.

    `uri` is the network's input of `side_px` pixels a side. Fields are clipped to the picture. `cost` is of a call
    whose field can be told.
    """
    field = cost.field
    assert field is not None
    side = cost.output[-1] if len(cost.output) > 1 else 1
    place = side // 2
    places = [place] if side == 1 else [place, place - 1]
    picture = alt.Chart(pd.DataFrame([{"x": side_px / 2, "y": side_px / 2, "uri": uri}])).mark_image(
        width=PICTURE_PX, height=PICTURE_PX, smooth=False
    )
    drawn = [picture.encode(x=_x("x", side_px), y=_y("y", side_px), url="uri:N")]
    tips = [alt.Tooltip("size:Q", title=t("diagrams.field"))]
    for across, dash in zip(places, ([1, 0], [5, 4]), strict=False):
        square = _clipped(field.span(across), field.span(place), side_px)
        base = alt.Chart(pd.DataFrame([{**square, "size": field.size}])).encode(
            x=_x("left", side_px), x2="right:Q", y=_y("top", side_px), y2="bottom:Q", tooltip=tips
        )
        drawn += [
            base.mark_rect(fillOpacity=0, stroke="#ffffff", strokeWidth=5, strokeOpacity=0.85),
            base.mark_rect(fillOpacity=0, stroke="#01665e", strokeWidth=2.5, strokeDash=dash),
        ]
    return layered(drawn, width=PICTURE_PX, height=PICTURE_PX)


def _clipped(across: tuple[float, float], down: tuple[float, float], side_px: int) -> dict[str, float]:
    left, right, top, bottom = (
        min(max(edge, 0.0), float(side_px)) for edge in (across[0], across[1] + 1, down[0], down[1] + 1)
    )
    return {"left": left, "right": right, "top": top, "bottom": bottom}


def _x(field: str, most: float) -> alt.X:
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, most], nice=False), axis=None)


def _y(field: str, most: float) -> alt.Y:
    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, most], reverse=True, nice=False), axis=None)


def _text(table: pd.DataFrame, across: float, bottom: float, **mark: Any) -> alt.Chart:
    chart: alt.Chart = alt.Chart(table).mark_text(**mark)
    return chart.encode(x=_x("x", across), y=_y("y", bottom), text="word:N")
