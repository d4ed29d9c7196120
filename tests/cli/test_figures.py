"""Figures as files: each can be drawn and shows its numbers; a user's mistake is one message."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from explorer.analysis import residual
from explorer.cli import figures
from explorer.cli.figures import Request
from explorer.cli.main import main
from explorer.cli.network import BITMAPS, FIGURES
from explorer.core.i18n import LANGUAGES
from explorer.data import images
from explorer.models import loading
from explorer.plots import chart_files
from tests.models.small import twin

STEPS: list[tuple[int, int]] = []


def request(**changed: Any) -> Request:
    network = loading.load("resnet18", "cifar10")
    usual = {"block": "layer2.0", "count": 12, "language": "en", "progress": lambda *step: STEPS.append(step)}
    return Request(network, images.open_sample("china"), **{**usual, **changed})


@pytest.fixture(autouse=True)
def _small_twins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures.twins, "load", lambda kind: twin(residual=kind == "residual"))


def test_the_command_offers_all_figures() -> None:
    assert set(FIGURES) == set(figures.FIGURES)
    assert set(BITMAPS) <= set(FIGURES)


@pytest.mark.parametrize("name", sorted(set(FIGURES) - set(BITMAPS)))
def test_every_chart_can_be_drawn(name: str) -> None:
    language = LANGUAGES[sorted(FIGURES).index(name) % 2]
    drawn = figures.FIGURES[name](request(language=language))
    svg = figures._rendered(drawn, "svg", language).decode()
    assert svg.startswith("<svg")
    assert svg.count("<path") + svg.count("<image") > 5


def test_a_chart_has_the_numbers_of_its_page() -> None:
    asked = request()
    table = figures.FIGURES["branch-share"](asked).to_dict()["datasets"]
    shown = [row["this"] for rows in table.values() for row in rows if "this" in row]
    expected = residual.over_depth(asked.network, asked.x).share[0]
    assert shown[: len(expected)] == pytest.approx(expected.tolist())


def test_long_work_tells_how_far_it_is() -> None:
    STEPS.clear()
    figures.FIGURES["angle"](request())
    assert STEPS[-1][0] == STEPS[-1][1] > 0


def run(*arguments: str) -> int:
    return main(["figure", *arguments])


def test_a_png_is_twice_as_fine_as_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("path-lengths", "--out", str(tmp_path / "paths.png"), "--json") == 0
    assert json.loads(capsys.readouterr().out)["figure"] == "path-lengths"
    with Image.open(tmp_path / "paths.png") as picture:
        assert picture.width > 2 * chart_files.WIDTH_PX
    assert [file.name for file in tmp_path.iterdir()] == ["paths.png"]


def test_html_needs_no_network(tmp_path: Path) -> None:
    assert run("block", "--block", "layer3.0", "--out", str(tmp_path / "block.html")) == 0
    page = (tmp_path / "block.html").read_text(encoding="utf-8")
    assert "downsample.0" in page
    assert '<script src="http' not in page


def test_channels_are_a_picture(tmp_path: Path) -> None:
    assert run("channels", "--picture", "digit-3", "--block", "layer4", "--out", str(tmp_path / "channels.png")) == 0
    with Image.open(tmp_path / "channels.png") as picture:
        assert min(picture.size) > 200


def test_svg_speaks_the_readers_language(tmp_path: Path) -> None:
    assert run("network", "--lang", "zh", "--out", str(tmp_path / "network.svg")) == 0
    assert "捷径" in (tmp_path / "network.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["block", "--out", "figure.gif"], ".png, .svg, .html"),
        (["channels", "--out", "figure.svg"], ".png"),
        (["block", "--block", "layer9.0", "--out", "a.png"], "layer1.0"),
        (["lesion", "--pictures", "1", "--out", "a.png"], "10,000"),
        (["block", "--picture", "no such", "--out", "a.png"], "no such"),
        (["block", "--picture", "missing.png", "--out", "a.png"], "missing.png"),
        (["block", "--out", "no folder/a.png"], "a.png"),
        (["pie", "--out", "a.png"], "pie"),
        (["gradients", "--network", "cifar-plain20", "--weights", "random", "--out", "a.png"], "cifar-resnet20"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
