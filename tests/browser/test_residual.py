"""The shortcut lab and the feature maps in the browser, and an uploaded picture in every part."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from explorer.core.i18n import t
from explorer.data import images
from tests.browser.app import choice, go_to
from tests.browser.conftest import Open, at_rest, until
from tests.browser.test_browser import expect_link

pytestmark = pytest.mark.browser

PARTS = [
    *(("shortcut", part) for part in ("block", "depth", "change", "lesion", "gradients", "inference")),
    *(("features", part) for part in ("maps", "compare", "attribution", "space")),
]


def test_a_slider_moves_the_answer_and_the_link(open_page: Open) -> None:
    page = open_page("shortcut?shortcut_part=change&block=layer1.0&picture=china")
    expect(page.locator(".facts").first).to_contain_text("0.0%")
    page.locator(".factors input >> nth=1").press("Home")
    expect(page.locator(".role.branch").first).to_contain_text("0.00")
    expect(page.locator(".facts").first).not_to_contain_text(re.compile(r"^\D*0\.0%"))
    expect_link(page, change_alpha="0")
    at_rest(page)
    moved = page.locator(".facts").first.inner_text()
    page.reload()
    at_rest(page)
    expect(page.locator(".role.branch").first).to_contain_text("0.00")
    expect(page.locator(".facts").first).to_have_text(moved, use_inner_text=True)  # the link restores the change
    page.get_by_role("button", name=t("shortcut.reset")).click()
    expect(page.locator(".role.branch").first).to_contain_text("1.00")


def test_a_channel_is_chosen_by_click_and_by_arrow(open_page: Open) -> None:
    page = open_page("features?block=layer1.0&picture=china")
    number = page.locator(".st-key-channel input")
    sheet = page.locator(".st-key-maps_sheet .sheet")
    expect(sheet).to_have_attribute("aria-valuenow", re.compile(r"\d"))
    strongest = str(sheet.get_attribute("aria-valuenow"))
    until(
        lambda: sheet.click(position={"x": 100, "y": 100}),
        lambda ms: expect(sheet).not_to_have_attribute("aria-valuenow", strongest, timeout=ms),
    )
    chosen = str(sheet.get_attribute("aria-valuenow"))
    expect(number).to_have_value(chosen)
    expect_link(page, channel=chosen)
    sheet.press("ArrowRight")
    expect(number).not_to_have_value(chosen)


def test_a_readers_own_picture_is_seen_by_every_part(open_page: Open, tmp_path: Path) -> None:
    images.open_sample("flower").image.save(tmp_path / "my flower.jpg")
    page = open_page("shortcut?block=layer2.0")
    page.get_by_test_id("stPopoverButton").first.click()
    page.locator('.st-key-uploaded input[type="file"]').set_input_files(tmp_path / "my flower.jpg")
    expect(page.get_by_test_id("stPopoverButton").first).to_contain_text("my flower.jpg")
    page.keyboard.press("Escape")
    for page_name, part in PARTS:
        if f"{page_name}_part=" not in page.url:
            go_to(page, page_name)
            expect(page).to_have_url(re.compile(f"[?&]{page_name}_part="))  # the page is drawn; a click before is lost
            at_rest(page)
        button = choice(page, t(f"{page_name}.part_{part}"))
        button.click()
        expect(button).to_be_checked()
        expect_link(page, **{f"{page_name}_part": part})
        at_rest(page)
        expect(page.get_by_test_id("stPopoverButton").first).to_contain_text("my flower.jpg")
        expect(page.get_by_test_id("stException")).to_have_count(0)
