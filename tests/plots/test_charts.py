"""Charts show the numbers that they were given."""

import math

import altair as alt
import numpy as np
import pandas as pd
import pytest
import torch
import vl_convert

from explorer.plots import charts


def test_histograms_share_their_bins_and_sum_to_one() -> None:
    table = charts.histogram_table({"a": torch.tensor([0.0, 0.0, 1.0]), "b": torch.tensor([4.0])}, bins=4)
    assert table["low"].tolist() == [0, 1, 2, 3] * 2
    assert np.allclose(table[table.series == "a"]["share"], [2 / 3, 1 / 3, 0, 0])
    assert table[table.series == "b"]["share"].tolist() == [0, 0, 0, 1]


def test_a_constant_tensor_has_a_histogram() -> None:
    assert charts.histogram_table({"a": torch.zeros(5)})["share"].sum() == 1


def test_guesses_stand_in_the_order_given() -> None:
    table = pd.DataFrame({"label": ["dog", "cat"], "share": [0.7, 0.2]})
    drawn = charts.guesses(table, label="class", probability="probability").to_dict()
    assert drawn["layer"][0]["encoding"]["y"]["sort"] == ["dog", "cat"]
    (values,) = drawn["datasets"].values()
    assert values == [{"label": "dog", "share": 0.7}, {"label": "cat", "share": 0.2}]


def test_histogram_series_keep_their_colours() -> None:
    table = charts.histogram_table({"now": torch.randn(9), "before": torch.randn(9)})
    drawn = charts.histogram(table, ["before", "now"], ["#111111", "#222222"], value="v", share="s").to_dict()
    scales = [layer["encoding"]["color"]["scale"] for layer in drawn["layer"]]
    assert scales == [{"domain": ["before", "now"], "range": ["#111111", "#222222"]}] * 2


@pytest.mark.parametrize(("width", "columns"), [(300, 1), (400, 2), (720, 4)])
def test_a_legend_has_the_columns_that_fit(width: int, columns: int) -> None:
    """Labels of 8 Chinese characters of 14 px, their symbols, and 70 px beside the plot; none is cut."""
    names = [f"对照网络有捷径{k}" for k in "一二三四"]
    table = pd.DataFrame({"x": range(4), "y": range(4), "name": names})
    legend = alt.Legend(orient="top", title=None)
    colour = alt.Color("name:N", scale=alt.Scale(domain=names), legend=legend)
    chart = alt.Chart(table).mark_point().encode(x="x:Q", y="y:Q", color=colour)
    spec = charts.legible(chart, "#000000")
    code = spec["encoding"]["color"]["legend"]["columns"]["expr"].replace(charts.CHART_WIDTH, str(width))
    assert eval(code, {"max": max, "min": min, "floor": math.floor}) == columns
    limit = spec["encoding"]["color"]["legend"]["labelLimit"]["expr"].replace(charts.CHART_WIDTH, str(width // 2))
    assert eval(limit, {"min": min}) + 36 + 70 <= max(width // 2, 8 * 14 + 36 + 70), "a longer one ends in an ellipsis"
    svg = vl_convert.vegalite_to_svg({**spec, "width": 720})
    assert all(name in svg for name in names)
