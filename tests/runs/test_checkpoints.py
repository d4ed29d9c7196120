"""Checkpoints and weights: a kill or full disk leaves the old file; untrusted files raise an error."""

import errno
import hashlib
import json
import os
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save

from explorer.core import files
from explorer.core.errors import RecipeError, RunError
from explorer.runs import checkpoints, store
from explorer.runs.events import Writer
from explorer.runs.store import Run
from explorer.training.recipe import Recipe
from tests.models.test_hostile_checkpoints import called_by_inst, in_a_zip
from tests.runs.written import killed_at, largest_file, leftovers


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return store.create(Recipe(), "First try", root=tmp_path / "runs")


def test_fork(run: Run) -> None:
    checkpoints.save_checkpoint(run, {"epoch": 4})
    checkpoints.keep_checkpoint(run, 3)
    checkpoints.save_checkpoint(run, {"epoch": 9})
    assert checkpoints.kept_epochs(run) == [3]
    child = checkpoints.fork(run, 3, lr=0.5)
    assert child.recipe() == Recipe(lr=0.5)
    assert child.about().parent == store.Parent(run.id, 3)
    assert child.about().name == "First try"
    assert checkpoints.last_checkpoint(child) == ({"epoch": 4}, False)
    checkpoints.save_checkpoint(child, {"epoch": 5})
    checkpoints.save_checkpoint(child, {"epoch": 6})
    assert checkpoints.read_checkpoint(checkpoints.kept_path(run, 3)) == {"epoch": 4}, "the parent's checkpoint is kept"


def test_a_fork_that_cannot_be_leaves_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints.save_checkpoint(run, {"epoch": 4})
    checkpoints.keep_checkpoint(run, 3)
    with pytest.raises(RunError, match=r"epoch-007\.pt is missing"):
        checkpoints.fork(run, 7)
    with pytest.raises(RecipeError, match="lr = -1"):
        checkpoints.fork(run, 3, lr=-1)
    with largest_file(200), pytest.raises(RunError, match="File too large"):
        checkpoints.fork(run, 3)
    assert os.listdir(run.root) == [run.id]


def test_a_file_system_without_hard_links(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(errno.EPERM, "no links here")))
    checkpoints.save_checkpoint(run, {"epoch": 4})
    checkpoints.keep_checkpoint(run, 3)
    assert checkpoints.read_checkpoint(checkpoints.kept_path(run, 3)) == {"epoch": 4}


# Checkpoints


def state(number: int) -> dict[str, Any]:
    return {"number": number, "model": {"w": torch.full((64,), float(number))}, "rng": torch.get_rng_state()}


def number(run: Run) -> int:
    found = checkpoints.last_checkpoint(run)[0]
    assert found is not None
    assert torch.equal(found["model"]["w"], torch.full((64,), float(found["number"])))
    return int(found["number"])


def test_a_kill_at_any_write_leaves_the_old_checkpoint_or_the_new(tmp_path: Path) -> None:
    outcomes = set()
    call = 1
    while True:
        run = store.create(Recipe(), root=tmp_path)
        checkpoints.save_checkpoint(run, state(1))
        checkpoints.save_checkpoint(run, state(2))
        killed = killed_at(call, lambda run=run: checkpoints.save_checkpoint(run, state(3)))
        if not killed:
            break
        files.remove_stale_parts(run.path)
        assert leftovers(run.path) == []
        found = number(run)
        outcomes.add(found)
        assert number(run) == found, "the same when read again"
        checkpoints.save_checkpoint(run, state(4))
        assert number(run) == 4
        call += 1
    assert number(run) == 3
    assert outcomes == {2, 3}
    assert call > 7


