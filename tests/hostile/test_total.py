"""How many inputs this folder has tried; it comes last. And docs/hostile.md, which names a test for each entry."""

import ast
import re
from pathlib import Path

import pytest

from tests.hostile.tried import FUZZ, inputs

ROOT = Path(__file__).parents[2]
KINDS = {"pictures", "names", "data sets", "galleries", "checkpoints", "events", "runs", "pages of runs", "recipes",
         "links", "pages"}  # fmt: skip


def test_two_thousand_inputs_and_more() -> None:
    if KINDS - inputs.keys():
        pytest.skip("the whole folder has not run")
    assert inputs.total() >= 2000 * FUZZ


def test_every_entry_names_a_test_that_is_there() -> None:
    rows = re.findall(r"^\| .* \|$", (ROOT / "docs" / "hostile.md").read_text(encoding="utf-8"), re.MULTILINE)
    entries = [row for row in rows if not re.match(r"\| (-|entry)", row)]
    assert len(entries) >= 50
    for row in entries:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for file, name in named:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (file, name)
