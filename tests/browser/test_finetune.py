"""A fine-tune in the browser: start, watch, leave, return, lose the worker, resume, use the weights."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.core.i18n import t
from explorer.data import images
from tests.browser.app import served
from tests.browser.conftest import at_rest
from tests.browser.test_accessible import tab_to

pytestmark = pytest.mark.browser

BROKEN_OFF = re.compile(r"killed \(signal 9\) in epoch|interrupted in epoch")  # the page looks in the latter first


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """A server with its own runs folder; its workers are killed after the test."""
    with served(runs=tmp_path) as (address, _):
        yield address
    for file in tmp_path.glob("*/worker.json"):
        worker = json.loads(file.read_text(encoding="utf-8"))
        if psutil.pid_exists(worker["pid"]):
            os.kill(worker["pid"], signal.SIGKILL)


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    page.goto(address)
    at_rest(page)
    return page


def progress(page: Page, words: str) -> None:
    expect(page.get_by_test_id("stProgress")).to_contain_text(re.compile(words), timeout=240_000)


def test_a_run_outlives_its_page_and_its_worker_and_is_used(browser: Browser, lab: str, tmp_path: Path) -> None:
    page = opened(browser, f"{lab}/finetune")
    slider = page.locator(".st-key-recipe_epochs_widget input")
    for _ in range(2):
        slider.press("ArrowRight")
    # The app has received it. For a moment the previous slider is still there, too.
    expect(page.locator('.st-key-recipe_freeze_epochs_widget input[max="5"]')).to_be_visible()
    page.locator(".st-key-start button").click()
    progress(page, r"Epoch \d+ of 5 .* images/s .* left")
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(3)
    expect(page.locator(".strip figure")).to_have_count(10)
    address = page.url
    page.close()

    page = opened(browser, address)
    progress(page, "Epoch [2-5] of 5")
    (file,) = tmp_path.glob("*/worker.json")
    os.kill(json.loads(file.read_text(encoding="utf-8"))["pid"], signal.SIGKILL)
    expect(page.locator(".st-key-watch, .stMain").last).to_contain_text(BROKEN_OFF, timeout=180_000)
    page.get_by_role("button", name=t("finetune.resume")).click()
    expect(page.locator("h2").first).to_contain_text(t("finetune.state_finished"), timeout=300_000)
    events = [json.loads(line) for line in (file.parent / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event["reason"] for event in events if event["kind"] == "end"] == ["finished"]

    picture = tmp_path / "digit.png"
    picture.write_bytes(images.png(images.open_sample("digit-3").image))
    page.get_by_role("button", name=t("finetune.open"), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("predict.title"))
    expect(page).to_have_url(re.compile("weights=run%3A"))
    page.locator(".st-key-picture_menu button").click()
    page.locator('.st-key-uploaded input[type="file"]').set_input_files(picture)
    expect(page.get_by_text("Fine-tuned with this app")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    page.close()


def test_a_hidden_page_is_not_drawn_again_until_it_is_seen(browser: Browser, lab: str) -> None:
    page, sent = browser.new_page(), list[object]()
    page.on("websocket", lambda line: line.on("framesent", lambda message: sent.append(message)))
    page.goto(f"{lab}/finetune")
    at_rest(page)
    page.locator(".st-key-recipe_epochs_widget input").press("End")
    page.locator(".st-key-start button").click()
    progress(page, "images/s")
    hide = "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(hide, True)
    page.wait_for_timeout(3000)
    before = len(sent)
    page.wait_for_timeout(3000)
    assert len(sent) == before
    page.evaluate(hide, False)
    page.wait_for_timeout(4000)
    assert len(sent) > before + 2, "once when it becomes visible, then each second"
    page.get_by_role("button", name=t("finetune.stop"), exact=True).click()
    expect(page.get_by_role("button", name=t("finetune.resume"))).to_be_visible(timeout=180_000)
    page.close()


def test_a_run_is_started_and_stopped_by_keys(browser: Browser, lab: str) -> None:
    locale, language = "zh-CN", "zh"
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale=locale)
    page.goto(f"{lab}/finetune")
    at_rest(page)
    tab_to(page, page.locator(".st-key-recipe_epochs_widget input"))
    page.keyboard.press("End")
    tab_to(page, page.locator(".st-key-start button"))
    page.keyboard.press("Enter")
    stop = page.get_by_role("button", name=t("finetune.stop", language), exact=True)
    expect(stop).to_be_visible(timeout=180_000)
    tab_to(page, stop)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=t("finetune.resume", language))).to_be_visible(timeout=180_000)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth") <= 0
    page.close()
