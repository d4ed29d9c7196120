"""CSV export, with protection against formula injection: a formula in a spreadsheet can open files and addresses."""

import re
import unicodedata
from typing import TypeVar

import pandas as pd

_T = TypeVar("_T")


def escape_formula(cell: _T) -> _T:
    """Prefix text that a spreadsheet would read as a formula with an apostrophe. Numbers are unchanged.

    Some spreadsheets accept a formula after blanks or with a full-width sign, and some split cells at semicolons, tabs
    or bars, so every part of the text is checked.
    """
    if not isinstance(cell, str):
        return cell
    lead = len(cell) - len(cell.lstrip())
    first, *others = re.split(r"(?<=[;|\t])", cell[lead:])
    text = "".join((cell[:lead], first, *(f"'{part}" if _is_formula(part) else part for part in others)))
    return f"'{text}" if _is_formula(cell) or cell.startswith(("\t", "\r", "\n")) else text  # type: ignore[return-value]


def _is_formula(text: str) -> bool:
    first = next((letter for letter in text if letter.isprintable() and not letter.isspace()), "'")
    return unicodedata.normalize("NFKC", first) in "=+-@"


def escape_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """A copy of `table` with `escape_formula` applied to all cells and headers. Distinct headers stay distinct."""
    text_columns = [k for k, dtype in enumerate(table.dtypes) if not pd.api.types.is_numeric_dtype(dtype)]
    escaped = table.copy()
    for k in text_columns:
        escaped.isetitem(k, table.iloc[:, k].map(escape_formula).array)
    names: list[object] = []
    for name in map(escape_formula, table.columns):
        while isinstance(name, str) and name in names:
            name = f"'{name}"
        names.append(name)
    return escaped.set_axis(names, axis=1)


def csv_bytes(table: pd.DataFrame) -> bytes:
    """`table` as CSV without index, formulas escaped; UTF-8 with a byte order mark, which Excel needs for Chinese."""
    # With "\r\n" pandas quotes cells that contain "\r" or "\n"; unquoted they would end the row.
    text: str = escape_formulas(table).to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig")
