"""Tables that name the class of each picture file: Kaggle's trainLabels.csv, Tiny-ImageNet's val_annotations.txt."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, takewhile
from typing import Final

MAX_TABLES: Final = 20  # read for one folder of pictures
MAX_ROWS: Final = 1_000_000
MAX_COLUMNS: Final = 1000
LABEL_COLUMNS: Final = (
    "label", "class", "class_name", "classname", "label_name", "labels", "classes", "category", "category_name",
    "target", "y", "class_id", "classid", "label_id", "labelid", "category_id", "species", "breed", "variety",
    "diagnosis", "dx", "type", "tag", "类别", "标签", "分类", "类",
)  # fmt: skip
"""Headers of the column with the class, the likeliest first."""

_CAMERAS = ("img", "image", "dsc", "dscn", "dscf", "pic", "photo", "picture", "screenshot", "frame", "mmexport", "图片")
_NO_LABELS = re.compile(r"submission|readme|licen[cs]e|requirements|changelog", re.IGNORECASE)


def candidates(tables: Sequence[str], folder: str, words: Sequence[str]) -> list[str]:
    """Names of at most MAX_TABLES tables that may label the pictures in `folder`, the likeliest first.

    The nearest come first, then those whose name has one of `words`. Sample submissions hold no true labels and are
    left out.
    """

    around = folder.lower().split("/")

    def rank(name: str) -> tuple[int, bool, bool, int, str]:
        *inside, file = name.lower().split("/")
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(inside, around, strict=False)))
        return -shared, not any(word in file for word in words), "label" not in file, len(inside), name

    return sorted((name for name in tables if not _NO_LABELS.search(name.rpartition("/")[2])), key=rank)[:MAX_TABLES]


def match(content: bytes, table: str, pictures: Sequence[str]) -> dict[str, str] | None:
    """Picture -> label from the content of `table`; None if the table does not label them.

    One column names the pictures: by path, by file name, or without suffix. The label is in the column named as in
    LABEL_COLUMNS, in the only other column, or is the header of the one column that has a 1 (one-hot). A table counts
    if it names half of the pictures, or if half of its rows name one.
    """
    rows, is_list = _rows(content, table)
    if not rows:
        return None
    names = _by_name(pictures, stems=not is_list)
    width = min(max(map(len, rows)), MAX_COLUMNS)
    found = {k: sum(_key(row[k]) in names for row in rows if k < len(row)) for k in range(min(width, 50))}
    column = max(found, key=lambda k: found[k])
    if 2 * found[column] < min(len(pictures), max(1, len(rows) - 1)) or not found[column]:
        return None
    header = [cell.strip() for cell in rows[0]] if _key((rows[0] + [""] * width)[column]) not in names else None
    body = [row for row in rows if len(row) > column and _key(row[column]) in names]
    choose = _label_column(header, body, column, width)
    if choose is None:
        return None
    labels = {}
    for row in body:
        if label := _label(row, choose, header):
            for picture in names[_key(row[column])]:
                labels[picture] = label
    return labels or None


def _rows(content: bytes, table: str) -> tuple[list[list[str]], bool]:
    """The rows of a table, and whether it is a list of words: `cat/1.jpg 0`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    if table.lower().endswith(".jsonl"):
        return _json_rows(text), False
    first = text.partition("\n")[0]
    delimiter = max(",\t;|", key=first.count)
    if not first.count(delimiter):
        return [line.rsplit(maxsplit=1) for line in islice(text.splitlines(), MAX_ROWS) if line.strip()], True
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [row for row in islice(reader, MAX_ROWS) if row], False
    except csv.Error:  # a cell of more than 128 KB, or a NUL byte
        return [], False


def _json_rows(text: str) -> list[list[str]]:
    rows = []
    for line in islice(text.splitlines(), MAX_ROWS):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            return []
        if isinstance(row, dict):
            rows.append({str(key): str(value) for key, value in row.items() if isinstance(value, str | int)})
    header = list(rows[0]) if rows else []
    return [header, *([row.get(key, "") for key in header] for row in rows)]


def _key(cell: str) -> str:
    return cell.strip().replace("\\", "/").rpartition("/")[2].casefold()


def _by_name(pictures: Sequence[str], *, stems: bool) -> Mapping[str, list[str]]:
    """Pictures by file name, and with `stems` by file name without suffix."""
    names: dict[str, list[str]] = {}
    for picture in pictures:
        file = _key(picture)
        for name in {file, (stems and file.rpartition(".")[0]) or file}:
            names.setdefault(name, []).append(picture)
    return names


def _label_column(header: list[str] | None, body: list[list[str]], column: int, width: int) -> int | list[int] | None:
    """The column of the label, the columns of a one-hot label, or None if it is not clear."""
    others = [k for k in range(width) if k != column]
    if header is not None:
        lower = [cell.casefold().replace(" ", "_") for cell in header]
        for wanted in LABEL_COLUMNS:
            if wanted in lower and lower.index(wanted) != column:
                return lower.index(wanted)
    if len(others) == 1:
        return others[0]
    if header is not None and others and all(_hot(row, others) is not None for row in body):
        return others
    # Tiny-ImageNet's val_annotations.txt: file, class, and a box in numbers
    rest = [k for k in others if not all(_is_number(row[k]) for row in body if k < len(row))]
    return rest[0] if header is None and len(rest) == 1 else None


def _hot(row: list[str], columns: list[int]) -> int | None:
    """The one column with a 1 beside zeros."""
    values = [row[k].strip() if k < len(row) else "" for k in columns]
    ones = [k for k, value in zip(columns, values, strict=True) if value in ("1", "1.0")]
    return ones[0] if len(ones) == 1 and all(value in ("0", "0.0", "1", "1.0") for value in values) else None


def _label(row: list[str], choose: int | list[int], header: list[str] | None) -> str:
    if isinstance(choose, int):
        return row[choose].strip() if choose < len(row) else ""
    at = _hot(row, choose)
    return header[at] if header is not None and at is not None else ""


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", cell) is not None


def prefixes(pictures: Iterable[str]) -> list[str]:
    """What stands before the number in file names like cat.0.jpg, cat_001.jpg, cat (1).jpg: at least two, else []."""
    found: dict[str, int] = {}
    for picture in pictures:
        name = re.fullmatch(r"(.*?[^\W\d])[ ._\-(]*\d+\)?", _key(picture).rpartition(".")[0])
        if name and name[1] not in _CAMERAS:
            found[name[1]] = found.get(name[1], 0) + 1
    often = sorted(name for name, count in found.items() if count > 1)
    return often if len(often) >= 2 else []
