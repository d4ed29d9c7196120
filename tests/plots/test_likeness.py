"""The chart of two networks' likeness has the numbers of its table, in the order of the network."""

from functools import partial

from explorer.analysis.features import Similarity
from explorer.core.i18n import t
from explorer.plots import likeness

FOUND = [Similarity("relu", 1.0, 0.0), Similarity("layer1.0", None, None), Similarity("layer10.0", 0.5, 1.25)]


def named(path: str) -> str:
    return path.replace("layer", "Stage ")


def staged(path: str) -> str:
    return named(path.partition(".")[0])


def test_places_that_cannot_be_compared_are_left_out() -> None:
    rows = likeness.table(FOUND, named, staged).to_dict("records")
    assert rows == [
        {"place": "relu", "stage": "relu", "measure": "cosine", "value": 1.0},
        {"place": "relu", "stage": "relu", "measure": "difference", "value": 0.0},
        {"place": "Stage 10.0", "stage": "Stage 10", "measure": "cosine", "value": 0.5},
        {"place": "Stage 10.0", "stage": "Stage 10", "measure": "difference", "value": 1.25},
    ]


def test_the_chart_speaks_the_readers_language() -> None:
    drawn = likeness.chart(FOUND, partial(t, language="zh"), named, staged).to_dict()
    assert drawn["encoding"]["x"]["sort"] == ["relu", "Stage 10.0"]
    assert drawn["encoding"]["color"]["scale"]["domain"][0] == t("features.likeness_cosine", "zh")
    assert likeness.chart([], partial(t, language="en"), named, staged).to_dict()["encoding"]["x"]["sort"] == []


def test_only_the_first_place_of_a_stage_is_labelled() -> None:
    found = [Similarity(name, 1.0, 0.0) for name in ("relu", "layer1.0", "layer1.1", "layer2.0")]
    axis = likeness.chart(found, partial(t, language="en"), named, staged).to_dict()["encoding"]["x"]["axis"]
    assert axis["values"] == ["relu", "Stage 1.0", "Stage 2.0"]
    assert '"Stage 2.0": "Stage 2"' in axis["labelExpr"]
