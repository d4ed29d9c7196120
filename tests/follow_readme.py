"""README's first command, word by word, in a fresh clone, until the home page has been read.

    python -m tests.follow_readme

Nothing needs to be installed before for the Python that runs this: the command installs it.
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
    """The blocks of code without a language, from the top: first the app's command, then the tests'."""
    found = re.findall(
        r"^```\n(.*?)\n```$", (ROOT / readme).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    return [str(command) for command in found]


def follow(command: str) -> str:
    """The heading of the home page, once `command` has started the app in a fresh clone."""
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
            importlib.invalidate_caches()  # for what has been installed since this began
            with visitor.visit(port) as connection:
                (heading,) = visitor.hear(connection).headings
                return heading
        finally:
            with contextlib.suppress(ProcessLookupError):  # it has ended
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


if __name__ == "__main__":
    started = time.monotonic()
    first = commands()[0]
    print(f"Python {sys.version.split()[0]}: {first}", flush=True)
    heading = follow(first)
    print(f"home page after {time.monotonic() - started:.0f} s: {heading}")
