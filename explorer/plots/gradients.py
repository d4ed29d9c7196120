"""Charts of gradients over blocks and over a line of inputs, and of the branch's share at initialization."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

import altair as alt
import numpy as np
import pandas as pd
from torch import Tensor

from explorer.core.i18n import Translate
from explorer.core.palette import WITH_SHORTCUTS, WITHOUT_SHORTCUTS
from explorer.plots.charts import GREY, TEAL, Layers, short

HEIGHT = 340

KINDS = {
    "plain": WITHOUT_SHORTCUTS,
    "residual": WITH_SHORTCUTS,
    "scaled": TEAL,
    "noise": GREY,
}


def norms(
    kept: Mapping[str, float], cut: Mapping[str, float], t: Translate, labels: Mapping[str, str] | None = None
) -> Layers:
    """Norms of the loss gradient by block, with shortcuts (`kept`) and without (`cut`), on a logarithmic axis.

    Norms that are 0 or not finite are left out. `labels` are the blocks' short names by path.
    """
    colours = {t("gradients.kept"): TEAL, t("gradients.cut"): GREY}
    table = _table({name: norms.values() for name, norms in zip(colours, (kept, cut), strict=True)}, list(kept))
    table = table[(table["value"] > 0) & np.isfinite(table["value"])]
    titles = t("gradients.block"), t("gradients.norm")
    return _lines(table, _blocks(labels), log_axis(table["value"]), titles, colours)


def path_norms(norms: Sequence[Sequence[float]], t: Translate) -> Layers:
    """Mean and 10th to 90th percentile of the norms of paths by length 0, 1, …, on a logarithmic axis.

    Lengths are left out if a norm is not finite or the 10th percentile is 0.
    """
    rows = [
        (length, len(same), np.mean(same), *np.percentile(same, (10, 90)))
        for length, same in enumerate(norms)
        if np.isfinite(same).all()
    ]
    table = pd.DataFrame(rows, columns=["at", "paths", "mean", "low", "high"])
    table = table[table["low"] > 0]
    words = {"mean": t("gradients.path_mean"), "low": t("shortcut.low"), "high": t("shortcut.high")}
    edges = pd.concat([table[name] for name in words])
    mean, low = (log_axis(edges, name).title(t("gradients.path_norm")) for name in ("mean", "low"))
    tips = [alt.Tooltip("at:Q", title=t("diagrams.length")), alt.Tooltip("paths:Q", title=t("gradients.path_measured"))]
    tips += [alt.Tooltip(f"{name}:Q", title=title, format=".3g") for name, title in words.items()]
    base = alt.Chart(table).encode(x=_count().title(t("diagrams.length")), tooltip=tips)
    band = base.mark_area(color=TEAL, opacity=0.18, line=False).encode(y=low, y2="high:Q")
    points = base.mark_point(color=TEAL, filled=True, size=50, opacity=1).encode(y=mean)
    return alt.layer(band, base.mark_line(color=TEAL, strokeWidth=2).encode(y=mean), points).properties(height=HEIGHT)


def path_shares(paths: Sequence[float], gradient: Sequence[float], t: Translate) -> Layers:
    """By length 0, 1, …, the share (0..1) of all paths and of their gradient."""
    colours = {t("gradients.paths_of_all"): GREY, t("gradients.paths_product"): TEAL}
    table = _table(dict(zip(colours, (paths, gradient), strict=True)), range(len(paths)))
    y = alt.Y("value:Q", axis=alt.Axis(format="%", tickCount=5))
    return _lines(table, _count(), y, (t("diagrams.length"), t("gradients.path_share")), colours, form=".2~%")


def alone(
    ratios: Mapping[str, float], cosines: Mapping[str, float], t: Translate, labels: Mapping[str, str] | None = None
) -> Layers:
    """By block, the gradient through the shortcuts alone: its norm relative to the whole gradient's, and the cosine.

    `labels` are the blocks' short names by path.
    """
    colours = {t("gradients.alone_ratio"): TEAL, t("gradients.alone_cosine"): GREY}
    series = {name: values.values() for name, values in zip(colours, (ratios, cosines), strict=True)}
    y = alt.Y("value:Q", axis=alt.Axis(tickCount=5))
    titles = t("gradients.block"), t("gradients.alone_relative")
    return _lines(_table(series, list(ratios)), _blocks(labels), y, titles, colours)


def norms_at_init(residual: Sequence[float], plain: Sequence[float], t: Translate) -> Layers:
    """The same norms for two networks at initialization, over the block's number, on a logarithmic axis."""
    colours = {t("gradients.residual"): WITH_SHORTCUTS, t("gradients.plain"): WITHOUT_SHORTCUTS}
    table = _table(dict(zip(colours, (residual, plain), strict=True)))
    table = table[(table["value"] > 0) & np.isfinite(table["value"])]
    titles = t("gradients.block_number"), t("gradients.norm")
    return _lines(table, _count(), log_axis(table["value"]), titles, colours)


