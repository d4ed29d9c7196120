"""Every style sheet selector for Streamlit's own elements, by test id, still matches an element on some page."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tinycss2
from playwright.sync_api import Page, expect

from explorer.core.assets import ASSETS
from explorer.core.i18n import t
from tests.browser.conftest import Open, at_rest

pytestmark = pytest.mark.browser

COMPONENTS = {path.stem for path in (ASSETS / "js").glob("*.js")}  # these style sheets apply within a component only
STREAMLITS = re.compile(r"\bst[A-Z]\w+")
LATER = re.compile(r"::?(after|before|focus-visible|focus-within|hover)\b")


def show_code(page: Page, file: Path) -> None:
    page.get_by_text(t("bar.code"), exact=True).last.click()
    expect(page.get_by_test_id("stCode")).to_be_visible()


def refuse_a_file_and_open_the_camera(page: Page, file: Path) -> None:
    page.locator('input[type="file"]').last.set_input_files(file)
    expect(page.get_by_test_id("stFileChipIconError")).to_be_visible()
    page.get_by_test_id("stPopoverButton").first.click()
    page.get_by_text(t("bar.camera")).click()
    expect(page.get_by_test_id("stCameraInputButton")).to_be_visible()


VISITS: tuple[tuple[str, str, Callable[[Page, Path], None] | None], ...] = (
    (
        "predict?weights=upstream&picture=china",
        ".stVegaLiteChart canvas, .stVegaLiteChart svg",
        refuse_a_file_and_open_the_camera,
    ),
    ("source?weights=upstream&block=layer1.0&step=add", ".maps canvas", None),
    ("diagrams?diagrams_part=browse&zoom=operation&block=layer1.0&op=layer1.0.conv1", ".st-key-zoomed", show_code),
    ("finetune", ".st-key-lab", None),
    ("history", "table.figures", None),
)
"""(page, element that it draws late, action on the page)"""


def selectors(rules: list[tinycss2.ast.Node]) -> Iterator[str]:
    """Selectors that name an element of Streamlit's, without states such as :hover."""
    for rule in rules:
        if rule.type == "at-rule":
            yield from selectors(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))
        elif rule.type == "qualified-rule":
            found = [""]
            for token in rule.prelude:
                found = [*found, ""] if token == "," else [*found[:-1], found[-1] + token.serialize()]
            yield from (LATER.sub("", each).strip() for each in found if STREAMLITS.search(each))


def listed() -> list[str]:
    sheets = [path for path in sorted((ASSETS / "css").glob("*.css")) if path.stem not in COMPONENTS]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sheets)
    found = selectors(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))
    return sorted({each.replace("lab_run", "lab") for each in found})  # the same elements while no run is open


@pytest.fixture
def no_picture(tmp_path: Path) -> Path:
    file = tmp_path / "words.txt"
    file.write_text("words", encoding="utf-8")
    return file


def test_each_selector_finds_an_element_of_streamlits(open_page: Open, no_picture: Path) -> None:
    """All pages stay open, and each selector has to match on one of them within 20 seconds."""
    missing, pages = listed(), []
    assert len(missing) > 20
    for path, late, act in VISITS:
        page = open_page(path)
        expect(page.locator(late).first).to_be_attached()
        if act:
            act(page, no_picture)
        at_rest(page)
        pages.append(page)
    give_up = time.monotonic() + 20
    while missing and time.monotonic() < give_up:
        for page in pages:
            page.bring_to_front()
            missing = page.evaluate("all => all.filter((each) => !document.querySelector(each))", missing)
        pages[0].wait_for_timeout(100)
    assert missing == [], "Streamlit's elements have changed: these selectors match nothing"
