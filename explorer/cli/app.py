"""`residual-explorer`: start the app and open it in the browser. Streamlit runs as a program; nothing imports it."""

import argparse
import importlib.util
import runpy
import sys
from collections.abc import Sequence

from explorer import __version__
from explorer.core import i18n, local_networks, terminal
from explorer.core.assets import ROOT
from explorer.core.errors import ExplorerError
from explorer.data import cifar10
from explorer.runs import store


def main(argv: Sequence[str] | None = None) -> int:
    """Run the app until Ctrl-C. Returns Streamlit's exit code (1: the port is taken), or 2 if it is not installed.

    Streamlit reads its settings from `.streamlit/config.toml` beside the script.
    """
    terminal.configure_streams()
    language = i18n.of_terminal()
    parser = argparse.ArgumentParser(
        "residual-explorer",
        description=i18n.t("command.about", language),
        epilog=i18n.t("command.app_network", language),
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--port", type=int, metavar="N", help=i18n.t("command.port", language))
    parser.add_argument("--no-browser", action="store_true", help=i18n.t("command.no_browser", language))
    parser.add_argument("--weights", default="", metavar="FILE", help=i18n.t("command.app_weights", language))
    arguments, streamlit_arguments = parser.parse_known_args(argv)
    if importlib.util.find_spec("streamlit") is None:
        print(i18n.t("command.no_streamlit", language, python=sys.executable), file=sys.stderr)
        return 2
    try:
        for spec in filter(local_networks.is_local, streamlit_arguments):
            local_networks.offer(spec, arguments.weights)
            streamlit_arguments.remove(spec)
    except ExplorerError as error:
        terminal.print_error(i18n.t(error.key, language, **error.values))
        return 2
    folders = {"runs": store.folder().absolute(), "data": cifar10.search_roots()[0].absolute()}
    print(i18n.t("command.folders", language, **folders), file=sys.stderr)
    port = [] if arguments.port is None else ["--server.port", str(arguments.port)]
    headless = ["--server.headless", str(arguments.no_browser).lower()]
    sys.argv = ["streamlit", "run", str(ROOT / "streamlit_app.py"), *headless, *port, *streamlit_arguments]
    try:
        runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return 0
