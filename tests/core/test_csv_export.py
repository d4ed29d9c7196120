"""No cell or header of an exported CSV is a formula to a spreadsheet; numbers stay numbers."""

import ast
import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from explorer.core.csv_export import csv_bytes, escape_formula, escape_formulas

ROOT = Path(__file__).parents[2]
FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("//evil.example")', "＝1+1", "＋1", "－1", "＠SUM(A1)", "﹦1",
    "\t=1", "\r=1", "\n=1", "\tcat", "\rcat", "\ncat", "\r\n=1",
    " =1", "\u3000＝1", "\u00a0=1", "\ufeff=1", "\u200b=1", "\x00=1",
]  # fmt: skip
WORDS = ["laptop, lr=0.1", "a-b", "猫", "", " ", "−1", "–", "'=1", "1 = 1", '"=1"']


@pytest.mark.parametrize("words", FORMULAS)
def test_a_formula_gets_an_apostrophe(words: str) -> None:
    assert escape_formula(words) == f"'{words}"


@pytest.mark.parametrize("cell", [*WORDS, -1.5, -2, None, True])
def test_other_cells_are_unchanged(cell: object) -> None:
    assert (escape_formula(cell), type(escape_formula(cell))) == (cell, type(cell))


@pytest.mark.parametrize(
    ("words", "expected"),
    [("b;=1+1", "b;'=1+1"), ("a\t＝1", "a\t'＝1"), ("a| @x;b", "a|' @x;b"), ("=1;-2;3", "'=1;'-2;3"), ("a;b", "a;b")],
)
def test_nor_does_one_begin_within_a_cell(words: str, expected: str) -> None:
    """Spreadsheets may split cells at semicolons (as in German and French locales), tabs or bars."""
    assert escape_formula(words) == expected


def test_each_cell_and_header_is_harmless_and_a_number_stays_one() -> None:
    table = pd.DataFrame({
        "=run": FORMULAS, "n": -1.5, "count": pd.array([-2, *[None] * (len(FORMULAS) - 1)], dtype="Int64"),
        "kind": pd.Categorical(["@a"] * len(FORMULAS)), "mixed": [-3, *FORMULAS[1:]],
    })  # fmt: skip
    content = csv_bytes(table).decode("utf-8")
    assert content.startswith("\ufeff"), "Excel's mark"
    header, first, *rest = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""))
    assert header == ["'=run", "n", "count", "kind", "mixed"]
    assert first == ["'=1+1", "-1.5", "-2", "'@a", "-3"]
    assert all(len(row) == 5 for row in rest)
    assert [(row[0], row[4]) for row in rest] == [(f"'{words}", f"'{words}") for words in FORMULAS[1:]]


def test_a_line_end_within_a_name_begins_no_row() -> None:
    content = csv_bytes(pd.DataFrame({"name": ["a\r=1+1", "b\n=1+1"]})).decode("utf-8-sig")
    assert content == 'name\r\n"a\r=1+1"\r\n"b\n=1+1"\r\n'


def test_headers_that_differ_still_differ() -> None:
    """Streamlit tables reject duplicate column names."""
    table = escape_formulas(pd.DataFrame([[1, 2, 3]], columns=["=a", "'=a", "b"]))
    assert list(table.columns) == ["'=a", "''=a", "b"]
    assert table.iloc[0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("names", "where"),
    [
        (("to_csv", "DictWriter"), "explorer/core/csv_export.py"),
        (("dataframe", "data_editor"), "explorer/ui/widgets/tables.py"),
    ],
)
def test_nobody_else_writes_csv_or_draws_tables(names: tuple[str, ...], where: str) -> None:
    """Streamlit offers each table as a CSV download."""
    found = set()
    for path in (*ROOT.glob("explorer/**/*.py"), *ROOT.glob("screen/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and (node.attr in names or (node.attr, _name(node.value)) in WRITERS):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == {where}


WRITERS = {("writer", "csv"), ("table", "st"), ("write", "st")}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
