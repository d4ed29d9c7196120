"""Errors caused by user input; the message says how to fix them. Pages and the CLI catch only `ExplorerError`."""

import sys

from explorer.core.i18n import t

MAX_LENGTH = 800  # characters of a value; lists of allowed names fit


def _plain(text: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text[: MAX_LENGTH + 1])
    return plain if len(plain) <= MAX_LENGTH else f"{plain[: MAX_LENGTH - 1]}…"


class ExplorerError(Exception):
    """Base class; its message says what is wrong and what to do.

    `key` names the message in `explorer/core/i18n/errors.py` and `values` fill its placeholders, so that a page can
    show it in the user's language; `str()` is English. String values may be untrusted: they are cut to MAX_LENGTH
    characters, and line breaks, control and direction characters become blanks.
    """

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = {name: _plain(value) if isinstance(value, str) else value for name, value in values.items()}

    def __str__(self) -> str:
        return t(self.key, "en", **self.values)


class InstallError(ExplorerError):
    """A required package is broken on this machine, so the application cannot run."""


def torch_import_error(error: OSError) -> InstallError | None:
    """The InstallError for an OSError from importing torch on Windows: missing C++ runtime or memory; else None."""
    if getattr(error, "winerror", None) == 1455:  # the paging file is too small
        return InstallError("errors.memory_full")
    if getattr(error, "winerror", None) not in (126, 127, 1114):  # module, procedure not found; initialisation failed
        return None
    return InstallError("errors.torch_library", reason=str(error).partition("\n")[0][:200])


def check_docstrings() -> None:
    """Raise InstallError if Python runs with -OO: Altair cannot be imported without docstrings."""
    if sys.flags.optimize > 1:
        raise InstallError("errors.no_docstrings")


class PictureError(ExplorerError):
    """Bytes in no supported picture format, or a picture beyond a limit."""


class WeightsError(ExplorerError):
    """A network or weights that do not exist, do not match, or cannot be downloaded."""


class DataError(ExplorerError):
    """A data set that is missing, damaged, or cannot be downloaded."""


class TraceError(ExplorerError):
    """An unknown tensor name, or an edit that the traced network cannot apply."""


class RecipeError(ExplorerError):
    """A training setting out of range, or an unreadable recipe file."""


class RunError(ExplorerError):
    """A run that does not exist, cannot be read, written or started, or that failed."""
