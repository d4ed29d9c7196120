"""Words while torch loads; and the garbage collector leaves the processor to those who need it."""

import gc
import sys
from pathlib import Path
from types import ModuleType

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.text import say
from screen import process

ROOT = Path(__file__).parents[2]


def test_who_comes_while_another_visitor_loads_torch_sees_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "torch" in sys.modules, "as it is from the import's first moment on"
    monkeypatch.setattr(process, "is_ready", False)
    monkeypatch.setattr(process, "make_ready", st.stop)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert [box.value for box in app.info] == [say("bar.loading_torch")]


def test_the_collector_is_spared_once_for_each_import(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    process.spare_collector()
    frozen.clear()
    process.spare_collector()
    assert frozen == []
    monkeypatch.setitem(sys.modules, "a_module_that_a_page_imports", ModuleType("new"))
    process.spare_collector()
    process.spare_collector()
    assert frozen == [1]
