"""Plots run no network: of packages that do, they import only classes."""

import ast
import importlib
from pathlib import Path

import pytest

from explorer import plots

COMPUTING = ("explorer.analysis", "explorer.models", "explorer.training", "explorer.runs")
PATHS = sorted(Path(plots.__path__[0]).glob("*.py"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_plots_import_only_classes_from_packages_that_compute(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    assert not [name for name in names if name.startswith("explorer")], "a module's functions can be called"
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(COMPUTING):
            module = importlib.import_module(node.module or "")
            others = [alias.name for alias in node.names if not isinstance(getattr(module, alias.name, None), type)]
            assert others == [], f"{path.name}: from {node.module}"
