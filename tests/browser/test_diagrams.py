"""Navigate by clicks: network card, block card, source line."""

import pytest
from playwright.sync_api import Locator, Page, expect

from explorer.analysis import model_costs
from explorer.core.i18n import t
from explorer.models import loading
from explorer.plots.diagrams import place
from tests.browser.conftest import Open, at_rest, until
from tests.browser.test_browser import expect_link

pytestmark = pytest.mark.browser


def chart(page: Page) -> Locator:
    drawn = page.get_by_test_id("stVegaLiteChart").first
    expect(drawn.locator("svg, canvas").first).to_be_visible()
    return drawn


def click(page: Page, across: float, down: float, **choices: str) -> None:
    """Click the first chart at `across` (fraction of its width) and `down` (pixels from its top): the link has it."""

    def act() -> None:
        at_rest(page)
        box = chart(page).bounding_box()
        assert box
        chart(page).click(position={"x": across * box["width"], "y": down})

    until(act, lambda ms: expect_link(page, ms, **choices))


def click_card(page: Page, card: str, /, **choices: str) -> None:
    box = place(model_costs.compute(loading.outline("resnet18", 10), 64))[card]
    click(page, box.middle / 6, box.top + 20, **choices)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_clicks_lead_from_the_network_to_an_operation_and_its_line(open_page: Open, size: str) -> None:
    page = open_page("diagrams?picture=china", size=size)
    click_card(page, "layer2.0", zoom="block", block="layer2.0")
    expect(page.get_by_text("is a BasicBlock. It turns")).to_be_visible()
    page.locator(".sketch .box", has_text="conv1").click()
    expect_link(page, zoom="operation", block="layer2.0", op="conv1")
    expect(page.get_by_role("heading", name="conv1 · Conv2d")).to_be_visible()
    page.locator(".sketch .box", has_text="down.0").click()
    expect_link(page, op="downsample.0")
    expect(page.get_by_role("heading", name="downsample.0 · Conv2d")).to_be_visible()
    page.get_by_role("button", name=t("diagrams.to_source")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("source.title"))
    expect_link(page, block="layer2.0", step="downsample.0")


def test_a_call_of_the_stem_is_an_operation(open_page: Open) -> None:
    page = open_page("diagrams?picture=china", locale="zh-CN", theme="dark")
    click_card(page, "maxpool", op="maxpool")
    expect(page.get_by_role("heading", name="maxpool · MaxPool2d")).to_be_visible()
    click_card(page, "layer4.1", zoom="block", block="layer4.1")
    at_rest(page)
    page.get_by_role("radio", name="resnet18").click()
    expect_link(page, zoom="network", block="layer4.1")


def test_a_link_opens_the_operation(open_page: Open) -> None:
    page = open_page("diagrams?block=layer3.1&op=conv2&picture=china", size="phone", theme="dark")
    expect(page.get_by_role("heading", name="conv2 · Conv2d")).to_be_visible()
    expect(page.get_by_text("256 · 256 · 3 · 3 = 589,824")).to_be_visible()
