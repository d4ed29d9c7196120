"""The loss landscape around trained weights, as contours and as a surface. Colour and height show its logarithm."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import contourpy
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explorer.core.i18n import Translate
from explorer.core.palette import BROWN_TEAL
from explorer.plots.charts import GREY, Layers

Array = NDArray[np.float64]

LOWEST, HIGHEST = 1e-3, 1e3  # nats; the loss is clipped to this range
COLOURS = tuple(reversed(BROWN_TEAL[5:]))  # darker is lower
PIN = "#ffb000"  # marks the trained weights
SIDE_PX = 356  # of the contours with their axes: fits a phone
LEGEND_PX = 64
SEAM = 1.2  # tiles overlap a little: else the page shows through between them
HEIGHT_PX = 340  # of the surface
TALL = 0.9  # height of the surface over a ground of 2 x 2
CORNERS = tuple(f"{axis}{corner}" for corner in range(4) for axis in "xy")
POLYGON = "{{type: 'Polygon', coordinates: [[{}]]}}".format(
    ", ".join(f"[datum.x{corner}, datum.y{corner}]" for corner in (0, 1, 2, 3, 0))
)  # built in the browser: a table is a third of the size of GeoJSON, and Altair would check its every number
FAR = math.sqrt(2)  # distance of the ground's corners from its centre


def loss_range(losses: Sequence[Array]) -> tuple[float, float]:
    """Smallest and largest clipped loss of all: the common scale of networks side by side."""
    values = np.concatenate([_drawn(loss).ravel() for loss in losses])
    low, high = float(values.min()), float(values.max())
    return low, max(high, 1.01 * low)


def _drawn(loss: Array) -> Array:
    return np.clip(loss, LOWEST, HIGHEST)


def contours(places: Array, loss: Array, across: tuple[float, float], t: Translate) -> Layers:
    """Contours: a coloured tile per grid point, lines of equal loss, and the trained weights in the middle.

    `loss` (K, K) has a row for each beta and a column for each alpha of `places` (K,); `across` is the `loss_range` of
    all networks side by side.
    """
    half = float(places[1] - places[0]) / 2
    beta, alpha = (grid.ravel() for grid in np.meshgrid(places, places, indexing="ij"))
    tiles = pd.DataFrame(
        {"left": alpha - half, "right": alpha + SEAM * half, "low": beta - half, "high": beta + SEAM * half,
         "alpha": alpha, "beta": beta, "drawn": _drawn(loss).ravel()}
    ).round(4)  # fmt: skip
    tiles["loss"] = [f"{value:.4g}" for value in loss.ravel()]
    ends = [float(places[0]) - half, float(places[-1]) + half]

    def along(channel: Any, field: str, name: str) -> Any:  # of Altair: X or Y
        axis = alt.Axis(grid=False, tickCount=5)
        return channel(field, title=t(f"landscape.along_{name}"), scale=alt.Scale(domain=ends, nice=False), axis=axis)

    tips = [
        alt.Tooltip("loss:N", title=t("landscape.loss")),
        alt.Tooltip("alpha:Q", title="a", format=".2f"),
        alt.Tooltip("beta:Q", title="b", format=".2f"),
    ]
    squares = alt.Chart(tiles).mark_rect(clip=True).encode(
        x=along(alt.X, "left:Q", "first"), x2="right:Q", y=along(alt.Y, "low:Q", "second"), y2="high:Q",
        color=_colour(across, t), tooltip=tips,
    )  # fmt: skip
    x, y = along(alt.X, "alpha:Q", "first"), along(alt.Y, "beta:Q", "second")
    curves = alt.Chart(_lines(places, loss)).encode(x=x, y=y, detail="line:N", order="step:Q")
    middle = alt.Chart(pd.DataFrame([{"alpha": 0, "beta": 0, "word": t("landscape.trained")}])).encode(x=x, y=y)
    return alt.layer(
        squares,
        curves.mark_line(strokeWidth=0.8, color="#000000", opacity=0.5),
        middle.mark_point(shape="diamond", size=90, filled=True, fill=PIN, stroke="#000000", opacity=1).encode(
            tooltip=alt.Tooltip("word:N", title=" ")
        ),
    ).properties(width=SIDE_PX, height=SIDE_PX + LEGEND_PX, autosize=alt.AutoSizeParams(type="fit", contains="padding"))


def levels(low: float, high: float) -> list[float]:
    """The numbers of 1, 2, 5, 10, 20, … between `low` and `high`."""
    tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [level for ten in tens for digit in (1, 2, 5) if low < (level := digit * 10.0**ten) < high]


def _lines(places: Array, loss: Array) -> pd.DataFrame:
    """Contour lines: columns `line` (number), `step` (number of the point), `alpha`, `beta`; of the logarithm."""
    drawn = _drawn(loss)
    generator = contourpy.contour_generator(places, places, np.log(drawn))
    lines = [line for level in levels(drawn.min(), drawn.max()) for line in generator.lines(math.log(level))]
    rows = [(number, step, *point) for number, line in enumerate(lines) for step, point in enumerate(line)]
    return pd.DataFrame(rows, columns=["line", "step", "alpha", "beta"]).round(3)


def _colour(across: tuple[float, float], t: Translate, *, legend: bool = True) -> alt.Color:
    return alt.Color(
        "drawn:Q",
        scale=alt.Scale(type="log", domain=list(across), range=list(COLOURS), interpolate="rgb", nice=False),
        legend=alt.Legend(
            orient="bottom", title=t("landscape.loss"), titleOrient="left", gradientLength=170, format="~g",
            tickCount=4,
        ) if legend else None,
    )  # fmt: skip


def surface(
    places: Array, loss: Array, across: tuple[float, float], t: Translate, *, azimuth: float, elevation: float
) -> Layers:
    """The same as a surface in parallel projection, seen from `azimuth` and `elevation` (degrees, 0 < elevation < 90).

    Each cell of the grid is a polygon in the colour of its corners' mean logarithm; a pin marks the trained weights.
    Polygons are drawn from back to front.
    """
    view = View(math.radians(azimuth), math.radians(elevation), across)
    unit = places / places[-1]
    beta, alpha = np.meshgrid(unit, unit, indexing="ij")
    seen, depth, logs = view.seen(alpha, beta, loss), view.depth(alpha, beta), np.log(_drawn(loss))
    rings = np.stack(_corners(seen), 2).reshape(-1, 8)
    cells = pd.DataFrame(rings, columns=CORNERS).round(3)
    cells["drawn"] = np.exp(np.mean(_corners(logs), 0)).ravel().round(4)
    cells["behind"] = np.mean(_corners(depth), 0).ravel()
    middle = len(places) // 2
    pin = pd.DataFrame([_pin(*seen[middle, middle])], columns=CORNERS)
    pin["drawn"], pin["behind"] = _drawn(loss)[middle, middle], 0.0
    cells["pin"], pin["pin"] = 0, 1
    shapes = pd.concat([cells, pin]).sort_values("behind", ascending=False, kind="stable").drop(columns="behind")
    drawn = alt.Chart(shapes).transform_calculate(type="'Feature'", geometry=POLYGON)
    tiles = drawn.mark_geoshape(stroke="#000000", strokeWidth=0.4, strokeOpacity=0.5).encode(
        color=alt.condition("datum.pin", alt.value(PIN), _colour(across, t, legend=False)),
        tooltip=alt.Tooltip("drawn:Q", title=t("landscape.loss"), format=".3~g"),
    )
    return alt.layer(*view.frame(), tiles).project(type="identity", reflectY=True).properties(height=HEIGHT_PX)


def _corners(grid: Array) -> list[Array]:
    """The four corners of each cell, (K - 1, K - 1, …) each, in order around it."""
    return [grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]]


def _pin(x: float, y: float) -> list[float]:
    return [x, y, x - 0.04, y + 0.2, x, y + 0.26, x + 0.04, y + 0.2]


def _feature(kind: str, coordinates: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, **more}


@dataclass(frozen=True)
class View:
    """Projects the ground [-1, 1] x [-1, 1] and losses in the range `across` to the screen; angles in radians."""

    azimuth: float
    elevation: float
    across: tuple[float, float]

    def seen(self, alpha: Array, beta: Array, loss: Array) -> Array:
        """Screen coordinates (…, 2): right, up."""
        low, high = (math.log(end) for end in self.across)
        height = TALL * (np.log(_drawn(loss)) - low) / (high - low)
        right = alpha * math.cos(self.azimuth) + beta * math.sin(self.azimuth)
        return np.stack(
            [right, self.depth(alpha, beta) * math.sin(self.elevation) + height * math.cos(self.elevation)], -1
        )

    def depth(self, alpha: Array, beta: Array) -> Array:
        """Distance behind the centre of the ground."""
        return beta * math.cos(self.azimuth) - alpha * math.sin(self.azimuth)

    def frame(self) -> list[alt.Chart]:
        """The ground, a scale in nats at its leftmost corner, and the names of its two near edges.

        An invisible box around all azimuths keeps size and position when the surface turns.
        """
        low, high = self.across
        alpha, beta = np.array([-1.0, 1, 1, -1, -1]), np.array([-1.0, -1, 1, 1, -1])
        ground = self.seen(alpha, beta, np.full(5, low))
        left = int(ground[:, 0].argmin())
        tens = [10.0**ten for ten in range(-3, 4) if 3 * low < 10.0**ten < high / 3]
        ticks = np.array([low, *tens, high])
        up = self.seen(np.full_like(ticks, alpha[left]), np.full_like(ticks, beta[left]), ticks)
        near = -1.15 * np.sign(self.depth(np.eye(2)[0], np.eye(2)[1]))  # an edge is near where its middle's depth < 0
        names = self.seen(np.array([0, near[0]]), np.array([near[1], 0]), np.full(2, low))
        edge, deep = 1.12 * FAR, FAR * math.sin(self.elevation)
        top = deep + TALL * math.cos(self.elevation)
        box = [[-edge, -1.15 * deep], [edge, -1.15 * deep], [edge, top], [-edge, top], [-edge, -1.15 * deep]]
        shapes = [
            _feature("Polygon", [box], width=0),
            _feature("LineString", ground.round(3).tolist(), width=1),
            _feature("LineString", up.round(3).tolist(), width=1),
        ]
        lines = alt.Chart(alt.InlineData(values=shapes)).mark_geoshape(filled=False, stroke=GREY).encode(
            strokeWidth=alt.StrokeWidth("width:Q", scale=None)
        )  # fmt: skip
        words = pd.DataFrame({"x": up[:, 0], "y": up[:, 1], "word": [f"{float(f'{tick:.2g}'):g} –" for tick in ticks]})
        letters = pd.DataFrame({"x": names[:, 0], "y": names[:, 1], "word": ["a", "b"]})
        here = {"longitude": "x:Q", "latitude": "y:Q", "text": "word:N"}
        return [
            lines,
            alt.Chart(words).mark_text(align="right", fontSize=11).encode(**here),
            alt.Chart(letters).mark_text(fontSize=13).encode(**here),
        ]
