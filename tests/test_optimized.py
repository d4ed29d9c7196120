"""Everything works with Python's -OO (no `assert`, no docstrings), or an error says what does not.

For the pages with -O, see test_load.py.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.cli.main import main
from explorer.core.i18n import t
from explorer.data import images
from explorer.ui.finetune import run_monitor
from tests.browser.app import ROOT

COMMANDS = """
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
from explorer.cli.main import main
assert False, "which -O leaves out"
photo, folder = sys.argv[1], Path(sys.argv[2])
for name, command in {
    "predict": ["predict", photo, "--weights", "cifar10", "--json"],
    "trace": ["trace", photo, "--weights", "cifar10", "--out", str(folder / "t.safetensors"), "--json"],
    "train": [
        *"train --network cifar-resnet8 --data digits --weights random --limit 20 --test-limit 9".split(),
        *"--epochs 1 --freeze-epochs 0".split(),
        *("--out", folder, "--json"),
    ],
    "figure": ["figure", "network", "--out", str(folder / "a.svg")],
    "compare": ["compare", "--backbones", "resnet18", "--weights", "random", "--data", "digits", "--out", str(folder)],
}.items():
    with (folder / name).open("w", encoding="utf-8") as sys.stdout:
        print(main(list(map(str, command))))
app = AppTest.from_file(str(Path.cwd() / "explorer" / "ui" / "main.py"), default_timeout=60).run()
print("exceptions", len(app.exception), "errors", *(box.value for box in app.error), file=sys.__stdout__)
"""


def test_the_command_line_without_docstrings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = tmp_path / "photo.png"
    images.open_sample("china").image.save(photo)
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-OO", "-c", COMMANDS, photo, tmp_path]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    output = {name: (tmp_path / name).read_text(encoding="utf-8") for name in ("predict", "trace", "train")}
    assert main(["predict", str(photo), "--weights", "cifar10", "--json"]) == 0
    (there,), (here,) = (json.loads(text.removesuffix("0\n")) for text in (output["predict"], capsys.readouterr().out))
    assert [guess["label"] for guess in there["top"]] == [guess["label"] for guess in here["top"]]
    probabilities = [[guess["probability"] for guess in result["top"]] for result in (there, here)]
    assert probabilities[0] == pytest.approx(probabilities[1], abs=1e-6), (
        "another number of threads sums in another order"
    )
    assert output["trace"].endswith("}\n0\n")
    assert (tmp_path / "t.safetensors").stat().st_size > 1_000_000
    trained = json.loads(output["train"].removesuffix("0\n"))
    assert (trained["end"]["reason"], len(trained["epochs"])) == ("finished", 1)
    for name in ("figure", "compare"):
        assert (tmp_path / name).read_text(encoding="utf-8") == "2\n"
    assert done.stderr.count(t("errors.no_docstrings")) == 2
    assert done.stdout.startswith("exceptions 0 errors Python was started with")


@pytest.mark.parametrize("key", [3, None, "no.such", "errors.run_held", "errors"])
@pytest.mark.parametrize("values", [{}, [], None, {"key": 1}, {"run": 1}])
def test_an_error_with_wrong_values_in_a_file_is_still_a_message(key: object, values: object) -> None:
    """The check does not rely on an assert."""
    assert run_monitor._sentence(key, values) == t("errors.run_crashed")
