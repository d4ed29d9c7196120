"""The report is complete, self-contained and safe with hostile names."""

import base64
import io
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.core.i18n import Translate
from explorer.experiments.comparison import answers
from explorer.experiments.comparison.results import Comparison
from explorer.plots import comparison_report
from explorer.plots.comparison_report import Author
from tests.experiments.comparison.made import CHINESE, ENGLISH, HALF, LABELS, OTHER, RIGHT, comparison, result

AUTHOR = Author("Ana <b>李雷</b>\n", "=1+1", "")
VOID = {"meta", "img", "br", "link"}
PICTURES = np.random.default_rng(0).integers(0, 256, (10, 3, 32, 32), dtype=np.uint8)
THREE = comparison(
    result("resnet18", "upstream", 0.4, 0.9, answers=RIGHT), result("vgg11_bn", "random", 0.3, 0.5, answers=HALF),
    result("resnet18", "random", 0.2, 0.4, answers=OTHER), result("resnet34", "random", state="failed", failure={
        "key": "errors.out_of_memory", "values": {"batch_size": 8, "fits": 4},
    }),
)  # fmt: skip


class Page(HTMLParser):
    """Tags with their attributes, the text of each kind of tag, and whether all that opened was closed in order."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def text(self) -> str:
        return " ".join(part for tag, parts in self.texts.items() if tag != "style" for part in parts)


def page(found: Comparison, t: Translate = ENGLISH, pictures: Any = PICTURES) -> Page:
    return Page(comparison_report.html(found, t, pictures))


@cache
def three(t: Translate = ENGLISH) -> str:
    """The report of THREE, made once: its charts take a second."""
    return comparison_report.html(THREE, t, PICTURES, AUTHOR)


@pytest.mark.parametrize(("t", "language"), [(ENGLISH, "en"), (CHINESE, "zh-CN")])
def test_it_needs_nothing_else(t: Translate, language: str) -> None:
    shown = Page(three(t))
    names = {name for name, _ in shown.tags}
    assert not names & {"script", "link", "iframe", "object", "base", "form"}
    assert dict(shown.tags)["html"] == {"lang": language}
    for name, attributes in shown.tags:
        for key, value in attributes.items():
            assert not key.startswith("on")
            if key in ("src", "xlink:href", "href", "data", "srcset") and name != "a":
                assert (value or "").startswith(("data:image/png;base64,", "#"))
    assert "url(http" not in "".join(shown.texts["style"])
    assert "@import" not in "".join(shown.texts["style"])


def test_all_that_was_promised_is_there() -> None:
    shown = Page(three())
    for title in ("What was compared", "Findings", "Results", "Accuracy against cost", "Learning curves",
                  "Confusion matrices", "Agreement between networks", "Images on which they disagree most", "Recipe",
                  "Hardware, versions, command", "Runs", "Sources"):  # fmt: skip
        assert title in shown.texts["h2"]
    assert any(title.startswith("Class by class: resnet18 · bundled") for title in shown.texts["h2"])
    names = [name for name, _ in shown.tags]
    assert names.count("svg") == 2 * (3 + 1 + 1 + 3 + 1), "cost, curve, classes, matrices, agreement; page and phone"
    assert names.count("table") == 5, "what was compared, results, classes, recipe, runs"
    assert "32 → 16 → 8 → 4 → 2 → 1" in shown.texts["td"]
    assert any(words.startswith("Only resnet18 starts from pretrained weights") for words in shown.texts["p"])
    assert "86.30%" not in shown.text(), "the digits are another task"
    cifar = page(comparison(THREE.results[0], recipe={"data": "cifar10", "classes": []}))
    assert "test accuracy of 86.30% after epoch 40" in cifar.text()
    assert "90.0%" in shown.texts["td"]
    assert "learning rate".capitalize() in shown.texts["td"]
    assert "python -m explorer compare" in shown.texts["pre"]
    assert any("A batch of 8 does not fit" in cell for cell in shown.texts["td"])
    assert "cpu AMD, 2 threads" in shown.text()
    assert "torch 2.9" in shown.text()


def test_whose_it_is_stands_at_the_top_as_typed() -> None:
    shown = Page(three())
    assert shown.texts["dt"] == ["Name", "Student number", "Date"], "no course was given"
    assert shown.texts["dd"][:2] == ["Ana <b>李雷</b>", "=1+1"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", shown.texts["dd"][2])
    queued = comparison(result("resnet18", "random", state="queued"))
    assert page(queued).texts["dt"] == ["Date"], "nothing was typed"


def test_matrices_count_the_pictures_and_shares_are_of_the_true_class() -> None:
    table = answers.confusion(LABELS, np.array(HALF), ("cat", "dog", "frog"))
    found = {
        (row.true, row.predicted): (row.count_, row.share)
        for row in table.rename(columns={"count": "count_"}).itertuples()
    }
    assert found["cat", "cat"] == found["cat", "dog"] == (2, 0.5)
    assert found["frog", "dog"] == (1, 0.5)
    assert found["dog", "frog"] == (0, 0.0)
    rows = answers.accuracies([result("a", "random", answers=HALF), result("b", "random", answers=RIGHT)], comparison())
    assert rows.to_numpy().tolist() == [["cat", 4, 0.5, 1.0], ["dog", 4, 0.5, 1.0], ["frog", 2, 0.5, 1.0]]


def test_pictures_are_the_pixels_of_those_that_differ() -> None:
    shown = Page(three())
    images = [attributes for name, attributes in shown.tags if name == "img"]
    assert len(images) == 6
    source = (images[0]["src"] or "").partition(",")[2]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(source))))
    np.testing.assert_array_equal(pixels, PICTURES[2].transpose(1, 2, 0))
    assert images[0]["alt"] == "Image 2: cat"
    for other in (None, PICTURES[:5]):  # none, or not those of the labels
        assert "img" not in dict(page(THREE, pictures=other).tags)


def test_hostile_names_stay_text() -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    found = comparison(
        result(evil, "random", 0.5, 0.6, answers=RIGHT, run=evil, device=evil),
        result("vgg11_bn", evil, 0.5, 0.55, answers=HALF, settings=((evil, evil),)),
        name=evil, classes=(evil, "dog", "frog"), hardware=evil, versions={evil: evil}, command=evil, made=evil,
        recipe={"data": evil},
    )  # fmt: skip
    shown = page(found)
    assert "script" not in dict(shown.tags)
    images = [attributes for name, attributes in shown.tags if name == "img"]
    assert images
    assert all((image["src"] or "").startswith("data:") for image in images)
    assert evil in shown.text()


def test_ids_of_the_charts_are_their_own() -> None:
    content = three()
    ids = re.findall(r'\bid="([^"]+)"', content)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", content)) <= set(ids)


@pytest.mark.parametrize("found", [
    comparison(result("resnet18", "random", state="queued", device=""), labels=None, classes=()),
    comparison(result("resnet18", "random", 0.5, answers=RIGHT)),
    comparison(result("resnet18", "random", 0.5), result("vgg11_bn", "random", 0.5)),
], ids=["nothing yet", "one", "no answers"])  # fmt: skip
def test_a_comparison_that_has_little_has_a_report_all_the_same(found: Comparison) -> None:
    shown = page(found)
    assert "Results" in shown.texts["h2"]
    assert "Agreement between networks" not in shown.texts["h2"]
