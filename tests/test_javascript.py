"""The JavaScript passes the linter, the type checker and its own unit tests, which run in node.

All three tools come with requirements-dev.txt: oxlint; TypeScript's compiler as `deno check`; the node of Playwright.
"""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Literal

import playwright
import pytest

from explorer.scene import bundle

ROOT = Path(__file__).parents[1]
SOURCES = [*sorted(ROOT.glob("assets/js/*.js")), *sorted(ROOT.glob("assets/scene/*.js"))]
TESTS = sorted(ROOT.glob("tests/*/*.test.js"))
SUFFIX = ".exe" if sys.platform == "win32" else ""
NODE = Path(playwright.__file__).parent / "driver" / f"node{SUFFIX}"


def run(*command: "str | Path", **environment: str) -> "subprocess.CompletedProcess[str]":
    """`command` in the repository's root; the answer holds stdout and stderr together."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


def script(name: str) -> Path:
    """Path of a program that pip installed beside this Python."""
    return Path(sysconfig.get_path("scripts"), name + SUFFIX)


def test_scripts_pass_the_linter() -> None:
    """`oxlint` in the repository's root, with .oxlintrc.json, reports nothing."""
    result = run(script("oxlint"), *SOURCES, *TESTS)
    assert result.returncode == 0, result.stdout
    assert f"on {len(SOURCES) + len(TESTS)} files" in result.stdout


def check_types(*paths: Path) -> "subprocess.CompletedProcess[str]":
    """Against JSDoc comments, with the options of jsconfig.json, which editors and `tsc -p jsconfig.json` read, too."""
    options = ["--quiet", "--config", "jsconfig.json", "--no-lock", "--no-remote", "--no-npm"]
    return run(script("deno"), "check", *options, *paths, DENO_DIR=str(ROOT / ".cache" / "deno"))


def test_types_of_scripts_are_right() -> None:
    result = check_types(*SOURCES, *TESTS)
    assert result.returncode == 0, result.stdout


WRONG = """\
/** @type {number} */ export const text = "3";
export const name = document.querySelector("p").nodeName;
export function untyped(value) { return value; }
export const ofNode = process.argv;
export const ofDeno = Deno.version;
"""


def test_types_are_checked_strictly(tmp_path: Path) -> None:
    """A wrong type in each line of WRONG is found; the last two are names that browsers do not know."""
    wrong = tmp_path / "wrong.js"
    wrong.write_text(WRONG, encoding="utf-8")
    assert re.findall(r"wrong\.js:(\d)", check_types(wrong).stdout) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("entry", ["component", "page"])
def test_modules_of_the_scene_fit_into_one_scope(entry: Literal["component", "page"], tmp_path: Path) -> None:
    """Two modules that declare one name would be a SyntaxError."""
    joined = tmp_path / "scene.mjs"
    joined.write_text(bundle.script(entry), encoding="utf-8")
    result = run(NODE, "--check", joined)
    assert result.returncode == 0, result.stdout
    modules = {path.stem for path in ROOT.glob("assets/scene/*.js")}
    assert modules == {*bundle.MODULES, "component", "page", "loader"}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_unit_tests_pass_in_node(path: Path) -> None:
    result = run(NODE, "--test", "--test-reporter=spec", path)
    assert result.returncode == 0, result.stdout
