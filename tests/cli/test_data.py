"""The command data: a card on stdout, advice and a recipe; one line and exit code 2 for data that cannot be used."""

import io
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from explorer.cli import main as cli
from explorer.cli.training import fields_of
from explorer.core.i18n import LANGUAGES
from explorer.training.recipe import RECIPES
from tests.browser.app import ROOT

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def brain(tmp_path: Path) -> Path:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 50)).save(buffer, "PNG")
    for part, count in (("Training", 8), ("Testing", 4)):
        for name in ("glioma", "脑膜瘤"):
            folder = tmp_path / "brain 1" / part / name
            folder.mkdir(parents=True)
            for k in range(count):
                (folder / f"{k}.jpg").write_bytes(buffer.getvalue())
    (tmp_path / "brain 1" / "Training" / "glioma" / "\x1b[2J.jpg").write_bytes(b"")
    return tmp_path / "brain 1"


def test_json(brain: Path, capsys: Capture) -> None:
    assert cli.main(["data", str(brain), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["classes"] == {"glioma": {"train": 8, "test": 4}, "脑膜瘤": {"train": 8, "test": 4}}
    assert (found["name"], found["split"], found["sizes_px"]) == ("brain 1", "given", [40, 40, 40])
    assert found["parts"] == {"Training": 16, "Testing": 8}
    assert found["skipped"] == [{"name": "glioma/[2J.jpg", "why": "an empty file"}]
    assert [sentence.split(":")[0] for sentence in found["advice"]] == [
        "16 images at batch 128, for 3 epochs", "Only 8 test images",
    ]  # fmt: skip
    assert found["proposal"]["epochs"] == 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_words(brain: Path, capsys: Capture, language: str) -> None:
    assert cli.main(["data", str(brain), "--lang", language]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out
    lines = out.splitlines()
    assert [line.split() for line in lines[1:3]] == [["glioma", "8", "4"], ["脑膜瘤", "8", "4"]]
    assert "Training" in lines[3]
    assert "Testing" in lines[3]
    assert len([line for line in lines if line.startswith("!")]) == 2
    command = shlex.split(lines[-1])
    assert command[:3] == ["python", "-m", "explorer"]
    given = cli._parser().parse_args(command[3:])
    recipe = RECIPES[given.recipe].changed(**fields_of(given))
    assert (recipe.data, recipe.batch_size, recipe.epochs) == (str(brain), 8, 30)


def test_a_recipe_that_fits_is_said_to(capsys: Capture) -> None:
    assert cli.main(["data", "digits", "--recipe", "fast", "--lang", "en"]) == 0
    assert "Proposed: batch" in capsys.readouterr().out
    assert cli.main(["data", "digits", "--recipe", "tutorial", "--lang", "en"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("The recipe fits: 1438 images, batch 64")


@pytest.mark.parametrize("name", ["nowhere", "Training/glioma", "Training/glioma/0.jpg"])
def test_what_cannot_be_used_is_one_line(brain: Path, name: str, capsys: Capture) -> None:
    assert cli.main(["data", str(brain / name), "--json"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_the_command_needs_no_torch(brain: Path) -> None:
    program = f"""import sys
from explorer.cli.main import main
code = main(["data", {str(brain)!r}])
print("torch" in sys.modules, code)"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, encoding="utf-8", capture_output=True)
    assert done.stdout.endswith("False 0\n")
