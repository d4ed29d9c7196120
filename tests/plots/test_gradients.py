"""Charts of gradients: data, words and axes."""

import math
from functools import partial
from typing import Any

import pytest
import torch

from explorer.core.i18n import LANGUAGES, Language, t
from explorer.plots import gradients


def drawn(chart: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The spec, and the rows of its first layer's data."""
    spec = chart.to_dict()
    name = spec.get("data", spec["layer"][0].get("data"))["name"]
    return spec, spec["datasets"][name]


def y_of(spec: dict[str, Any]) -> dict[str, Any]:
    layer = spec["layer"][0]
    return layer["encoding"]["y"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_norm_of_zero_is_left_out_of_the_logarithmic_axis(language: Language) -> None:
    words = partial(t, language=language)
    kept, cut = {"layer1.0": 0.02, "layer1.1": 3.0}, {"layer1.0": 0.0, "layer1.1": 0.5}
    spec, rows = drawn(gradients.norms(kept, cut, words))
    assert [(row["series"], row["at"], row["value"]) for row in rows] == [
        (words("gradients.kept"), "layer1.0", 0.02),
        (words("gradients.kept"), "layer1.1", 3.0),
        (words("gradients.cut"), "layer1.1", 0.5),
    ]
    assert y_of(spec)["scale"] == {"type": "log", "domain": [0.01, 10]}
    assert y_of(spec)["title"] == words("gradients.norm")


def test_a_chart_without_norms_can_be_drawn() -> None:
    spec, rows = drawn(gradients.norms({"a": 0.0, "b": math.inf}, {"a": 0.0, "b": math.nan}, t))
    assert rows == []
    assert y_of(spec)["scale"]["domain"] == [0.1, 1]


def test_decades_are_thinned_where_there_are_many() -> None:
    spec, rows = drawn(gradients.norms_at_init([1e-3, 1.0], [1e7, 2.0], t))
    assert y_of(spec)["axis"]["values"] == pytest.approx([1e-3, 1e-1, 1e1, 1e3, 1e5, 1e7])
    assert "['0.001', '0.1', '10', '1000', '10⁵', '10⁷']" in y_of(spec)["axis"]["labelExpr"]
    assert [row["at"] for row in rows] == [1, 2, 1, 2]


def test_paths_have_their_mean_and_their_spread() -> None:
    """Of 1, …, 11 the 10th percentile is 2, the 90th 10. A length is left out if its band would reach 0."""
    spec, rows = drawn(gradients.path_norms([[0.5], list(range(1, 12)), [0.0, 0.0, 3.0], [math.inf]], t))
    assert [tuple(row.values()) for row in rows] == [(0, 1, 0.5, 0.5, 0.5), (1, 11, 6, 2, 10)]
    assert y_of(spec)["scale"] == {"type": "log", "domain": [0.1, 10]}
    assert {layer["encoding"]["y"]["title"] for layer in spec["layer"]} == {t("gradients.path_norm")}


def test_paths_and_gradient_are_shares_over_the_same_lengths() -> None:
    _, rows = drawn(gradients.path_shares([0.25, 0.5, 0.25], [0.5, 0.4, 0.1], t))
    assert [(row["at"], row["value"]) for row in rows] == [(0, 0.25), (1, 0.5), (2, 0.25), (0, 0.5), (1, 0.4), (2, 0.1)]


def test_the_shortcuts_alone_by_block() -> None:
    spec, rows = drawn(gradients.alone({"a": 0.2, "b": 1.5}, {"a": -0.1, "b": 0.9}, t, {"a": "first", "b": "b"}))
    assert [(row["at"], row["value"]) for row in rows] == [("a", 0.2), ("b", 1.5), ("a", -0.1), ("b", 0.9)]
    assert "first" in spec["layer"][0]["encoding"]["x"]["axis"]["labelExpr"]


def test_shares_stand_over_the_theory() -> None:
    spec = gradients.shares([0.6, 0.4], [0.5, 0.7], t).to_dict()
    measured, theory = ([row["value"] for row in table] for table in spec["datasets"].values())
    assert measured == [0.6, 0.4, 0.5, 0.7]
    assert theory == pytest.approx([1 / 2, 1 / 3, 0.5, 0.5])


def test_curves_lie_apart_and_keep_their_values() -> None:
    wave = torch.sin(torch.linspace(0, 20, 64))
    _, rows = drawn(gradients.curves({"plain": wave, "residual": 1000 * wave + 7}, t))
    assert len(rows) == 3 * 64, "white noise comes last"
    assert rows[65]["value"] == pytest.approx(1000 * wave[1].item() + 7, rel=1e-5)
    assert rows[65]["height"] == pytest.approx(rows[1]["height"] - 1), "the same shape, one lower"
    assert (rows[0]["at"], rows[63]["at"]) == (-2, 2)


def test_lags_count_from_zero() -> None:
    _, rows = drawn(gradients.correlations({"plain": torch.tensor([1.0, 0.25])}, t))
    assert [(row["at"], row["value"]) for row in rows] == [(0, 1.0), (1, 0.25)]
