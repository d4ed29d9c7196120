"""Exports of a run contain its data and no other files of its folder."""

import contextlib
import csv
import io
import os
import socket
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from explorer.core.errors import RunError
from explorer.runs import checkpoints, export, store
from explorer.runs.events import Log, Writer
from explorer.runs.store import Run
from explorer.training.recipe import Recipe

ROOT = Path(__file__).parents[2]
LOSSES = [2.5, 1.25, 0.75, 0.5]

OPENING: dict[str, Any] = {
    "classes": ["cat", "dog"], "strip": [], "batches": 2, "train": 16, "data": "gone", "device_name": "CPU",
}  # fmt: skip


def epoch(number: int, **more: Any) -> dict[str, Any]:
    figures = {"train_loss": 1.5, "train_accuracy": 0.25, "test_loss": 1.25, "test_accuracy": number / 10, "lr": 0.01}
    return {"epoch": number, **figures, "seconds": 3.5, "frozen": number == 1, "best": True, **more}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = store.create(Recipe(epochs=2, freeze_epochs=1), "First try", root=tmp_path / "runs")
    with contextlib.closing(Writer(run.path)) as writer:
        writer.add("start", OPENING)
        for number, loss in enumerate(LOSSES, start=1):
            writer.add("batch", {"epoch": (number + 1) // 2, "iteration": number, "loss": loss, "lr": 0.01})
            if number % 2 == 0:
                writer.add("epoch", epoch(number // 2) | {"strip": []})
        writer.add("end", {"reason": "finished"})
    return run


@pytest.fixture
def log(run: Run) -> Log:
    log = Log(run.path)
    log.update()
    return log


# The zip


def test_an_unpacked_zip_is_the_run_again(run: Run, tmp_path: Path) -> None:
    checkpoints.save_weights(run.path / store.BEST_WEIGHTS, {"w": torch.arange(3.0)}, {"network": "resnet18"})
    os.utime(run.path / store.ABOUT, (0, 0))  # 1970: before zip's earliest date
    with zipfile.ZipFile(io.BytesIO(export.to_zip(run))) as archive:
        archive.extractall(tmp_path / "again")
    (entry,) = store.list_runs(tmp_path / "again")
    (before,) = store.list_runs(run.root)
    assert (entry.about, entry.recipe, entry.status, entry.epochs) == (
        before.about, before.recipe, before.status, before.epochs,
    )  # fmt: skip
    assert load_file(entry.run.path / store.BEST_WEIGHTS)["w"].tolist() == [0, 1, 2]


def test_a_zip_holds_no_checkpoints_and_nothing_foreign(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (run.path / store.LOG).symlink_to(tmp_path / "secret")
    (run.path / "own.txt").write_text("mine", encoding="utf-8")
    checkpoints.save_checkpoint(run, {"model": torch.zeros(3)})
    checkpoints.keep_checkpoint(run, 1)
    with zipfile.ZipFile(io.BytesIO(export.to_zip(run))) as archive:
        names = {name.removeprefix(f"{run.id}/") for name in archive.namelist()}
    assert names == {"recipe.json", "about.json", "events.jsonl"}


def test_one_file_of_a_run(run: Run, tmp_path: Path) -> None:
    assert export.content(run, store.RECIPE) == (run.path / store.RECIPE).read_bytes()
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (run.path / store.BEST_WEIGHTS).symlink_to(tmp_path / "secret")
    for name in (store.BEST_WEIGHTS, store.LAST_WEIGHTS):
        assert not export.has(run, name)
        with pytest.raises(RunError, match=f"{run.id} cannot be read"):
            export.content(run, name)


# Tables


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_epochs_as_a_table(log: Log) -> None:
    first, second = rows(export.epochs_csv(log))
    assert {name: float(value) for name, value in first.items()} == {**epoch(1), "frozen": 1, "best": 1}
    assert {name: float(value) for name, value in second.items()} == {**epoch(2), "frozen": 0, "best": 1}


def test_a_table_of_no_epochs_has_a_heading(tmp_path: Path) -> None:
    assert export.epochs_csv(Log(store.create(Recipe(), root=tmp_path).path)).decode("utf-8-sig").split() == ["epoch"]


def test_words_where_numbers_belong_are_left_out(run: Run) -> None:
    with contextlib.closing(Writer(run.path)) as writer:
        writer.add(
            "epoch",
            epoch(3, best="=HYPERLINK(1)", validation_loss=0.5, train_loss=None, strip=[]),
        )
    log = Log(run.path)
    log.update()
    *_, third = rows(export.epochs_csv(log))
    assert (third["best"], third["train_loss"]) == ("", "")
    assert third["validation_loss"] == "0.5"


def test_steps_as_a_table(log: Log) -> None:
    found = [(int(row["iteration"]), int(row["epoch"]), float(row["loss"])) for row in rows(export.steps_csv(log))]
    assert found == [(1, 1, 2.5), (2, 1, 1.25), (3, 2, 0.75), (4, 2, 0.5)]


# TensorBoard


def scalars(content: bytes) -> dict[str, list[tuple[int, float]]]:
    """Tag -> (step, value), from TensorFlow records: length (8 bytes), checksum (4), data, checksum."""
    from tensorboardX.proto.event_pb2 import Event

    found: dict[str, list[tuple[int, float]]] = {}
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        event = Event.FromString(content[12 : 12 + length])
        content = content[16 + length :]
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def test_tensorboard_reads_the_same_figures(run: Run, log: Log) -> None:
    with zipfile.ZipFile(io.BytesIO(export.tensorboard(log, run.id))) as archive:
        (name,) = archive.namelist()
        found = scalars(archive.read(name))
    assert name.startswith(f"{run.id}/events.out.tfevents.")
    assert socket.gethostname() not in name.removeprefix(run.id)
    assert found["step/loss"] == list(enumerate(LOSSES, start=1))
    assert found["epoch/test_accuracy"] == [(1, pytest.approx(0.1)), (2, pytest.approx(0.2))]
    assert "epoch/validation_loss" not in found


def test_tensorboard_is_imported_only_when_asked() -> None:
    code = "import sys, explorer.runs.export; sys.exit('tensorboardX' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
