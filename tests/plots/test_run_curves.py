"""Training curves of a run: marks and axes, hover, and that redrawing is cheap."""

import dataclasses

import pandas as pd
import pytest

from explorer.plots import chart_files, run_curves
from explorer.plots.charts import Spec
from explorer.plots.run_curves import Look, RunData

WORDS = (
    "train",
    "test",
    "validation",
    "published",
    "other",
    "epoch",
    "frozen",
    "unfreeze",
    "lr",
    "accuracy",
    "loss",
    "lowered",
    "not_finite",
)
LOOK = Look(3, 1, tuple((word, word.upper()) for word in WORDS), ("train", "test", "published"), "#112233")
STEPS = pd.DataFrame({"at": [0.5, 1.0], "loss": [2.0, 1.0], "lr": [0.1, 0.1]})
EPOCH = {"epoch": 1, "lr": 0.1, "train_loss": 1.5, "train_accuracy": 0.4, "test_loss": 1.5, "test_accuracy": 0.5}
RUN = RunData(STEPS, [EPOCH], best=1, best_word="BEST")


def domain(spec: Spec) -> list[float]:
    (scale,) = [y["scale"] for layer in spec["layer"] if "scale" in (y := layer["encoding"].get("y", {}))]
    return list(scale["domain"])


def test_smoothing_is_adams_first_moment() -> None:
    losses = [2.0, 1.0, 4.0]
    keep = 1 - 1 / 40
    mean, expected = 0.0, []
    for k, loss in enumerate(losses, start=1):
        mean = keep * mean + (1 - keep) * loss
        expected.append(mean / (1 - keep**k))
    assert run_curves.smoothed(losses) == pytest.approx(expected)
    assert run_curves.smoothed([3.0] * 9) == pytest.approx([3.0] * 9), "no bias towards zero at the start"


def test_thinning_takes_means_and_keeps_few_points_as_they_are() -> None:
    table = pd.DataFrame({"at": range(8), "loss": [1, 3, 5, 7, 1, 3, 5, 7]})
    assert run_curves.thinned(table, 8) is table
    assert list(run_curves.thinned(table, 4)["loss"]) == [2, 6, 2, 6]
    assert list(run_curves.thinned(table, 4)["at"]) == [0.5, 2.5, 4.5, 6.5]


def test_the_frozen_span_and_the_unfreeze_are_marked() -> None:
    spec = run_curves.accuracy(LOOK, RUN)
    inline = [row for rows in spec["datasets"].values() for row in rows]
    assert {"from": 0, "to": 1, "word": "FROZEN"} in inline
    assert {"at": 1, "word": "UNFREEZE"} in inline
    marks = [layer["mark"]["type"] for layer in spec["layer"]]
    assert marks[:4] == ["rect", "rule", "text", "text"]
    titles = {layer["encoding"]["x"].get("title") for layer in spec["layer"]}
    assert titles <= {"EPOCH", None}, "the axis has one title, independent of the order of layers"
    assert spec["layer"][0]["encoding"]["x"]["title"] == "EPOCH"
    unfrozen = run_curves.rate(dataclasses.replace(LOOK, frozen=0), RUN)
    assert "rect" not in [layer["mark"]["type"] for layer in unfrozen["layer"]]


def test_another_run_stands_in_the_legend_where_it_is_drawn() -> None:
    validated = dataclasses.replace(LOOK, series=("train", "validation", "test", "published", "other"))
    alone = dataclasses.replace(LOOK, series=("train", "test"))
    for look, accuracies in ((LOOK, 3), (validated, 5), (alone, 2)):
        for spec, count in ((run_curves.accuracy(look, RUN), accuracies), (run_curves.loss(look, RUN), None)):
            named = [layer["encoding"] for layer in spec["layer"] if "strokeDash" in layer["encoding"]]
            (names,) = {tuple(each["color"]["scale"]["domain"]) for each in named}
            (dashes,) = {tuple(map(tuple, each["strokeDash"]["scale"]["range"])) for each in named}
            assert len(names) == len(dashes) == (count or len(set(look.series) - {"validation"}))
            looks = dict(zip(names, dashes, strict=True))
            assert (looks.get("PUBLISHED"), looks.get("OTHER")) == (
                (2, 3) if "published" in look.series else None, (7, 3) if "other" in look.series else None,
            )  # fmt: skip
            for name in ("published", "other"):
                drawn = [layer.get("data") for layer in spec["layer"]].count({"name": name})
                assert drawn == int(name in look.series)


def test_data_is_put_in_anew_and_leaves_the_next_reader_alone() -> None:
    first = run_curves.loss(LOOK, dataclasses.replace(RUN, published_steps=[{"epoch": 0.1, "loss": 4.2}]))
    second = run_curves.loss(LOOK, dataclasses.replace(RUN, steps=STEPS.head(1)))
    assert [row["loss"] for row in first["datasets"]["steps"]] == [2.0, 1.0]
    assert first["datasets"]["steps"][1]["smooth"] == pytest.approx(run_curves.smoothed([2.0, 1.0])[1])
    assert first["datasets"]["published"] == [{"epoch": 0.1, "loss": 4.2}]
    assert ([row["loss"] for row in second["datasets"]["steps"]], list(second["datasets"]["published"])) == ([2.0], [])
    assert (domain(first), domain(second)) == (pytest.approx([0, 4.2 * 1.05]), pytest.approx([0, 2 * 1.05]))
    assert len(first["datasets"]["steps"]) == 2


