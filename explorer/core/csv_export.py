"""A table as a CSV file, and what a spreadsheet must not take for a formula, which may open files and addresses."""

import re
import unicodedata
from typing import TypeVar

import pandas as pd

_T = TypeVar("_T")


def harmless(cell: _T) -> _T:
    """`cell`; words that a spreadsheet would take for a formula get an apostrophe in front. A number stays a number.

    Blanks before a formula do not hinder every spreadsheet, nor does a full-width sign. Where one takes a semicolon, a
    tab or a bar for the end of a cell, the next begins within ours.
    """
    if not isinstance(cell, str):
        return cell
    lead = len(cell) - len(cell.lstrip())
    first, *others = re.split(r"(?<=[;|\t])", cell[lead:])
    told = "".join((cell[:lead], first, *(f"'{part}" if _is_formula(part) else part for part in others)))
    return f"'{told}" if _is_formula(cell) or cell.startswith(("\t", "\r", "\n")) else told  # type: ignore[return-value]


def _is_formula(words: str) -> bool:
    first = next((letter for letter in words if letter.isprintable() and not letter.isspace()), "'")
    return unicodedata.normalize("NFKC", first) in "=+-@"


def harmless_table(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with all of its words, in cells and headers, `harmless`; headers that differed still do."""
    words = [place for place, kind in enumerate(table.dtypes) if not pd.api.types.is_numeric_dtype(kind)]
    found = table.copy()
    for place in words:
        found.isetitem(place, table.iloc[:, place].map(harmless).array)
    names: list[object] = []
    for name in map(harmless, table.columns):
        while isinstance(name, str) and name in names:
            name = f"'{name}"
        names.append(name)
    return found.set_axis(names, axis=1)


def csv_bytes(table: pd.DataFrame) -> bytes:
    """`table` without its index, every word `harmless`; UTF-8 with the mark without which Excel misreads Chinese."""
    # With these line ends, a cell that has either half of one is quoted: else it would end the row within a name.
    text: str = harmless_table(table).to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig")
