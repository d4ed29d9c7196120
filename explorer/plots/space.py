"""Charts of feature space: pictures projected to the plane, and the accuracy of linear probes over depth."""

import io
from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from explorer.core.i18n import Translate
from explorer.plots.charts import GREY, TEAL, Layers
from explorer.plots.curves import SHAPES
from explorer.plots.pictures import data_uri

# Colours of one shape (every fifth) are distinct under each colour blindness; all are visible in both themes; no roles.
COLOURS = (
    TEAL, "#985ed1", "#7c6410", "#5aa03c", "#d07c70", "#948840", "#4c7040", "#7c94ac", "#707064", "#9234d1",
)  # fmt: skip
THUMBNAIL_PX = 64


def hover_uri(picture: Image.Image) -> str:
    """Data URI of a thumbnail of up to THUMBNAIL_PX for a tooltip, as WebP: a chart holds a thousand."""
    small = picture.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=80)
    return data_uri(buffer.getvalue(), "webp")


def table(points: NDArray[np.float32], classes: Sequence[str], images: Sequence[str] | None) -> pd.DataFrame:
    """Columns `x`, `y`, `class` (in the reader's language) and, if there are images, `image` (a data URI), from
    `points` (N, 2)."""
    found = pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "class": classes})
    return found if images is None else found.assign(image=images)


def scatter(
    pictures: pd.DataFrame, own: pd.DataFrame, t: Translate, shares: tuple[float, float] | None, *, dark: bool
) -> Layers:
    """Scatter plot of two `table`s: a set of pictures, and the reader's own, marked.

    `shares` are PCA's explained variance ratios, None for t-SNE. A click on the legend fades other classes; the tooltip
    shows the picture.
    """
    names = list(dict.fromkeys(pictures["class"]))
    colours = [COLOURS[k % len(COLOURS)] for k in range(len(names))]
    shapes = [SHAPES[(k + k // len(COLOURS)) % len(SHAPES)] for k in range(len(names))]
    chosen = alt.selection_point(name="chosen", fields=["class"], bind="legend")
    legend = alt.Legend(title=None, orient="bottom", columns=4, symbolOpacity=1, labelLimit=110, clipHeight=18)
    class_tip, image_tip = alt.Tooltip("class:N", title=t("space.class")), alt.Tooltip("image:N")
    titles = [
        t("space.axis_share", number=k + 1, share=shares[k]) if shares else t("space.axis_tsne", number=k + 1)
        for k in range(2)
    ]
    axis = alt.Axis(labels=False, ticks=False, grid=False, domain=True)
    x = alt.X("x:Q", title=titles[0], axis=axis, scale=alt.Scale(zero=False))
    y = alt.Y("y:Q", title=titles[1], axis=axis, scale=alt.Scale(zero=False))
    crowd = (
        alt.Chart(pictures)
        .mark_point(filled=True, size=55)
        .encode(
            x=x,
            y=y,
            color=alt.Color("class:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
            shape=alt.Shape("class:N", scale=alt.Scale(domain=names, range=shapes), legend=legend),
            opacity=alt.condition(chosen, alt.value(0.85), alt.value(0.12)),
            tooltip=[class_tip, image_tip] if "image" in pictures else [class_tip],
        )
        .add_params(chosen)
    )
    ink, page = ("#ffffff", "#14191c") if dark else ("#000000", "#ffffff")
    marked = alt.Chart(own).encode(x=x, y=y, tooltip=[class_tip, image_tip])
    ring = marked.mark_point(size=230, filled=True, fill=page, stroke=ink, strokeWidth=2.5, opacity=1)
    cross = marked.mark_point(size=110, shape="cross", filled=True, fill=ink, opacity=1)
    word = marked.encode(text="class:N")
    halo = word.mark_text(dy=-18, fontWeight="bold", fontSize=12, stroke=page, strokeWidth=4, strokeJoin="round")
    name = word.mark_text(dy=-18, fontWeight="bold", fontSize=12)
    return alt.layer(crowd, ring, cross, halo, name).properties(height=430)


def probe_table(probes: Mapping[str, Sequence[float]], names: Mapping[str, str]) -> pd.DataFrame:
    """Columns `place` (in words), mean `accuracy` over the folds, and its range `low`, `high`, all 0..1."""
    rows = [
        {"place": names[place], "accuracy": np.mean(folds), "low": min(folds), "high": max(folds)}
        for place, folds in probes.items()
    ]
    return pd.DataFrame(rows)


def probes(accuracies: pd.DataFrame, t: Translate, *, chance: float, own: float | None) -> Layers:
    """`probe_table` over depth with the range over folds, and lines for chance and the network's own accuracy."""
    two_lines = "split(replace(datum.label, '（', '|（'), '|')"  # a term and its translation
    x = alt.X(
        "place:N", sort=None, title=t("space.depth"),
        axis=alt.Axis(labelAngle=0, labelOverlap=False, labelPadding=6, labelExpr=two_lines),
    )  # fmt: skip
    y = alt.Y(
        "accuracy:Q",
        title=t("space.accuracy"),
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", tickCount=5),
    )
    tips = [
        alt.Tooltip("place:N", title=t("space.depth")),
        alt.Tooltip("accuracy:Q", title=t("space.accuracy"), format=".1%"),
        alt.Tooltip("low:Q", title=t("space.lowest"), format=".1%"),
        alt.Tooltip("high:Q", title=t("space.highest"), format=".1%"),
    ]
    base = alt.Chart(accuracies).encode(x=x, tooltip=tips)
    levels = {t("space.chance"): chance} | ({} if own is None else {t("space.own"): own})
    lines = alt.Chart(pd.DataFrame({"level": levels.values(), "word": levels.keys()}))
    rule = lines.mark_rule(color=GREY, strokeDash=[4, 3], strokeWidth=1.5).encode(
        y="level:Q",
        tooltip=[alt.Tooltip("word:N", title=" "), alt.Tooltip("level:Q", title=t("space.accuracy"), format=".1%")],
    )
    word = lines.mark_text(align="left", baseline="bottom", dx=4, dy=-3, x=0, fontSize=12).encode(
        y="level:Q", text="word:N"
    )
    spread = base.mark_rule(color=TEAL, strokeWidth=2, opacity=0.6).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    line = base.mark_line(color=TEAL, strokeWidth=2).encode(y=y)
    dots = base.mark_point(color=TEAL, filled=True, size=80, opacity=1).encode(y=y)
    values = base.mark_text(dy=-14, dx=-4, align="right", fontSize=12).encode(
        y=y, text=alt.Text("accuracy:Q", format=".0%")
    )
    return alt.layer(rule, spread, line, dots, values, word).properties(height=430)
