"""The message while torch loads, and when garbage is collected."""

import asyncio
import builtins
import gc
import sys
import threading
import time
import tomllib
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import t
from explorer.ui.server import process

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "explorer" / "ui" / "main.py"


def test_second_visitor_sees_the_message_while_torch_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "torch" in sys.modules, "as it is from the import's first moment on"
    monkeypatch.setattr(process, "is_ready", False)
    monkeypatch.setattr(process, "make_ready", st.stop)
    app = AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert [box.value for box in app.info] == [t("bar.loading_torch")]


def test_it_loads_without_a_browser_but_lets_the_first_one_go_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = threading.Event()
    monkeypatch.setattr(process, "is_ready", False)
    monkeypatch.setattr(process, "_import", loaded.set)

    async def start(wait_s: float) -> bool:
        async with process.lifespan(None):
            return await asyncio.to_thread(loaded.wait, wait_s)

    with ThreadPoolExecutor(1) as thread:  # Playwright leaves a running event loop in this one
        monkeypatch.setattr(process, "HEAD_START_S", 600.0)
        assert not thread.submit(asyncio.run, start(0.05)).result()
        monkeypatch.setattr(process, "HEAD_START_S", 0.0)
        assert thread.submit(asyncio.run, start(60)).result()
    process.make_ready()
    assert process.is_ready


def test_sessions_load_once_together_and_again_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    outcomes = [OSError("a disk that was away"), None]

    def load() -> None:
        calls.append(1)
        time.sleep(0.1)
        if failure := outcomes.pop(0):
            raise failure

    monkeypatch.setattr(process, "is_ready", False)
    monkeypatch.setattr(process, "_import", load)
    with pytest.raises(OSError, match="away"):
        process.make_ready()
    with ThreadPoolExecutor(4) as sessions:
        for each in [sessions.submit(process.make_ready) for _ in range(4)]:
            each.result()
    assert len(calls) == 2


def test_a_windows_without_the_library_that_torch_needs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = OSError("[WinError 126] Error loading c10.dll or one of its dependencies.")
    missing.winerror = 126  # type: ignore[attr-defined]
    real = builtins.__import__

    def load(name: str, *given: Any, **more: Any) -> Any:
        if name == "explorer.ui.layout" and "header" in (given[2:] or (more.get("fromlist"),))[0]:
            raise missing
        return real(name, *given, **more)

    monkeypatch.setattr(process, "is_ready", False)
    monkeypatch.setattr(builtins, "__import__", load)
    app = AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert not app.exception
    (said,) = app.error
    assert "c10" in said.value
    assert "vc\\_redist" in said.value
    assert not process.is_ready


def test_frozen_objects_of_ended_sessions_are_freed_later(monkeypatch: pytest.MonkeyPatch) -> None:
    class Session:
        pass

    session: Any = Session()
    session.itself, alive = session, weakref.ref(session)
    gc.freeze()
    del session
    process.collect_garbage()
    monkeypatch.setattr(process, "_frozen_s", time.monotonic() - process.THAW_S - 1)
    process.collect_garbage()
    assert alive() is None


def test_objects_of_an_import_are_frozen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    process.collect_garbage()
    frozen.clear()
    process.collect_garbage()
    assert frozen == []
    monkeypatch.setitem(sys.modules, "a_module_that_a_page_imports", ModuleType("new"))
    process.collect_garbage()
    process.collect_garbage()
    assert frozen == [1]


def test_garbage_is_collected_after_some_runs_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ring:
        """Garbage that only the collector finds."""

        def __init__(self) -> None:
            self.itself = self

    monkeypatch.setattr(process, "_collected_s", time.monotonic() - process.GARBAGE_S - 1)
    monkeypatch.setattr(process, "_frozen_with", len(sys.modules))
    gc.disable()
    try:
        first = weakref.ref(Ring())
        process.collect_garbage()
        second = weakref.ref(Ring())
        process.collect_garbage()
        assert (first() is None, second() is None) == (True, False)
    finally:
        gc.enable()
    assert (
        tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["runner"]["postScriptGC"] is False
    )
