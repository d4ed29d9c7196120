"""What a user can cause and mend. Pages and the command line catch `ExplorerError` and nothing wider."""

import sys

from explorer.core.i18n import t

MAX_WORDS = 1000  # all that a list of what is allowed can have


def _plain(words: str) -> str:
    plain = "".join(c if c.isprintable() else " " for c in words[: MAX_WORDS + 1])
    return plain if len(plain) <= MAX_WORDS else f"{plain[: MAX_WORDS - 1]}…"


class ExplorerError(Exception):
    """A sentence that says what is wrong and what to do.

    `key` names the sentence in `explorer/core/i18n/errors.py` and `values` fill it, so that a page can say it in the
    reader's language; `str()` is the English one. Words among them may come from anyone: they are kept to one line
    without marks of control or direction, and to MAX_WORDS letters.
    """

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = {name: _plain(value) if isinstance(value, str) else value for name, value in values.items()}

    def __str__(self) -> str:
        return t(self.key, "en", **self.values)


class InstallError(ExplorerError):
    """A package that is not whole on this machine, so that nothing of ours can run."""


def of_library(error: OSError) -> InstallError | None:
    """What an import of torch runs into on a Windows without the C++ runtime or memory; None for any other `error`."""
    if getattr(error, "winerror", None) == 1455:  # the paging file is too small
        return InstallError("errors.memory_full")
    if getattr(error, "winerror", None) not in (126, 127, 1114):  # module, procedure not found; initialisation failed
        return None
    return InstallError("errors.torch_library", reason=str(error).partition("\n")[0][:200])


def check_docstrings() -> None:
    """Raises InstallError where Python leaves docstrings out: then Altair, which draws charts, is not importable."""
    if sys.flags.optimize > 1:
        raise InstallError("errors.no_docstrings")


class PictureError(ExplorerError):
    """Bytes that are not a picture we read, or a picture past a limit."""


class WeightsError(ExplorerError):
    """A network or weights that do not exist, do not fit, or cannot be fetched."""


class DataError(ExplorerError):
    """A data set that is missing, broken, or cannot be fetched."""


class TraceError(ExplorerError):
    """A tensor or an edit that the traced network does not have or cannot take."""


class RecipeError(ExplorerError):
    """A fine-tune's setting that is out of range, or a recipe file that cannot be read."""


class RunError(ExplorerError):
    """A run that does not exist, cannot be read, written or started, or that broke off."""
