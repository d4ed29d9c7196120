"""Why residual in a browser: from the button to a sentence about the curves; rotating the landscape."""

import re

import pytest
from playwright.sync_api import expect

from explorer.core.i18n import t
from tests.browser.conftest import Open, at_rest

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("no_run_is_left")]

OWN = "why?why_preset=own&why_depths=8+14&why_kinds=none&why_width=4&why_data=digits&why_epochs=1"


def test_a_press_trains_the_chosen_networks_until_a_sentence_says_what_their_curves_show(open_page: Open) -> None:
    page = open_page(OWN)
    page.get_by_role("button", name=t("why.start", runs=2)).click()
    expect(page).to_have_url(re.compile(r"why_sweep=\d"))
    finding = page.get_by_text(re.compile("plain-14 ends with a training error of"))
    expect(finding).to_be_visible(timeout=120_000)
    at_rest(page)
    link = page.url
    page.goto(link)
    at_rest(page)
    expect(finding).to_be_visible()
    expect(page.get_by_role("button", name=t("why.start", runs=2))).to_be_enabled()


def test_a_surface_is_turned(open_page: Open) -> None:
    page = open_page("why?why_part=landscape")
    charts = page.get_by_test_id("stVegaLiteChart").locator(".marks")
    expect(charts).to_have_count(4)
    page.get_by_role("slider", name=t("landscape.azimuth")).press("ArrowRight")
    expect(page).to_have_url(re.compile("landscape_azimuth=35"))
    at_rest(page)
    expect(charts).to_have_count(4)
