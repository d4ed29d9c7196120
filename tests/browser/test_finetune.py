"""A fine-tune in the browser: start, watch, leave, return, lose the worker, resume, use the weights."""

import json
import os
import re
import signal
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from explorer.core.i18n import Language, t
from explorer.data import images
from tests.browser.conftest import Open, at_rest, fits
from tests.browser.test_accessible import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("no_run_is_left")]

SETTINGS = {
    "data": "digits",
    "limit": 60,
    "test_limit": 20,
    "batch_size": 30,
    "image_size": 32,
    "epochs": 14,
    "threads": 1,
}


def link(**settings: int) -> str:
    return f"finetune?settings={quote(json.dumps({**SETTINGS, **settings}))}"


LINK = link()
BROKEN_OFF = re.compile(r"killed \(signal 9\) in epoch|interrupted in epoch")  # the page looks in the latter first
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def quiet(page: Page, sent: list[float], for_s: float, within_s: float = 30) -> bool:
    """Whether within the time the page sends nothing for `for_s` seconds; `sent` has the times of its messages."""
    start = time.monotonic()
    while (now := time.monotonic()) < start + within_s:
        if now - max(start, *sent[-1:]) > for_s:
            return True
        page.wait_for_timeout(100)  # playwright hears of messages while it waits
    return False


def progress(page: Page, words: str) -> None:
    expect(page.get_by_test_id("stProgress")).to_contain_text(re.compile(words), timeout=240_000)


def test_a_run_outlives_its_page_and_its_worker_and_is_used(open_page: Open, runs: Path, tmp_path: Path) -> None:
    page = open_page(link(limit=300))  # long enough to be seen, left and killed
    expect(page.locator(".head-facts")).to_contain_text(t("finetune.head_plan"))
    expect(page.locator(".st-key-share")).to_be_visible()
    expect(page.locator(".st-key-network")).to_be_hidden()  # that of the other pages does not govern training
    expect(page.locator(".st-key-share")).to_be_visible()
    slider = page.locator(".st-key-recipe_epochs_widget input")
    for epochs in (15, 16):  # a press while the slider is redrawn may be lost
        slider.press("ArrowRight")
        expect(page.locator(f'.st-key-recipe_freeze_epochs_widget input[max="{epochs}"]')).to_be_visible()
    page.locator(".st-key-start button").click()
    progress(page, r"Epoch \d+ of 16 .* images/s .* left")
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(3)
    expect(page.locator(".strip figure")).to_have_count(10)
    address = page.url.split("/", 3)[3]
    page.close()

    page = open_page(address)
    progress(page, r"Epoch ([2-9]|1\d) of 16")
    page.mouse.wheel(0, 5000)
    expect(page.locator(".st-key-stop button")).to_be_in_viewport()
    page.locator(".st-key-stop button").click()  # another session started it
    page.get_by_role("button", name=t("finetune.stop_no")).click()
    (file,) = runs.glob("*/worker.json")
    os.kill(json.loads(file.read_text(encoding="utf-8"))["pid"], signal.SIGKILL)
    expect(page.locator(".st-key-watch, .stMain").last).to_contain_text(BROKEN_OFF, timeout=180_000)
    page.get_by_role("button", name=t("finetune.resume")).click()
    expect(page.locator("h2").first).to_contain_text(t("finetune.state_finished"), timeout=300_000)
    events = [json.loads(line) for line in (file.parent / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event["reason"] for event in events if event["kind"] == "end"] == ["finished"]

    page.locator(".st-key-strip_tile_tiles").get_by_role("button").first.press("Enter")
    expect(page.locator(".st-key-strip_tile_links").get_by_role("button")).to_have_count(3)
    picture = tmp_path / "digit.png"
    picture.write_bytes(images.png(images.open_sample("digit-3").image))
    page.get_by_role("button", name=t("finetune.open"), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("predict.title"))
    expect(page).to_have_url(re.compile("weights=run%3A.*picture=run%3A"))  # one of its test pictures
    page.locator(".st-key-picture_menu button").click()
    page.locator('.st-key-uploaded input[type="file"]').set_input_files(picture)
    expect(page.get_by_text("Fine-tuned with this app")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()


def test_a_run_is_started_and_stopped_by_keys_and_not_drawn_in_a_hidden_tab(open_page: Open) -> None:
    language: Language = "zh"
    page, sent = open_page(LINK, size="phone", locale="zh-CN"), list[float]()
    page.on("websocket", lambda line: line.on("framesent", lambda _: sent.append(time.monotonic())))
    page.reload()  # the line that is open already is not watched
    at_rest(page)
    tab_to(page, page.locator(".st-key-recipe_epochs_widget input"))
    page.keyboard.press("End")
    tab_to(page, page.locator(".st-key-start button"))
    page.keyboard.press("Enter")
    stop = page.get_by_role("button", name=t("finetune.stop", language), exact=True)
    expect(stop).to_be_visible(timeout=180_000)
    page.evaluate(HIDE, True)
    assert quiet(page, sent, for_s=2.5)
    count = len(sent)
    page.evaluate(HIDE, False)
    give_up = time.monotonic() + 60
    while len(sent) <= count + 2:  # once when it becomes visible, then each second
        assert time.monotonic() < give_up
        page.wait_for_timeout(100)
    tab_to(page, stop)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=t("finetune.resume", language))).to_be_visible(timeout=180_000)
    fits(page)
