"""Charts of a comparison of backbones: accuracy and loss over epochs or time, and final accuracy over its cost.

Lines and points are labelled directly: 17 colours of a legend cannot be told apart. Up to eight groups have a colour
each; more are coloured by their weights.
"""

import itertools
import json
import math
from collections import Counter
from collections.abc import Sequence
from statistics import mean
from typing import Any, Final

import altair as alt
import pandas as pd

from explorer.core.i18n import Translate
from explorer.experiments.comparison.labels import group_names, million, weights_word
from explorer.experiments.comparison.results import Comparison, Result
from explorer.plots.charts import GREY, Layers
from explorer.plots.curves import DASHES, RUNS, SHAPES
from explorer.plots.pretraining import STARTS

LABEL_PX: Final = 15  # distance of two labels
PLACE: Final = ("align", "dx", "dy")  # of a label, relative to its point
MOST, AREA_PX = 1e8, 700  # parameters and area of the largest point
AROUND_PX: Final = 110  # height of axis, titles and legend
COST_PX: Final = 340  # height of the plot of accuracy over cost
CURVES: Final = ("accuracy", "train_accuracy", "train_loss", "test_loss")
COSTS: Final = ("seconds", "parameters", "multiply_adds")
WIDE_PX, NARROW_PX = 640, 270  # plot widths for which labels are placed; narrower than WIDE_PX uses the second


# Accuracy and loss over epochs or seconds


def kept(comparison: Comparison) -> tuple[str, ...]:
    """Those of CURVES that a run of `comparison` has."""
    return tuple(name for name in CURVES if any(getattr(result, name) for result in comparison.results))


def curves(comparison: Comparison, t: Translate, *, dark: bool, over: str = "epoch", of: str = "accuracy") -> Layers:
    """One of CURVES over `epoch` or `seconds`: the mean over a group's seeds, and each seed faintly behind it.

    Hovering fades all lines but the nearest.
    """
    seeds, means = learning_curves(comparison, t, of)
    ends = means.groupby("name", sort=False).tail(1)
    values, is_loss = pd.concat([seeds["accuracy"], means["accuracy"]]), of.endswith("loss")
    low, high = (0.0, 1.05 * float(values.max())) if is_loss and len(values) else _range(values, 0.1)
    height = max(230, LABEL_PX * len(ends) + 20)  # of the plot alone
    last = 1.05 * float(means[over].max()) if len(means) else 1.0  # room for the lines to the labels
    ends = ends.assign(
        last=last,
        place=spaced(list(ends["accuracy"]), LABEL_PX / height * (high - low), low, high),
    )
    near = alt.selection_point(name="near", fields=["name"], on="pointerover", nearest=True, clear="pointerout")
    axis = (
        alt.Axis(grid=False, tickMinStep=1, format="d")
        if over == "epoch"
        else alt.Axis(grid=False, format=",~r", tickCount=8)
    )
    x = alt.X(f"{over}:Q", title=t(f"compare.axis_{over}"), axis=axis, scale=alt.Scale(domain=[0, last], nice=False))
    y = _percent("accuracy", t(f"compare.axis_{of}"), low, high, "~r" if is_loss else ".0%")
    bright, pale = (alt.condition(near, alt.value(full), alt.value(less)) for full, less in ((1, 0.15), (0.45, 0.05)))
    colour, tips = _colour(comparison, t), _tips(t, "epoch", "seconds")
    tips.append(alt.Tooltip("accuracy:Q", title=t(f"compare.axis_{of}"), format=".3f" if is_loss else ".2%"))
    lines = alt.Chart(means).mark_line(strokeWidth=2)
    points = alt.Chart(means).mark_point(filled=True, size=34)
    behind = alt.Chart(seeds).mark_line(strokeWidth=0.9)
    leaders = alt.Chart(ends).mark_rule(strokeDash=[1, 3])
    left = alt.layer(
        behind.encode(x, y, colour, detail=["name:N", "seed:N"], opacity=pale),
        leaders.encode(alt.X(f"{over}:Q"), alt.Y("accuracy:Q"), colour, x2="last:Q", y2="place:Q", opacity=bright),
        lines.encode(x, y, colour, _dash(comparison, t), detail=["name:N"], opacity=bright),
        points.encode(x, y, colour, detail=["name:N"], opacity=bright, tooltip=tips).add_params(near),
    )
    labels = alt.Chart(ends).mark_point(opacity=0, size=1)
    labels = labels.encode(alt.X("last:Q"), _named_ends(list(ends["place"]), list(ends["name"]), low, high))
    chart: alt.LayerChart = alt.layer(left, labels).resolve_axis(y="independent").properties(height=height + AROUND_PX)
    return chart


