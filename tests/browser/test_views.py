"""Every page and part in Chromium: it opens without a fault, fits a phone, and axe-core reports no violation.

A page is opened once, by a link to its last part, and the other parts by their buttons. EXPLORER_VIEWS=all opens each
page in both languages, sizes and themes; by default each gets one combination, in rotation.
"""

import os
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from explorer.core.i18n import Language, t
from tests.browser.app import choice
from tests.browser.conftest import SIZES, Open, at_rest, fits

pytestmark = pytest.mark.browser

MAIN = ("", "source?block=layer2.0&step=add&picture=china&tour=1", "predict?picture=china")
PARTS = {
    "shortcut": ("block", "depth", "change", "lesion", "gradients", "inference"),
    "features": ("maps", "compare", "space", "attribution"),
    "why": ("experiment", "shortcuts", "landscape"),
    "pretraining": ("why", "words", "parts", "chapter", "strategy"),
    "diagrams": ("browse", "compare", "paths"),
}
"""Page -> parts. Each part has a button with its label."""

OTHERS = (
    *(f"{page}?{page}_part={parts[-1]}&picture=china" for page, parts in PARTS.items()),
    "diagrams?op=conv2&block=layer2.0", "homework?hw=cut&hw3=keeps",
    "homework?hw=hand_in&hw1=same", "finetune", "runs", "compare",
    "history?model=vgg16",
)  # fmt: skip
EXCLUDED = {"exclude": [[".marks > *"]]}  # what Vega draws in a chart: thousands of elements, most of axe's time
LANGUAGES: tuple[Language, ...] = ("en", "zh")
LOOKS = (("desk", "light"), ("phone", "dark"), ("phone", "light"), ("desk", "dark"))
LOCALES = {"en": "en-US", "zh": "zh-CN"}
ALL = os.environ.get("EXPLORER_VIEWS") == "all"

# Wait for fades: Streamlit dims stale elements for a second, and dimmed text has low contrast.
STILL = "() => !document.querySelector('[data-stale=true]') && !document.getAnimations().some(" \
        "each => each instanceof CSSTransition && each.playState === 'running')"  # fmt: skip
# Violations in Streamlit's own elements, which no page can fix: (rule, selector, reason).
EXEMPT = (
    ("list", '[data-testid="stSidebarNavItems"]', "the phone's navigation puts a <div> per section into one <ul>"),
    ("listitem", '[data-testid="stSidebarNavItems"]', "the same: its <li> are children of those <div>"),
    (
        "presentation-role-conflict",
        '[data-testid="stFileUploaderDropzone"]',
        "its role is none, but it can be focused",
    ),
)


def chosen(links: tuple[str, ...]) -> list[tuple[str, Language, str, str]]:
    """Link, language, size and theme of each test; consecutive tests differ."""
    if ALL:
        return [(link, language, *look) for link in links for language in LANGUAGES for look in LOOKS]
    return [(link, LANGUAGES[k % 2], *LOOKS[(k + k // 4) % 4]) for k, link in enumerate(links)]


@pytest.mark.parametrize(("link", "language", "size", "theme"), chosen(MAIN))
def test_a_main_page_opens(open_page: Open, link: str, language: Language, size: str, theme: str) -> None:
    check(open_page, link, language, size, theme)


@pytest.mark.parametrize(("link", "language", "size", "theme"), chosen(OTHERS))
def test_a_view_opens(open_page: Open, link: str, language: Language, size: str, theme: str) -> None:
    check(open_page, link, language, size, theme)


def check(open_page: Open, link: str, language: Language, size: str, theme: str) -> None:
    """Open `link`, and examine what it shows; if that is a part, all parts of the page."""
    page = open_page(link, size=size, locale=LOCALES[language], theme=theme)
    name, _, choices = link.partition("?")
    expect(page.get_by_role("heading", level=1)).to_have_text(t(f"{name or 'home'}.title", language))
    expect(page.locator("html")).to_have_attribute("lang", {"en": "en", "zh": "zh-Hans"}[language])
    if name in ("shortcut", "features"):
        expect(page.get_by_text(t("bar.code", language))).to_be_visible()
    if "_part=" not in choices:
        examine(page, size)
        return
    *others, linked = PARTS[name]
    for part in (linked, *others):
        word = t(f"{name}.{'tab' if name in ('why', 'pretraining') else 'part'}_{part}", language)
        button = choice(page, word)
        if part != linked:
            button.click()
        expect(button).to_be_checked()
        expect(page).to_have_url(re.compile(f"[?&]{name}_part={part}(&|$)"))
        at_rest(page)
        size = examine(page, size)


def examine(page: Page, size: str) -> str:
    """No error, no spinner, no violation of axe's at `size`; it fits the other size, which is left and returned."""
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    expect(page.locator("[data-testid=stSpinner]:visible")).to_have_count(0)
    page.wait_for_function(STILL)
    for _ in range(2):  # a part that is drawn anew meanwhile is dimmed again
        if not violations(page, size):
            break
        page.wait_for_timeout(2000)
    else:
        assert violations(page, size) == []
    other = "phone" if size == "desk" else "desk"
    width, height = SIZES[other]
    page.set_viewport_size({"width": width, "height": height})
    fits(page)
    return other


def violations(page: Page, size: str) -> list[str]:
    options = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": size == "phone"}}}
    found = Axe().run(page, context=EXCLUDED, options=options).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]} {node['failureSummary']}"
        for rule in found for node in rule["nodes"] if not exempt(page, rule["id"], node["target"][0])
    ]  # fmt: skip


def exempt(page: Page, rule: str, target: str | list[str]) -> bool:
    """Whether EXEMPT lists the target (a list of selectors inside a component) for the rule."""
    inside = "([at, over]) => document.querySelector(at).closest(over) !== null"
    return isinstance(target, str) and any(
        rule == other and page.evaluate(inside, [target, over]) for other, over, _ in EXEMPT
    )