def test_a_divergence_is_drawn_and_what_is_off_the_axis_is_marked() -> None:
    losses = (2.0, 1.5, 3.52, 3.78)
    epochs = [{**EPOCH, "epoch": k + 1, "test_loss": loss} for k, loss in enumerate(losses)]
    look = dataclasses.replace(LOOK, total=9)
    spec = run_curves.loss(look, dataclasses.replace(RUN, epochs=epochs))
    assert domain(spec) == pytest.approx([0, 3.78 * 1.05])
    assert [row["test_loss"] for row in spec["datasets"]["epochs"]] == list(losses)
    assert not any("clamp" in layer["encoding"].get("y", {}).get("scale", {}) for layer in spec["layer"])
    assert spec["datasets"]["beyond"] == []
    wild = [*epochs, {**EPOCH, "epoch": 5, "test_loss": None}, {**EPOCH, "epoch": 6, "test_loss": 1e6}]
    calm = pd.DataFrame({"at": [k / 100 for k in range(1, 101)], "loss": 2.0, "lr": 0.1})
    spec = run_curves.loss(look, dataclasses.replace(RUN, steps=calm, epochs=wild, diverged=6.5))
    high = domain(spec)[1]
    assert 3.78 < high < 5
    marks = [(mark["name"], mark["at"], mark["shown"], mark["edge"]) for mark in spec["datasets"]["beyond"]]
    assert marks == [
        ("TEST", 5, "NOT_FINITE", high), ("TEST", 6, "1e+06", high), ("TRAIN", 6.5, "NOT_FINITE", high)
    ]  # fmt: skip
    lines = [layer["mark"] for layer in spec["layer"] if layer["mark"]["type"] == "line"]
    assert all(mark["clip"] for mark in lines), "Vega would draw them beyond the axis"
    log = run_curves.loss(dataclasses.replace(look, log=True), dataclasses.replace(RUN, epochs=epochs))
    assert domain(log)[0] > 0


def test_a_hover_shows_all_series_of_an_epoch() -> None:
    look = dataclasses.replace(LOOK, series=("train", "test", "published", "other"))
    run = dataclasses.replace(
        RUN, published=[{"epoch": k, "accuracy": 0.25, "loss": 2.0} for k in (1, 2, 40)],
        other=[{"epoch": 1, "accuracy": None, "loss": 0.5}],
    )  # fmt: skip
    spec = run_curves.accuracy(look, run)
    assert list(spec["datasets"]["hover"]) == [
        {"epoch": 1, "lr": "0.1", "train": "40.0%", "test": "50.0%", "published": "25.0%", "other": "NOT_FINITE"},
        {"epoch": 2, "lr": "–", "train": "–", "test": "–", "published": "25.0%", "other": "–"},
    ]
    (rule,) = [layer for layer in spec["layer"] if layer.get("data") == {"name": "hover"}]
    titles = [tip["title"] for tip in rule["encoding"]["tooltip"]]
    assert titles == ["EPOCH", "TRAIN", "TEST", "PUBLISHED", "OTHER", "LR"]
    (hover,) = spec["params"]
    assert hover["select"]["nearest"]
    saved = chart_files.table(spec, "name")
    assert saved["ACCURACY"].dropna().tolist() == [0.4, 0.5], "numbers, not the texts of the hover"


def test_the_best_epoch_and_lowered_rates_are_marked() -> None:
    drops = [{"at": 1, "lr": 0.05}, {"at": 2, "lr": 0.025}]
    run = dataclasses.replace(RUN, drops=drops)
    spec = run_curves.accuracy(LOOK, run)
    assert spec["datasets"]["best"] == [{"epoch": 1, "value": 0.5, "word": "BEST"}]
    words = [layer["encoding"] for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    assert {"value": 0} in [each.get("y") for each in words], "above the plot, where no curve crosses it"
    assert [(each["at"], each["word"]) for each in spec["datasets"]["drops"]] == [(1, "LOWERED"), (2, "")]
    rate = run_curves.rate(LOOK, run)
    assert [each["word"] for each in rate["datasets"]["drops"]] == ["0.05", "0.025"]
    assert domain(rate) == pytest.approx([0.025 / 1.5, 0.15])


def test_learning_rates_over_three_decades_at_most() -> None:
    steps = pd.DataFrame({"at": [0.1, 0.2, 0.3], "loss": 1.0, "lr": [1e-9, 0.1, 0.05]})
    assert domain(run_curves.rate(LOOK, RunData(steps, []))) == pytest.approx([1e-4 / 1.5, 0.15])
    assert domain(run_curves.rate(LOOK, RunData(steps.tail(2), []))) == pytest.approx([0.05 / 1.5, 0.15])


@pytest.mark.parametrize(("total", "higher"), [(3, False), (23, True)])
def test_the_word_of_a_short_frozen_span_stands_above_the_other(total: int, higher: bool) -> None:
    spec = run_curves.accuracy(dataclasses.replace(LOOK, total=total), RUN)
    frozen, unfreeze = (layer["mark"]["dy"] for layer in spec["layer"][2:4])
    assert (frozen < unfreeze - 10) == higher
