"""How long the start takes: of the app until something is on screen, and of a short run, as whole commands.

    python -m benchmarks.start            `streamlit run` in Chromium, against an app of one line
    python -m benchmarks.start --train    `--precision auto` in a short run, against float32

`--root DIR` also runs the code of another checkout, by turns with this one. Each app is a new process, each browser
page has an empty cache; the files are in the memory of the operating system after the first run, which does not count.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks import report
from benchmarks.pages import AT_REST
from tests import visitor
from tests.browser.app import chromium

ROOT = Path(__file__).parents[1]
DIGITS = ["--recipe", "laptop", "--data", "digits", "--limit", "200"]
BASELINE = 'import streamlit as st\nst.title("a page of one line")\n'
WORDS = "(document.querySelector('[data-testid=stMain]')?.innerText ?? '').trim()"


def opened(browser: Browser, root: Path, figure: str) -> list[float]:
    """Seconds from the command to the first words, to the first `figure` (a CSS selector), to the whole page."""
    port = visitor.free_port()
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "EXPLORER_DATA"}
    started, seen = time.perf_counter(), []
    with subprocess.Popen(
        [*command, "--server.headless", "true"], cwd=root, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            visitor.wait_until_healthy(port, lives=lambda: process.poll() is None)
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{port}/")
            page.wait_for_function(f"{WORDS}.length > 10", polling=20, timeout=120_000)
            seen.append(time.perf_counter() - started)
            page.locator(figure).first.wait_for(timeout=120_000)
            seen.append(time.perf_counter() - started)
            page.wait_for_function(f"document.querySelector('h1') && {AT_REST}", polling=20, timeout=120_000)
            seen.append(time.perf_counter() - started)
            context.close()
        finally:
            process.terminate()
    return seen


def measure_app(roots: Mapping[str, Path], runs: int) -> None:
    found: dict[str, list[list[float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        (Path(folder) / "streamlit_app.py").write_text(BASELINE, encoding="utf-8")
        apps = {"an app of one line": (Path(folder), "h1"), **{name: (root, "canvas") for name, root in roots.items()}}
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for run in range(runs + 1):
            for name, (root, figure) in apps.items() if run % 2 else reversed(apps.items()):
                seen = opened(browser, root, figure)
                if run:
                    found[name].append(seen)
    for name, times in found.items():
        words, figure, whole = zip(*times, strict=True)
        report.line(f"{name}: first words", words, "s")
        report.line(f"{name}: first figure", figure, "s")
        report.line(f"{name}: the whole page", whole, "s")


def seconds(root: Path, precision: str) -> float:
    """Wall-clock seconds of the whole command, with an empty cache, as on a new machine."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "explorer", "train", *DIGITS, "--precision", precision, "--out", out]
        started = time.perf_counter()
        subprocess.run(command, cwd=root, check=True, capture_output=True)
        return time.perf_counter() - started


def measure_training(roots: Mapping[str, Path], runs: int) -> None:
    took: dict[tuple[str, str], list[float]] = defaultdict(list)
    cases = [(name, precision) for name in roots for precision in ("float32", "auto")]
    for run in range(runs):
        for name, precision in cases if run % 2 else reversed(cases):
            took[name, precision].append(seconds(roots[name], precision))
    for name in roots:
        plain, auto = took[name, "float32"], took[name, "auto"]
        report.line(f"{name}: 200 digits, --precision float32", plain, "s")
        report.line(f"{name}: 200 digits, --precision auto", auto, "s")
        report.line(f"{name}: auto, against float32", [a / b for a, b in zip(auto, plain, strict=True)], "x")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--root", type=Path, help="another checkout, for before and after")
    options = parser.parse_args(argv)
    report.hardware()
    roots = {"this checkout": ROOT} | ({str(options.root): options.root} if options.root else {})
    if options.train:
        measure_training(roots, options.runs)
    else:
        measure_app(roots, options.runs)


if __name__ == "__main__":
    main()
