"""The commands train, resume and runs: results on stdout, the rest on stderr, one line for a user's mistake."""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from explorer.cli import training
from explorer.cli.main import main
from explorer.core import hardware
from explorer.core.i18n import LANGUAGES, t
from explorer.models import loading
from explorer.runs import store
from explorer.runs.store import Run
from explorer.training.recipe import RECIPES, Recipe
from tests.browser.app import ROOT

SMALL = (
    "--data", "digits", "--classes", "0,1", "--limit", "64", "--batch-size", "32", "--epochs", "2",
    "--precision", "float32",
)  # fmt: skip
Capture = pytest.CaptureFixture[str]


def made(root: Path) -> Run:
    (run,) = [entry.run for entry in store.list_runs(root)]
    return run


def test_train_writes_a_run_and_tells_its_accuracy(tmp_path: Path, capsys: Capture) -> None:
    assert main(["train", *SMALL, "--out", str(tmp_path), "--lang", "en"]) == 0
    out, err = capsys.readouterr()
    run = made(tmp_path)
    log = next(entry for entry in store.list_runs(tmp_path))
    last = log.epochs[-1]["test_accuracy"]
    assert f"test accuracy {last:.2%} after the last epoch" in out
    assert len(out.splitlines()) == 1
    assert err.count("epoch   ") == 2
    assert "unfreeze" in err
    assert "\r" not in err, "no progress line without a terminal"
    small = {"classes": ("0", "1"), "limit": 64, "batch_size": 32, "epochs": 2, "precision": "float32"}
    expected = RECIPES["laptop"].changed(data="digits", **small)
    assert run.recipe() == expected

    assert main(["runs", "--out", str(tmp_path), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["state"], row["test_accuracy"]) == (run.id, "finished", last)
    assert Recipe.from_fields(row["recipe"]) == expected

    assert main(["resume", str(run.path), "--epochs", "3", "--json", "--lang", "en"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [epoch["epoch"] for epoch in result["epochs"]] == [1, 2, 3]
    assert result["end"]["reason"] == "finished"
    assert main(["resume", str(run.path), "--lang", "en"]) == 2
    assert "has finished all 3 epochs" in capsys.readouterr().err
    loading.load("resnet18", str(run.path / store.BEST_WEIGHTS))


def test_every_field_has_a_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = dataclasses.asdict(
        Recipe(
            network="resnet34", weights="random", data="digits", classes=("3", "7"), image_size=48, batch_size=16,
            epochs=7, freeze_epochs=3, lr=0.5, unfreeze_lr=0.25, optimizer="adamw", weight_decay=0.125,
            schedule="onecycle", label_smoothing=0.0625, crop_padding=2, flip=0.25, brightness=0.5, contrast=0.75,
            saturation=1.0, hue=0.5, rotation=90.0, fixed_views=3, freeze_bn=True, best_by="validation", keep_every=2,
            limit=50, limit_per_class=20, test_limit=40, precision="float32", device="cpu", threads=3, seed=9,
        )
    )  # fmt: skip
    flags: list[str] = []
    for name, value in given.items():
        flag = f"--{name.replace('_', '-')}"
        flags += [flag] if value is True else [flag, ",".join(value) if name == "classes" else str(value)]
    monkeypatch.setattr("explorer.cli.training._run_to_end", lambda run, arguments: 0)
    assert main(["train", *flags, "--out", str(tmp_path)]) == 0
    assert dataclasses.asdict(made(tmp_path).recipe()) == given


def test_a_card_that_is_not_used_is_told(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "find_card", lambda: hardware.Card("NVIDIA GTX 1080", "470.10", (6, 1)))
    monkeypatch.setattr(training, "_run_to_end", lambda *_: 0)
    command = ["train", "--data", "digits", "--out", str(tmp_path)]
    assert main([*command, "--device", "auto"]) == 0
    assert "This machine has a NVIDIA GTX 1080, but its driver (470.10) is too old" in capsys.readouterr().err
    assert main([*command, "--device", "cpu"]) == 0
    assert "GTX" not in capsys.readouterr().err


def test_a_recipe_file_is_taken_and_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.json"
    file.write_text(RECIPES["tutorial"].changed(data="digits", weights="upstream").to_json(), encoding="utf-8")
    monkeypatch.setattr("explorer.cli.training._run_to_end", lambda run, arguments: 0)
    assert main(["train", "--recipe", str(file), "--seed", "4", "--out", str(tmp_path / "runs")]) == 0
    run = made(tmp_path / "runs")
    assert run.recipe() == RECIPES["tutorial"].changed(data="digits", weights="upstream", seed=4)
    assert run.about().name == "mine"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--lr", "99"], "lr = 99.0 is out of range. Allowed: 1e-06 – 10"),
        (["--epochs", "x"], "invalid int value"),
        (["--data", "nowhere"], "nowhere does not exist"),
        (["--weights", "nothing"], "neither the name of weights nor a file"),
        (["--network", "alexnet9"], "no network called “alexnet9”"),
        (["--network", "cifar-resnet21"], "no network called “cifar-resnet21”"),
        (["--recipe", "slow"], "“slow” is neither a recipe"),
        (["--device", "mps"], "device = mps"),
        (["--freeze-epochs", "5", "--epochs", "2"], "freeze_epochs = 5"),
        (["--no-freeze-bn"], "fixed_views = 1"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    flags: list[str], words: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["train", *SMALL, *flags, "--out", str(tmp_path / "runs"), "--lang", "en"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("folder", ["missing", "..", "x/../../y"])
def test_resume_of_no_run_is_one_line(folder: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["resume", str(tmp_path / folder), "--lang", "en"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_failed_run_is_reported_and_kept(tmp_path: Path, capsys: Capture) -> None:
    data = tmp_path / "data"
    (data / "only").mkdir(parents=True)
    assert main(["train", "--data", str(data), "--out", str(tmp_path / "runs"), "--lang", "en"]) == 2
    assert "no images" in capsys.readouterr().err
    assert main(["runs", "--out", str(tmp_path / "runs"), "--lang", "en"]) == 0
    assert "failed" in capsys.readouterr().out


def test_runs_show_the_name_of_an_upload(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / ".uploads" / f"{'0' * 64}.zip"
    path.parent.mkdir()
    path.with_suffix(".json").write_text('{"name": "my\\u001b cats.zip"}', encoding="utf-8")
    store.create(Recipe(data=str(path)), "mine", root=tmp_path)
    assert main(["runs", "--out", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["data"] == "my cats.zip"
    assert main(["runs", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert " my cats.zip " in out
    assert "0" * 64 not in out


def test_ctrl_c_writes_a_checkpoint_and_says_how_to_go_on(tmp_path: Path) -> None:
    network = ["--network", "cifar-resnet8", "--weights", "random"]
    command = [sys.executable, "-m", "explorer", "train", *SMALL, *network, "--epochs", "500", "--out", str(tmp_path)]
    seen = []
    with subprocess.Popen(
        [*command, "--lang", "en"], cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            seen.append(line)
            if re.match(r"epoch +3 ", line):
                os.killpg(process.pid, signal.SIGINT)
                asked = time.monotonic()
    assert process.returncode == 130
    assert time.monotonic() - asked < 60
    run = made(tmp_path)
    assert f'python -m explorer resume "{run.path}"' in seen[-1]
    assert (run.path / store.LAST).is_file()
    assert store.status(run).state == "stopped"


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_says_what_each_setting_does(language: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8" if language == "zh" else "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "1000")
    assert main(["train", "--help"]) == 0
    shown = capsys.readouterr().out
    for each in dataclasses.fields(Recipe):
        assert f"--{each.name.replace('_', '-')}" in shown
        assert t(f"recipe.{each.name}_help", language) in shown  # type: ignore[arg-type]
