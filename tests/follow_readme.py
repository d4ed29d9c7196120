"""Run README's first command verbatim in a fresh clone, and read the home page.

    python -m tests.follow_readme

The Python that runs this needs no packages: the command installs them.
"""

import contextlib
import importlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import visitor

ROOT = Path(__file__).parents[1]


def commands(readme: str = "README.md") -> list[str]:
    """Code blocks without a language, in order: the first starts the app, the second runs the tests."""
    found = re.findall(
        r"^```\n(.*?)\n```$", (ROOT / readme).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    return [str(command) for command in found]


def follow(command: str) -> str:
    """Run `command` in a fresh clone and return the home page's heading."""
    port = visitor.free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("EXPLORER_")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_HEADLESS": "true",
    }
    with tempfile.TemporaryDirectory() as clone:
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        process = subprocess.Popen(["bash", "-c", command], cwd=clone, env=environment, start_new_session=True)
        try:
            visitor.wait_until_healthy(port, within_s=1800, lives=lambda: process.poll() is None)
            importlib.invalidate_caches()  # for packages installed since this process started
            with visitor.visit(port) as connection:
                heading, *_ = visitor.hear(connection).headings
                return heading
        finally:
            with contextlib.suppress(ProcessLookupError):  # it has already ended
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


if __name__ == "__main__":
    started = time.monotonic()
    first = commands()[0]
    print(f"Python {sys.version.split()[0]}: {first}", flush=True)
    heading = follow(first)
    print(f"home page after {time.monotonic() - started:.0f} s: {heading}")
