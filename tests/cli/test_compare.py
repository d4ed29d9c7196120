"""The compare command, end to end: on the digits, with networks that train in seconds."""

import html
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from explorer.cli.main import main
from explorer.runs import store, sweep
from tests.browser.app import ROOT

SMALL = (
    "--data", "digits", "--classes", "0,1", "--limit", "60", "--batch-size", "30", "--precision", "float32",
    "--threads", "1", "--lang", "en",
)  # fmt: skip
NAMES = ["cifar-plain8-w4", "cifar-resnet8-w4"]
PAIR = ("compare", "--backbones", ",".join(NAMES), "--weights", "random", "--epochs", "1", *SMALL)
Capture = pytest.CaptureFixture[str]


def test_it_trains_writes_a_report_and_goes_on_when_called_again(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "homework"
    assert main([*PAIR, "--student", "Ana <b>", "--course", "CS 7", "--out", str(out)]) == 0
    printed, messages = capsys.readouterr()
    assert ": 2, still to train: 2." in messages
    assert "on this machine, estimated from a few steps of each backbone (60 training images)" in messages
    ended = re.findall(r"([12]/2)  ([\w-]+)", messages)  # they train side by side
    assert sorted(ended) in (
        [("1/2", NAMES[0]), ("2/2", NAMES[1])],
        [("1/2", NAMES[1]), ("2/2", NAMES[0])],
    )
    assert "\r" not in messages, "no progress line without a terminal"
    assert str(out / "report.html") in printed
    (plan,) = sweep.list_sweeps(out)
    assert plan.name == "homework"
    assert [store.status(run).state for run in plan.runs] == ["finished", "finished"]
    table = pd.read_csv(io.BytesIO((out / "comparison.csv").read_bytes()))
    assert list(table["network"]) == NAMES
    assert all(0 <= accuracy <= 1 for accuracy in table["test_accuracy"])
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<dd>Ana &lt;b&gt;</dd>" in page
    assert "<dd>CS 7</dd>" in page
    for words in (
        "Comparison of backbones: homework",
        NAMES[0],
        "data:image/png",
        '--data digits --classes "0,1" --batch-size 30',
    ):
        assert words in html.unescape(page)

    before = {path: path.stat().st_mtime_ns for path in out.glob("*/events.jsonl")}
    assert main([*PAIR, "--out", str(out), "--json"]) == 0
    printed, messages = capsys.readouterr()
    assert "still to train: 0" in messages
    found = json.loads(printed)
    assert [each["state"] for each in found["runs"]] == ["finished", "finished"]
    assert [each["accuracy"][-1] for each in found["runs"]] == pytest.approx(list(table["test_accuracy"]))
    assert found["findings"]
    assert "None of these networks starts from pretrained weights" in found["cautions"][0]
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/events.jsonl")} == before

    assert main([*PAIR, "--lr", "0.5", "--out", str(out)]) == 2
    assert "already holds another comparison, “homework”" in capsys.readouterr().err


def test_ctrl_c_stops_and_the_same_command_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "explorer", *PAIR, "--backbones", NAMES[1], "--epochs", "900"]
    command += ["--out", str(tmp_path)]
    seen = []
    for _ in range(2):
        with subprocess.Popen(
            command, cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
        ) as process:
            assert process.stderr is not None
            give_up = time.monotonic() + 90
            while not (plans := sweep.list_sweeps(tmp_path)) or not _trains(plans[0], seen[-1] if seen else 0):
                assert time.monotonic() < give_up
                assert process.poll() is None
                time.sleep(0.1)
            os.killpg(process.pid, signal.SIGINT)
            messages = process.stderr.read()
        assert process.returncode == 130
        assert messages.splitlines()[-1] == "Stopped; checkpoints are saved. Run the same command to resume."
        (plan,) = plans
        assert [store.status(run).state for run in plan.runs] == ["stopped"]
        assert store.waiting(tmp_path) == {}
        assert (plan.runs[0].path / store.LAST).is_file()
        seen.append(store.status(plan.runs[0]).iteration)
    assert seen[1] > seen[0] > 0, "resumed from its checkpoint"
    assert (tmp_path / "report.html").is_file()


def _trains(plan: sweep.Sweep, beyond: int) -> bool:
    status = store.status(plan.runs[0])
    return status.state == "running" and status.iteration > beyond


def test_a_run_that_fails_does_not_end_the_comparison(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "nothing"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # no network access
    flags = ("compare", "--backbones", "squeezenet1_1", "--weights", "imagenet,random", "--epochs", "1", *SMALL)
    assert main([*flags, "--out", str(tmp_path / "out")]) == 0
    printed, messages = capsys.readouterr()
    assert "failed: The server for squeezenet1_1" in messages
    assert "finished" in messages
    assert "failed" in printed
    assert "The server for squeezenet1_1" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--backbones", "alexnet9"], "no network called “alexnet9”"),
        (["--backbones", "squeezenet1_1", "--weights", "upstream"], "None of the backbones"),
        (["--lr", "99"], "lr = 99.0 is out of range"),
        (["--grid", "lr"], "“lr” is not a valid grid axis"),
        (["--grid", "speed=1,2"], "is not a valid grid axis"),
        (["--grid", "epochs=1,x"], "is not a valid grid axis"),
        (["--grid", "epochs=1,0"], "epochs = 0 is out of range"),
        (["--sizes", "32,x"], "--sizes"),
        (["--recipe", "slow"], "“slow” is neither a recipe"),
        (["--data", "nowhere"], "nowhere"),
        (["--ray", "10.0.0.1:6379", "--device", "mps"], "device = mps"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    flags: list[str], words: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main([*PAIR, *flags, "--out", str(tmp_path / "out")]) == 2
    printed, messages = capsys.readouterr()
    assert printed == ""
    assert words in messages
    assert len(messages.splitlines()) == 1
    assert sweep.list_sweeps(tmp_path / "out") == []
    assert store.list_runs(tmp_path / "out") == []
