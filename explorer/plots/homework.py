"""Figures of the homework: bars by block, curves of the stored networks, and maps of one block's sum."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd
from torch import Tensor

from explorer.core.i18n import Translate
from explorer.experiments import degradation as experiment
from explorer.experiments.comparison.results import Comparison
from explorer.experiments.homework.measures import (
    DEPTH,
    LARGE,
    SMALL,
    Answer,
    Arrival,
    Branch,
    Change,
    Cut,
    Identity,
    Plain,
    Removal,
)
from explorer.models.graph import Block
from explorer.plots import degradation, gradients, pictures
from explorer.plots.charts import GREY, TEAL, Layers
from explorer.plots.pictures import ColourScale, common_scale

LABELLED = 20  # blocks up to which each bar has its number


def by_block(changes: Sequence[Change], answers: Sequence[str], t: Translate) -> Layers:
    """A bar per block: the change of the prediction. `answers` are the new classes' names; * marks another answer."""
    kinds = {False: t("homework.kind_keeps"), True: t("homework.kind_opens")}
    table = pd.DataFrame(
        {"block": change.block, "moved": change.moved, "kind": kinds[change.resizes], "answer": answer,
         "mark": f"{change.moved:.0%}" + (" *" if change.goes else "")}
        for change, answer in zip(changes, answers, strict=True)
    )  # fmt: skip
    axis = alt.Axis(labelAngle=-45, ticks=False, grid=False, labelOverlap=len(changes) > LABELLED)
    base = alt.Chart(table).encode(
        x=alt.X("block:N", sort=list(table["block"]), title=t("homework.block"), axis=axis),
        y=alt.Y("moved:Q", title=t("homework.moved"), scale=alt.Scale(domain=[0, 1.1]),
                axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])),
        tooltip=[
            alt.Tooltip("block:N", title=t("homework.block")),
            alt.Tooltip("moved:Q", title=t("homework.moved"), format=".1%"),
            alt.Tooltip("answer:N", title=t("homework.answer")),
            alt.Tooltip("kind:N", title=t("homework.kind")),
        ],
    )  # fmt: skip
    scale = alt.Scale(domain=list(kinds.values()), range=[TEAL, GREY])
    legend = alt.Legend(orient="top", title=None, symbolType="square", symbolOpacity=1, labelLimit=220)
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=alt.Color("kind:N", scale=scale, legend=legend))
    layers = [bars]
    if len(changes) <= LABELLED:
        layers.append(base.mark_text(dy=-7, fontSize=11).encode(text="mark:N"))
    return alt.layer(*layers).properties(height=260)


def ratios(answer: Branch, t: Translate) -> Layers:
    """A bar per block: |F(x)| / |x|, with the limits of the options as lines."""
    table = pd.DataFrame({"block": list(answer.ratios), "ratio": list(answer.ratios.values())})
    axis = alt.Axis(labelAngle=-45, ticks=False, grid=False, labelOverlap=len(table) > LABELLED)
    y = alt.Y("ratio:Q", title=t("homework.ratio"), axis=alt.Axis(tickCount=5))
    base = alt.Chart(table).encode(
        x=alt.X("block:N", sort=list(table["block"]), title=t("homework.block"), axis=axis),
        y=y,
        tooltip=[
            alt.Tooltip("block:N", title=t("homework.block")),
            alt.Tooltip("ratio:Q", title=t("homework.ratio"), format=".2f"),
        ],
    )
    limits = alt.Chart(pd.DataFrame({"ratio": [SMALL, LARGE]})).mark_rule(color=GREY, strokeDash=[5, 4]).encode(y=y)
    bars = base.mark_bar(color=TEAL, cornerRadiusEnd=2)
    layers = [limits, bars]
    if len(table) <= LABELLED:
        layers.append(base.mark_text(dy=-7, fontSize=11).encode(text=alt.Text("ratio:Q", format=".2f")))
    return alt.layer(*layers).properties(height=240)


def bars_alt(changes: Sequence[Change], t: Translate) -> str:
    """Text alternative of `by_block`."""
    return t("homework.chart_alt", values=", ".join(f"{change.block} {change.moved:.0%}" for change in changes))


