"""Charts of a comparison, from made-up numbers that can be checked by hand."""

import dataclasses
import itertools
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from explorer.core.i18n import LANGUAGES, t
from explorer.experiments.comparison import labels
from explorer.plots import answers as answer_charts
from explorer.plots import comparison as drawing
from tests.plots.colours import contrast
from tests.plots.compared import comparison, many, result


def layers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """All marks of a chart, flattened."""
    return [mark for each in spec["layer"] for mark in (layers(each) if "layer" in each else [each])]


def rows(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    """The data of the first layer of that kind, or of the whole chart."""
    layer = next(each for each in layers(spec) if each["mark"]["type"] == mark)
    name = layer.get("data", spec.get("data"))["name"]
    return list(spec["datasets"][name])


def test_a_name_says_what_differs_and_no_more() -> None:
    one, two = result("resnet18"), result("vgg11_bn")
    assert labels.group_names(comparison(one, two).groups, t) == ("resnet18", "vgg11_bn")
    larger = dataclasses.replace(two, image_px=64)
    assert labels.group_names(comparison(one, larger).groups, t) == ("resnet18 · 32 px", "vgg11_bn · 64 px")
    ours = result("resnet18", "upstream")
    assert labels.group_names(comparison(one, ours).groups, t) == ("resnet18 · scratch", "resnet18 · bundled")
    elsewhere = result("resnet18", device="cuda H100")
    assert labels.group_names(comparison(one, elsewhere).groups, t)[1] == "resnet18 · cuda H100"


def test_a_mean_goes_as_far_as_the_seed_that_came_least_far() -> None:
    made = comparison(
        result("resnet18", seed=0, accuracy=(0.2, 0.4, 0.6), seconds=(10, 20, 30)),
        result("resnet18", seed=1, accuracy=(0.4, 0.8), seconds=(30, 60), state="running"),
        result("resnet18", seed=2, accuracy=(), seconds=(), state="queued"),
    )
    seeds, means = drawing.learning_curves(made, t)
    assert [(row.seed, row.epoch) for row in seeds.itertuples()] == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2)]
    assert means[["epoch", "accuracy", "seconds"]].to_numpy().tolist() == [
        pytest.approx([1, 0.3, 20]), pytest.approx([2, 0.6, 40]),
    ]  # fmt: skip


def test_names_are_moved_apart_and_keep_their_order() -> None:
    values = [0.70, 0.71, 0.705, 0.2, 0.99, 1.0]
    places = drawing.spaced(values, 0.05, 0.0, 1.0)
    order = sorted(range(6), key=lambda k: values[k])
    assert sorted(range(6), key=lambda k: places[k]) == order
    gaps = [places[b] - places[a] for a, b in itertools.pairwise(order)]
    assert min(gaps) >= 0.05 - 1e-9
    assert max(places) <= 1.0
    assert places[3] == 0.2, "no other point is near it"
    assert drawing.spaced([], 0.1, 0, 1) == []


def test_losses_begin_at_zero_and_only_what_was_kept_is_offered() -> None:
    one = dataclasses.replace(result("resnet18", accuracy=(0.2, 0.4), seconds=(10, 20)), train_loss=(2.2, 1.5))
    made = comparison(one, result("vgg11_bn", accuracy=(0.3, 0.5), seconds=(10, 20)))
    assert drawing.kept(made) == ("accuracy", "train_loss")
    _, means = drawing.learning_curves(made, t, "train_loss")
    assert means[["name", "accuracy"]].to_numpy().tolist() == [["resnet18", 2.2], ["resnet18", 1.5]]
    spec = drawing.curves(made, t, dark=False, of="train_loss").to_dict()
    y = next(each for each in layers(spec) if each["mark"].get("strokeWidth") == 2)["encoding"]["y"]
    assert y["scale"]["domain"] == pytest.approx([0, 1.05 * 2.2])
    assert y["title"] == t("compare.axis_train_loss")


@pytest.mark.parametrize("over", ["epoch", "seconds"])
def test_each_line_is_named_at_its_end(over: str) -> None:
    made = many(17)
    spec = drawing.curves(made, t, dark=False, over=over).to_dict()
    beside = layers(spec)[-1]["encoding"]["y"]["axis"]
    assert len(beside["values"]) == len(set(beside["values"])) == 17
    for name in labels.group_names(made.groups, t):
        assert json.dumps(name) in beside["labelExpr"]
    line = next(each for each in layers(spec) if each["mark"].get("strokeWidth") == 2)
    assert line["encoding"]["x"]["field"] == over
    assert line["encoding"]["color"]["field"] == "weights", "17 colours are hard to distinguish"
    few = drawing.curves(many(4), t, dark=False, over=over).to_dict()
    line = next(each for each in layers(few) if each["mark"].get("strokeWidth") == 2)
    assert line["encoding"]["color"]["field"] == "name"


