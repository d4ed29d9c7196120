"""The chart of two networks' likeness has the numbers of its table, in the order of the network."""

from functools import partial

from explorer.drawing import likeness
from explorer.network.features import Likeness
from explorer.text import say

FOUND = [Likeness("relu", 1.0, 0.0), Likeness("layer1.0.out", None, None), Likeness("layer10.0.out", 0.5, 1.25)]


def test_places_that_cannot_be_compared_are_left_out() -> None:
    rows = likeness.table(FOUND).to_dict("records")
    assert rows == [
        {"place": "relu", "measure": "cosine", "value": 1.0},
        {"place": "relu", "measure": "difference", "value": 0.0},
        {"place": "layer10.0", "measure": "cosine", "value": 0.5},
        {"place": "layer10.0", "measure": "difference", "value": 1.25},
    ]


def test_the_chart_speaks_the_readers_language() -> None:
    drawn = likeness.chart(FOUND, partial(say, language="zh")).to_dict()
    assert drawn["encoding"]["x"]["sort"] == ["relu", "layer10.0"]
    assert drawn["encoding"]["color"]["scale"]["domain"][0] == say("features.likeness_cosine", "zh")
    assert likeness.chart([], partial(say, language="en")).to_dict()["encoding"]["x"]["sort"] == []
