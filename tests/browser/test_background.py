"""From a network on the page History to its fine-tune."""

import re

import pytest
from playwright.sync_api import expect

from explorer.core.i18n import t
from tests.browser.app import go_to
from tests.browser.conftest import Open, at_rest
from tests.browser.test_browser import expect_link

pytestmark = pytest.mark.browser


def test_a_network_of_the_history_is_chosen_and_fine_tuned(open_page: Open) -> None:
    page = open_page()
    go_to(page, "history", "learn")
    at_rest(page)
    page.locator(".st-key-model input").first.fill("MobileNetV2")
    page.get_by_role("option", name=re.compile("MobileNet ?[vV]2")).first.click()
    at_rest(page)
    expect_link(page, model="mobilenet_v2")
    expect(page.locator(".st-key-famous_source")).to_contain_text("self.use_res_connect")
    page.get_by_role("button", name=t("history.fine_tune")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("finetune.title"))
