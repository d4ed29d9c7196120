"""The app installed from a wheel: its files, its command, a start from an empty folder."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.cli import app
from explorer.core import assets, i18n
from tests import visitor

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's files and nothing else of ours; dependencies are those of this Python."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", ROOT, "--no-deps", "--no-build-isolation", "-w", folder / "wheel"], check=True)
    (wheel,) = (folder / "wheel").iterdir()
    subprocess.run([*pip, "install", "--no-deps", "--no-compile", "--target", folder / "site", wheel], check=True)
    return folder / "site"


def start(installed: Path, folder: Path, *words: str, **options: object) -> "subprocess.Popen[str]":
    variables = {name: value for name, value in os.environ.items() if not name.startswith("EXPLORER_")}
    environment = {**variables, "PYTHONPATH": str(installed), "LC_ALL": "C.UTF-8"}
    return subprocess.Popen(  # type: ignore[call-overload]
        [installed / "bin" / "residual-explorer", *words], cwd=folder, env=environment, encoding="utf-8", **options
    )


@pytest.fixture
def port(installed: Path, tmp_path: Path) -> Iterator[int]:
    """Port of the installed app, started from an empty folder; its output is in `log`."""
    found = visitor.free_port()
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        process = start(installed, tmp_path, "--no-browser", "--port", str(found), stdout=log, stderr=log)
    try:
        visitor.wait_until_healthy(found)
        yield found
    finally:
        process.terminate()
        process.wait(30)


def test_the_wheel_holds_the_app_and_nothing_beside_the_package(installed: Path) -> None:
    assert {path.name for path in installed.iterdir() if path.suffix != ".dist-info"} == {"bin", "explorer"}
    folder = installed / "explorer" / "_app"
    config = Path(".streamlit", "config.toml")
    assert (folder / config).read_bytes() == (ROOT / config).read_bytes()
    for name in ("pages", "assets"):
        there = {path.name for path in (ROOT / name).iterdir()} - {"__pycache__"}
        assert {path.name for path in (folder / name).iterdir()} == there
    (metadata,) = installed.glob("*.dist-info/METADATA")
    needed = {
        line
        for line in metadata.read_text(encoding="utf-8").splitlines()
        if line.startswith("Requires-Dist") and ";" not in line
    }
    listed = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {line.partition(": ")[2] for line in needed} == {
        line.partition("#")[0].strip().lower() for line in listed if line and not line.startswith("#")
    }


def test_the_installed_app_opens_from_an_empty_folder(port: int, tmp_path: Path) -> None:
    with visitor.visit(port) as first:
        page = visitor.hear(first)
    title = i18n.t("home.title")
    assert page.headings == [title, title, i18n.t("home.order")], "with the stored figure, then with the live one"
    assert page.boxes[0] == i18n.t("bar.loading_torch"), "text is shown before torch is imported"
    assert page.primary_colour == "#0b6e6e", "the wheel contains the settings"
    printed = (tmp_path / "log").read_text(encoding="utf-8")
    assert i18n.t("command.folders", runs=tmp_path / "runs", data=tmp_path / "data") in printed
    assert i18n.t("command.loading") in printed
    assert "PyTorch is loaded" in printed
    assert {path.name for path in tmp_path.iterdir()} == {"log"}, "a visit writes no files"


def test_the_command_explains_itself_and_says_which_port_is_taken(installed: Path, tmp_path: Path) -> None:
    helped = start(installed, tmp_path, "--help", stdout=subprocess.PIPE)
    assert "--port" in helped.communicate(timeout=60)[0]
    assert helped.returncode == 0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = str(taken.getsockname()[1])
        process = start(installed, tmp_path, "--no-browser", "--port", number, stderr=subprocess.PIPE)
        printed = process.communicate(timeout=90)[1]
    assert process.returncode == 1
    assert f"Port {number} is not available" in printed


def test_without_streamlit_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert app.main(["--no-browser"]) == 2
    assert "pip install streamlit" in capsys.readouterr().err


def test_in_the_repository_files_lie_beside_the_package() -> None:
    assert assets.ROOT == ROOT
    assert (assets.ROOT / "streamlit_app.py").is_file()
