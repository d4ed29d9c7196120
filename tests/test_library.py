"""The library does not depend on the user interface, and its public names are documented."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "explorer").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


LIBRARY = [path for path in MODULES if "ui" not in path.relative_to(ROOT).parts]


def test_the_library_never_imports_streamlit() -> None:
    assert len(LIBRARY) > 150
    assert [path for path in LIBRARY if "streamlit" in {name.split(".")[0] for name in imported(path)}] == []


LAYERS = (
    "core", "data", "models", "analysis", "training", "runs", "experiments", "plots", "scene", "codegen", "cli",
    "ui", "pages",
)  # fmt: skip
"""Each may import those before it. README, "How it is built", has the same order as a diagram."""

BESIDE = {
    ("cli", "ui"), ("training", "analysis"), ("runs", "analysis"), ("codegen", "plots"), ("plots", "codegen"),
}  # fmt: skip
"""(importer, imported): pairs that must not import, although the order above would allow it."""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def used(path: Path, known: set[str]) -> set[str]:
    """Our modules that `path` imports: at the top, within a function, or under TYPE_CHECKING."""
    names = imported(path) | {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return (names & known) - {module_name(path)}


def uses() -> dict[str, set[str]]:
    """Module -> our modules that it imports, without `__init__` of packages."""
    files = {module_name(path): path for path in [*MODULES, *PAGES]}
    packages = {name for name, path in files.items() if path.name == "__init__.py"}
    return {name: used(path, set(files) - packages) for name, path in files.items()}


def package(module: str) -> str:
    first, *rest = module.split(".")
    return rest[0] if first == "explorer" and rest else first


def test_modules_have_no_import_cycles() -> None:
    found = uses()
    assert found["explorer.analysis.trace"] >= {"explorer.models.graph", "explorer.core.errors"}
    assert set(TopologicalSorter(found).static_order()) >= set(found)  # raises CycleError, which names the cycle


def test_packages_import_in_one_direction() -> None:
    wrong = [
        f"{module} imports {other}"
        for module, others in uses().items()
        for other in others
        if (who := package(module)) in LAYERS and (whom := package(other)) != who
        if (who, whom) in BESIDE or LAYERS.index(whom) > LAYERS.index(who)
    ]
    assert wrong == []


def test_every_package_has_its_layer() -> None:
    folders = {path.parent.name for path in (ROOT / "explorer").glob("*/__init__.py")}
    assert folders | {"pages"} == set(LAYERS)


def test_the_folder_of_the_main_script_has_no_pages() -> None:
    """Streamlit would run its files as pages until `st.navigation` is called."""
    assert not (ROOT / "explorer" / "ui" / "pages").exists()


def test_every_module_class_and_public_name_of_use_is_documented() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not tree.body or ast.get_docstring(tree), path
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
        assert [node.name for node in classes if not ast.get_docstring(node)] == [], path


def test_no_path_of_a_machine_and_no_pickle_without_weights_only() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in MODULES)
    assert "/work/" not in text
    assert text.count("torch.load(") == text.count("weights_only=True)")


PROGRAMS = sorted(path for path in ROOT.rglob("*.py") if not {"data", "runs", ".venv", "build"} & set(path.parts))


def test_text_that_is_read_or_written_names_its_encoding() -> None:
    """The default on a Chinese Windows is GBK. Ruff's PLW1514 finds only calls whose type it can infer."""
    unnamed = []
    for program, call in (
        (path, node) for path in PROGRAMS for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ):
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
            unnamed.append(f"{name} in line {call.lineno} of {program}")
    assert unnamed == []
