"""Back, Forward and reload: one entry of the browser's history per page and step, with the choices made there."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from explorer.core.i18n import Language, t
from explorer.ui.layout import navigation
from tests.browser.app import choice, go_to
from tests.browser.conftest import Open, at_rest

pytestmark = pytest.mark.browser

ROOMS = {name: section.removeprefix("bar.room_") for section, names in navigation.SECTIONS.items() for name in names}
THREE_QUICK_BACKS = """async () => {
  for (let k = 0; k < 3; k++) await new Promise((gone) => {
    addEventListener("popstate", gone, { once: true });
    history.back();
  });
}"""
Seen = Callable[[], None]


def choices(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


class Walk:
    """A reader's way through the app: the address of each entry, its page, and what is seen there.

    `before` is the number of entries before the app's.
    """

    def __init__(self, page: Page, before: int) -> None:
        self.page = page
        self.before = before
        self.entries: list[tuple[str, str, Seen]] = []

    def arrive(self, name: str, seen: Seen = lambda: None, **link: str) -> None:
        """Wait for page `name` with `link` in its address, a new entry."""
        self.entries.append(("", name, seen))
        self.stay(seen, **link)
        assert self.page.evaluate("history.length") == self.before + len(self.entries)

    def stay(self, seen: Seen, **link: str) -> None:
        """The same, but the last entry has changed."""
        _, name, _ = self.entries.pop()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(t(f"{name}.title"))
        for key, value in {"lang": "en", **link}.items():
            expect(self.page).to_have_url(re.compile(rf"[?&]{key}={re.escape(value)}(&|$)"))
        seen()
        expect(self.page.locator(".st-key-share")).to_be_visible()
        at_rest(self.page)
        self.entries.append((self.page.url, name, seen))

    def expect_entry(self, at: int, language: Language = "en") -> None:
        url, name, seen = self.entries[at]
        expect(self.page.get_by_role("heading", level=1)).to_have_text(t(f"{name}.title", language))
        if language == "en":
            seen()
        at_rest(self.page)
        assert urlsplit(self.page.url).path == urlsplit(url).path
        assert choices(self.page.url) == {**choices(url), "lang": language}


def chosen(page: Page, key: str, word: str) -> Seen:
    """That `word` is the chosen one of the buttons `key`."""
    return lambda: expect(choice(page.locator(f".st-key-{key}"), word)).to_be_checked()


def choose(page: Page, key: str, word: str) -> Seen:
    choice(page.locator(f".st-key-{key}"), word).click()
    return chosen(page, key, word)


def test_back_through_all_pages_and_forward_again(open_page: Open, server: str) -> None:
    page = open_page()
    page.goto("about:blank")  # the page that came before
    page.goto(server)
    walk = Walk(page, page.evaluate("history.length") - 1)
    walk.arrive("home")
    for name in [name for name in ROOMS if name != "home"]:
        go_to(page, name, ROOMS[name])
        walk.arrive(name)
        make_choices(walk, name)

    last = len(walk.entries) - 1
    page.evaluate(THREE_QUICK_BACKS)
    expect(page).to_have_url(walk.entries[last - 3][0])
    walk.expect_entry(last - 3)
    for at in range(last - 4, -1, -1):
        page.go_back(wait_until="commit")
        walk.expect_entry(at)
    page.go_back()
    expect(page).to_have_url("about:blank")

    page.go_forward()
    for at in range(4):
        walk.expect_entry(at)
        page.go_forward(wait_until="commit")
    walk.expect_entry(4)
    page.evaluate(f"history.go({last - 4})")
    walk.expect_entry(last)
    assert page.evaluate("history.length") == walk.before + len(walk.entries)

    page.get_by_text("中文").click()
    expect(page).to_have_url(re.compile("lang=zh"))
    walk.expect_entry(last, "zh")
    page.go_back(wait_until="commit")
    walk.expect_entry(last - 1, "zh")
    assert page.evaluate("history.length") == walk.before + len(walk.entries), "the language is no step"


def make_choices(walk: Walk, name: str) -> None:
    """Steps, which are entries, and other choices, which are not."""
    page = walk.page
    if name == "source":
        line = page.locator('button.line[aria-current="step"]').first
        expect(line).to_contain_text("identity = x")
        for _ in range(2):  # the second time after Back: what the browser has reported once counts again
            page.get_by_role("button", name="Next").click()
            walk.arrive(name, lambda: expect(line).to_contain_text("self.conv1(x)"), step="conv1")
            walk.entries.pop()
            page.go_back(wait_until="commit")
            expect(line).to_contain_text("identity = x")
            walk.expect_entry(-1)
        page.go_forward(wait_until="commit")
        walk.arrive(name, lambda: expect(line).to_contain_text("self.conv1(x)"), step="conv1")
    elif name in ("diagrams", "shortcut"):
        part = {"diagrams": "paths", "shortcut": "gradients"}[name]
        walk.arrive(name, choose(page, f"{name}_part", t(f"{name}.part_{part}")), **{f"{name}_part": part})
    elif name == "features":
        walk.stay(choose(page, "maps_order", t("features.order_index")), maps_order="index")
    elif name == "predict":
        page.get_by_test_id("stPopoverButton").first.click()
        page.get_by_role("button", name="7", exact=True).click()
        picture = page.get_by_test_id("stPopoverButton").first
        walk.arrive(name, lambda: expect(picture).to_contain_text("7"), picture="digit-7")
        page.keyboard.press("Escape")
    elif name == "finetune":
        walk.stay(choose(page, "recipe_name", t("recipe.fast")), recipe_name="fast")
    elif name == "homework":
        walk.arrive(name, choose(page, "hw", t("homework.short_branch")), hw="branch")


def test_a_link_in_a_second_tab_and_a_reload_keep_all(open_page: Open) -> None:
    page = open_page("features?features_part=maps&maps_order=index&picture=digit-7&block=zzz")
    assert page.evaluate("history.length") == 2, "about:blank and this one, although the link had a mistake"
    here = page.url
    other = open_page("source?block=layer2.0&step=add")
    assert choices(other.url)["picture"] != "digit-7"
    page.reload()
    at_rest(page)
    assert page.url == here
    chosen(page, "maps_order", t("features.order_index"))()
