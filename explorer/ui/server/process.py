"""What the app asks of its process, so that a reader does not wait for it."""

import ctypes
import gc
import sys
import time
from contextlib import suppress
from typing import Final

from explorer.core import cores, i18n, terminal
from explorer.core.errors import check_docstrings, torch_import_error

is_ready = False
"""Whether torch, and all of ours that computes with it, has been imported."""

GARBAGE_S: Final = 10.0
"""At least so long between two looks for garbage."""

THAW_S: Final = 300.0
"""At most so long between two looks through all there is."""

_frozen_with = 0  # modules
_frozen_s = 0.0
_collected_s = 0.0


def make_ready() -> None:
    """Import torch, which takes seconds, and tell the terminal. Who comes meanwhile waits here for the same import.

    Raises InstallError where Windows lacks what torch needs, or Python leaves out docstrings.
    """
    global is_ready
    check_docstrings()
    is_first, language, started = "torch" not in sys.modules, i18n.of_terminal(), time.monotonic()
    if is_first:
        cores.set_passive_waiting()
        terminal.configure_streams()
        print(i18n.t("command.loading", language), file=sys.stderr, flush=True)
    try:
        from explorer.ui.layout import header  # noqa: F401
    except OSError as error:
        if missing := torch_import_error(error):
            raise missing from error
        raise

    if is_first:
        seconds = time.monotonic() - started
        print(i18n.t("command.loaded", language, seconds=seconds), file=sys.stderr, flush=True)
    is_ready = True


def collect_garbage() -> None:
    """After a run of the script, in place of Streamlit's own look after each (`runner.postScriptGC`).

    That took a fifth of the time of a click among the objects of torch and its kin. What is there after an import is
    there to stay, and is looked at no more.
    """
    global _frozen_with, _frozen_s, _collected_s
    now = time.monotonic()
    thaws = len(sys.modules) != _frozen_with or now - _frozen_s > THAW_S
    if not thaws and now - _collected_s <= GARBAGE_S:
        return
    if thaws:  # sessions of then have ended: their uploads are among what was frozen
        gc.unfreeze()
    gc.collect()
    if thaws:
        gc.freeze()
        _frozen_with, _frozen_s = len(sys.modules), now
    _collected_s = now
    _trim()


def _trim() -> None:
    """Give freed memory back: glibc keeps a share for each thread that ever ran, of networks that others opened."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL("libc.so.6").malloc_trim(0)
