"""Measured durations of tests: they decide which run with `pytest --all` only, which are `slow`, and which run first.

`pytest --all -n 0 --junitxml=report.xml && python -m tests.durations report.xml` rewrites durations.json.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

FILE: Final = Path(__file__).with_suffix(".json")
STORED_S: Final = 0.1
"""Test functions whose slowest case takes less are not in the file."""

SLOW_S: Final = 0.15
"""`pytest -m "not slow"` deselects tests that take this long or longer: the rest takes two minutes on two cores."""

LEFT_S: Final = 1.5
"""Tests that take this long or longer run with `pytest --all` only."""


def stored() -> dict[str, list[float]]:
    """`file::function` -> seconds of its slowest case, and of all cases together."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def name(nodeid: str) -> str:
    """`tests/a/test_b.py::test_c[1]@group` -> `tests/a/test_b.py::test_c`."""
    return nodeid.partition("[")[0].partition("@")[0]


KEPT: Final = ("tests/browser/test_views.py::test_a_main_page_opens",)
"""Always run, although they take long: three pages in Chromium."""


def left(found: dict[str, list[float]]) -> dict[str, list[float]]:
    """The entries of `found` that run with `pytest --all` only."""
    return {test: entry for test, entry in found.items() if entry[0] >= LEFT_S and test not in KEPT}


def read(report: Path) -> dict[str, list[float]]:
    """The same mapping, from a JUnit report."""
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for case in ElementTree.parse(report).iter("testcase"):
        seconds, where = float(case.get("time", "0")), case.get("classname", "").replace(".", "/")
        entry = found[f"{where}.py::{name(case.get('name', ''))}"]
        entry[:] = max(entry[0], seconds), entry[1] + seconds
    return {test: [round(one, 2) for one in entry] for test, entry in sorted(found.items()) if entry[0] >= STORED_S}


if __name__ == "__main__":
    merged = {test: entry for report in sys.argv[1:] for test, entry in read(Path(report)).items()}
    lines = ",\n".join(f"{json.dumps(test)}: {json.dumps(entry)}" for test, entry in sorted(merged.items()))
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8", newline="\n")
