"""Cost of watching a fine-tune: `python -m benchmarks.lab`, on scikit-learn's digits, in Chromium on the same cores.

Measures the time from the click on Start to the first loss on screen (bound: 5 s), and the app's share of a core while
one viewer watches (bound: the trainer loses less than 2 % of its speed).
"""

import argparse
import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import expect, sync_playwright

from benchmarks import report
from explorer.core import files
from explorer.core.i18n import t
from explorer.runs import store
from tests.browser.app import chromium, served

WATCHED_S = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    found = chromium()
    if found is None:
        sys.exit("no Chromium on this machine")
    report.hardware()
    waits, shares = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        served(runs=Path(folder)) as (address, pid),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
        for run in range(options.runs):
            page.goto(f"{address}/finetune")
            expect(page.get_by_text("on this machine")).to_be_visible(timeout=60_000)
            page.locator(".st-key-recipe_epochs_widget input").press("End")
            expect(page.locator(".st-key-recipe_epochs_widget")).to_contain_text("200")
            began = time.perf_counter()
            page.locator(".st-key-start button").click()
            progress = page.get_by_test_id("stProgress")
            expect(progress).to_contain_text(re.compile(r"\d images/s"), timeout=60_000)
            waits.append(time.perf_counter() - began)
            if run == 0:
                app = psutil.Process(pid)
                for _ in range(3):
                    before = sum(app.cpu_times()[:2])
                    time.sleep(WATCHED_S)
                    shares.append(100 * (sum(app.cpu_times()[:2]) - before) / WATCHED_S)
            for entry in store.list_runs(Path(folder)):
                if entry.status.state == "running":
                    os.kill(files.read_json(entry.run.path / store.WORKER)["pid"], signal.SIGKILL)
            expect(page.get_by_role("button", name=t("finetune.resume"))).to_be_visible(timeout=30_000)
        browser.close()
    report.line("from Start until the first speed is shown", waits, "s")
    report.line("the app while one viewer watches, of one core", shares, "%")


if __name__ == "__main__":
    main()
