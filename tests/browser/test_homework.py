"""The homework in Chromium: guess, write, reload; and the file, opened without a server."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from explorer.core.i18n import t
from tests.browser.conftest import Open, at_rest
from tests.browser.test_browser import expect_link

pytestmark = pytest.mark.browser

START, END = 'It is x <script>document.title = "no"</script> &\n', "rc"  # keys that Streamlit listens for


def test_guess_and_words_outlive_a_reload_and_are_handed_in(
    open_page: Open, contexts: dict[str, BrowserContext], tmp_path: Path
) -> None:
    page = open_page("homework?picture=china")
    page.get_by_text(t("homework.identity_same")).click()
    page.get_by_role("button", name=t("homework.guess")).click()
    expect_link(page, hw1="same")
    text = page.locator("textarea:visible")
    text.fill(START)
    text.press_sequentially(END)
    expect(text).to_have_value(START + END)
    page.reload()
    at_rest(page)
    expect(text).to_have_value(START + END)
    expect(page.locator(".homework-options .guess")).to_be_visible()

    other = open_page("homework?picture=china")  # a second tab, whose link has no guess
    expect_link(other, hw1="same")
    elsewhere = other.locator("textarea:visible")
    expect(elsewhere).to_have_value(START + END)
    elsewhere.fill("from the second tab")
    expect(text).to_have_value("from the second tab")
    text.fill(START + END)
    other.close()

    page.get_by_role("radio", name=t("homework.hand_in")).click()
    page.get_by_label(t("homework.name")).press_sequentially("Ana <b>")
    with page.expect_download() as download:
        page.get_by_role("button", name=t("homework.download_anyway")).click()
    assert download.value.suggested_filename.startswith("homework-2")
    file = tmp_path / "homework.html"
    download.value.save_as(file)

    context = contexts["en-US"].browser.new_context(offline=True)  # type: ignore[union-attr]
    handed_in, faults = context.new_page(), []
    handed_in.on("console", lambda message: faults.append(message.text))
    handed_in.on("pageerror", lambda error: faults.append(str(error)))
    handed_in.on("requestfailed", lambda request: faults.append(request.url))
    handed_in.goto(file.as_uri())
    expect(handed_in.locator(".words")).to_have_text(START + END, use_inner_text=True)
    expect(handed_in.locator(".mine")).to_contain_text(t("homework.identity_same"))
    expect(handed_in.get_by_text("Ana <b>")).to_be_visible()
    expect(handed_in.get_by_text(t("homework.file_done", done=1, count=6))).to_be_visible()
    expect(handed_in.frame_locator("iframe").get_by_text("out += identity").first).to_be_visible()
    expect(handed_in).to_have_title(t("homework.title"))
    handed_in.set_viewport_size({"width": 390, "height": 844})
    assert handed_in.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults == []
    context.close()
