"""Iterative inference over depth: the cosine of F(x) and the loss gradient, and the accuracy of linear readouts."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd
from torch import Tensor

from explorer.core.i18n import Translate
from explorer.plots.charts import GREY, TEAL, Layers, mixer_legend, short

LEGEND = alt.Legend(orient="top", title=None, labelLimit=240)


def cosine(
    blocks: Sequence[str],
    here: Tensor,
    pictures: Tensor | None,
    t: Translate,
    *,
    labels: Mapping[str, str] | None = None,
    mixers: Mapping[str, str] | None = None,
) -> Layers:
    """Cosine of F(x) and the loss gradient by block: `here` (blocks,) of one picture; of `pictures` (N, blocks) the
    mean and a band from the 10 % to the 90 % quantile.

    `labels` are the blocks' short names by path; with `mixers` by path, points show what the branch computes with.
    """
    one, many = t("inference.this_picture"), t("inference.these_pictures")
    table = pd.DataFrame({"block": list(blocks), "cosine": here.tolist(), "of": one})
    x = _depth(blocks, t("inference.block"), labels=labels)
    y = alt.Y("cosine:Q", title=t("inference.cosine"), axis=alt.Axis(format=".2~f"))
    colour = _colour([one] if pictures is None else [one, many], [TEAL, GREY])
    tips = [
        alt.Tooltip("of:N", title=" "),
        alt.Tooltip("block:N", title=t("inference.block")),
        alt.Tooltip("cosine:Q", title=t("inference.cosine"), format=".3f"),
    ]
    zero = alt.Chart(pd.DataFrame({"cosine": [0.0]})).mark_rule(color=GREY, strokeDash=[4, 3]).encode(y=y)
    layers = [zero]
    if pictures is not None:
        low, high = (pictures.quantile(q, dim=0).tolist() for q in (0.1, 0.9))
        mean = pictures.mean(0).tolist()
        spread = pd.DataFrame({"block": list(blocks), "cosine": mean, "low": low, "high": high, "of": many})
        band = alt.Chart(spread).encode(x=x)
        middle = [
            *tips,
            alt.Tooltip("low:Q", title="10 %", format=".3f"),
            alt.Tooltip("high:Q", title="90 %", format=".3f"),
        ]
        layers += [
            band.mark_area(color=GREY, opacity=0.25).encode(y=alt.Y("low:Q", title=t("inference.cosine")), y2="high:Q"),
            band.mark_line(strokeWidth=2).encode(y=y, color=colour),
            band.mark_point(filled=True, size=36, opacity=1).encode(y=y, color=colour, tooltip=middle),
        ]
    own = alt.Chart(table).encode(x=x, y=y, color=colour)
    points = own.mark_point(filled=True, size=44, opacity=1)
    if mixers:
        words, shapes, colours, legend = mixer_legend(mixers.values(), t)
        table["mixer"] = table["block"].map(mixers).map(words)
        domain = list(words.values())
        points = alt.Chart(table).mark_point(filled=True, size=44, opacity=1).encode(
            x=x, y=y,
            shape=alt.Shape("mixer:N", scale=alt.Scale(domain=domain, range=shapes), legend=legend),
            fill=alt.Fill("mixer:N", scale=alt.Scale(domain=domain, range=colours), legend=legend),
        )  # fmt: skip
    layers += [own.mark_line(strokeWidth=2), points.encode(tooltip=tips)]
    return alt.layer(*layers).properties(height=320)


def readable(
    blocks: Sequence[str],
    probes: Sequence[float],
    heads: Mapping[str, float],
    true_labels: bool,
    t: Translate,
    labels: Mapping[str, str] | None = None,
) -> Layers:
    """Accuracy (0..1) of linear probes after the stem and each block, and of the network's own head in the last stage.

    `probes` has len(blocks) + 1 entries, or none.
    """
    depths = [t("inference.stem"), *blocks]
    probe, head = t("inference.probe"), t("inference.head" if true_labels else "inference.head_own")
    rows = [{"depth": d, "share": s, "of": probe} for d, s in zip(depths, probes, strict=False)]
    rows += [{"depth": block, "share": share, "of": head} for block, share in heads.items()]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=_depth(depths, t("inference.after"), "depth", labels),
        y=alt.Y(
            "share:Q",
            title=t("inference.accuracy"),
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1]),
        ),
        color=_colour([probe, head], [TEAL, GREY]),
        shape=alt.Shape("of:N", scale=alt.Scale(domain=[probe, head], range=["circle", "diamond"]), legend=LEGEND),
        tooltip=[
            alt.Tooltip("of:N", title=" "),
            alt.Tooltip("depth:N", title=t("inference.after")),
            alt.Tooltip("share:Q", title=t("inference.accuracy"), format=".1%"),
        ],
    )
    return alt.layer(base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=56, opacity=1)).properties(
        height=320
    )


def _depth(names: Sequence[str], title: str, column: str = "block", labels: Mapping[str, str] | None = None) -> alt.X:
    axis = alt.Axis(labelAngle=-45, ticks=False, labelOverlap=len(names) > 20, labelExpr=short(labels or {}))
    return alt.X(f"{column}:N", sort=list(names), title=title, axis=axis)


def _colour(names: Sequence[str], colours: Sequence[str]) -> alt.Color:
    scale = alt.Scale(domain=list(names), range=list(colours[: len(names)]))
    return alt.Color("of:N", scale=scale, legend=LEGEND)