def learning_curves(comparison: Comparison, t: Translate, of: str = "accuracy") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables, by `seed` for groups with several, and means; columns `name`, `weights`, `epoch`, `seconds`,
    `accuracy`, which holds the values of `of`, one of CURVES.

    A mean is over the seeds that have begun, up to the last epoch that all of them have reached.
    """
    seeds: list[dict[str, Any]] = []
    means: list[dict[str, Any]] = []
    for group, name in zip(comparison.groups, group_names(comparison.groups, t), strict=True):
        about = {"name": name, "weights": weights_word(group.results[0].weights, t)}
        begun = [result for result in group.results if _values(result, of)]
        for result in begun if len(begun) > 1 else []:
            epochs = zip(result.seconds, _values(result, of), strict=True)
            seeds += [{**about, "epoch": epoch, "seconds": seconds, "accuracy": accuracy, "seed": result.seed}
                      for epoch, (seconds, accuracy) in enumerate(epochs, start=1)]  # fmt: skip
        for k in range(min((len(_values(result, of)) for result in begun), default=0)):
            seconds, accuracy = mean(one.seconds[k] for one in begun), mean(_values(one, of)[k] for one in begun)
            means.append({**about, "epoch": k + 1, "seconds": seconds, "accuracy": accuracy})
    columns = ["name", "weights", "epoch", "seconds", "accuracy"]
    return pd.DataFrame(seeds, columns=[*columns, "seed"]), pd.DataFrame(means, columns=columns)


def _values(result: Result, of: str) -> tuple[float, ...]:
    values: tuple[float, ...] = getattr(result, of)
    return values


def spaced(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move `values` until any two are `gap` apart, within `low`..`high` if there is room."""
    order = sorted(range(len(values)), key=lambda k: values[k])
    places = [0.0] * len(values)
    floor = low
    for k in order:
        places[k] = max(values[k], floor)
        floor = places[k] + gap
    ceiling = max(high, low + gap * (len(values) - 1))
    for k in reversed(order):
        places[k] = min(places[k], ceiling)
        ceiling = places[k] - gap
    return places


def _named_ends(places: Sequence[float], ends: Sequence[str], low: float, high: float) -> alt.Y:
    """An axis at the right whose ticks are the lines' names: Vega reserves room for an axis, but not for text."""
    named = {f"{place:.6f}": name for place, name in zip(places, ends, strict=True)}
    axis = alt.Axis(orient="right", values=list(places), grid=False, ticks=False, domain=False, labelOverlap=False,
                    labelExpr=f"({json.dumps(named)})[format(datum.value, '.6f')]", labelLimit=170,
                    labelPadding=2, labelFlush=False)  # fmt: skip
    return alt.Y("place:Q", title=None, axis=axis, scale=alt.Scale(domain=[low, high], nice=False))


# Accuracy over cost


def cost(comparison: Comparison, t: Translate, *, dark: bool, over: str = "seconds") -> Layers:
    """Mean accuracy of each group with a finished seed over one of COSTS; the point's area shows the parameters.

    The stepped line is the Pareto frontier. Rules show the spread over the seeds.
    """
    table = group_table(comparison, t, over)
    low, high = _range(pd.concat([table["low"], table["high"]]), 0.05)
    scale = alt.Scale(type="log", nice=False, domain=_decades(table["cost"]))
    x = alt.X("cost:Q", title=t(f"compare.axis_{over}"), scale=scale,
              axis=alt.Axis(format=",~r", grid=False, tickCount=6))  # fmt: skip
    y, colour = _percent("accuracy", t("compare.axis_accuracy"), low, high), _colour(comparison, t)
    size = alt.Size("parameters:Q", scale=alt.Scale(type="sqrt", domain=[0, MOST], range=[0, AREA_PX]), legend=None)
    base, front = alt.Chart(table).encode(x, y), alt.Chart(table[table["frontier"]].sort_values("cost"))
    kinds = table["weights"].nunique()
    shape = alt.Shape("weights:N", scale=alt.Scale(domain=_weight_words(comparison, t), range=list(SHAPES)),
                      legend=_legend(comparison) if kinds > 1 else None)  # fmt: skip
    tips = _tips(t, "accuracy", "spread", "seconds", "parameters_m", "multiply_adds_m", "forward_ms", "device")
    align, dx, dy, free = (f"width < {WIDE_PX} ? datum.narrow_{name} : datum.{name}" for name in (*PLACE, "free"))
    labels = base.mark_text(fontSize=11, align=alt.ExprRef(align), dx=alt.ExprRef(dx), dy=alt.ExprRef(dy))
    shown = alt.condition(free, alt.value(1), alt.value(0))
    return alt.layer(
        front.mark_line(color=GREY, strokeDash=[4, 3], interpolate="step-after").encode(x, y),
        base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q"), y2="high:Q", color=colour),
        base.mark_point(filled=True, opacity=0.8).encode(color=colour, shape=shape, size=size, tooltip=tips),
        labels.encode(text="name:N", opacity=shown),
    ).properties(height=COST_PX + AROUND_PX)


