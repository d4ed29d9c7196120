"""He et al. 2015, figure 6, from any runs: error over iterations, of plain and residual networks."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import altair as alt
import pandas as pd

from explorer.core.i18n import Translate
from explorer.experiments.comparison.results import Result
from explorer.plots.charts import Layers
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


def panel(
    curves: pd.DataFrame, order: Sequence[str], iterations: int, top: float, measure: str, t: Translate, *,
    height: int = 320,
) -> Layers:  # fmt: skip
    """One panel: the rows of `table` whose `name` is in `order`, from shallow to deep.

    Training is dashed, test solid, as in the paper. A network has a colour and a point shape. The x axis ends at
    `iterations`, the y axis at `top`: panels side by side share both. `measure` is one of MEASURES.
    """
    shown = curves[curves["name"].isin(order)]
    words = {"train": t("why.train"), "test": t("why.test")}
    shown = shown.assign(what=shown["series"].map(words))
    percent = measure == "error"
    x = alt.X("iteration:Q", title=t("why.iterations"), scale=alt.Scale(domain=[0, iterations], nice=False),
              axis=alt.Axis(format="~s", tickCount=6, grid=False))  # fmt: skip
    y = alt.Y(f"{measure}:Q", title=t(f"why.{measure}"), scale=alt.Scale(domain=[0, top]),
              axis=alt.Axis(format="%" if percent else ".1f", tickCount=6))  # fmt: skip
    columns = 3 if len(order) <= 3 else 2  # of the legend: a phone has room for two
    legend = alt.Legend(orient="top", title=None, labelLimit=240, columns=columns, symbolOpacity=1)
    colours, shapes = ([series[k % len(series)] for k in range(len(order))] for series in (RUNS, SHAPES))
    colour = alt.Color("name:N", scale=alt.Scale(domain=list(order), range=colours), legend=legend)
    shape = alt.Shape("name:N", scale=alt.Scale(domain=list(order), range=shapes), legend=legend)
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
