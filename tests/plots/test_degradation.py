"""Figure 6 from runs: errors over iterations, means over seeds, panels that share their axes."""

import pytest

from explorer.core import palette
from explorer.core.i18n import t
from explorer.experiments.comparison.results import Result
from explorer.models.cifar_resnet import Design
from explorer.plots import curves, degradation

NAMES = {"cifar-plain20": "plain-20", "cifar-resnet20": "ResNet-20"}


def result(network: str, train: tuple[float, ...], seed: int = 0) -> Result:
    return Result(
        "r", network, "random", 32, seed, "running", "cpu", 1, 1, accuracy=tuple(each / 2 for each in train),
        seconds=tuple(range(len(train))), train_accuracy=train, train_loss=tuple(2 - each for each in train),
        test_loss=tuple(3 - each for each in train),
    )  # fmt: skip


RESULTS = [result("cifar-plain20", (0.2, 0.4)), result("cifar-plain20", (0.4,), 1), result("cifar-resnet20", (0.5,))]


def test_a_row_is_the_mean_of_the_seeds_that_have_come() -> None:
    table = degradation.table(RESULTS, NAMES, 10).set_index(["name", "series", "epoch"])
    first = table.loc["plain-20", "train", 1]
    assert (first["error"], first["loss"], first["seeds"], first["iteration"]) == (
        pytest.approx(0.7),
        pytest.approx(1.7),
        2,
        10,
    )
    last = table.loc["plain-20", "test", 2]
    assert (last["error"], last["loss"], last["seeds"], last["iteration"]) == (
        pytest.approx(0.8),
        pytest.approx(2.6),
        1,
        20,
    )
    assert len(table) == 6


def test_a_panel_has_its_networks_and_the_given_axes() -> None:
    table = degradation.table(RESULTS, NAMES, 10)
    drawn = degradation.panel(table, {"plain-20": "#b0861f"}, 60, 0.9, "error", t).to_dict()
    (rows,) = drawn["datasets"].values()
    assert {row["name"] for row in rows} == {"plain-20"}
    line = drawn["layer"][0]["encoding"]
    assert line["x"]["scale"]["domain"] == [0, 60]
    assert line["y"]["scale"]["domain"] == [0, 0.9]
    assert line["y"]["field"] == "error"
    assert line["strokeDash"]["scale"] == {"domain": ["training", "test"], "range": [[5, 4], [1, 0]]}
    loss = degradation.panel(table, {"plain-20": "#b0861f"}, 60, 2.7, "loss", t).to_dict()
    assert loss["layer"][0]["encoding"]["y"]["field"] == "loss"


def test_the_ends_are_sorted_bars_with_their_figures() -> None:
    last = degradation.ends(degradation.table(RESULTS, NAMES, 10), {"plain-20": "#111111", "ResNet-20": "#222222"})
    rows = [tuple(row) for row in last[["name", "colour", "train", "test"]].itertuples(index=False)]
    assert rows == [
        ("ResNet-20", "#222222", pytest.approx(0.5), pytest.approx(0.75)),
        ("plain-20", "#111111", pytest.approx(0.6), pytest.approx(0.8)),
    ]
    bars, _, words = degradation.bars(last, t).to_dict()["layer"]
    assert bars["encoding"]["y"]["sort"] is None, "in the order of the table"
    assert words["encoding"]["text"] == {"field": "test", "format": ".1%", "type": "quantitative"}


def test_twins_keep_their_colours_and_have_a_shade_for_each_depth() -> None:
    designs = [Design(20, "none"), Design(56, "none"), Design(20), Design(56), Design(56, "gate")]
    assert degradation.colours(designs) == [*palette.PLAIN_DEPTHS, *palette.RESIDUAL_DEPTHS, curves.RUNS[0]]
    assert degradation.colours([Design(32), Design(32, "none"), Design(32, preact=True)]) == [
        palette.WITH_SHORTCUTS, palette.WITHOUT_SHORTCUTS, curves.RUNS[0]
    ]  # fmt: skip