def test_the_new_checkpoint_is_on_the_disk_before_the_old_ones_move(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for k in (1, 2):
        checkpoints.save_checkpoint(run, state(k))
    fsync, replace, synced, moves = os.fsync, os.replace, [], []

    def syncing(file: int) -> None:
        fsync(file)
        synced.append((os.fstat(file).st_ino, os.fstat(file).st_size))

    def moving(source: Path, target: Path) -> None:
        (new,) = leftovers(run.path)
        assert checkpoints.read_checkpoint(new)["number"] == 3
        assert synced == [(new.stat().st_ino, new.stat().st_size)]
        moves.append(("new" if source == new else source.name, target.name))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(os, "replace", moving)
    checkpoints.save_checkpoint(run, state(3))
    assert moves == [("last.pt", "previous.pt"), ("new", "last.pt")]
    assert os.name == "nt" or [inode for inode, _ in synced[1:]] == [run.path.stat().st_ino], "and the folder, too"


def test_a_full_disk_leaves_both_checkpoints(run: Run) -> None:
    for k in (0, 1):
        checkpoints.save_checkpoint(run, state(k))
    before = {name: (run.path / name).read_bytes() for name in ("last.pt", "previous.pt")}
    size = len(before["last.pt"])
    for room in [*range(0, size, 501), size - 1]:
        with largest_file(room), pytest.raises(RunError, match=r"Nothing can be written to .*File too large"):
            checkpoints.save_checkpoint(run, state(2))
        assert leftovers(run.path) == []
        assert {name: (run.path / name).read_bytes() for name in before} == before
    with largest_file(size):
        checkpoints.save_checkpoint(run, state(2))
    assert number(run) == 2


def test_a_damaged_checkpoint_gives_way_to_the_one_before(run: Run) -> None:
    for k in (1, 2):
        checkpoints.save_checkpoint(run, state(k))
    whole = (run.path / "last.pt").read_bytes()
    one_before = (run.path / "previous.pt").read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damaged in (b"", b"x", whole[:-1], whole[: len(whole) // 2], whole + b"x", bytes(flipped)):
        (run.path / "last.pt").write_bytes(damaged)
        (run.path / "previous.pt").write_bytes(one_before)
        found, fell_back = checkpoints.last_checkpoint(run)
        assert found is not None
        assert (found["number"], fell_back) == (1, True)
        assert checkpoints.last_checkpoint(run)[1] is False, "it is last.pt now, so the next save keeps it"


def test_two_damaged_checkpoints_are_said(run: Run) -> None:
    assert checkpoints.last_checkpoint(run) == (None, False)
    for name in ("last.pt", "previous.pt"):
        (run.path / name).write_bytes(b"damaged")
    with pytest.raises(RunError, match=r"last\.pt is missing, truncated or damaged"):
        checkpoints.last_checkpoint(run)


class _Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("proof",)


@pytest.mark.parametrize("content", [_Runs(), [1, 2], 3])
def test_a_checkpoint_that_is_no_state_is_refused(
    run: Run, content: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    checkpoints.save_checkpoint(run, content)
    with pytest.raises(RunError, match="damaged"):
        checkpoints.read_checkpoint(run.path / "last.pt")
    assert not (tmp_path / "proof").exists()


def test_a_pickle_with_a_right_digest_is_refused_too(run: Run, tmp_path: Path) -> None:
    attack = called_by_inst(f"__import__('pathlib').Path({str(tmp_path / 'proof')!r}).touch()")
    for content in (pickle.dumps(_Runs()), in_a_zip(attack)):  # the second is refused by weights_only alone
        files.write_atomically(run.path / "last.pt", content, hashlib.sha256(content).digest())
        with pytest.raises(RunError, match="damaged"):
            checkpoints.read_checkpoint(run.path / "last.pt")
    assert not (tmp_path / "proof").exists()


# Weights and predictions


def test_weights_are_float32_and_say_what_they_are(run: Run) -> None:
    weights = {"w": torch.arange(6.0).view(2, 3).t().bfloat16(), "count": torch.tensor(3)}
    checkpoints.save_weights(run.path / "best.safetensors", weights, {"network": "resnet18"})
    found = load_file(run.path / "best.safetensors")
    assert found["w"].dtype == torch.float32
    assert torch.equal(found["w"], weights["w"].float())
    assert torch.equal(found["count"], torch.tensor(3))
    with safe_open(run.path / "best.safetensors", "pt") as file:
        assert file.metadata() == {"network": "resnet18"}


def test_answers(run: Run) -> None:
    draw = np.random.default_rng(0)
    labels, predicted = draw.integers(0, 3, 50), draw.integers(0, 3, 50)
    answers = SimpleNamespace(
        labels=torch.from_numpy(labels), predicted=torch.from_numpy(predicted), probability=torch.rand(50)
    )
    checkpoints.save_answers(run, 7, ("a", "b", "c"), answers)
    confusion = json.loads((run.path / "confusion.json").read_text(encoding="utf-8"))
    plain = [[int(((labels == row) & (predicted == column)).sum()) for column in range(3)] for row in range(3)]
    assert confusion == {"classes": ["a", "b", "c"], "matrix": plain, "epoch": 7}
    found = load_file(run.path / "predictions.safetensors")
    assert torch.equal(found["label"], answers.labels)
    assert torch.equal(found["predicted"], answers.predicted)
    assert torch.equal(found["probability"], answers.probability)
    read = checkpoints.answers(run, 3)
    assert read is not None
    assert {name: column.tolist() for name, column in read.items()} == {
        name: column.tolist() for name, column in found.items()
    }


def test_no_answers_before_the_first_checkpoint(run: Run) -> None:
    assert checkpoints.answers(run, 3) is None


COLUMNS = {"label": torch.arange(3), "predicted": torch.arange(3), "probability": torch.zeros(3)}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"damaged", save(COLUMNS)[:-1], save(COLUMNS | {"label": torch.arange(2)}),
        save({name: COLUMNS[name] for name in ("label", "predicted")}), save(COLUMNS | {"label": torch.zeros(3)}),
        save(COLUMNS | {"predicted": torch.tensor([0, 1, 3])}), save(COLUMNS | {"label": torch.tensor([0, 1, -1])}),
        save(COLUMNS | {"probability": torch.tensor([0.0, 1.0, torch.nan])}),
        save({name: column[:0] for name, column in COLUMNS.items()}),
        save({name: column.view(3, 1) for name, column in COLUMNS.items()}),
    ],
    ids=["empty", "damaged", "cut off", "unequal lengths", "a column missing", "a class of 0.5", "a fourth of three",
         "a negative class", "NaN", "no pictures", "columns of columns"],
)  # fmt: skip
def test_damaged_answers_are_said(run: Run, content: bytes) -> None:
    (run.path / "predictions.safetensors").write_bytes(content)
    with pytest.raises(RunError, match=r"cannot be read.*predictions\.safetensors"):
        checkpoints.answers(run, 3)


def test_predictions_outside_the_run_are_not_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(save(COLUMNS))
    (run.path / "predictions.safetensors").symlink_to(tmp_path / "outside")
    with pytest.raises(RunError, match="cannot be read"):
        checkpoints.answers(run, 3)


def test_nothing_is_said_to_be_saved_in_a_folder_that_cannot_be_written(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", read_only)
    monkeypatch.setattr(Path, "open", read_only)
    monkeypatch.setattr(Path, "mkdir", read_only)
    for work in (
        lambda: Writer(run.path),
        lambda: checkpoints.save_checkpoint(run, {}),
        lambda: store.rename(run, "x"),
        lambda: store.create(Recipe(), root=run.root),
        lambda: store.delete(run),
    ):
        with pytest.raises(RunError, match="Read-only file system"):
            work()
