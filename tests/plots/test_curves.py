"""Training curves: marks and axes, and that redrawing is cheap."""

import dataclasses

import pandas as pd
import pytest

from explorer.plots import curves
from explorer.plots.curves import Look

WORDS = ("train", "test", "validation", "published", "epoch", "frozen", "unfreeze", "lr", "accuracy", "loss")
LOOK = Look(3, 1, tuple((word, word.upper()) for word in WORDS), ("train", "test", "published"), "#112233")
NOTHING = pd.DataFrame({"epoch": [], "accuracy": [], "loss": []})


def test_smoothing_is_adams_first_moment() -> None:
    losses = [2.0, 1.0, 4.0]
    keep = 1 - 1 / 40
    mean, expected = 0.0, []
    for k, loss in enumerate(losses, start=1):
        mean = keep * mean + (1 - keep) * loss
        expected.append(mean / (1 - keep**k))
    assert curves.smoothed(losses) == pytest.approx(expected)
    assert curves.smoothed([3.0] * 9) == pytest.approx([3.0] * 9), "no bias towards zero at the start"


def test_thinning_takes_means_and_keeps_few_points_as_they_are() -> None:
    table = pd.DataFrame({"at": range(8), "loss": [1, 3, 5, 7, 1, 3, 5, 7]})
    assert curves.thinned(table, 8) is table
    assert list(curves.thinned(table, 4)["loss"]) == [2, 6, 2, 6]
    assert list(curves.thinned(table, 4)["at"]) == [0.5, 2.5, 4.5, 6.5]


def test_the_frozen_span_and_the_unfreeze_are_marked() -> None:
    spec = curves.accuracy(LOOK, pd.DataFrame({"epoch": [1], "name": ["TEST"], "accuracy": [0.5]}), NOTHING)
    inline = [row for rows in spec["datasets"].values() for row in rows]
    assert {"from": 0, "to": 1, "word": "FROZEN"} in inline
    assert {"at": 1, "word": "UNFREEZE"} in inline
    marks = [layer["mark"]["type"] for layer in spec["layer"]]
    assert marks == ["rect", "rule", "text", "text", "line", "line", "point"]
    assert [layer["encoding"]["x"]["scale"]["domain"] for layer in spec["layer"][-2:]] == [[0, 3], [0, 3]]
    titles = {layer["encoding"]["x"].get("title") for layer in spec["layer"]}
    assert titles <= {"EPOCH", None}, "the axis has one title, independent of the order of layers"
    assert spec["layer"][0]["encoding"]["x"]["title"] == "EPOCH"


def test_the_published_run_stands_in_the_legend_where_it_is_drawn() -> None:
    epochs = pd.DataFrame({"epoch": [1], "name": ["TEST"], "accuracy": [0.5], "test_loss": [1.0]})
    steps = pd.DataFrame({"at": [0.5], "loss": [2.0]})
    validated = dataclasses.replace(LOOK, series=("train", "validation", "test", "published"))
    for look, accuracies in ((LOOK, 3), (validated, 4), (dataclasses.replace(LOOK, series=("train", "test")), 2)):
        for spec, count in ((curves.accuracy(look, epochs, NOTHING), accuracies),
                            (curves.loss(look, steps, epochs, NOTHING), min(accuracies, 3))):  # fmt: skip
            named = [layer["encoding"] for layer in spec["layer"] if "strokeDash" in layer["encoding"]]
            (names,) = {tuple(each["color"]["scale"]["domain"]) for each in named}
            (dashes,) = {tuple(map(tuple, each["strokeDash"]["scale"]["range"])) for each in named}
            assert len(names) == len(dashes) == count
            assert dict(zip(names, dashes, strict=True)).get("PUBLISHED") == (None if count == 2 else (2, 3))
            drawn = [layer.get("data") for layer in spec["layer"]].count({"name": "published"})
            assert drawn == int("PUBLISHED" in names)


def test_nothing_is_marked_where_nothing_was_frozen() -> None:
    look = Look(3, 0, LOOK.words, LOOK.series, LOOK.ink)
    spec = curves.rate(look, pd.DataFrame({"at": [0.1], "lr": [0.01]}))
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["line"]


def test_data_is_put_in_anew_and_leaves_the_next_reader_alone() -> None:
    steps = pd.DataFrame({"at": [0.5, 1.0], "loss": [2.0, 1.0]})
    tests = pd.DataFrame({"epoch": [1], "test_loss": [1.5]})
    published = pd.DataFrame({"epoch": [0.1], "loss": [2.2]})
    first = curves.loss(LOOK, steps, tests, published)
    second = curves.loss(LOOK, steps.head(1), tests, NOTHING)
    assert [row["loss"] for row in first["datasets"]["steps"]] == [2.0, 1.0]
    assert first["datasets"]["steps"][1]["smooth"] == pytest.approx(curves.smoothed([2.0, 1.0])[1])
    assert first["datasets"]["published"] == [{"epoch": 0.1, "loss": 2.2}]
    assert [row["loss"] for row in second["datasets"]["steps"]] == [2.0]
    assert second["datasets"]["published"] == []
    assert len(first["datasets"]["steps"]) == 2


def test_learning_rates_over_three_decades_at_most() -> None:
    steps = pd.DataFrame({"at": [0.1, 0.2, 0.3], "lr": [1e-9, 0.1, 0.05]})
    domain = curves.rate(LOOK, steps)["layer"][-1]["encoding"]["y"]["scale"]["domain"]
    assert domain == pytest.approx([1e-4 / 1.5, 0.15])
    flat = curves.rate(LOOK, steps.tail(2))["layer"][-1]["encoding"]["y"]["scale"]["domain"]
    assert flat == pytest.approx([0.05 / 1.5, 0.15])


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


@pytest.mark.parametrize(("total", "higher"), [(3, False), (23, True)])
def test_the_word_of_a_short_frozen_span_stands_above_the_other(total: int, higher: bool) -> None:
    look = dataclasses.replace(LOOK, total=total)
    spec = curves.accuracy(look, pd.DataFrame({"epoch": [1], "name": ["TEST"], "accuracy": [0.5]}), NOTHING)
    frozen, unfreeze = (layer["mark"]["dy"] for layer in spec["layer"] if layer["mark"]["type"] == "text")
    assert (frozen < unfreeze - 10) == higher


def test_every_bar_has_its_label() -> None:
    table = pd.DataFrame({"class": ["a", "b", "c"], "accuracy": [1.0, 0.9, 0.8]})
    drawn = curves.bars(table, label="class", value="accuracy", form=".0%", names={"class": "", "accuracy": ""})
    assert all(layer["encoding"]["y"]["axis"]["labelOverlap"] is False for layer in drawn.to_dict()["layer"])
