"""Contours and surface: positions, common scale, order from back to front."""

import json
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import vl_convert

from explorer.core.i18n import t
from explorer.plots import landscape as drawing

PLACES = np.linspace(-1, 1, 21)
BETA, ALPHA = np.meshgrid(PLACES, PLACES, indexing="ij")
CONE = np.exp(3 * np.hypot(ALPHA, BETA))  # contours are circles: of radius log(level) / 3


def rows(chart: Any, column: str) -> list[dict[str, Any]]:
    return next(table for table in chart.to_dict()["datasets"].values() if column in table[0])


def surface(loss: np.ndarray, azimuth: float = 0, elevation: float = 30) -> Any:
    across = drawing.loss_range([loss])
    places = np.linspace(-1, 1, len(loss))
    return drawing.surface(places, loss, across, t, azimuth=azimuth, elevation=elevation)


def test_networks_side_by_side_share_one_scale() -> None:
    tall = CONE.copy()
    tall[0, 0], tall[0, 1] = math.inf, 0
    across = drawing.loss_range([CONE, tall])
    assert across == (drawing.LOWEST, drawing.HIGHEST), "values beyond the range are drawn at its end"
    for loss in (CONE, tall):
        for chart in (drawing.contours(PLACES, loss, across, t),
                      drawing.surface(PLACES, loss, across, t, azimuth=0, elevation=30)):  # fmt: skip
            assert f'"domain": {json.dumps(list(across))}' in json.dumps(chart.to_dict())
    low, high = drawing.loss_range([np.full((3, 3), 2.0)])
    assert low == 2 < high, "a flat surface has a scale, too"


def test_contours_have_a_tile_for_each_place_and_lines_where_the_loss_is_a_level() -> None:
    loss = CONE.copy()
    loss[0, 0] = math.inf
    chart = drawing.contours(PLACES, loss, drawing.loss_range([loss]), t)
    tiles = rows(chart, "loss")
    assert len(tiles) == 21 * 21
    assert (tiles[0]["alpha"], tiles[0]["beta"], tiles[0]["loss"], tiles[0]["drawn"]) == (-1, -1, "inf", 1000)
    (right,) = (tile for tile in tiles if (tile["alpha"], tile["beta"]) == (1, 0))
    assert right["loss"] == f"{math.e**3:.4g}"
    assert right["left"] == pytest.approx(0.95)
    radii = [math.hypot(point["alpha"], point["beta"]) for point in rows(chart, "line") if point["line"] == 1]
    assert radii == pytest.approx([math.log(5) / 3] * len(radii), abs=0.02), "1 is the centre itself, then 2, then 5"


def test_levels_are_1_2_5() -> None:
    assert drawing.levels(0.4, 60) == [0.5, 1, 2, 5, 10, 20, 50]


def test_a_place_is_seen_where_azimuth_and_elevation_put_it() -> None:
    across = (1.0, 100.0)
    one, none = np.ones(1), np.zeros(1)
    right, up = drawing.View(0, math.pi / 6, across).seen(one, one, one)[0]
    assert (right, up) == pytest.approx((1, 0.5)), "half as deep as wide, seen from 30 degrees"
    top = drawing.View(0, math.pi / 6, across).seen(none, none, 100 * one)[0]
    assert tuple(top) == pytest.approx((0, drawing.TALL * math.cos(math.pi / 6)))
    middle = drawing.View(0, math.pi / 6, across).seen(none, none, 10 * one)[0]
    assert tuple(middle) == pytest.approx((0, top[1] / 2)), "the height is the logarithm"
    quarter = drawing.View(math.pi / 2, math.pi / 6, across).seen(one, none, one)[0]
    assert tuple(quarter) == pytest.approx((0, -0.5)), "alpha points to the reader"


@pytest.mark.parametrize("azimuth", [0, 45, 200])
def test_a_surface_is_drawn_from_back_to_front(azimuth: float) -> None:
    fields = rows(surface(np.ones((7, 7)), azimuth), "x0")
    flat = [sum(field[f"y{corner}"] for corner in range(4)) for field in fields if not field["pin"]]
    assert len(flat) == 36
    assert all(far >= near - 0.01 for far, near in pairwise(flat)), "on a flat surface, distant cells are higher"
    (pin,) = (k for k, field in enumerate(fields) if field["pin"])
    assert 12 <= pin <= 24, "only nearer cells may hide the centre"


def test_a_field_has_the_colour_of_its_corners() -> None:
    loss = np.ones((3, 3))
    loss[0, 0] = 16
    fields = [field["drawn"] for field in rows(surface(loss), "x0") if not field["pin"]]
    assert sorted(fields) == [1, 1, 1, 2], "the mean of the logarithms"


def test_a_surface_is_small_and_vega_draws_all_of_it() -> None:
    places = np.linspace(-1, 1, 31)
    beta, alpha = np.meshgrid(places, places, indexing="ij")
    large = surface(np.exp(alpha**2 + beta**2) + np.sin(9 * alpha))
    assert len(json.dumps(large.to_dict())) < 400_000
    svg = vl_convert.vegalite_to_svg(json.dumps(surface(CONE[::5, ::5]).properties(width=400).to_dict()))
    assert svg.count(drawing.PIN) == 1
    assert svg.count('fill="rgb') >= 16
    assert ">10 –</text>" in svg
    assert ">a</text>" in svg
