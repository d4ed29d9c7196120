"""Names from an untrusted file are displayed as plain text on every page, never as markup."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from safetensors.torch import load_file, save_file

from explorer.analysis import source
from explorer.analysis.source import WHOLE
from explorer.core.assets import ASSETS
from explorer.core.i18n import Language, t
from explorer.models import loading
from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

NAMES = [
    "<h1 id=injected style='position:fixed;inset:0;z-index:99999'>Your session expired",
    "<form action='//evil.example'><input name=pw></form>",
    "<img src=x onerror=\"document.title='XSS'\"> & <style>*{display:none}</style>",
    "**bold** _slanted_ `code` ~~gone~~ $x^2$",
    ":material/lock: :streamlit: :dog: :+1: :-1: :100: :red[red] :red-badge[b]",
    "[link](//evil.example) ![picture](//evil.example/x.png) [^1]",
    "https://evil.example/login?a=1 www.evil.example me@evil.example",
    "a -> b <- c -- d >= e <= f ~= g",
    "# head 1. one - [ ] two | a | b |",
    "one\n\n    two\u202e\u200bthree\n===",
]
SHOWN = [
    name if len(name) <= 60 else f"{name[:40]}…{name[-19:]}" for name in (*NAMES[:-1], "one twothree ===")
]  # long names are cut on display


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """The bundled weights, with those names for its ten classes."""
    about = {"classes": NAMES, "preprocess": {"picture_px": 32, "input_px": 64, "mean": [0.5] * 3, "std": [0.25] * 3}}
    metadata = {key: json.dumps(value) for key, value in about.items()}
    save_file(load_file(ASSETS / "resnet18_cifar10.safetensors"), tmp_path / "own.safetensors", metadata)
    return tmp_path / "own.safetensors"


def give(page: Page, checkpoint: Path, language: Language) -> None:
    page.get_by_role("button", name=t("bar.own", language)).click()
    page.locator('.st-key-checkpoint_widget input[type="file"]').set_input_files(checkpoint)
    expect(page.get_by_text(t("bar.own_missing", language))).to_have_count(0)
    page.keyboard.press("Escape")


@pytest.mark.parametrize(("locale", "language"), [("en-US", "en"), ("zh-CN", "zh")])
def test_class_names_stay_words_in_markdown_and_html(
    open_page: Open, checkpoint: Path, locale: str, language: Language
) -> None:
    page = open_page("predict?weights=own&picture=china", locale=locale)
    give(page, checkpoint, language)
    page.get_by_text(t("predict.classes", language)).click()
    listed = page.get_by_test_id("stExpanderDetails").get_by_test_id("stMarkdownContainer")
    expect(listed).to_have_text(("、" if language == "zh" else ", ").join(SHOWN))
    expect(listed.locator("p :not(span:empty)")).to_have_count(0)  # the separator has no text
    expect(page.locator("#injected")).to_have_count(0)
    assert page.title() == "Residual Explorer"


def test_class_names_stay_words_under_the_logits(open_page: Open, checkpoint: Path) -> None:
    network = loading.load("resnet18", "upstream")
    logits = network.graph.logits
    step = next(each.id for each in source.walk(network, WHOLE) if each.tensor == logits and each.kind != "test")
    page = open_page(f"source?weights=own&picture=china&block={quote(WHOLE)}&step={quote(step)}")
    give(page, checkpoint, "en")
    captions = page.locator(".strip .pick span")
    expect(captions).to_have_count(len(NAMES))
    assert sorted(captions.all_text_contents()) == sorted(SHOWN)
    expect(captions.locator("*")).to_have_count(0)
