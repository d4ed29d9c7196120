"""The library knows nothing of screens, and what it offers is documented."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "explorer").rglob("*.py"))


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_explorer_never_imports_streamlit(path: Path) -> None:
    assert not {name for name in imported(path) if name.split(".")[0] in ("streamlit", "screen")}


@pytest.mark.parametrize("path", sorted((ROOT / "explorer" / "drawing").glob("*.py")), ids=lambda path: path.name)
def test_drawing_runs_no_network(path: Path) -> None:
    assert not {name for name in imported(path) if name.startswith("explorer.network")}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def used(path: Path, known: set[str]) -> set[str]:
    """The modules of ours that `path` imports, at its top, within a function, or for its types."""
    names = imported(path) | {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return (names & known) - {module_name(path)}


def test_imports_run_in_one_direction() -> None:
    files = {module_name(path): path for path in [*MODULES, *(ROOT / "screen").rglob("*.py")]}
    packages = {name for name, path in files.items() if path.name == "__init__.py"}  # `from package import module`
    uses = {name: used(path, set(files) - packages) for name, path in files.items()}
    assert uses["explorer.analysis.trace"] >= {"explorer.models.graph", "explorer.core.errors"}
    order = list(TopologicalSorter(uses).static_order())  # raises CycleError, which names the circle
    assert set(order) == set(files) | packages


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_class_and_public_name_of_use_is_documented(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    assert [node.name for node in classes if not ast.get_docstring(node)] == []


def test_no_path_of_a_machine_and_no_pickle_without_weights_only() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    assert "/work/" not in text
    assert text.count("torch.load(") == text.count("weights_only=True)")


PROGRAMS = sorted(path for path in ROOT.rglob("*.py") if not {"data", "runs", ".venv", "build"} & set(path.parts))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_text_that_is_read_or_written_names_its_encoding(path: Path) -> None:
    """On a Chinese Windows it would be GBK. Ruff's PLW1514 sees those whose type it can infer."""
    unnamed = []
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        named, name = {each.arg for each in call.keywords}, call.func.attr
        mode = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
        needs = {
            "read_text": not call.args, "write_text": len(call.args) < 2,
            "run": "text" in named, "Popen": "text" in named,
            "open": isinstance(mode, str) and 0 < len(mode) < 4 and set(mode) <= set("rwax+t"),
        }  # fmt: skip
        if needs.get(name) and "encoding" not in named:
            unnamed.append(f"{name} in line {call.lineno}")
    assert unnamed == []
