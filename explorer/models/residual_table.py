"""The residual additions of a network as rows, for JSON and for a terminal."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from explorer.core.i18n import Language, t
from explorer.models.graph import Graph, Node
from explorer.models.recorder import Ref


class Other(TypedDict):
    """An addition: the name of its node, `file` and `line` of the source, and its kind.

    The kind is what lies on the shortcut (`Block.brings`), or what an addition is that is not residual
    (`residuals.Kind`).
    """

    path: str
    file: str
    line: int
    kind: str


class Residual(Other):
    """A residual addition: `path` is its block's, `shortcut` the node that is added to the branch.

    `scaled` are the names of weights, and numbers, that multiply the branch; `shape` is that of the sum.
    """

    shortcut: str
    scaled: list[str]
    shape: list[int]


def residuals(graph: Graph) -> list[Residual]:
    """A row for each block of `graph`, in order."""
    rows: list[Residual] = []
    for path, block in graph.blocks.items():
        node = graph.nodes[block.add]
        file, line = _place(node)
        rows.append({
            "path": path, "file": file, "line": line, "shortcut": block.shortcut, "kind": block.brings,
            "scaled": list(block.scaled), "shape": list(node.shape),
        })  # fmt: skip
    return rows


def others(graph: Graph) -> list[Other]:
    """A row for each other addition of two tensors that depend on the picture."""
    rows: list[Other] = []
    for found in graph.found.others:
        node = graph.nodes[graph.name_of(Ref(found.add))]
        file, line = _place(node)
        rows.append({"path": node.name, "file": file, "line": line, "kind": found.kind})
    return rows


def lines(rows: Sequence[Residual], more: Sequence[Other], language: Language) -> Iterator[str]:
    """The rows as aligned lines."""
    table = [[row["path"], f"{row['file']}:{row['line']}", row["kind"], *_details(row)] for row in rows]
    table += [[row["path"], f"{row['file']}:{row['line']}", row["kind"]] for row in more]
    widths = [max(map(len, column)) for column in zip(*(row[:3] for row in table), strict=True)]
    for index, row in enumerate(table):
        if index == len(rows):
            yield t("command.residuals_others", language)
        cells = (cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True))
        yield "  " + "  ".join([*cells, *row[3:]]).rstrip()


def _details(row: Residual) -> list[str]:
    scaled = f"× {' · '.join(row['scaled'])}" if row["scaled"] else ""
    return ["×".join(map(str, row["shape"][1:])), scaled]


def _place(node: Node) -> tuple[str, int]:
    frame = node.frames[-1]
    return package_path(frame.file), frame.line


def package_path(file: str) -> str:
    """A source file's path from its package's folder on (`torchvision/models/resnet.py`); else its name."""
    path = Path(file)
    roots = [Path(root) for root in sys.path if root and path.is_relative_to(root)]
    if not roots or not os.path.isfile(path):
        return path.name
    return path.relative_to(max(roots, key=lambda root: len(root.parts))).as_posix()
