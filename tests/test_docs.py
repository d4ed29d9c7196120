"""The documentation is correct: examples run, how-tos work verbatim, links and commands are valid."""

import base64
import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.cli.main import _parser

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
NOTEBOOK = ROOT / "docs" / "explorer.ipynb"
HOW_TOS = sorted((ROOT / "docs").glob("add-*.md"))
# "```python" is an example, "```python a/file.py" a new file in a how-to, "```diff a/file.py" a change to a file.
FENCE = re.compile(r"^```(\w*) ?(\S*)\n(.*?)^```$", re.M | re.S)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def fences(page: Path) -> list[tuple[str, str, str]]:
    """(language, file, text) of each fenced block."""
    return FENCE.findall(page.read_text(encoding="utf-8"))


EXAMPLES = {
    f"{page.name} {k}": text
    for page in PAGES
    for k, (language, file, text) in enumerate(fences(page))
    if language == "python" and not file
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_prints_what_it_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every `print` is followed by a comment with its output."""
    monkeypatch.chdir(tmp_path)
    expected = re.findall(r"^ *print\(.*\)  # (.+)$", EXAMPLES[name], re.M)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(EXAMPLES[name], name, "exec"), {"__name__": "example"})
    assert printed.getvalue().splitlines() == expected


def test_the_notebook_comes_to_what_it_shows() -> None:
    """Runs its ten lines in order: each cell's result equals the stored one; pictures may differ by one level."""
    assert NOTEBOOK.stat().st_size < 60_000
    cells = [cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    imports, *sources = ("".join(cell["source"]) for cell in cells)
    assert sum(len(source.splitlines()) for source in sources) == 10
    space: dict[str, Any] = {}
    exec(imports, space)
    for cell, source in zip(cells[1:], sources, strict=True):
        *lines, last = source.splitlines()
        exec("\n".join(lines), space)
        value, shown = eval(last, space), cell["outputs"][0]["data"]
        if "image/png" in shown:
            with Image.open(io.BytesIO(base64.b64decode(shown["image/png"]))) as stored:
                assert stored.size == value.size
                assert np.abs(np.asarray(stored, int) - np.asarray(value, int)).mean() < 1
        else:
            name = f"{value.__module__}.{value.__qualname__}" if isinstance(value, type) else repr(value)
            assert shown["text/plain"] == [name]


# The how-tos


def change(text: str, file: Path) -> None:
    """Apply a diff without line numbers at the only matching place in `file`; " …" stands for the rest of a line."""
    lines = [line.removesuffix(" …") for line in text.splitlines()]
    before, after = ("\n".join(line[1:] for line in lines if line[:1] != skipped) for skipped in "+-")
    content = file.read_text(encoding="utf-8")
    assert content.count(before) == 1, f"{file.name} does not contain exactly once:\n{before}"
    file.write_text(content.replace(before, after), encoding="utf-8")


def test_the_how_tos_work_word_by_word(tmp_path: Path) -> None:
    """Applies all in one copy of the project; then the tests that they name pass."""
    for name in ("explorer", "pages", "assets", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "browser"))
    (tmp_path / ".streamlit").symlink_to(ROOT / ".streamlit")
    for name in ("streamlit_app.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    touched: set[str] = set()
    for page in HOW_TOS:
        for language, file, text in fences(page):
            touched |= {file} - {""}
            if file and language == "python":
                assert not (tmp_path / file).exists()
                (tmp_path / file).write_text(text, encoding="utf-8")
            elif file:
                change(text, tmp_path / file)
    tests = [
        "tests/ui/test_norms.py", "tests/experiments/test_degradation.py::test_presets_train_pairs_alike",
        "tests/models/test_to_fine_tune.py::test_the_head_learns_and_then_everything[squeezenet1_0]",
        "tests/models/test_registry.py", "tests/models/test_graph.py", "tests/core/i18n/test_words.py",
        "tests/training/test_recipe.py",
    ]  # fmt: skip
    chosen = "norms or presets or squeezenet1_0 or resnext101 or what_is_known or every or preact"
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", chosen],
        cwd=tmp_path, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert int(re.findall(r"(\d+) passed", ran.stdout)[0]) >= 10, ran.stdout[-300:]
    for check in (["format", "--check"], ["check"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *check, *touched], cwd=tmp_path, capture_output=True, encoding="utf-8"
        )
        assert ran.returncode == 0, ran.stdout


# Links, files, commands


def slugs(page: Path) -> set[str]:
    """The anchors that GitHub generates for a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_each_relative_link_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", link):  # https:, mailto:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in slugs(target), link


@each_page
def test_each_file_that_is_named_exists(page: Path) -> None:
    """Paths are relative to the root or the page; a bare module name may be anywhere. How-tos name files they add."""
    text = page.read_text(encoding="utf-8")
    made = {file for language, file, _ in fences(page) if file and language == "python"}
    known = {
        path.name for folder in ("explorer", "pages", "tests", "benchmarks") for path in (ROOT / folder).rglob("*")
    }
    known |= {path.name for path in ROOT.iterdir()} | {"my_net.py", "FILE.py"}  # the reader's
    for name in set(re.findall(r"[\w./-]*\w\.(?:py|md|ipynb|toml|yaml)\b", FENCE.sub("", text))) - made:
        there = (ROOT / name).exists() or (page.parent / name).exists()
        assert there or ("/" not in name and name in known), name
    for module in re.findall(r"-m (benchmarks\.\w+)", text):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), module


COMMANDS = sorted(
    {
        (page.name, command.split("`")[0])
        for page in PAGES
        for command in re.findall(r"-m explorer (.+)", page.read_text(encoding="utf-8"))
    }
)


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_the_command_line_reads_each_command(page: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command, comments=True)
    if "…" in words:  # a usage line, not a command
        return
    code: Any = 0
    try:
        _parser().parse_args(words)
    except SystemExit as ended:  # --help, or invalid arguments
        code = ended.code
    assert not code, capsys.readouterr().err
