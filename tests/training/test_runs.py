"""A run survives a kill at any write, a full disk, torn and hostile lines, and what people do with it."""

import contextlib
import errno
import fcntl
import io
import json
import os
import pickle
import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from explorer.errors import RecipeError, RunError
from explorer.training import runs
from explorer.training.recipe import Recipe
from explorer.training.runs import Log, Run, Writer

OPENING: dict[str, Any] = {"classes": ["cat", "dog"], "strip": [0, 1]}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return runs.create(Recipe(), "First try", root=tmp_path / "runs")


def batch(iteration: int, loss: float = 1.0, epoch: int = 1) -> dict[str, Any]:
    return {"kind": "batch", "epoch": epoch, "batch": iteration, "iteration": iteration, "loss": loss, "lr": 0.01}


def epoch(number: int, **more: Any) -> dict[str, Any]:
    names = ("train_loss", "train_accuracy", "test_loss", "test_accuracy", "lr", "seconds")
    return {"kind": "epoch", "epoch": number, **dict.fromkeys(names, 0.5), **more}


def write(run: Run, *events: dict[str, Any]) -> None:
    with contextlib.closing(Writer(run)) as writer:
        for event in events:
            writer.add(event["kind"], {name: value for name, value in event.items() if name != "kind"})
        writer.flush()