def test_the_frontier_is_who_nobody_beats_in_both() -> None:
    def ended(network: str, accuracy: float, seconds: float) -> Any:
        return result(network, accuracy=(accuracy,), seconds=(seconds,))

    quick, best, beaten, equal = (0.5, 10.0), (0.9, 100.0), (0.6, 101.0), (0.5, 20.0)
    made = comparison(*(ended(f"net{k}", *figures) for k, figures in enumerate((beaten, best, quick, equal))),
                      result("unfinished", state="running"))  # fmt: skip
    board = drawing.group_table(made, t)
    assert dict(zip(board["name"], board["frontier"], strict=True)) == {
        "net0": False, "net1": True, "net2": True, "net3": False,
    }  # fmt: skip
    spec = drawing.cost(made, t, dark=True).to_dict()
    assert [(row["accuracy"], row["seconds"]) for row in rows(spec, "line")] == [quick, best]
    small, large = (
        result("small", accuracy=(0.5,), parameters=2_000_000),
        result("large", accuracy=(0.6,), parameters=9_000_000),
    )
    board = drawing.group_table(comparison(small, large), t, "multiply_adds")
    assert list(board["cost"]) == [80, 360], "40 for each parameter, in millions"
    assert list(board["parameters_m"]) == ["2.00 M", "9.00 M"]
    assert board["frontier"].all()


def test_the_spread_over_seeds_is_drawn() -> None:
    made = comparison(*(result("resnet18", seed=seed, accuracy=(0.5 + 0.1 * seed,), seconds=(10.0 + seed,))
                        for seed in range(3)))  # fmt: skip
    (row,) = drawing.group_table(made, t).to_dict("records")
    assert (row["accuracy"], row["seconds"]) == pytest.approx((0.6, 11))
    assert (row["low"], row["high"]) == pytest.approx((0.5, 0.7)), "the sample standard deviation of these is 0.1"


def test_names_in_the_scatter_do_not_cover_one_another() -> None:
    board = drawing.group_table(many(12), t)
    assert set(board["align"]) <= {"left", "right", "center"}
    near = comparison(*(result(f"net{k}", accuracy=(0.5 + 0.001 * k,), seconds=(50.0,)) for k in range(3)))
    places = drawing.group_table(near, t)[["align", "dx", "dy"]]
    assert len(places.drop_duplicates()) == 3


@pytest.mark.parametrize(("prefix", "width"), [("", drawing.WIDE_PX), ("narrow_", drawing.NARROW_PX)])
def test_a_name_is_free_of_names_and_points_or_is_not_shown(prefix: str, width: float) -> None:
    board = drawing.group_table(many(17), t)
    low, high = drawing._range(pd.concat([board["low"], board["high"]]), 0.05)
    left, right = np.log(drawing._decades(board["seconds"]))
    x = width * (np.log(board["seconds"]) - left) / (right - left)
    y = drawing.COST_PX * (high - board["accuracy"]) / (high - low)
    boxes = [
        drawing._box(a + dx, b + dy, drawing._width(name), align)
        for a, b, name, align, dx, dy, free in zip(
            x, y, board["name"], *(board[f"{prefix}{what}"] for what in (*drawing.PLACE, "free")), strict=True
        )
        if free
    ]
    assert len(boxes) >= 3
    assert not any(drawing._overlap(one, two) for one, two in itertools.combinations(boxes, 2))
    assert all(box[0] >= 0 and box[2] <= width for box in boxes)
    assert all(box[1] >= 0 and box[3] <= drawing.COST_PX for box in boxes), "none covers an axis"
    assert (y < drawing.COST_PX - 5).all(), "no point lies on the lower axis"


def test_classes_stand_from_the_first_networks_best_to_the_seconds() -> None:
    table = pd.DataFrame({"label": ["cat", "dog", "ship"], "first": [0.5, 0.9, 0.7], "second": [0.75, 0.5, 0.7]})
    spec = answer_charts.per_class(table, t, dark=False).to_dict()
    assert spec["layer"][0]["encoding"]["y"]["sort"] == ["dog", "ship", "cat"]
    assert [row["points"] for row in rows(spec, "bar")] == pytest.approx([40, 0, -25])
    low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low == -high < -40, "zero is in the middle"


def test_agreement_leaves_out_what_says_nothing() -> None:
    matrix = np.array([[1, 0.9, 0.62], [0.9, 1, 0.7], [0.62, 0.7, 1]])
    spec = answer_charts.agreement(["a", "b", "c"], matrix, t, dark=False).to_dict()
    drawn = rows(spec, "rect")
    assert len(drawn) == 6, "no network is compared with itself"
    assert {(row["first"], row["second"], row["share"]) for row in drawn} >= {("a", "c", 0.62), ("c", "b", 0.7)}
    domain = spec["layer"][0]["encoding"]["color"]["scale"]["domain"]
    assert domain == pytest.approx([0.6, 0.7, 0.8, 0.9, 1])
    assert spec["layer"][0]["encoding"]["color"]["legend"]["title"] == t("compare.agree")


@pytest.mark.parametrize("dark", [False, True])
def test_figures_of_agreement_are_legible_on_their_cells(dark: bool) -> None:
    matrix = np.linspace(0, 1, 144).reshape(12, 12)
    spec = answer_charts.agreement([f"net{k}" for k in range(12)], matrix, t, dark=dark).to_dict()
    scale = spec["layer"][0]["encoding"]["color"]["scale"]
    assert scale["interpolate"] == "rgb", "as between() mixes"
    grounds = [answer_charts.between(row["share"], scale["domain"], scale["range"]) for row in rows(spec, "rect")]
    inks = [row["ink"] for row in rows(spec, "rect")]
    assert min(map(contrast, inks, grounds)) >= 4.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_has_begun(language: str) -> None:
    made = comparison(result("resnet18", accuracy=(), seconds=(), state="queued"))

    def record(key: str, **values: object) -> str:
        return t(key, language, **values)

    assert drawing.group_table(made, record).empty
    drawing.curves(made, record, dark=False).to_dict()
    drawing.cost(made, record, dark=False).to_dict()
