"""`python -m explorer`: the command line.

Results go to stdout, all else to stderr. A user's error is one line on stderr and exit code 2. torch takes seconds to
import: each command imports what it needs when it runs.
"""

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from explorer import __version__
from explorer.cli import compare, data, network, training
from explorer.core import terminal
from explorer.core.errors import ExplorerError, torch_import_error
from explorer.core.i18n import LANGUAGES, of_terminal, t


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        terminal.print_error(f"{message} (see --help)")
        self.exit(2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 2 for a user's error, 130 when interrupted."""
    terminal.configure_streams()
    try:
        code = _run(argv)
        print(end="", flush=True)
        return code
    except KeyboardInterrupt:
        terminal.print_error(t("machine.interrupted", of_terminal()))
        return 130
    except OSError as error:  # of stdout, or of torch's libraries: for a user's files an ExplorerError is raised
        # The reader has closed the pipe, as `| head` does; Windows reports EINVAL.
        closed = isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)
        if missing := torch_import_error(error):
            terminal.print_error(t(missing.key, of_terminal(), **missing.values))
            return 2
        if not closed:
            terminal.print_error(str(error))
        for stream in (sys.stdout, sys.stderr):  # else Python fails again when it flushes them at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return 0 if closed else 2


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as exit_:  # argparse exits after --help and after an error
        return int(exit_.code or 0)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except ExplorerError as error:
        terminal.print_error(t(error.key, arguments.lang, **error.values))
        return 2


def _parser() -> argparse.ArgumentParser:
    language = of_terminal()
    parser = _Parser(prog=terminal.PROGRAM, description=t("command.explorer", language))
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--lang", choices=LANGUAGES, default=language, help=t("command.lang", language))
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help=t("command.json", language))
    common.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=t("command.lang", language))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (network, data, training, compare):
        module.add(commands, common, language)
    return parser
