"""The scene in Chromium, from a file: steps, pixels, full screen, small screens, accessibility. No server runs."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from explorer.core.i18n.scene import WORDS
from explorer.scene.walk import look

pytestmark = pytest.mark.browser

OpenWalk = Callable[..., Page]
ADD, FIRST, LAST = "out += identity", "identity = x", "return out"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A walk through a block with a projection, as a file."""
    made = look("resnet18", "china", "layer2.0", weights="cifar10", language="en")
    return made.save(tmp_path_factory.mktemp("walk") / "walk.html").as_uri()


@pytest.fixture
def open_walk(browser: Browser, address: str) -> Iterator[OpenWalk]:
    """`open_walk(390, 844, has_touch=True)`: the file in a window of that size. No page may have reported an error."""
    contexts, faults = [], []

    def open_it(width: int = 1280, height: int = 720, **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(address)
        expect(page.locator(".maps canvas").first).to_be_visible()
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert not faults


def lit_line(page: Page) -> Locator:
    return page.locator('[aria-current="step"]')


def step_to(page: Page, line: str) -> None:
    for _ in range(20):
        if line in lit_line(page).inner_text():
            return
        page.keyboard.press("n")
    pytest.fail(f"no line {line!r}")


def pixel(page: Page) -> str:
    return page.get_by_role("status").locator(".where span").inner_text()


def overflows(page: Page) -> list[str]:
    """Which of the page, the code and the numbers is larger than its box."""
    found: list[str] = page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll(".listing:not([hidden]), .numbers")]
          .filter((each) => each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight)
          .map((each) => each.className || each.tagName)"""
    )
    return found


def test_keys_move_code_drawing_and_numbers_at_once(open_walk: OpenWalk) -> None:
    page = open_walk()
    expect(lit_line(page)).to_contain_text(FIRST)
    page.keyboard.press("n")
    expect(lit_line(page)).to_contain_text("self.conv1(x)")
    expect(page.locator(".box.lit")).to_have_text("conv1 3×3 /2")
    expect(page.get_by_role("status")).to_contain_text("self.conv1(x)")
    page.keyboard.press("p")
    expect(lit_line(page)).to_contain_text(FIRST)
    expect(page.locator(".box.lit")).to_have_count(0)
    page.get_by_role("button", name=WORDS["sum"][0], exact=True).click()
    expect(lit_line(page)).to_contain_text(ADD)


def test_a_pixel_is_outlined_in_every_map_and_its_numbers_add_up(open_walk: OpenWalk) -> None:
    page = open_walk()
    step_to(page, ADD)
    page.locator(".maps canvas").first.hover(position={"x": 3, "y": 3})
    assert pixel(page).endswith("row 0, column 0")
    page.locator(".maps canvas").nth(2).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert pixel(page).endswith("row 1, column 1")
    places = page.locator(".maps .frame i").evaluate_all("(all) => all.map((each) => each.style.cssText)")
    assert len(places) == 3
    assert len(set(places)) == 1
    text = page.get_by_role("status").locator(".line-sum").inner_text().replace("−", "-")
    first, second, total = (float(part.strip("() ")) for part in text.replace("=", "+").split(" + "))
    assert first + second == pytest.approx(total, abs=0.011)  # each is rounded on its own


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720)])
def test_presented_it_fills_the_screen_and_a_clicker_steps(open_walk: OpenWalk, width: int, height: int) -> None:
    page = open_walk(width, height)
    page.get_by_role("button", name=WORDS["present"][0]).click()
    expect(page.locator(".scene.presents:fullscreen")).to_be_visible()
    scene = page.locator(".scene")
    assert scene.bounding_box() == {"x": 0, "y": 0, "width": width, "height": height}
    assert "url(" in scene.evaluate("(scene) => getComputedStyle(scene).cursor")
    for _ in range(20):
        assert width < 1920 or not overflows(page), lit_line(page).inner_text()
        page.keyboard.press("PageDown")
    expect(lit_line(page)).to_contain_text(LAST)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("PageUp")
    expect(lit_line(page)).to_contain_text(ADD)
    page.keyboard.press("Escape")
    expect(page.locator(".presents")).to_have_count(0)


def test_presented_a_clicker_steps_after_a_click_on_the_slider_and_space_presses_what_has_the_focus(
    open_walk: OpenWalk,
) -> None:
    page = open_walk()
    page.get_by_role("button", name=WORDS["present"][0]).click()
    expect(page.locator(".scene:fullscreen")).to_be_visible()
    slider = page.get_by_role("slider")
    slider.fill("1")
    slider.focus()
    page.keyboard.press("PageDown")
    expect(lit_line(page)).to_contain_text("self.bn1(out)")
    page.keyboard.press("Shift+Tab")  # past a disabled button
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name=WORDS["back"][0])).to_be_focused()
    page.keyboard.press("Space")
    expect(lit_line(page)).to_contain_text("self.conv1(x)")


def test_on_a_phone_a_tap_and_a_sideways_drag_choose_and_a_swipe_scrolls(open_walk: OpenWalk) -> None:
    page = open_walk(390, 844, has_touch=True, is_mobile=True)
    step_to(page, ADD)
    panes = [page.locator(f".{name}").bounding_box() for name in ("code", "numbers", "drawing")]
    tops = [box["y"] for box in panes if box]
    assert tops == sorted(tops)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    box = page.locator(".maps canvas").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.9
    page.touchscreen.tap(x, y)
    assert pixel(page).endswith("row 7, column 7")
    drag(page, x, y, 0, -200)
    assert pixel(page).endswith("row 7, column 7")
    assert page.evaluate("scrollY") > 100
    page.evaluate("scrollTo(0, 0)")
    drag(page, x, y, -box["width"] * 0.8, 4)
    assert pixel(page).endswith("row 7, column 0")
    assert page.evaluate("scrollY") == 0


def test_presented_on_a_phone_no_pane_covers_another(open_walk: OpenWalk) -> None:
    page = open_walk(390, 844, has_touch=True, is_mobile=True)
    step_to(page, ADD)
    page.get_by_role("button", name=WORDS["present"][0]).tap()
    expect(page.locator(".presents")).to_be_visible()
    boxes = [page.locator(f".{name}").bounding_box() for name in ("code", "arithmetic", "story", "drawing")]
    ends = [(box["y"], box["y"] + box["height"]) for box in boxes if box]
    assert len(ends) == 4
    assert all(above[1] <= below[0] for above, below in pairwise(ends))


def drag(page: Page, x: float, y: float, right: float, down: float) -> None:
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": px, "y": py} for px, py in places]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (x, y))
    for k in range(1, 11):
        touch("touchMove", (x + right * k / 10, y + down * k / 10))
        page.wait_for_timeout(16)
    touch("touchEnd")
    page.wait_for_timeout(700)  # the page may glide on


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (390, 844)])
def test_paper_has_the_whole_drawing_above_the_lines(open_walk: OpenWalk, width: int, height: int) -> None:
    page = open_walk(width, height)
    drawn = page.locator(".box").count()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1046})  # A4 without its margins
    room = page.locator(".drawing").bounding_box()
    boxes = [box.bounding_box() for box in page.locator(".box, .thumb").all()]
    sheet = page.locator(".sheet").bounding_box()
    assert room
    assert sheet
    assert page.locator(".box").count() == drawn
    assert all(box and box["x"] + box["width"] <= room["x"] + room["width"] for box in boxes)
    assert max(box["y"] + box["height"] for box in boxes if box) <= room["y"] + room["height"] <= sheet["y"]
    expect(page.get_by_role("heading", level=1)).to_contain_text("layer2.0")
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".paper, .sheet")).to_have_count(0)


def test_the_language_button_keeps_the_focus(open_walk: OpenWalk) -> None:
    page = open_walk()
    page.get_by_role("button", name="中文").press("Enter")
    expect(page.get_by_role("button", name="English")).to_be_focused()


def test_a_refused_program_leaves_a_sentence(browser: Browser, address: str, tmp_path: Path) -> None:
    """As where a frame's surroundings allow no scripts but the first."""
    text = Path(unquote(urlparse(address).path)).read_text(encoding="utf-8")
    digests = re.findall(r"sha256-[\w+/=]+", text)
    file = tmp_path / "refused.html"
    file.write_text(text.replace(digests[1], digests[0]), encoding="utf-8")
    page = browser.new_page()
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.goto(file.as_uri())
    expect(page.locator("main")).to_contain_text("JavaScript")
    page.close()


@pytest.mark.parametrize(("width", "theme"), [(1280, "dark"), (390, "light")])
def test_axe_finds_nothing(open_walk: OpenWalk, width: int, theme: str) -> None:
    """On its page, test_views.py examines it in the other themes."""
    page = open_walk(width, color_scheme=theme, bypass_csp=True)  # axe is a script that the policy does not know
    for line in (FIRST, ADD):
        step_to(page, line)
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        assert found.violations_count == 0, found.generate_report()
