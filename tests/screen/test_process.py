"""The garbage collector leaves the processor to those who need it."""

import gc
import sys
from types import ModuleType

import pytest

from screen import process


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
