"""Colours are distinguishable, also under colour blindness, and visible in both themes."""

import re
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from explorer.core import palette
from explorer.core.i18n import t
from explorer.core.palette import BROWN_TEAL, ROLE_COLOURS, WITH_SHORTCUTS, WITHOUT_SHORTCUTS
from explorer.models.cifar_resnet import SHORTCUTS, Design
from explorer.plots import curves, degradation, history, pretraining, space
from explorer.plots.charts import GREY, TEAL
from explorer.plots.degradation import panel
from tests.plots.colours import SIGHTS, contrast, distance

ROOT = Path(__file__).parents[2]
PAGES = ("#ffffff", "#14191c")  # light and dark, as in .streamlit/config.toml
SERIES = {
    "curves": tuple(curves.COLOURS.values()),
    "grey and teal": (GREY, TEAL),
    "twins": (WITH_SHORTCUTS, WITHOUT_SHORTCUTS),
    "twins of two depths": (*palette.RESIDUAL_DEPTHS, *palette.PLAIN_DEPTHS),
    "runs": curves.RUNS,
    "lines of ideas": tuple(history.LINES.values()),
    "starts": tuple(pretraining.STARTS.values()),
}


def least(colours: tuple[str, ...], sight: str) -> float:
    return min(distance(one, two, sight) for one, two in combinations(colours, 2))


def test_the_simulation_is_right_at_colours_with_known_answers() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.1)
    assert distance("#808080", "#808080", "protanopia") == 0
    for sight, red_green in (("usual", 170.0), ("protanopia", 60.0), ("deuteranopia", 60.0)):
        assert (distance("#ff0000", "#00aa00", sight) > 100) == (sight == "usual"), (sight, red_green)


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_colours_of_one_chart_are_told_apart(sight: str) -> None:
    for theme in (0, 1):
        roles = tuple(pair[theme] for pair in ROLE_COLOURS.values())
        assert least(roles, sight) >= 10
    assert {name: found for name, each in SERIES.items() if (found := least(each, sight)) < 10} == {}
    assert distance(BROWN_TEAL[1], BROWN_TEAL[-2], sight) >= 40, "negative and positive"
    fifth = len(curves.SHAPES)
    assert min(distance(*space.COLOURS[k::fifth], sight=sight) for k in range(fifth)) >= 25, "classes of one shape"


def test_colours_of_roles_and_twins_mean_nothing_else() -> None:
    twins = (WITH_SHORTCUTS, WITHOUT_SHORTCUTS, *palette.RESIDUAL_DEPTHS, *palette.PLAIN_DEPTHS)
    roles = {colour: role for role, pair in ROLE_COLOURS.items() for colour in pair}
    files = [path for top, kinds in (("explorer", ("py",)), ("assets", ("css", "js")))
             for kind in kinds for path in (ROOT / top).rglob(f"*.{kind}") if path.name != "palette.py"]  # fmt: skip
    written = {
        f"{path.relative_to(ROOT)}: {name}{colour}"
        for path in files
        for name, colour in re.findall(r"(--\w+: )?(#[0-9a-f]{6})\b", path.read_text(encoding="utf-8"))
        if colour in {*roles, *twins} and name != f"--{roles.get(colour)}: "
    }
    assert written == set(), "written out where it cannot follow the palette, or with another meaning"
    others = {*curves.RUNS, *curves.COLOURS.values(), *history.LINES.values(), *pretraining.STARTS.values()}
    near = {(one, two): found for one in twins[:2] for two in others if (found := distance(one, two)) < 20}
    assert near == {}


def test_what_is_drawn_shows_on_both_pages() -> None:
    for k, page in enumerate(PAGES):
        roles = [pair[k] for pair in ROLE_COLOURS.values()]
        assert {each: contrast(each, page) for each in roles if contrast(each, page) < 4.5} == {}, "used for text"
        drawn = {*space.COLOURS, curves.FROZEN, *(colour for each in SERIES.values() for colour in each)}
        assert {each: contrast(each, page) for each in drawn if contrast(each, page) < 3} == {}
    lightness = [contrast(colour, "#000000") for colour in palette.BROWN_TEAL]
    middle = len(lightness) // 2
    assert lightness[: middle + 1] == sorted(lightness[: middle + 1])
    assert lightness[middle:] == sorted(lightness[middle:], reverse=True)


def test_nine_networks_have_nine_looks() -> None:
    names = [f"net {k}" for k in range(9)]
    kinds = ("none", "identity", *(kind for kind in SHORTCUTS if kind not in ("none", "identity")))
    designs = [*(Design(32, kind) for kind in kinds), Design(32, preact=True), Design(32, projection=True)]
    looks = dict(zip(names, degradation.colours(designs), strict=True))
    rows = [{"name": name, "iteration": 1, "epoch": 1, "series": "test", "error": 0.5, "loss": 1.0, "seeds": 1}
            for name in names]  # fmt: skip
    points = panel(pd.DataFrame(rows), looks, 1, 1.0, degradation.MEASURES[0], t).to_dict()["layer"][1]["encoding"]
    looks = list(zip(points["color"]["scale"]["range"], points["shape"]["scale"]["range"], strict=True))
    assert len(set(looks)) == 9


def test_runs_beyond_the_colours_have_dashes() -> None:
    order = [f"run {k}" for k in range(10)]
    line = curves.overlaid(
        pd.DataFrame(columns=["name", "epoch", "accuracy"]),
        order=order,
        total=3,
        names={"epoch": "epoch", "accuracy": "accuracy"},
    ).to_dict()["layer"][0]
    colours, dashes = (line["encoding"][name]["scale"]["range"] for name in ("color", "strokeDash"))
    assert (colours[0], dashes[0]) == (colours[8], [1, 0])
    assert dashes[8] == dashes[9] == [6, 3]
