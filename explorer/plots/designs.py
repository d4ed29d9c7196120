"""Charts of the blocks of several designs over relative depth: the size of F(x), and the cost of a lesion."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from explorer.analysis.designs import Design
from explorer.core.i18n import Translate
from explorer.plots.charts import GREY, Layers, mixer_legend
from explorer.plots.curves import RUNS
from explorer.plots.gradients import log_axis


def table(designs: Sequence[Design], names: Sequence[str]) -> pd.DataFrame:
    """A row per block: columns `network` (of `names`), its `colour`, `depth` (0..1), `block` and `mixer`, and over the
    pictures the median `ratio` and the mean `moved`, which is missing for untrained networks."""
    parts = [
        pd.DataFrame(
            {
                "network": name,
                "colour": colour,
                "depth": design.depths,
                "block": design.blocks,
                "mixer": design.mixers,
                "ratio": design.ratios.quantile(0.5, 0).tolist(),
                "moved": np.nan if design.moved is None else design.moved.mean(0).tolist(),
            }
        )
        for design, name, colour in zip(designs, names, RUNS, strict=False)
    ]
    return pd.concat(parts, ignore_index=True)


def ratios(blocks: pd.DataFrame, t: Translate) -> Layers:
    """|F(x)| / |x| of `table` on a logarithmic axis; zero and infinity are left out. Dashed: as large as x."""
    seen = blocks[(blocks["ratio"] > 0) & np.isfinite(blocks["ratio"])]
    y = log_axis(seen["ratio"], "ratio").title(t("designs.ratio"))
    equal = alt.Chart(pd.DataFrame({"ratio": [1.0]})).mark_rule(color=GREY, strokeDash=[5, 4]).encode(y=y)
    return alt.layer(equal, *_lines(seen, y, "ratio", ".3g", t)).properties(height=330)


def costs(blocks: pd.DataFrame, t: Translate) -> Layers:
    """The mean change of the prediction without each branch, of `table`."""
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    y = alt.Y("moved:Q", title=t("designs.moved"), scale=alt.Scale(domain=[0, 1]), axis=axis)
    seen = blocks[blocks["moved"].notna()]
    return alt.layer(*_lines(seen, y, "moved", ".1%", t)).properties(height=330)


def _lines(blocks: pd.DataFrame, y: alt.Y, field: str, form: str, t: Translate) -> tuple[alt.Chart, ...]:
    """A line per network, with a mark per block in the shape of what its branch computes with."""
    words, shapes, _, legend = mixer_legend(blocks["mixer"], t)
    colours = dict(zip(blocks["network"], blocks["colour"], strict=True))
    legend.symbolFillColor = legend.symbolStrokeColor = GREY
    shown = blocks.assign(mixer=blocks["mixer"].map(words))
    of_networks = alt.Legend(orient="top", title=None, labelLimit=300, columns=1, symbolType="stroke", symbolOpacity=1)
    base = alt.Chart(shown).encode(
        x=alt.X(
            "depth:Q",
            title=t("designs.depth"),
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], grid=False),
        ),
        y=y,
        color=alt.Color(
            "network:N",
            scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            legend=of_networks,
        ),
    )
    points = base.mark_point(filled=True, size=48, opacity=1).encode(
        shape=alt.Shape("mixer:N", scale=alt.Scale(domain=list(words.values()), range=shapes), legend=legend),
        tooltip=[
            alt.Tooltip("network:N", title=" "),
            alt.Tooltip("block:N", title=t("shortcut.place_share")),
            alt.Tooltip("mixer:N", title=t("shortcut.mixer")),
            alt.Tooltip("depth:Q", title=t("designs.depth"), format=".0%"),
            alt.Tooltip(f"{field}:Q", title=t(f"designs.{field}"), format=form),
        ],
    )
    return base.mark_line(strokeWidth=1.5, opacity=0.7), points
