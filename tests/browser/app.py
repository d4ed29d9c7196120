"""Start the app in its own process, and find a browser. The benchmarks use both, too."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from playwright.sync_api import Locator, Page

from explorer.core.i18n import Language, t
from tests import visitor

ROOT = Path(__file__).parents[2]


def chromium(*, light: bool = False) -> str | None:
    """Path of an installed Chromium or Chrome; if `light`, of its headless shell, which takes a third less time."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, ("chromium-headless-shell",) * light + names)), None)


@contextmanager
def served(
    script: Path = ROOT / "streamlit_app.py", runs: Path | None = None, log: IO[bytes] | None = None
) -> Iterator[tuple[str, int]]:
    """Address and pid of `streamlit run script` on a free port, without any data set, with its runs in `runs`.

    Without `runs`, they are in a temporary folder, removed with the server. What it logs goes to `log`; by default to
    where the errors of this process go.
    """
    port = visitor.free_port()
    options = ["--server.port", str(port), "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    environment = {name: value for name, value in os.environ.items() if name != "EXPLORER_DATA"}
    with tempfile.TemporaryDirectory() as passing:
        environment["EXPLORER_RUNS"] = str(runs or passing)
        yield from _served(command, environment, port, log)


def _served(
    command: list[str], environment: dict[str, str], port: int, log: IO[bytes] | None
) -> Iterator[tuple[str, int]]:
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=log) as process:
        try:
            visitor.wait_until_healthy(port, lives=lambda: process.poll() is None)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


def go_to(page: Page, name: str, room: str = "look", language: Language = "en") -> None:
    """Use the navigation as a reader does: open the section's menu, choose the page."""
    page.get_by_test_id("stTopNavSection").filter(has_text=t(f"bar.room_{room}", language)).click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text=t(f"{name}.menu", language)).click()


def choice(area: Page | Locator, word: str) -> Locator:
    """The button `word` of a row of which one is chosen; some rows are numbered, as "6 · Predictions by block"."""
    return area.get_by_role("radio", name=re.compile(rf"^(\d · )?{re.escape(word)}$"))
