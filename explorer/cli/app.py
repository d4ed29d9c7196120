"""`residual-explorer`: starts the app and opens it in the browser. Streamlit is run as a program, not imported."""

import argparse
import importlib.util
import runpy
import sys
from collections.abc import Sequence

from explorer import __version__
from explorer.core import i18n, terminal
from explorer.core.assets import ROOT
from explorer.data import cifar10
from explorer.runs import store


def main(argv: Sequence[str] | None = None) -> int:
    """Run the app until Ctrl-C. The exit code is Streamlit's (1 where the port is taken), or 2 where it is missing.

    Its settings are those of `.streamlit/config.toml` beside the script, which Streamlit reads by itself.
    """
    terminal.configure_streams()
    language = i18n.of_terminal()
    parser = argparse.ArgumentParser("residual-explorer", description=i18n.t("command.about", language))
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--port", type=int, metavar="N", help=i18n.t("command.port", language))
    parser.add_argument("--no-browser", action="store_true", help=i18n.t("command.no_browser", language))
    chosen, for_streamlit = parser.parse_known_args(argv)
    if importlib.util.find_spec("streamlit") is None:
        print(i18n.t("command.no_streamlit", language, python=sys.executable), file=sys.stderr)
        return 2
    folders = {"runs": store.folder().absolute(), "data": cifar10.search_roots()[0].absolute()}
    print(i18n.t("command.folders", language, **folders), file=sys.stderr)
    port = [] if chosen.port is None else ["--server.port", str(chosen.port)]
    headless = str(chosen.no_browser).lower()
    sys.argv = [
        "streamlit",
        "run",
        str(ROOT / "streamlit_app.py"),
        "--server.headless",
        headless,
        *port,
        *for_streamlit,
    ]
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