def read(run: Run, **options: Any) -> Log:
    log = Log(run, **options)
    log.update()
    return log


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """A disk that is full after `size` bytes of a file: writes come short, then fail."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def leftovers(run: Run) -> list[Path]:
    return list(run.path.rglob("*.part"))


# Which runs there are


def test_a_run_is_its_folder(run: Run) -> None:
    assert run.id.endswith("-first-try")
    assert runs.find(run.id, run.root) == run
    assert run.recipe() == Recipe()
    assert (run.about().name, run.about().note, run.about().parent) == ("First try", "", None)
    assert runs.status(run).state == "stopped"


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    assert runs.create(Recipe()).root == tmp_path
    monkeypatch.delenv("EXPLORER_RUNS")
    assert runs.folder() == Path("runs")


def test_runs_of_one_second_and_name_have_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda *_: "20260101-000000")
    made = [runs.create(Recipe(), "x", root=tmp_path) for _ in range(3)]
    runs.delete(made[1])
    made.append(runs.create(Recipe(), "x", root=tmp_path))  # not in the place of the one that may come back
    ends = [run.id.removeprefix("20260101-000000") for run in made]
    assert ends == ["-x", "-x-2", "-x-3", "-x-4"]


@pytest.mark.parametrize("name", ["", "模型", "../..", "…", "a" * 300, "<img onerror>", "\u202eevil", "C:\\x"])
def test_any_name_makes_a_plain_folder(tmp_path: Path, name: str) -> None:
    run = runs.create(Recipe(), name, root=tmp_path)
    assert run.path.parent == tmp_path
    assert set(run.id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert runs.find(run.id, tmp_path) == run
    shown = run.about().name
    assert "\u202e" not in shown
    assert shown == (name.replace("\u202e", "")[:80] or run.id)


@pytest.mark.parametrize(
    "run_id", ["", ".", "..", "../..", "../runs", "/etc", "a/b", ".trash", "x\0", "x\n", "-x", "é"]
)
def test_a_hostile_id_is_no_run(run: Run, run_id: str) -> None:
    with pytest.raises(RunError, match="There is no run"):
        runs.find(run_id, run.root)


def test_links_and_files_are_no_runs(run: Run) -> None:
    (run.root / "link").symlink_to(run.path)
    (run.root / "file").touch()
    for run_id in ("link", "file", "absent"):
        with pytest.raises(RunError, match="There is no run"):
            runs.find(run_id, run.root)


def test_a_file_of_a_run_that_leads_out_of_it_is_not_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(Recipe().to_json())
    (run.path / "recipe.json").unlink()
    (run.path / "recipe.json").symlink_to(tmp_path / "outside")
    with pytest.raises(RunError, match="cannot be read"):
        run.recipe()
    (run.path / "recipe.json").unlink()
    os.mkfifo(run.path / "recipe.json")  # would be waited for
    with pytest.raises(RunError, match="not a regular file"):
        run.recipe()


def test_the_list_goes_on_past_folders_that_are_no_runs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("00-empty", "01-foreign", "02-newer", "03-broken", "04-huge", "05-locked", "06 odd"):
        (run.root / name).mkdir()
    (run.root / "01-foreign" / "notes.txt").write_text("x")
    (run.root / "02-newer" / "recipe.json").write_text('{"version": 99}')
    (run.root / "03-broken" / "recipe.json").write_bytes(b"\xff\0{")
    (run.root / "04-huge" / "recipe.json").write_bytes(b" " * (runs.MAX_JSON + 1))
    (run.root / "07-link").symlink_to(run.path)
    listdir = os.listdir

    def guarded(path: Any) -> list[str]:
        if Path(path).name == "05-locked":
            raise PermissionError(errno.EACCES, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", guarded)
    first, *others = runs.list_runs(run.root)
    assert (first.run, first.problem, first.recipe) == (run, None, Recipe())
    reasons = {entry.run.id[:2]: str(entry.problem) for entry in others}
    expected = {
        "07": "no run", "06": "no run", "05": "Permission denied", "04": "8 MB", "03": "not a recipe",
        "02": "version 99", "01": "no recipe.json", "00": "no recipe.json",
    }  # fmt: skip
    assert list(reasons) == list(expected), "newest first"
    for key, words in expected.items():
        assert words in reasons[key]
    assert {entry.status.state for entry in others} == {"unreadable"}


def test_no_folder_no_runs(tmp_path: Path) -> None:
    assert runs.list_runs(tmp_path / "absent") == []


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 9999, '{"name": 3, "note": [], "parent": {"run": 1}}', "\0"])
def test_a_damaged_name_is_no_reason_to_lose_a_run(run: Run, content: str) -> None:
    (run.path / "about.json").write_text(content)
    assert run.about() == runs.About(run.id, "", "", None)
    assert runs.list_runs(run.root)[0].problem is None


# What people do with runs


def test_rename_and_note(run: Run) -> None:
    runs.rename(run, "  Zweiter\u200b \u202eVersuch\t模型\x07 ")
    runs.set_note(run, "line one\nline two" + "x" * 3000)
    about = run.about()
    assert about.name == "Zweiter Versuch 模型"
    assert about.note.startswith("line one\nline two")
    assert len(about.note) == 2000
    runs.rename(run, "")
    assert run.about().name == run.id


def test_a_deleted_run_comes_back(run: Run) -> None:
    write(run, {"kind": "start", **OPENING}, epoch(1))
    runs.delete(run)
    assert runs.list_runs(run.root) == []
    with pytest.raises(RunError, match="There is no run"):
        runs.find(run.id, run.root)
    assert runs.restore(run.id, run.root) == run
    assert [entry.run for entry in runs.list_runs(run.root)] == [run]
    assert [each["epoch"] for each in runs.list_runs(run.root)[0].epochs] == [1]
    with pytest.raises(RunError, match="There is no run"):
        runs.restore(run.id, run.root)


def test_a_run_does_not_come_back_over_another(run: Run) -> None:
    runs.delete(run)
    run.path.mkdir()
    with pytest.raises(RunError, match="already"):
        runs.restore(run.id, run.root)
    assert (run.root / ".trash" / run.id / "recipe.json").exists()


def test_the_trash_holds_the_last_twenty(tmp_path: Path) -> None:
    made = [runs.create(Recipe(), f"n{k}", root=tmp_path) for k in range(23)]
    for run in made:
        with runs.held(run):
            pass
    order = random.Random(0).sample(made, len(made))
    for run in order:
        runs.delete(run)
    assert {path.name for path in (tmp_path / ".trash").iterdir()} == {run.id for run in order[3:]}


def test_a_running_run_is_not_deleted(run: Run) -> None:
    runs.write_json(run.path / "worker.json", {"pid": 4321})
    with runs.held(run):
        assert runs.status(run).state == "running"
        with pytest.raises(RunError, match=r"running \(process 4321\). Stop it first"):
            runs.delete(run)
    runs.delete(run)
    assert not run.path.exists()


def test_fork(run: Run) -> None:
    runs.save_checkpoint(run, {"epoch": 4})
    runs.keep_checkpoint(run, 3)
    runs.save_checkpoint(run, {"epoch": 9})
    assert runs.kept_epochs(run) == [3]
    child = runs.fork(run, 3, lr=0.5)
    assert child.recipe() == Recipe(lr=0.5)
    assert child.about().parent == runs.Parent(run.id, 3)
    assert child.about().name == "First try"
    assert runs.last_checkpoint(child) == ({"epoch": 4}, False)
    runs.save_checkpoint(child, {"epoch": 5})
    runs.save_checkpoint(child, {"epoch": 6})
    assert runs.read_checkpoint(runs.kept_path(run, 3)) == {"epoch": 4}, "the parent's stays"


def test_a_fork_that_cannot_be_leaves_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.save_checkpoint(run, {"epoch": 4})
    runs.keep_checkpoint(run, 3)
    with pytest.raises(RunError, match=r"epoch-007\.pt is missing"):
        runs.fork(run, 7)
    with pytest.raises(RecipeError, match="lr = -1"):
        runs.fork(run, 3, lr=-1)
    with largest_file(200), pytest.raises(RunError, match="File too large"):
        runs.fork(run, 3)
    assert os.listdir(run.root) == [run.id]


def test_a_file_system_without_hard_links(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(errno.EPERM, "no links here")))
    runs.save_checkpoint(run, {"epoch": 4})
    runs.keep_checkpoint(run, 3)
    assert runs.read_checkpoint(runs.kept_path(run, 3)) == {"epoch": 4}


# Checkpoints


def state(number: int) -> dict[str, Any]:
    return {"number": number, "model": {"w": torch.full((64,), float(number))}, "rng": torch.get_rng_state()}


def number(run: Run) -> int:
    found = runs.last_checkpoint(run)[0]
    assert found is not None
    assert torch.equal(found["model"]["w"], torch.full((64,), float(found["number"])))
    return int(found["number"])


def killed_at(call: int, work: Any) -> bool:
    """Whether a child that does `work` is killed at its system call number `call`, of those that change the disk."""
    pid = os.fork()
    if pid == 0:
        left = call

        def counted(change: Any) -> Any:
            def counting(*given: Any, **named: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    os._exit(9)
                return change(*given, **named)

            return counting

        class Halved(io.FileIO):
            """A write is two, so that a kill leaves half of it."""

            def write(self, content: Any) -> int:  # type: ignore[override]
                for part in (content[: len(content) // 2], content[len(content) // 2 :]):
                    counted_write(self, part)
                return len(content)

        counted_write = counted(io.FileIO.write)
        for name in ("replace", "fsync", "link", "unlink", "mkdir"):
            setattr(os, name, counted(getattr(os, name)))
        Path.open = counted(lambda path, mode: Halved(path, mode))  # type: ignore[method-assign]
        code = 1
        with contextlib.suppress(BaseException):
            work()
            code = 0
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, 9), "the work itself did not fail"
    return code == 9


def test_a_kill_at_any_write_leaves_the_old_checkpoint_or_the_new(tmp_path: Path) -> None:
    outcomes = set()
    call = 1
    while True:
        run = runs.create(Recipe(), root=tmp_path)
        runs.save_checkpoint(run, state(1))
        runs.save_checkpoint(run, state(2))
        killed = killed_at(call, lambda run=run: runs.save_checkpoint(run, state(3)))
        if not killed:
            break
        runs.sweep(run)
        assert leftovers(run) == []
        found = number(run)
        outcomes.add(found)
        assert number(run) == found, "and again"
        runs.save_checkpoint(run, state(4))
        assert number(run) == 4
        call += 1
    assert number(run) == 3
    assert outcomes == {2, 3}
    assert call > 7


def test_a_kill_at_any_write_leaves_the_old_name_or_the_new(run: Run) -> None:
    call = 1
    while killed_at(call, lambda: runs.rename(run, "new")):
        assert run.about().name in ("First try", "new")
        call += 1
        runs.sweep(run)
        runs.rename(run, "First try")
    assert run.about().name == "new"
    assert leftovers(run) == []
    assert call > 5


def test_a_living_writers_part_is_not_swept(run: Run) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        part = run.path / f".about.json.{other.pid}-{'0' * 32}.part"
        part.touch()
        runs.sweep(run)
        assert part.exists()
        other.communicate(b"\n")
    runs.sweep(run)
    assert not part.exists()


def test_a_full_disk_leaves_the_checkpoint_before(run: Run) -> None:
    runs.save_checkpoint(run, state(1))
    size = (run.path / "last.pt").stat().st_size
    for room in [*range(0, size, 501), size - 1]:
        with largest_file(room), pytest.raises(RunError, match=r"Nothing can be written to .*File too large"):
            runs.save_checkpoint(run, state(2))
        assert leftovers(run) == []
        assert number(run) == 1
    with largest_file(size):
        runs.save_checkpoint(run, state(2))
    assert number(run) == 2


def test_a_damaged_checkpoint_gives_way_to_the_one_before(run: Run) -> None:
    for k in (1, 2):
        runs.save_checkpoint(run, state(k))
    whole = (run.path / "last.pt").read_bytes()
    one_before = (run.path / "previous.pt").read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damaged in (b"", b"x", whole[:-1], whole[: len(whole) // 2], whole + b"x", bytes(flipped)):
        (run.path / "last.pt").write_bytes(damaged)
        (run.path / "previous.pt").write_bytes(one_before)
        found, fell_back = runs.last_checkpoint(run)
        assert found is not None
        assert (found["number"], fell_back) == (1, True)
        assert runs.last_checkpoint(run)[1] is False, "it is the last one now, and a save would not push it out"


def test_two_damaged_checkpoints_are_said(run: Run) -> None:
    assert runs.last_checkpoint(run) == (None, False)
    for name in ("last.pt", "previous.pt"):
        (run.path / name).write_bytes(b"damaged")
    with pytest.raises(RunError, match=r"last\.pt is missing, cut off or damaged"):
        runs.last_checkpoint(run)


class _Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("proof",)


@pytest.mark.parametrize("content", [_Runs(), [1, 2], 3])
def test_a_checkpoint_that_is_no_state_is_refused(
    run: Run, content: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runs.save_checkpoint(run, content)
    with pytest.raises(RunError, match="damaged"):
        runs.read_checkpoint(run.path / "last.pt")
    assert not (tmp_path / "proof").exists()


def test_a_pickle_with_a_right_digest_is_refused_too(run: Run) -> None:
    runs.write_atomically(run.path / "last.pt", content := pickle.dumps(_Runs()), runs.hashlib.sha256(content).digest())
    with pytest.raises(RunError, match="damaged"):
        runs.read_checkpoint(run.path / "last.pt")


# Weights and answers


def test_weights_are_float32_and_say_what_they_are(run: Run) -> None:
    weights = {"w": torch.arange(6.0).view(2, 3).t().bfloat16(), "count": torch.tensor(3)}
    runs.save_weights(run.path / "best.safetensors", weights, {"network": "resnet18"})
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
    runs.save_answers(run, 7, ("a", "b", "c"), answers)
    confusion = json.loads((run.path / "confusion.json").read_text())
    plain = [[int(((labels == row) & (predicted == column)).sum()) for column in range(3)] for row in range(3)]
    assert confusion == {"classes": ["a", "b", "c"], "matrix": plain, "epoch": 7}
    found = load_file(run.path / "predictions.safetensors")
    assert torch.equal(found["label"], answers.labels)
    assert torch.equal(found["predicted"], answers.predicted)
    assert torch.equal(found["probability"], answers.probability)


# Events


def test_what_is_written_is_read(run: Run) -> None:
    events = [
        {"kind": "start", **OPENING}, {"kind": "freeze", "epoch": 1}, batch(1, 2.0), batch(2, 1.0), epoch(1),
        {"kind": "lr", "epoch": 1, "lr": 0.1}, {"kind": "checkpoint", "epoch": 2, "seen": 0, "iteration": 2},
        {"kind": "warning", "key": "errors.run_fell_back", "values": {}},
        {"kind": "unfreeze", "epoch": 2, "iteration": 2, "lr": 0.2}, batch(3, 0.5, 2), epoch(2),
        {"kind": "end", "reason": "finished"},
    ]  # fmt: skip
    write(run, *events)
    lines = (run.path / "events.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == events
    assert all(line.startswith(f'{{"kind": "{event["kind"]}"') for line, event in zip(lines, events, strict=True))
    log = read(run)
    assert log.opening == events[0]
    assert log.batches == {"iteration": [1, 2, 3], "epoch": [1, 1, 2], "loss": [2.0, 1.0, 0.5], "lr": [0.01] * 3}
    assert log.epochs == [events[4], events[10]]
    assert log.marks == [events[1], events[5], events[8]]
    assert (list(log.warnings), log.checkpoint, log.end) == ([events[7]], events[6], events[11])
    assert (log.epoch, log.iteration, log.skipped, log.torn) == (2, 3, 0, False)
    short = read(run, batches=False)
    assert (short.epochs, short.marks, short.end, short.iteration) == (log.epochs, log.marks, log.end, 3)
    assert short.batches["loss"] == []


def test_every_byte_of_a_torn_last_line(run: Run) -> None:
    write(run, {"kind": "start", **OPENING}, batch(1))
    before = (run.path / "events.jsonl").read_bytes()
    line = json.dumps(batch(2, 0.25)).encode()
    for cut in range(len(line) + 1):
        (run.path / "events.jsonl").write_bytes(before + line[:cut])
        whole = cut == len(line)
        log = read(run)
        assert (log.iteration, log.torn, log.skipped) == (2 if whole else 1, 0 < cut < len(line), 0)
        write(run, batch(3))  # the next worker begins a line of its own
        for found in (read(run), log):
            found.update()
            assert found.batches["iteration"] == ([1, 2, 3] if whole else [1, 3])
            assert (found.skipped, found.torn) == (int(0 < cut < len(line)), False)


JUNK = [
    b"\xff\xfe\0\0", b"", b"null", b"[]", b"3", b'"start"', b"{}", b'{"kind": 3}', b'{"kind": "nonsense"}',
    b'{"kind": "batch"}', b'{"kind": ["batch"]}', b"[" * 5000, b'{"a":' * 5000, b"1" * 5000,
    b'{"kind": "batch", "epoch": 1, "iteration": 9, "loss": NaN, "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 9, "loss": 1e999, "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 9, "loss": null, "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 9, "loss": "1", "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 9, "loss": 1' + b"0" * 400 + b', "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 1, "loss": 1, "lr": 1}',  # the same step twice
    b'{"kind": "batch", "epoch": 1, "iteration": -9, "loss": 1, "lr": 1}',
    b'{"kind": "batch", "epoch": 1, "iteration": 9.5, "loss": 1, "lr": 1}',
    b'{"kind": "batch", "epoch": true, "iteration": 9, "loss": 1, "lr": 1}',
    b'{"kind": "warning", "key": "x"}', b'{"kind": "warning", "key": "x", "values": []}',
    json.dumps(epoch(1)).encode(), json.dumps(epoch(1001)).encode(), json.dumps(epoch(0)).encode(),
    json.dumps(epoch(3, lr="x")).encode(), json.dumps(epoch(3, x=float("inf"))).encode(),
    b'{"kind": "end", "reason": "' + b"x" * (1 << 20) + b'"}', b"x" * (3 << 20),
]  # fmt: skip


@pytest.mark.parametrize("place", ["between", "last"])
@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_is_skipped_and_counted(run: Run, junk: bytes, place: str) -> None:
    write(run, {"kind": "start", **OPENING}, batch(1), epoch(1))
    with (run.path / "events.jsonl").open("ab") as file:
        file.write(junk + b"\n")
    if place == "between":
        write(run, batch(2), epoch(2))
    log = read(run)
    assert log.skipped == 1
    assert log.batches["iteration"] == ([1, 2] if place == "between" else [1])
    assert [each["epoch"] for each in log.epochs] == ([1, 2] if place == "between" else [1])
    assert (log.torn, log.end) == (False, None)


def test_a_number_that_is_not_finite_is_written_as_null(run: Run) -> None:
    write(run, epoch(1, test_loss=float("nan"), moved={"fc": float("inf")}, strip=[[0, float("nan")]]))
    log = read(run)
    assert log.skipped == 0
    assert (log.epochs[0]["test_loss"], log.epochs[0]["moved"], log.epochs[0]["strip"]) == (
        None, {"fc": None}, [[0, None]],
    )  # fmt: skip


def test_reading_on_is_reading_anew(run: Run, tmp_path: Path) -> None:
    write(run, {"kind": "start", **OPENING}, *(batch(k, k % 7) for k in range(1, 300)), epoch(1))
    write(run, {"kind": "resume", **OPENING, "epoch": 1, "seen": 5, "iteration": 200}, batch(201), epoch(1))
    content = (run.path / "events.jsonl").read_bytes().replace(b'"iteration": 50,', b'"iteration": "x",')
    growing = Run(tmp_path)
    log = Log(growing)
    assert log.update() is False
    draw, at = random.Random(1), 0
    with (tmp_path / "events.jsonl").open("ab", buffering=0) as file:
        while at < len(content):
            step = draw.choice([1, 7, 60, 61, 62, 63, 500, 3000])
            file.write(content[at : at + step])
            assert log.update() is True
            assert log.update() is False
            at += step
    whole = read(growing)
    for name in ("batches", "epochs", "iteration", "epoch", "skipped", "torn", "opening"):
        assert getattr(log, name) == getattr(whole, name)
    assert whole.skipped == 1
    assert len(whole.batches["iteration"]) == 200


def test_a_resumed_run_voids_what_came_after_its_checkpoint(run: Run) -> None:
    write(
        run, {"kind": "start", **OPENING}, {"kind": "freeze", "epoch": 1}, batch(1, 9.0), epoch(1),
        {"kind": "lr", "epoch": 1, "lr": 0.1}, {"kind": "unfreeze", "epoch": 2, "iteration": 1, "lr": 0.2},
        batch(2, 8.0, 2), batch(3, 7.0, 2), epoch(2), {"kind": "lr", "epoch": 2, "lr": 0.05}, batch(4, 6.0, 3),
        {"kind": "unfreeze", "epoch": 3, "iteration": 3, "lr": 0.3}, {"kind": "end", "reason": "stopped"},
        {"kind": "resume", **OPENING, "epoch": 2, "seen": 64, "iteration": 2},
    )  # fmt: skip
    log = read(run)
    assert (log.batches["loss"], [each["epoch"] for each in log.epochs]) == ([9.0, 8.0], [1])
    assert [(mark["kind"], mark["epoch"]) for mark in log.marks] == [("freeze", 1), ("lr", 1), ("unfreeze", 2)]
    assert (log.end, log.epoch, log.iteration, log.skipped) == (None, 2, 2, 0)
    write(run, batch(3, 5.0, 2), epoch(2, test_accuracy=0.75))
    log.update()
    assert (log.batches["loss"], log.epochs[1]["test_accuracy"], log.skipped) == ([9.0, 8.0, 5.0], 0.75, 0)
    write(run, {"kind": "start", **OPENING}, batch(1, 4.0))  # broken off before its first checkpoint
    log.update()
    assert (log.batches["loss"], log.epochs, log.marks, log.iteration) == ([4.0], [], [], 1)


def test_many_batches_are_averaged_and_no_epoch_is_left_out(run: Run) -> None:
    count = 3 * runs.MAX_BATCHES + 1
    losses = np.random.default_rng(0).random(count)
    lines = [json.dumps(batch(k, float(loss))) for k, loss in enumerate(losses, start=1)]
    lines[::100] = [f"{line}\n{json.dumps(epoch(k))}" for k, line in enumerate(lines[::100], start=1)]
    (run.path / "events.jsonl").write_text("\n".join(lines) + "\n")
    log = read(run)
    bins = log.batches
    assert len(bins["loss"]) == (count + 3) // 4 <= runs.MAX_BATCHES
    assert bins["iteration"] == [*range(4, count, 4), count]
    assert np.allclose(bins["loss"][:-1], losses[:-1].reshape(-1, 4).mean(1), rtol=0, atol=1e-12)
    assert bins["loss"][-1] == losses[-1]
    assert len(log.epochs) == (count + 99) // 100
    write(run, {"kind": "resume", **OPENING, "epoch": 3, "seen": 0, "iteration": 1000})
    log.update()
    assert log.batches["iteration"] == list(range(4, 1001, 4))


def test_another_file_in_its_place_is_read_from_its_beginning(run: Run) -> None:
    write(run, {"kind": "start", **OPENING}, batch(1), batch(2))
    log = read(run)
    replacement = run.path / "new"
    replacement.write_text(f"{json.dumps(batch(7))}\n" + " \n" * 999)
    os.replace(replacement, run.path / "events.jsonl")
    assert log.update()
    assert log.batches["iteration"] == [7]
    (run.path / "events.jsonl").unlink()
    assert not log.update()
    assert log.batches["iteration"] == []


def test_a_full_disk_stops_the_events_and_no_line_is_mixed_up(run: Run) -> None:
    with contextlib.closing(Writer(run)) as writer:
        writer.add("start", OPENING)
        size = (run.path / "events.jsonl").stat().st_size
        with largest_file(size + 30):
            with pytest.raises(RunError, match="File too large"):
                writer.add("epoch", epoch(1))
            assert read(run).torn
        writer.add("end", {"reason": "failed"})
    log = read(run)
    assert (len(log.epochs), log.end, log.skipped) == (1, {"kind": "end", "reason": "failed"}, 0)


def test_batches_are_written_together(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with contextlib.closing(Writer(run)) as writer:
        writer.add("start", OPENING)
        writer.add("batch", batch(1))
        assert read(run).iteration == 0
        now += 0.25
        writer.add("batch", batch(2))
        assert read(run).iteration == 2


def test_nothing_is_said_to_be_saved_in_a_folder_that_cannot_be_written(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", read_only)
    monkeypatch.setattr(Path, "open", read_only)
    monkeypatch.setattr(Path, "mkdir", read_only)
    for work in (
        lambda: Writer(run),
        lambda: runs.save_checkpoint(run, {}),
        lambda: runs.rename(run, "x"),
        lambda: runs.create(Recipe(), root=run.root),
        lambda: runs.delete(run),
    ):
        with pytest.raises(RunError, match="Read-only file system"):
            work()


# Status


def test_a_dead_run_says_how_far_it_came(run: Run) -> None:
    write(run, {"kind": "start", **OPENING}, batch(1), epoch(1), batch(2, epoch=2))
    runs.write_json(run.path / "worker.json", {"pid": os.getpid(), "created": 0.0, "device": "cpu", "signal": 9})
    found = runs.status(run)
    assert (found.state, found.epoch, found.iteration, found.signal) == ("interrupted", 2, 2, 9), (
        "a live pid is no proof"
    )


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("finished", "finished"),
        ("stopped", "stopped"),
        ("time limit", "stopped"),
        ("failed", "failed"),
        ("?", "stopped"),
    ],
)
def test_how_a_run_ended(run: Run, reason: str, state: str) -> None:
    write(run, {"kind": "start", **OPENING}, {"kind": "end", "reason": reason})
    assert runs.status(run).state == state
    with runs.held(run):
        assert runs.status(run).state == "running", "resumed, and has not said so yet"


def test_those_who_look_do_not_take_each_other_for_the_worker(run: Run) -> None:
    with runs.held(run):
        pass
    looking = os.open(run.path / ".lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert not runs.is_running(run)
    os.close(looking)


def test_only_what_is_new_is_read_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(run, {"kind": "start", **OPENING}, epoch(1))
    runs.list_runs(run.root)
    parsed: list[bytes] = []
    event = runs._event
    monkeypatch.setattr(runs, "_event", lambda line: parsed.append(line) or event(line))
    runs.list_runs(run.root)
    assert parsed == []
    write(run, epoch(2))
    assert len(runs.list_runs(run.root)[0].epochs) == 2
    assert len(parsed) == 1
