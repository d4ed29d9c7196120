"""How long a reader waits, in Chromium on the app as shipped, and how much memory the server uses.

    python -m benchmarks.pages            waiting
    python -m benchmarks.pages --memory   200 predictions of as many networks, then 500 steps

Times run from the click (or the file choice) until the new content is visible and the script has finished. The baseline
is an app with one button: the minimum that Streamlit needs on this machine. A step of the scene needs no server:
benchmarks.scene measures it. benchmarks.start measures the first visit.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import report
from explorer.core.i18n import t
from explorer.data import images
from tests.browser.app import choice, chromium, served

BASELINE = """
import streamlit as st
st.title("baseline")
st.button("again", key="again", on_click=lambda: st.session_state.update(n=st.session_state.get("n", 0) + 1))
st.write(f"count {st.session_state.get('n', 0)}")
"""
AT_REST = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
PARTS = {  # page -> part -> key of a widget that only this part has
    "diagrams": {"browse": "zoom", "compare": "versus", "paths": "paths_blocks"},
    "shortcut": {"block": "block_view", "depth": "depth_table", "change": "change_scope", "lesion": "lesion_draws",
                 "gradients": "gradients_of", "inference": "inference_count"},
    "features": {"maps": "maps_sheet", "compare": "compare_network", "attribution": "attribution_method",
                 "space": "space_method"},
}  # fmt: skip


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
    page.goto(address)
    page.wait_for_selector("h1")
    page.wait_for_function(AT_REST)
    return page


def timed(page: Page, act: Callable[[], object], shown: str) -> float:
    """Milliseconds from `act` until the JavaScript expression `shown` is true and the script has finished."""
    started = time.perf_counter()
    act()
    page.wait_for_function(f"({shown}) && {AT_REST}", polling="raf")
    return (time.perf_counter() - started) * 1000


def on_page(words: str) -> str:
    return f"document.querySelector('[data-testid=stMain]').innerText.includes({json.dumps(words)})"


def clicks(page: Page, runs: int) -> list[float]:
    button = page.get_by_role("button", name="again")
    return [timed(page, button.click, on_page(f"count {k + 1}")) for k in range(runs)]


def openings(page: Page, runs: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {
        name: [] for name in ("source", "diagrams", "shortcut", "features", "predict", "home")
    }
    for _ in range(runs):
        for name, waits in taken.items():
            link = page.get_by_test_id("stTopNavLink").filter(has_text=t("home.menu"))
            if name != "home":
                page.get_by_test_id("stTopNavSection").filter(has_text=t("bar.room_look")).click()
                link = page.get_by_test_id("stTopNavDropdownLink").filter(has_text=t(f"{name}.menu"))
            title = f"document.querySelector('h1')?.innerText === {json.dumps(t(f'{name}.title'))}"
            waits.append(timed(page, link.click, title))
    return taken


def parts(page: Page, name: str, runs: int) -> dict[str, list[float]]:
    """Cycle through the parts of a page; the first round fills the cache."""
    taken: dict[str, list[float]] = {part: [] for part in PARTS[name]}
    for _ in range(runs + 1):
        for part, key in reversed(PARTS[name].items()):
            button = choice(page.locator(f".st-key-{name}_part"), t(f"{name}.part_{part}"))
            taken[part].append(timed(page, button.click, f"document.querySelector('.st-key-{key}')"))
    return {part: waits[1:] for part, waits in taken.items()}


def slides(page: Page, runs: int) -> list[float]:
    """Move a slider of the shortcut lab by one step, until the formula and the answer have changed."""
    slider = page.locator(".factors input").last
    page.locator(".role.branch").wait_for()
    formula = "document.querySelector('[data-testid=stMain] .role.branch').innerText"
    taken = []
    for k in range(runs + 1):
        before = page.evaluate(formula)
        shown = f"{formula} !== {json.dumps(before)}"
        taken.append(timed(page, partial(slider.press, "ArrowLeft" if k % 2 else "ArrowRight"), shown))
    return taken[1:]


def channels(page: Page, runs: int) -> list[float]:
    """Select another of 512 channels, enlarged over the picture."""
    more = page.locator(".st-key-channel").get_by_test_id("stNumberInputStepUp")
    more.wait_for()
    caption = "[...document.querySelectorAll('figcaption')].map(c => c.innerText).join()"
    taken = []
    for _ in range(runs + 1):
        shown = f"{caption} !== {json.dumps(page.evaluate(caption))}"
        taken.append(timed(page, more.click, shown))
    return taken[1:]


def uploads(browser: Browser, address: str, runs: int, height_px: int) -> list[float]:
    """Upload photographs of different sizes, so that none is cached. The menu is open, the network loaded."""
    photograph = images.open_sample("flower").image
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        for k in range(runs):
            file, size = Path(folder) / f"photograph {k}.jpg", (height_px * 4 // 3, height_px + k)
            photograph.resize(size).save(file)
            page = opened(browser, f"{address}/predict?picture=china")
            page.get_by_test_id("stPopoverButton").first.click()
            uploader = page.locator('.st-key-uploaded input[type="file"]')
            page.get_by_role("button", name=t("bar.sample_china"), exact=True).nth(1).wait_for()
            words = on_page(t("predict.picture_size", width=size[0], height=size[1]))
            taken.append(timed(page, partial(uploader.set_input_files, file), words))
            page.close()
    return taken


def memory_mb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1000


def measure_waiting(browser: Browser, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "baseline.py"
        script.write_text(BASELINE, encoding="utf-8")
        with served(script) as (address, _):
            report.line("baseline: a click that changes one line", clicks(opened(browser, address), runs), "ms")
    with served() as (address, _):
        page = opened(browser, f"{address}/source?block=layer2.0&picture=china")
        for name, waits in openings(page, runs).items():
            report.line(f"opening the {name} page, warm", waits[1:], "ms")
        page.close()
        for name in PARTS:
            page = opened(browser, f"{address}/{name}?block=layer2.0&picture=china")
            for part, waits in parts(page, name, runs // 3).items():
                report.line(f"{name}: the part {part}", waits, "ms")
            page.close()
        page = opened(browser, f"{address}/shortcut?shortcut_part=change&block=layer1.0&picture=china")
        report.line("a slider's step in the shortcut lab", slides(page, runs), "ms")
        page.close()
        page = opened(browser, f"{address}/features?block=layer4.1&picture=china")
        report.line("another of 512 channels", channels(page, runs), "ms")
        page.close()
        for height_px, words in ((600, "0.5"), (3000, "12")):
            taken = uploads(browser, address, runs, height_px)
            report.line(f"an upload of {words} megapixels until its prediction", taken, "ms")


def measure_memory(browser: Browser) -> None:
    with served() as (address, pid):
        page = opened(browser, f"{address}/predict?picture=china&weights=random&seed=0")
        seed = page.locator(".st-key-seed input")
        for k in range(1, 201):
            seed.fill(str(k))
            timed(page, lambda: seed.press("Enter"), f"location.search.includes('seed={k}')")
            if k in (1, 2, 10, 50, 100, 150, 200):
                print(f"{k} predictions of {k} networks: {memory_mb(pid)} MB", flush=True)
        page = opened(browser, f"{address}/source?block=layer2.0&picture=china")
        for k in range(1, 501):
            step = "conv1" if k % 2 else "identity"
            timed(page, partial(page.keyboard.press, "n" if k % 2 else "p"), f"location.search.includes('step={step}')")
            if k % 100 == 0:
                print(f"{k} steps: {memory_mb(pid)} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    found = chromium()
    if found is None:
        sys.exit("no Chromium on this machine")
    report.hardware()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        if options.memory:
            measure_memory(browser)
        else:
            measure_waiting(browser, options.runs)


if __name__ == "__main__":
    main()
