"""`residual-explorer`: starts the app and opens it in the browser. Streamlit is run as a program, not imported."""

import argparse
import importlib.util
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from explorer import __version__, terminal, text
from explorer.training import data, runs

PACKAGE: Final = Path(__file__).parent


def script() -> Path:
    """The app: inside of the package where it was installed, beside it in the repository."""
    installed = PACKAGE / "app" / "streamlit_app.py"
    return installed if installed.is_file() else PACKAGE.parent / "streamlit_app.py"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the app until Ctrl-C. The exit code is Streamlit's (1 where the port is taken), or 2 where it is missing.

    Its settings are those of `.streamlit/config.toml` beside the script, which Streamlit reads by itself.
    """
    terminal.make_ready()
    language = text.of_terminal()
    parser = argparse.ArgumentParser("residual-explorer", description=text.say("command.about", language))
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--port", type=int, metavar="N", help=text.say("command.port", language))
    parser.add_argument("--no-browser", action="store_true", help=text.say("command.no_browser", language))
    chosen, for_streamlit = parser.parse_known_args(argv)
    if importlib.util.find_spec("streamlit") is None:
        print(text.say("command.no_streamlit", language, python=sys.executable), file=sys.stderr)
        return 2
    folders = {"runs": runs.folder().absolute(), "data": data.roots()[0].absolute()}
    print(text.say("command.folders", language, **folders), file=sys.stderr)
    port = [] if chosen.port is None else ["--server.port", str(chosen.port)]
    headless = str(chosen.no_browser).lower()
    sys.argv = ["streamlit", "run", str(script()), "--server.headless", headless, *port, *for_streamlit]
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