def shares(normed: Sequence[float], bare: Sequence[float], t: Translate) -> Layers:
    """The branch's share of each sum with (`normed`) and without BatchNorm (`bare`); dashed: De & Smith's theory."""
    colours = {t("gradients.with_norm"): TEAL, t("gradients.without_norm"): GREY}
    theory = [1 / (block + 1) for block in range(1, len(normed) + 1)], [0.5] * len(bare)
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5))
    titles = t("gradients.block_number"), t("gradients.share")
    drawn = _lines(_table(dict(zip(colours, (normed, bare), strict=True))), _count(), y, titles, colours, form=".1%")
    dashed = alt.Chart(_table(dict(zip(colours, theory, strict=True)))).mark_line(strokeDash=[5, 4], strokeWidth=1.5)
    return alt.layer(drawn, dashed.encode(x="at:Q", y="value:Q", color=_colours(colours)))


def curves(gradients: Mapping[str, Tensor], t: Translate, seed: int = 0) -> Layers:
    """Gradients over the grid of inputs, stacked, each divided by its standard deviation; white noise comes last."""
    points = len(next(iter(gradients.values())))
    noise = np.random.default_rng(seed).standard_normal(points)
    rows = {kind: values.double().numpy() for kind, values in gradients.items()} | {"noise": noise}
    colours = {t(f"gradients.net_{kind}"): KINDS[kind] for kind in rows}
    table = _table(dict(zip(colours, rows.values(), strict=True)), np.linspace(-2, 2, points).tolist())
    of_one = table.groupby("series", sort=False)
    centred = table["value"] - of_one["value"].transform("mean")
    table["height"] = centred / (5 * of_one["value"].transform("std")) - of_one.ngroup()  # most lie within 2.5 of them
    titles = t("gradients.input"), t("gradients.slope")
    line = alt.Chart(table).mark_line(strokeWidth=1.5)
    drawn = line.encode(
        x=alt.X("at:Q", title=titles[0], scale=alt.Scale(nice=False), axis=alt.Axis(grid=False)),
        y=alt.Y("height:Q", title=titles[1], axis=alt.Axis(values=[], domain=False), scale=alt.Scale(nice=False)),
        color=_colours(colours),
        tooltip=_tips(titles, ".3g"),
    )
    return alt.layer(drawn).properties(height=HEIGHT)


def correlations(autocorrelations: Mapping[str, Tensor], t: Translate) -> Layers:
    """The autocorrelation (lags,) of the gradients by kind of network, over the lag in steps of the grid."""
    colours = {t(f"gradients.net_{kind}"): KINDS[kind] for kind in autocorrelations}
    series = dict(zip(colours, (values.tolist() for values in autocorrelations.values()), strict=True))
    table = _table(series, range(len(next(iter(autocorrelations.values())))))
    y = alt.Y("value:Q", axis=alt.Axis(tickCount=5))
    return _lines(table, _count(), y, (t("gradients.lag"), t("gradients.correlation")), colours)


def power_of_ten(power: int) -> str:
    return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _table(series: Mapping[str, Iterable[float]], places: Sequence[object] | None = None) -> pd.DataFrame:
    """Columns `series`, `at` (of `places`, else 1, 2, …) and `value`."""
    return pd.DataFrame(
        {"series": name, "at": at, "value": value}
        for name, values in series.items()
        for at, value in zip(places if places is not None else count(1), values, strict=False)
    )


def _blocks(labels: Mapping[str, str] | None) -> alt.X:
    axis = alt.Axis(labelAngle=-40, labelOverlap=True, grid=False, labelExpr=short(labels or {}))
    return alt.X("at:N", sort=None, axis=axis)


def _count() -> alt.X:
    return alt.X(
        "at:Q",
        axis=alt.Axis(format="d", tickMinStep=1, grid=False, labelBound=True),
        scale=alt.Scale(nice=False, padding=8),
    )


def log_axis(values: pd.Series, field: str = "value") -> alt.Y:
    """A logarithmic axis over whole decades."""
    low, high = (math.floor(math.log10(values.min())), math.ceil(math.log10(values.max()))) if len(values) else (-1, 0)
    high = max(high, low + 1)
    powers = range(low, high + 1, 1 + (high - low) // 8)
    labels = [f"{10.0**k:g}" if -4 <= k <= 4 else power_of_ten(k) for k in powers]
    ticks = [10.0**k for k in powers]
    axis = alt.Axis(values=ticks, labelExpr=f"{labels}[indexof({ticks}, datum.value)]")
    return alt.Y(f"{field}:Q", scale=alt.Scale(type="log", domain=[10.0**low, 10.0**high]), axis=axis)


def _colours(colours: Mapping[str, str]) -> alt.Color:
    legend = alt.Legend(orient="top", title=None, symbolType="stroke", columns=2, labelLimit=260)
    return alt.Color("series:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=legend)


def _tips(titles: tuple[str, str], form: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("series:N", title=" "),
        alt.Tooltip("at", title=titles[0]),
        alt.Tooltip("value:Q", title=titles[1], format=form),
    ]


def _lines(
    table: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    titles: tuple[str, str],
    colours: Mapping[str, str],
    form: str = ".3g",
) -> Layers:
    """A line per series; `titles` of both axes, `form` of the values in tooltips."""
    base = alt.Chart(table).encode(
        x=x.title(titles[0]), y=y.title(titles[1]), color=_colours(colours), tooltip=_tips(titles, form)
    )
    size = 50 if len(table) < 60 else 12
    return alt.layer(base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=size, opacity=1)).properties(
        height=HEIGHT
    )
