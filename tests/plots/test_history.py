"""Chart and timeline hold the data that they were given, and labels do not overlap."""

import math
from functools import partial
from typing import Any

import pytest

from explorer.core.i18n import LANGUAGES, t
from explorer.experiments.history import catalog
from explorer.experiments.history.catalog import CHOICES, FAMILIES, Entry
from explorer.plots import history as charts
from explorer.plots import timeline


def spec(entries: list[Entry], **changed: Any) -> dict[str, Any]:
    look = {"over": "multiply_adds", "of": "top1", "size": "none", "colour": "line", "dark": False}
    drawn: dict[str, Any] = charts.accuracy(entries, t, **{**look, **changed}).to_dict()
    return drawn


def rows(drawn: dict[str, Any], column: str) -> list[dict[str, Any]]:
    return next(table for table in drawn["datasets"].values() if column in table[0])


def mark(layer: dict[str, Any]) -> str:
    return str(layer["mark"]["type"])


@pytest.mark.parametrize("of", charts.ACCURACIES)
@pytest.mark.parametrize("over", charts.AXES)
def test_points_are_the_entries_that_have_both_figures(over: str, of: str) -> None:
    entries = catalog.choose("all")
    table = charts.points(entries, t, over, of)
    expected = [(entry.model.id, getattr(entry, over).value, getattr(entry, of).value) for entry in entries
                if getattr(entry, over) and getattr(entry, of)]  # fmt: skip
    assert list(zip(table["model"], table["x"], table["y"], strict=True)) == expected
    assert "lenet5" not in set(table["model"]), "not trained on ImageNet"


def test_self_supervised_points_share_no_line_and_no_shape_with_others() -> None:
    drawn = spec(catalog.choose("first"))
    table = rows(drawn, "learned")
    by_series: dict[str, set[str]] = {}
    for row in table:
        by_series.setdefault(row["series"], set()).add(row["learned"])
    assert all(len(kinds) == 1 for kinds in by_series.values())
    points = next(layer for layer in drawn["layer"] if mark(layer) == "point" and "shape" in layer["encoding"])
    shape = points["encoding"]["shape"]["scale"]
    shapes = dict(zip(shape["domain"], shape["range"], strict=True))
    assert len(set(shapes.values())) == len(shapes) == 3
    assert shapes["labels"] == "circle"


@pytest.mark.parametrize(
    ("size", "colour"), [("none", "line"), ("parameters", "family"), ("multiply_adds", "year"), ("year", "line")]
)
def test_size_and_colour_follow_the_choice(size: str, colour: str) -> None:
    drawn = spec(catalog.choose("newest", ["vgg", "resnet", "mae"]), size=size, colour=colour)
    encoding = next(layer for layer in drawn["layer"] if "shape" in layer["encoding"])["encoding"]
    assert encoding["size"].get("field") == (None if size == "none" else size)
    assert encoding["color"]["field"] == colour


def test_each_family_has_a_colour_of_its_own() -> None:
    drawn = spec(catalog.choose("first"), colour="family")
    scale = next(layer for layer in drawn["layer"] if "shape" in layer["encoding"])["encoding"]["color"]["scale"]
    assert len(set(scale["range"])) == len(scale["domain"]) == len(FAMILIES) - 1


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("over", charts.AXES)
def test_no_label_lies_on_another(choice: catalog.Choice, over: str) -> None:
    drawn = spec(catalog.choose(choice), over=over)
    x, y = (drawn["layer"][0]["encoding"][axis]["scale"]["domain"] for axis in "xy")
    labels = rows(drawn, "at")
    assert len({row["name"] for row in labels if row["at"] == "wide"}) >= 18, "most of twenty families"
    for at, width, letter in (("wide", 640, 6.5), ("narrow", 290, 6.0)):
        boxes = []
        for row in (row for row in labels if row["at"] == at):
            length = letter * len(row["name"])
            across = width * math.log(row["x"] / x[0]) / math.log(x[1] / x[0]) + row["dx"]
            left = across - {"left": 0, "center": length / 2, "right": length}[row["align"]]
            middle = 430 * (y[1] - row["y"]) / (y[1] - y[0]) + row["dy"]
            assert left >= 0
            assert left + length <= width
            assert all(left >= b or left + length <= a or abs(middle - m) >= 12 for a, b, m in boxes), row["name"]
            boxes.append((left, left + length, middle))


def test_choosing_marks_without_drawing_anew() -> None:
    drawn = spec(catalog.choose("first", ["resnet"]))
    marked = charts.mark_chosen(drawn, "resnet50")
    assert [param["value"] for param in marked["params"] if param["name"] == "chosen"] == ["resnet50"]
    assert [param["value"] for param in drawn["params"] if param["name"] == "chosen"] == [""], (
        "the cached object is unchanged"
    )
    assert marked["layer"] is drawn["layer"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("narrow", [False, True])
def test_the_timeline_has_a_card_for_each_family_and_none_covers_another(narrow: bool, language: str) -> None:
    words = partial(t, language=language)
    drawn = timeline.timeline(FAMILIES.values(), words, dark=False, narrow=narrow).to_dict()
    cards = rows(drawn, "id")
    assert [card["id"] for card in sorted(cards, key=lambda card: list(FAMILIES).index(card["id"]))] == list(FAMILIES)
    for k, card in enumerate(cards):
        for other in cards[:k]:
            apart = card["left"] >= other["right"] or other["left"] >= card["right"]
            assert apart or card["top"] >= other["bottom"] or other["top"] >= card["bottom"]
    along = ("y", "middle") if narrow else ("middle", "y")
    by_year = sorted((card["year"], card[along[0]]) for card in cards)
    assert [place for _, place in by_year] == sorted(place for _, place in by_year), "later years are further along"
    height = drawn["height"]
    assert max(card["bottom"] for card in cards) <= height
