"""Charts of runs: a confusion matrix whose cells can be clicked, bars, accuracy of several runs."""

import pandas as pd
import pytest

from explorer.plots import curves


def test_a_click_on_the_matrix_names_the_cell() -> None:
    table = pd.DataFrame({"true": ["cat"], "predicted": ["dog"], "share": [0.25], "count": [1]})
    names = {"true": "T", "predicted": "P", "count": "N", "share": "S"}
    spec = curves.matrix(table, ["cat", "dog"], names=names, dark=False, ink="#000000").to_dict()
    (cell,) = [parameter for parameter in spec["params"] if parameter["name"] == "cell"]
    assert cell["select"]["fields"] == ["true", "predicted"]
    assert spec["layer"][0]["encoding"]["x"]["sort"] == ["cat", "dog"]


@pytest.mark.parametrize(("classes", "angle"), [(["0", "9"], 0), (["airplane", "cat"], -40), (["飞机", "猫"], 0)])
def test_only_long_names_of_classes_are_turned(classes: list[str], angle: int) -> None:
    table = pd.DataFrame({"true": classes, "predicted": classes, "share": [1.0, 1.0], "count": [1, 1]})
    names = {"true": "T", "predicted": "P", "count": "N", "share": "S"}
    spec = curves.matrix(table, classes, names=names, dark=False, ink="#000000").to_dict()
    assert spec["layer"][0]["encoding"]["x"]["axis"]["labelAngle"] == angle


def test_every_bar_has_its_label() -> None:
    table = pd.DataFrame({"class": ["a", "b", "c"], "accuracy": [1.0, 0.9, 0.8]})
    drawn = curves.bars(table, label="class", value="accuracy", form=".0%", names={"class": "", "accuracy": ""})
    assert all(layer["encoding"]["y"]["axis"]["labelOverlap"] is False for layer in drawn.to_dict()["layer"])


def test_a_hover_shows_all_runs_at_an_epoch() -> None:
    rows = [("a", 1, 0.25), ("a", 2, 0.5), ("b", 2, 0.75)]
    epochs = pd.DataFrame(rows, columns=["name", "epoch", "accuracy"])
    names = {"epoch": "epoch", "accuracy": "accuracy"}
    spec = curves.overlaid(epochs, order=["a", "b"], total=2, names=names).to_dict()
    (hover,) = [layer for layer in spec["layer"] if layer["mark"].get("aria") is False]
    assert [tip["title"] for tip in hover["encoding"]["tooltip"]] == ["epoch", "a", "b"]
    assert spec["datasets"][hover["data"]["name"]] == [
        {"epoch": 1, "run0": "25.0%", "run1": "–"}, {"epoch": 2, "run0": "50.0%", "run1": "75.0%"},
    ]  # fmt: skip
