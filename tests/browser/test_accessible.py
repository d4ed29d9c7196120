"""The main tasks by keyboard alone, with visible focus."""

import io
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from explorer.core.i18n import t
from tests.browser.conftest import Open, at_rest
from tests.browser.test_browser import expect_link
from tests.plots.colours import luminance

pytestmark = pytest.mark.browser

# By keyboard

FOCUSED = "let at = document.activeElement; while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"


def focused(page: Page) -> tuple[str, str, dict[str, float]]:
    """Test id, text and box of the focused element, also inside a component."""
    found: tuple[str, str, dict[str, float]] = page.evaluate(
        f"""() => {{ {FOCUSED}
          const {{ x, y, width, height }} = at.getBoundingClientRect();
          const words = at.getAttribute("aria-label") ?? at.innerText;
          return [at.closest("[data-testid]")?.dataset.testid ?? at.tagName, words, {{ x, y, width, height }}]; }}"""
    )
    return found


def tab_to(page: Page, wanted: Locator, most: int = 90) -> None:
    """Press Tab until `wanted` or a descendant has the focus."""
    expect(wanted).to_be_attached()
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate(f"(wanted) => {{ {FOCUSED} return wanted.contains(at); }}"):
            return
    pytest.fail(f"{most} times Tab do not lead to {wanted}; the focus is on {focused(page)}")


def drawn(page: Page, box: dict[str, float]) -> NDArray[np.float64]:
    """Luminance of the pixels of `box` with a margin of a few pixels."""
    left, top = max(0, box["x"] - 5), max(0, box["y"] - 5)
    width, height = max(1, min(1280 - left, box["width"] + 10)), max(1, min(900 - top, box["height"] + 10))
    clip: Any = {"x": left, "y": top, "width": width, "height": height}
    return luminance(np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")) / 255)


def seen(page: Page) -> int:
    """Number of pixels that indicate focus: their contrast changes by 3:1 or more when the focus leaves."""
    box = focused(page)[2]
    with_focus = drawn(page, box)
    page.evaluate(f"() => {{ {FOCUSED} window.left = at; at.blur(); }}")
    without = drawn(page, box)
    page.evaluate("() => window.left.focus({ preventScroll: true })")
    return int((np.maximum(with_focus, without) + 0.05 >= 2.95 * (np.minimum(with_focus, without) + 0.05)).sum())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tab_leads_through_the_whole_page_in_order_and_in_sight(open_page: Open, theme: str) -> None:
    page = open_page("source?block=layer2.0&step=add&picture=china", theme=theme)
    page.emulate_media(reduced_motion="reduce")
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        where, words, _ = focused(page)
        if where == "BODY" or (len(stops) > 1 and (where, words) == stops[0]):
            break
        assert (where, words) != (stops or [None])[-1], "keyboard trap"
        stops.append((where, words))
        if where != "stMain":  # the whole page, scrolled by arrow keys
            assert seen(page) >= 40, (where, words)
    else:
        pytest.fail(f"no end after {len(stops)} stops")
    names = [" ".join(words.split()) for _, words in stops]
    expected = (
        "Skip to main content", "home Home", "image Temple expand_more", "Network", "Weights", "English", "Block",
        "▼ Next line", "102 out += identity", "conv1 3×3 /2", t("scene.order"), "the sum, channel 77",
        "terminal Show the code",
    )  # fmt: skip
    places = [next((k for k, name in enumerate(names) if name == each), -1) for each in expected]
    assert -1 not in places, dict(zip(expected, places, strict=True)) | {"names": names}
    assert places == sorted(places)


def test_a_walk_and_a_choice_of_picture_and_network_by_keys(open_page: Open) -> None:
    page = open_page("source?block=layer2.0&picture=china", theme="dark")
    tab_to(page, page.get_by_role("button", name="Next"))
    page.keyboard.press("Enter")
    lit = page.locator('button.line[aria-current="step"]').first
    expect(lit).to_contain_text("out = self.conv1(x)")
    tab_to(page, lit)
    for _ in range(7):
        page.keyboard.press("ArrowDown")
    expect(lit).to_contain_text("out += identity")
    page.keyboard.press("ArrowDown")
    expect(lit).to_contain_text("out = self.relu(out)")
    at_rest(page)
    tab_to(page, page.get_by_test_id("stPopoverButton").first)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="7", exact=True))
    page.keyboard.press("Enter")
    expect_link(page, picture="digit-7", step="relu_1")
    page.keyboard.press("Escape")
    tab_to(page, page.locator(".st-key-network input"))
    page.keyboard.type("resnet34")
    page.keyboard.press("Enter")
    expect_link(page, network="resnet34", picture="digit-7")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_block_of_the_diagrams_and_the_language_by_keys(open_page: Open) -> None:
    page = open_page("diagrams?picture=china")
    tab_to(page, page.locator(".st-key-block input"))
    page.keyboard.type("layer3.1")
    page.keyboard.press("Enter")
    expect_link(page, zoom="block", block="layer3.1")
    expect(page.get_by_text(re.compile("is a BasicBlock"))).to_be_visible()
    at_rest(page)
    tab_to(page, page.locator(".st-key-lang"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(t("diagrams.title", "zh"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect_link(page, lang="zh", block="layer3.1")
