"""Process-wide setup: importing torch while the first words are on screen, and garbage collection."""

import ctypes
import gc
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from explorer.core import cores, i18n, terminal
from explorer.core.errors import check_docstrings, torch_import_error

is_ready = False
"""Whether torch and the modules that use it have been imported."""

HEAD_START_S: Final = 2.5
"""Time after the server's start in which the first browser gets its files and words: loading would delay them."""

GARBAGE_S: Final = 10.0
"""Minimum time between two garbage collections."""

THAW_S: Final = 300.0
"""Maximum time between two collections that include frozen objects."""

_lock = threading.Lock()
_thread: threading.Thread | None = None
_failed: Exception | None = None

_frozen_with = 0  # number of modules at the last freeze
_frozen_s = 0.0
_collected_s = 0.0


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """For Streamlit's `st.App`: begin to load without a browser, unless one comes within HEAD_START_S."""
    timer = threading.Timer(HEAD_START_S, _begin)
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()


def make_ready() -> None:
    """Wait until torch is loaded, which takes seconds after the start.

    Raises InstallError if Windows lacks a library of torch, or Python runs without docstrings (-OO).
    """
    _begin().join()
    if _failed:
        raise _failed


def _begin() -> threading.Thread:
    """The thread that loads; a new one if none has, or the last one failed."""
    global _thread
    with _lock:
        if not is_ready and not (_thread and _thread.is_alive()):
            _thread = threading.Thread(target=_load, name="loading", daemon=True)
            _thread.start()
        assert _thread
        return _thread


def _load() -> None:
    global is_ready, _failed
    _failed = None
    try:
        check_docstrings()
        _import()
        is_ready = True
    except Exception as error:  # raised in the sessions that wait
        _failed = error


def _import() -> None:
    """Import torch, and what needs it on every page; log it."""
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


def collect_garbage() -> None:
    """Collect garbage after a script run, at most every GARBAGE_S; replaces Streamlit's `runner.postScriptGC`.

    Streamlit's collection after every run took a fifth of the time of a click, going through the objects of torch.
    Objects that exist after an import are therefore frozen (`gc.freeze`) and skipped until the next THAW_S.
    """
    global _frozen_with, _frozen_s, _collected_s
    now = time.monotonic()
    thaws = len(sys.modules) != _frozen_with or now - _frozen_s > THAW_S
    if not thaws and now - _collected_s <= GARBAGE_S:
        return
    if thaws:  # uploads of sessions that have ended since are among the frozen objects
        gc.unfreeze()
    gc.collect()
    if thaws:
        gc.freeze()
        _frozen_with, _frozen_s = len(sys.modules), now
    _collected_s = now
    _trim_heap()


def _trim_heap() -> None:
    """Return freed memory to the system: glibc keeps an arena for each thread that ever ran."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # not glibc
            ctypes.CDLL("libc.so.6").malloc_trim(0)