def group_table(comparison: Comparison, t: Translate, over: str = "seconds") -> pd.DataFrame:
    """A row per group with a finished seed: its results, its `cost` (seconds, or millions for the other COSTS), whether
    it is on the Pareto `frontier`, and the label's PLACE (with the prefix `narrow_` for narrow plots) and whether that
    is `free`."""
    rows = []
    for group, name in zip(comparison.groups, group_names(comparison.groups, t), strict=True):
        first, accuracy, seconds, spread = group.results[0], group.accuracy, group.seconds, group.spread
        if accuracy is None or not seconds:
            continue
        forward = [one.forward_ms for one in group.finished if one.forward_ms is not None]
        rows.append({
            "name": name, "weights": weights_word(first.weights, t), "device": first.device,
            "accuracy": accuracy, "seconds": seconds, "spread": spread,
            "low": accuracy - (spread or 0), "high": accuracy + (spread or 0),
            "parameters": first.parameters, "parameters_m": million(first.parameters),
            "multiply_adds_m": million(first.multiply_adds), "forward_ms": mean(forward) if forward else None,
            "cost": seconds if over == "seconds" else getattr(first, over) / 1e6,
        })  # fmt: skip
    columns = ["name", "weights", "device", "accuracy", "seconds", "spread", "low", "high", "parameters",
               "parameters_m", "multiply_adds_m", "forward_ms", "cost"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    best_before = table.sort_values(["cost", "accuracy"], ascending=[True, False])["accuracy"].cummax().shift()
    table["frontier"] = ~(table["accuracy"] <= best_before.reindex(table.index))  # NaN for the first: on it
    wide, narrow = (
        pd.DataFrame(_places(table, width), index=table.index, columns=[*PLACE, "free"])
        for width in (WIDE_PX, NARROW_PX)
    )
    return table.join(wide).join(narrow.add_prefix("narrow_"))


def _places(table: pd.DataFrame, width: float) -> list[tuple[str, float, float, bool]]:
    """Place labels on a plot of `width` x COST_PX pixels: (align, dx, dy) and whether it overlaps no label or point,
    and no axis.

    Labels of the frontier are placed first; above and to the left of it there are no points.
    """
    if table.empty:
        return []
    low, high = _range(pd.concat([table["low"], table["high"]]), 0.05)
    left, right = map(math.log, _decades(table["cost"]))
    x = [width * (math.log(cost) - left) / (right - left) for cost in table["cost"]]
    y = [COST_PX * (high - accuracy) / (high - low) for accuracy in table["accuracy"]]
    radius = [(AREA_PX * parameters / MOST / math.pi) ** 0.5 for parameters in table["parameters"]]
    names, front = list(table["name"]), list(table["frontier"])
    taken = [(a - r, b - r, a + r, b + r) for a, b, r in zip(x, y, radius, strict=True)]
    steps = list(itertools.pairwise(sorted((a, b) for a, b, first in zip(x, y, front, strict=True) if first)))
    lines = [*((a, b, c, b) for (a, b), (c, _) in steps), *((c, d, c, b) for (_, b), (c, d) in steps)]
    places: dict[int, tuple[str, float, float, bool]] = {}
    for point in sorted(range(len(table)), key=lambda k: not front[k]):
        a, b, beside, over = x[point], y[point], radius[point] + 5, radius[point] + 8
        level = [("left", beside, 0), ("right", -beside, 0)]
        above, below = ([(align, 0, dy) for align in ("right", "left", "center")] for dy in (-over, over))
        ways = [*above, *level, *below] if front[point] else [*level, *above, *below]
        boxes = [_box(a + dx, b + dy, _width(names[point]), align) for align, dx, dy in ways]
        crowded = [sum(_overlap(box, other) for other in taken) + 2 * _leaves(box, width) for box in boxes]
        crossed = [sum(_overlap(box, line) for line in lines) for box in boxes]
        _, best = min(zip(zip(crowded, crossed, strict=True), range(len(ways)), strict=True))
        if free := crowded[best] == 0:
            taken.append(boxes[best])
        places[point] = (*ways[best], free)
    return [places[k] for k in range(len(table))]


def _width(name: str) -> float:
    """Approximate width in pixels at a font size of 11 px; Chinese characters are square."""
    return sum(11 if ord(letter) > 0x2E7F else 5.3 for letter in name)


def _box(x: float, y: float, width: float, align: str) -> tuple[float, float, float, float]:
    left = x - {"left": 0.0, "center": width / 2, "right": width}[align]
    return left, y - 7, left + width, y + 7


def _leaves(box: tuple[float, ...], width: float) -> bool:
    """Whether a label would leave a plot of `width` x COST_PX pixels."""
    return box[0] < 0 or box[2] > width or box[1] < 0 or box[3] > COST_PX


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


# Common parts


def _colour(comparison: Comparison, t: Translate) -> alt.Color:
    """Colour by name if there are enough colours, else by weights, with a legend."""
    names, kinds = list(group_names(comparison.groups, t)), _weights(comparison)
    if len(names) <= len(RUNS):
        return alt.Color("name:N", scale=alt.Scale(domain=names, range=list(RUNS)), legend=None)
    legend = _legend(comparison) if len(kinds) > 1 else None
    others = itertools.cycle(colour for colour in RUNS if colour != STARTS["random"])
    colours = [STARTS["random"] if weights == "random" else next(others) for weights in kinds]
    return alt.Color("weights:N", scale=alt.Scale(domain=_weight_words(comparison, t), range=colours), legend=legend)


def _dash(comparison: Comparison, t: Translate) -> alt.StrokeDash:
    kinds = _weight_words(comparison, t)
    legend = _legend(comparison) if len(kinds) > 1 else None
    return alt.StrokeDash("weights:N", scale=alt.Scale(domain=kinds, range=list(DASHES)), legend=legend)


def _legend(comparison: Comparison) -> alt.Legend:
    """Legend of the weights, grey where colour means the name."""
    legend = alt.Legend(orient="top", title=None, symbolOpacity=1, labelLimit=220)
    if len(comparison.groups) <= len(RUNS):
        legend.symbolFillColor = legend.symbolStrokeColor = GREY
    else:
        legend.symbolDash = [1, 0]
    return legend


def _weights(comparison: Comparison) -> list[str]:
    """The weights that occur, the most frequent first."""
    return [weights for weights, _ in Counter(group.results[0].weights for group in comparison.groups).most_common()]


def _weight_words(comparison: Comparison, t: Translate) -> list[str]:
    return [weights_word(weights, t) for weights in _weights(comparison)]


def _percent(field: str, title: str, low: float, high: float, form: str = ".0%") -> alt.Y:
    scale = alt.Scale(domain=[low, high], nice=False)
    return alt.Y(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(format=form, tickCount=6))


def _range(values: "pd.Series[float]", step: float) -> tuple[float, float]:
    """The range of `values`, extended to multiples of `step` within 0..1, so that none lies on the lower axis."""
    if values.empty:
        return 0.0, 1.0
    low, high = math.floor(values.min() / step - 0.2) * step, math.ceil(values.max() / step) * step
    return max(0.0, low - (step if low == high else 0)), min(1.0, high + (step if low == high == 0 else 0))


def _decades(costs: "pd.Series[float]") -> list[float]:
    """Domain of a logarithmic axis, with room for labels at both ends."""
    low, high = (float(costs.min()), float(costs.max())) if len(costs) else (1.0, 10.0)
    room = max(high / low, 2.0) ** 0.12
    return [low / room, high * room]


def _tips(t: Translate, *fields: str) -> list[alt.Tooltip]:
    formats = {"epoch": "d", "seconds": ",.0f", "accuracy": ".2%", "spread": ".2%", "forward_ms": ".3~r"}
    return [
        alt.Tooltip("name:N", title=" "),
        *(
            alt.Tooltip(f"{name}:Q", title=t(f"compare.{name}"), format=formats[name])
            if name in formats
            else alt.Tooltip(f"{name}:N", title=t(f"compare.{name.removesuffix('_m')}"))
            for name in fields
        ),
    ]
