"""Charts of the Pretraining page hold the numbers that they are given."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from explorer.analysis import pyramid as network
from explorer.core.i18n import t
from explorer.experiments import pretraining as runs
from explorer.experiments import published_run
from explorer.plots import pretraining, pyramid


def result(weights: str, *accuracy: float) -> Any:
    return SimpleNamespace(weights=weights, accuracy=accuracy)


def rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for table in spec["datasets"].values() for row in table]


def test_a_start_is_the_mean_of_its_seeds_with_their_range() -> None:
    table = pretraining.starts_table([result("random", 0.1, 0.5), result("upstream", 0.6), result("random", 0.3)])
    found = {(row.weights, row.epoch): (row.mean, row.low, row.high, row.seeds) for row in table.itertuples()}
    assert found == {
        ("random", 1): (pytest.approx(0.2), 0.1, 0.3, 2),
        ("random", 2): (0.5, 0.5, 0.5, 1),
        ("upstream", 1): (0.6, 0.6, 0.6, 1),
    }


def test_no_run_has_a_chart_too() -> None:
    spec = pretraining.starts(pretraining.starts_table([]), 3, 10, t).to_dict()
    assert [row for row in rows(spec) if row["mean"] == 0.1], "the line of chance"


def test_each_start_keeps_its_colour_when_it_is_alone() -> None:
    for weights in pretraining.STARTS:
        spec = pretraining.starts(pretraining.starts_table([result(weights, 0.5)]), 3, 10, t).to_dict()
        scale = next(layer for layer in spec["layer"] if "color" in layer["encoding"])["encoding"]["color"]["scale"]
        assert scale["range"] == list(pretraining.STARTS.values())
        assert len(scale["domain"]) == 2


@pytest.mark.parametrize("observation", runs.OBSERVATIONS)
def test_an_observation_is_marked_on_the_published_curve(observation: str) -> None:
    marked = runs.observed(observation)
    epochs = published_run.epochs().set_index("epoch")
    for row in marked.itertuples():
        assert epochs.loc[row.epoch, f"{row.series}_accuracy"] == row.accuracy
    spec = pretraining.published(published_run.epochs(), marked, t, claim=0.8).to_dict()
    words = [row["word"] for row in rows(spec) if row.get("word")]
    assert t("pretraining.claimed", claim=0.8) in words
    assert len([row for row in rows(spec) if "series" in row and "name" in row]) == len(marked)
    hover = spec["layer"][-1]
    assert {tip["field"] for tip in hover["encoding"]["tooltip"]} >= {"epoch", "test_accuracy", "train_accuracy"}
    assert len(spec["datasets"][hover["data"]["name"]]) == 40


@pytest.mark.parametrize("chosen", pyramid.PARTS)
def test_the_chosen_part_alone_is_lit(chosen: str) -> None:
    spec = pyramid.diagram(network.pyramid_shapes(), chosen, t, dark=False).to_dict()
    cards = pd.DataFrame([row for row in rows(spec) if "shape" in row]).drop_duplicates("id")
    assert set(cards[cards["lit"]]["part"]) == {chosen}
    assert set(cards["part"]) == set(pyramid.PARTS)
    assert cards.set_index("id").loc["backbone:C5", "shape"] == "512×7×7"
    assert cards.set_index("id").loc["neck:P2", "shape"] == "256×56×56"
    assert [parameter["name"] for parameter in spec["params"]] == ["card"]


def test_the_pyramid_leads_down_and_the_backbone_up() -> None:
    spec = pyramid.diagram(network.pyramid_shapes(), "neck", t, dark=True).to_dict()
    wires = [row for row in rows(spec) if "way" in row]
    assert all(row["y2"] < row["y"] for row in wires if row["way"] == "up")
    down = [row for row in wires if row["way"] == "down"]
    assert all(row["part"] == "neck" and row["y2"] > row["y"] for row in down)
    assert len({row["y"] for row in down}) == 3, "P5 to P4 to P3 to P2"
