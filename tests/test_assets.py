"""Style sheets and scripts are separate files, well formed and used."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tinycss2

from explorer.core import assets
from explorer.ui.layout import style

ROOT = Path(__file__).parents[1]
SHEETS = sorted((ROOT / "assets" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "assets" / "js").glob("*.js"))
MODULES = [*sorted((ROOT / "explorer").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py"))]

each_sheet = pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)


def declarations(rules: list[tinycss2.ast.Node]) -> Iterator[tinycss2.ast.Node]:
    """Every declaration of a style sheet; a ParseError for anything invalid."""
    for rule in rules:
        if rule.type == "at-rule" and rule.lower_at_keyword == "page":
            yield from tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        elif rule.type == "at-rule":
            assert rule.lower_at_keyword == "media", rule.at_keyword
            yield from declarations(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))
        elif rule.type == "qualified-rule":
            assert tinycss2.serialize(rule.prelude).strip(), f"a rule without a selector in line {rule.source_line}"
            yield from tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        else:
            yield rule


def parsed(sheet: Path) -> list[tinycss2.ast.Node]:
    rules = tinycss2.parse_stylesheet(sheet.read_text(encoding="utf-8"), skip_comments=True, skip_whitespace=True)
    return list(declarations(rules))


@each_sheet
def test_a_style_sheet_is_well_formed(sheet: Path) -> None:
    wrong = [node for node in parsed(sheet) if node.type != "declaration" or not node.value]
    assert [f"line {node.source_line}: {getattr(node, 'message', node)}" for node in wrong] == []


@each_sheet
def test_a_style_sheet_uses_only_defined_custom_properties(sheet: Path) -> None:
    """`style.inject` sets those of the theme; Streamlit sets `--st-…` within a component."""
    text = sheet.read_text(encoding="utf-8")
    own = {node.name for node in parsed(sheet) if node.name.startswith("--")}
    used = set(re.findall(r"var\((--[\w-]+)", text))
    known = {f"--{name}" for name in style.custom_properties()}
    assert {name for name in used - own - known if not name.startswith("--st-")} == set()


def test_each_file_is_used() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    used = {kind: set(re.findall(rf'\b(?:apply_)?{kind}\("(\w+)"\)', text)) for kind in ("css", "js")}
    assert used == {"css": {path.stem for path in SHEETS}, "js": {path.stem for path in SCRIPTS}}
    for kind, names in used.items():
        assert all(getattr(assets, kind)(name) for name in names)


def test_python_contains_no_style_sheet_script_or_test_id() -> None:
    """Except the theme's colours, which Python generates, and `style` attributes of single elements."""
    foreign = re.compile(r"<style>(?!:root|\{\})|<script|export default|@media|querySelector|testid|\bst[A-Z]\w+\W*\{")
    for path in MODULES:
        words = (
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        assert [found[0] for each in words if (found := foreign.search(each))] == [], path
