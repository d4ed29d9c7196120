"""He et al. 2015, figure 6, from any runs: error over iterations, of plain and residual networks."""

import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Final

import altair as alt
import pandas as pd

from explorer.core.i18n import Translate
from explorer.core.palette import PLAIN_DEPTHS, RESIDUAL_DEPTHS, WITH_SHORTCUTS, WITHOUT_SHORTCUTS, ramp
from explorer.experiments.comparison.results import Result
from explorer.models.cifar_resnet import Design
from explorer.plots.charts import GREY, Layers
from explorer.plots.curves import RUNS, SHAPES

MEASURES: Final = ("error", "loss")
LEGEND_ROW_PX: Final = 20


def table(results: Sequence[Result], names: Mapping[str, str], batches: int) -> pd.DataFrame:
    """A row per network, epoch and series (train, test): means over the seeds that have reached the epoch.

    `names` maps networks to words; `batches` is the number of batches per epoch.
    Columns `network`, `name`, `epoch`, `iteration`, `series`, `error` (0..1), `loss`, `seeds`.
    """
    values: dict[tuple[str, int, str], list[tuple[float, float]]] = {}
    for result in results:
        series = {"train": (result.train_accuracy, result.train_loss), "test": (result.accuracy, result.test_loss)}
        for kind, (accuracies, losses) in series.items():
            for k, (accuracy, loss) in enumerate(zip(accuracies, losses, strict=True)):
                values.setdefault((result.network, k + 1, kind), []).append((1 - accuracy, loss))
    rows = []
    for (network, epoch, kind), each in values.items():
        error, loss = (sum(column) / len(each) for column in zip(*each, strict=True))
        rows.append((network, names[network], epoch, epoch * batches, kind, error, loss, len(each)))
    return pd.DataFrame(
        rows, columns=["network", "name", "epoch", "iteration", "series", "error", "loss", "seeds"]
    )  # fmt: skip


def colours(designs: Sequence[Design]) -> list[str]:
    """A colour for each design. Plain networks and those with identity shortcuts have the colours of the twins, a shade
    for each depth; other shortcuts have those of RUNS."""
    depths = sorted({each.depth for each in designs})
    others = iter(cycle(RUNS))
    found = []
    for each in designs:
        if each.shortcut not in ("none", "identity") or each.preact or each.projection:
            found.append(next(others))
        elif len(depths) == 1:
            found.append(WITH_SHORTCUTS if each.residual else WITHOUT_SHORTCUTS)
        else:
            shades = ramp(RESIDUAL_DEPTHS if each.residual else PLAIN_DEPTHS, len(depths))
            found.append("#{:02x}{:02x}{:02x}".format(*shades[depths.index(each.depth)]))
    return found


def ends(curves: pd.DataFrame, looks: Mapping[str, str]) -> pd.DataFrame:
    """The last errors of each network of `table`, the smallest test error first: columns `name`, `colour`, `train`,
    `test` (0..1)."""
    last = curves.sort_values("epoch").groupby(["name", "series"])["error"].last().unstack()
    last = last.dropna().sort_values("test").reset_index()
    return last.assign(colour=last["name"].map(looks))


def bars(last: pd.DataFrame, t: Translate) -> Layers:
    """`ends` as a bar for each network with its test error in figures, and a tick at its training error."""
    base = alt.Chart(last).encode(
        y=alt.Y("name:N", sort=None, title=t("why.column_network"),
                axis=alt.Axis(labelLimit=260, maxExtent=320, labelPadding=6, ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("test:Q", title=t("why.column_test"), format=".1%"),
            alt.Tooltip("train:Q", title=t("why.column_train"), format=".1%"),
        ],
    )  # fmt: skip
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], grid=False)
    x = alt.X("test:Q", title=t("why.error"), scale=alt.Scale(domain=[0, 1.12]), axis=axis)
    drawn = base.mark_bar(cornerRadiusEnd=2, height=16).encode(x=x, color=alt.Color("colour:N", scale=None))
    ticks = base.mark_tick(color=GREY, thickness=2.5, size=24).encode(x=alt.X("train:Q", title=t("why.error")))
    furthest = base.transform_calculate(end="max(datum.test, datum.train)")
    words = furthest.mark_text(align="left", dx=6, fontWeight=600).encode(
        x=alt.X("end:Q", title=t("why.error")), text=alt.Text("test:Q", format=".1%")
    )
    return alt.layer(drawn, ticks, words).properties(height=30 * len(last) + 48)


def panel(
    curves: pd.DataFrame, looks: Mapping[str, str], iterations: int, top: float, measure: str, t: Translate, *,
    height: int = 320,
) -> Layers:  # fmt: skip
    """One panel: the rows of `table` whose `name` is a key of `looks` (name -> colour), from shallow to deep.

    Training is dashed, test solid, as in the paper. A network has a colour and a point shape. The x axis ends at
    `iterations`, the y axis at `top`: panels side by side share both. `measure` is one of MEASURES.
    """
    order = list(looks)
    shown = curves[curves["name"].isin(order)]
    words = {"train": t("why.train"), "test": t("why.test")}
    shown = shown.assign(what=shown["series"].map(words))
    percent = measure == "error"
    x = alt.X("iteration:Q", title=t("why.iterations"), scale=alt.Scale(domain=[0, iterations], nice=False),
              axis=alt.Axis(format="~s", labelExpr="datum.value && datum.label", tickCount=6, grid=False))  # fmt: skip
    y = alt.Y(f"{measure}:Q", title=t(f"why.{measure}"), scale=alt.Scale(domain=[0, top]),
              axis=alt.Axis(format="%" if percent else ".1f", tickCount=6))  # fmt: skip
    columns = 3 if len(order) <= 3 else 2  # of the legend: a phone has room for two
    legend = alt.Legend(orient="top", title=None, labelLimit=240, columns=columns, symbolOpacity=1)
    shapes = [SHAPES[k % len(SHAPES)] for k in range(len(order))]
    colour = alt.Color("name:N", scale=alt.Scale(domain=order, range=list(looks.values())), legend=legend)
    shape = alt.Shape("name:N", scale=alt.Scale(domain=order, range=shapes), legend=legend)
    dash = alt.StrokeDash("what:N", scale=alt.Scale(domain=list(words.values()), range=[[5, 4], [1, 0]]), legend=None)
    tips = [
        alt.Tooltip("name:N", title=" "), alt.Tooltip("what:N", title=" "),
        alt.Tooltip("epoch:Q", title=t("why.epoch")),
        alt.Tooltip("iteration:Q", title=t("why.iterations"), format=","),
        alt.Tooltip("error:Q", title=t("why.error"), format=".1%"),
        alt.Tooltip("loss:Q", title=t("why.loss"), format=".3f"),
        alt.Tooltip("seeds:Q", title=t("why.seeds")),
    ]  # fmt: skip
    base = alt.Chart(shown).encode(x=x, y=y, color=colour)
    lines = base.mark_line(strokeWidth=2.2).encode(strokeDash=dash)
    points = base.mark_point(filled=True, size=40, opacity=1).encode(shape=shape, tooltip=tips)
    return alt.layer(lines, points).properties(height=height + LEGEND_ROW_PX * (math.ceil(len(order) / columns) - 1))
