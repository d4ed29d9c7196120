"""Every test named in a page of the docs exists."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))


@lru_cache
def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_is_there(page: Path) -> None:
    named = re.findall(r"(tests/[\w/]+\.py)::(\w+)", page.read_text(encoding="utf-8"))
    assert [f"{file}::{name}" for file, name in named if name not in names_in(ROOT / file)] == []
    rows = re.findall(r"^\| (?!---|fault \||entry \|).*", page.read_text(encoding="utf-8"), re.M)
    if page.name in ("faults.md", "hostile.md"):
        assert [row for row in rows if "::" not in row] == [], "a claim without a test"