def stored_curves(comparison: Comparison, depth: int, t: Translate) -> tuple[Layers, str]:
    """Errors of the stored plain and residual network of `depth` layers over training, and a text alternative.

    The y axis is the same for all depths.
    """
    recipe = comparison.recipe
    most = experiment.PICTURES[str(recipe["data"])]
    batches = -(-min(recipe.get("limit") or most, most) // int(recipe["batch_size"]))
    designs = {result.network: experiment.design(result) for result in comparison.results}
    words = {
        name: t(f"homework.net_{'residual' if design.residual else 'plain'}", depth=design.depth)
        for name, design in designs.items()
    }
    table = degradation.table(comparison.results, words, batches)
    shown = [design for design in experiment.ordered(designs.values()) if design.depth == depth]
    looks = dict(zip((words[design.name] for design in shown), degradation.colours(shown), strict=True))
    top, steps = 1.05 * float(table["error"].max()), int(recipe["epochs"]) * batches
    last = table[table["name"].isin(list(looks))].sort_values("epoch").groupby(["name", "series"]).tail(1)
    ends = "; ".join(
        f"{name} {t(f'why.{series}')} {error:.1%}"
        for name, series, error in zip(last["name"], last["series"], last["error"], strict=True)
    )
    chart = degradation.panel(table, looks, steps, top, "error", t, height=260)
    return chart, t("homework.chart_plain_alt", ends=ends)


@dataclass(frozen=True)
class MapPart:
    """One map: `role` is a CSS class of a term, `words` are "symbol|meaning", `uri` is a PNG of the map."""

    role: str
    words: str
    uri: str


@dataclass(frozen=True)
class Maps:
    """Maps of one channel on one colour scale, and a sentence if a part is missing."""

    channel: int
    parts: tuple[MapPart, ...]
    scale: ColourScale
    note: str = ""


def identity_maps(values: Mapping[str, Tensor], t: Translate) -> Maps:
    """x, the shortcut's operand and their difference; without the difference if their shapes differ.

    `values` are a block's maps (`analysis.maps.of_block`).
    """
    entered, shortcut = values["input"], values["shortcut"]
    if entered.shape != shortcut.shape:
        (channel,) = pictures.leading_channels([shortcut], 1)
        shapes = ("×".join(map(str, tensor.shape)) for tensor in (entered, shortcut))
        note = t("homework.try_identity_shape", **dict(zip(("before", "after"), shapes, strict=True)))
        source = entered[min(channel, len(entered) - 1)]
        return _maps(channel, {"entered": source, "added": shortcut[channel]}, t, note)
    (channel,) = pictures.leading_channels([entered], 1)
    maps = {"entered": entered[channel], "added": shortcut[channel]}
    return _maps(channel, {**maps, "difference": maps["added"] - maps["entered"]}, t)


def sum_maps(values: Mapping[str, Tensor], block: Block, t: Translate) -> Maps:
    """The two terms and their sum. `values` are the block's maps."""
    (channel,) = pictures.leading_channels([values["shortcut"], values["branch"]], 1)
    x, f = block.terms
    words = {
        "shortcut": t("shortcut.term_changed", x=x), "branch": t("shortcut.term_f", f=f),
        "sum": t("shortcut.term_sum" if block.rectified else "shortcut.term_sum_left", x=x, f=f),
    }  # fmt: skip
    maps = {"shortcut": values["shortcut"][channel], "branch": values["branch"][channel], "sum": values["add"][channel]}
    scale = common_scale(maps.values())
    return Maps(channel, tuple(MapPart(role, words[role], _uri(maps[role], scale)) for role in maps), scale)


def _maps(channel: int, maps: dict[str, Tensor], t: Translate, note: str = "") -> Maps:
    scale = common_scale(maps.values())
    roles = {"entered": "", "added": "shortcut", "difference": ""}
    parts = tuple(MapPart(roles[name], t(f"homework.{name}"), _uri(values, scale)) for name, values in maps.items())
    return Maps(channel, parts, scale, note)


def _uri(values: Tensor, scale: ColourScale) -> str:
    return pictures.data_uri(pictures.map_png(values, scale))


@dataclass(frozen=True)
class Drawing:
    """A chart with its title and text alternative."""

    title: str
    chart: Layers
    alt: str


def drawing(answer: Answer, class_name: Callable[[int], str], t: Translate) -> Drawing | None:
    """The chart of an answer; None if it has none. `class_name` gives a class's name by its index."""
    match answer:
        case Branch():
            values = ", ".join(f"{path} {ratio:.2f}" for path, ratio in answer.ratios.items())
            return Drawing(t("homework.chart_ratio"), ratios(answer, t), t("homework.chart_alt", values=values))
        case Cut() | Removal():
            title = t("homework.chart_cut" if isinstance(answer, Cut) else "homework.chart_picture")
            names = [class_name(change.answer) for change in answer.changes]
            return Drawing(title, by_block(answer.changes, names, t), bars_alt(answer.changes, t))
        case Arrival():
            chart = gradients.norms(answer.kept.norms, answer.cut.norms, t).properties(height=260)
            return Drawing(t("charts.gradients"), chart, t("gradients.picture_alt"))
        case Plain():
            chart, alt_text = stored_curves(answer.comparison, DEPTH, t)
            return Drawing(t("homework.chart_plain"), chart, alt_text)
        case _:
            return None


def maps(answer: Answer, values: Mapping[str, Tensor], block: Block, t: Translate) -> Maps:
    """The maps of an Identity or a Branch in a block, whose maps are `values`."""
    return identity_maps(values, t) if isinstance(answer, Identity) else sum_maps(values, block, t)
