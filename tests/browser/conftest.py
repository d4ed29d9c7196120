"""Chromium against a real server. Every page that a test opens is monitored for faults, which fail the test."""

import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.browser.app import chromium, served

SIZES = {"desk": (1280, 900), "phone": (390, 844)}
FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")

expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = chromium(light=True)
    if found is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("no Chromium on this machine")
        pytest.skip("no Chromium on this machine: install one to run the browser tests")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", *FAKE_CAMERA])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's runs. A test that makes some removes them, with `no_runs`."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server logs: a traceback never reaches the page."""
    return tmp_path_factory.mktemp("server") / "log"


@pytest.fixture(scope="session")
def server(browser: Browser, runs: Path, log: Path) -> Iterator[str]:
    with log.open("wb") as file, served(runs=runs, log=file) as (address, _):
        yield address


def no_runs(runs: Path) -> None:
    """Kill the workers and delete the runs, so that a test that runs again begins as before."""
    for file in runs.glob("*/worker.json"):
        worker = json.loads(file.read_text(encoding="utf-8"))
        if psutil.pid_exists(worker["pid"]):
            os.kill(worker["pid"], signal.SIGKILL)
    for path in runs.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture
def no_run_is_left(runs: Path) -> Iterator[None]:
    yield
    no_runs(runs)


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> dict[str, BrowserContext]:
    """locale -> context, which keeps Streamlit's scripts compiled: without that, each page would cost 1.5 s more."""
    found = {locale: browser.new_context(locale=locale) for locale in ("en-US", "zh-CN")}
    for context in found.values():
        context.set_default_timeout(60_000)
    return found


Open = Callable[..., Page]


@pytest.fixture
def open_page(contexts: dict[str, BrowserContext], server: str, log: Path) -> Iterator[Open]:
    """`open_page("source?block=layer2.0", size="phone", locale="zh-CN", theme="dark")`; waits until the script has run.

    When the test ends, no opened page may have had a console error, a failed request, an exception box or horizontal
    overflow.
    """
    opened: list[tuple[Page, list[str]]] = []
    logged = log.stat().st_size

    def open_it(path: str = "", *, size: str = "desk", locale: str = "en-US", theme: str = "light") -> Page:
        page = contexts[locale].new_page()
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        page.on("requestfailed", lambda request: faults.extend(f"{url} failed" for url in refused(request)))
        page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
        opened.append((page, faults))
        page.goto(f"{server}/{path}")
        at_rest(page)
        return page

    try:
        yield open_it
        for page, faults in opened:
            assert faults == []
            if page.is_closed():
                continue
            expect(page.get_by_test_id("stException")).to_have_count(0)
            fits(page)
    finally:
        print(log.read_bytes()[logged:].decode())  # pytest shows it if the test fails
        for context in contexts.values():
            for page in context.pages:
                page.evaluate("localStorage.clear()")
                page.close()
            context.clear_cookies()


def refused(request: Request) -> list[str]:
    """URL of a failed request, unless the browser aborted it when it left the page."""
    return [] if request.failure == "net::ERR_ABORTED" else [request.url]


def is_fault(message: ConsoleMessage) -> bool:
    """On a deep link Streamlit first requests its own files below the page's path, to find its base path."""
    pages = (
        "source|diagrams|shortcut|why|features|predict|finetune|runs|compare|pretraining|history|homework|glossary|"
        "nowhere"
    )
    if message.type == "warning":  # Vega's warning about a chart
        return message.text.startswith("WARN")
    return message.type == "error" and not re.search(rf"/({pages})/_stcore/", message.location["url"])


AT_REST = """() => document.querySelector('h1')?.checkVisibility()
  && document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"""


def at_rest(page: Page) -> None:
    """Wait until the script has run and the page has a title. (`expect` would look once a second, after two.)"""
    page.wait_for_function(AT_REST, timeout=60_000, polling=50)


def fits(page: Page) -> None:
    """Wait until the page is no wider than the window."""
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth", timeout=10_000)


def until(act: Callable[[], None], seen: Callable[[float], None], times: int = 5) -> None:
    """Act until `seen(ms)` holds: a canvas is visible some time before it takes clicks.

    `seen` is an expectation that waits for at most `ms`. It must hold for good: another act would undo some effects.
    """
    for _ in range(times - 1):
        act()
        try:
            return seen(10_000)
        except (AssertionError, PlaywrightTimeoutError):
            continue
    act()
    return seen(60_000)
