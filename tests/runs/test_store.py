"""Run folders: status, editing, deleting, restoring."""

import errno
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from explorer.core import files
from explorer.core.errors import RunError
from explorer.runs import events, store
from explorer.runs.store import Run
from explorer.training.recipe import Recipe
from tests.runs.written import OPENING, batch, epoch, write


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return store.create(Recipe(), "First try", root=tmp_path / "runs")


# Find, create and list runs


def test_a_run_is_its_folder(run: Run) -> None:
    assert run.id.endswith("-first-try")
    assert store.find(run.id, run.root) == run
    assert run.recipe() == Recipe()
    assert (run.about().name, run.about().note, run.about().parent) == ("First try", "", None)
    assert store.status(run).state == "stopped"


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    assert store.create(Recipe()).root == tmp_path
    monkeypatch.delenv("EXPLORER_RUNS")
    assert store.folder() == Path("runs")


def test_runs_of_one_second_and_name_have_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda *_: "20260101-000000")
    made = [store.create(Recipe(), "x", root=tmp_path) for _ in range(3)]
    store.delete(made[1])
    made.append(store.create(Recipe(), "x", root=tmp_path))  # does not reuse the id of a run in the trash
    ends = [run.id.removeprefix("20260101-000000") for run in made]
    assert ends == ["-x", "-x-2", "-x-3", "-x-4"]


@pytest.mark.parametrize("name", ["", "模型", "../..", "…", "a" * 300, "<img onerror>", "\u202eevil", "C:\\x"])
def test_any_name_makes_a_plain_folder(tmp_path: Path, name: str) -> None:
    run = store.create(Recipe(), name, root=tmp_path)
    assert run.path.parent == tmp_path
    assert set(run.id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert store.find(run.id, tmp_path) == run
    shown = run.about().name
    assert "\u202e" not in shown
    assert shown == (name.replace("\u202e", "")[:80] or "resnet18")


@pytest.mark.parametrize(
    "run_id", ["", ".", "..", "../..", "../runs", "/etc", "a/b", ".trash", "x\0", "x\n", "-x", "é"]
)
def test_a_hostile_id_is_no_run(run: Run, run_id: str) -> None:
    with pytest.raises(RunError, match="There is no run"):
        store.find(run_id, run.root)


def test_links_and_files_are_no_runs(run: Run) -> None:
    (run.root / "link").symlink_to(run.path)
    (run.root / "file").touch()
    for run_id in ("link", "file", "absent"):
        with pytest.raises(RunError, match="There is no run"):
            store.find(run_id, run.root)


def test_a_file_of_a_run_that_leads_out_of_it_is_not_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(Recipe().to_json(), encoding="utf-8")
    (run.path / "recipe.json").unlink()
    (run.path / "recipe.json").symlink_to(tmp_path / "outside")
    with pytest.raises(RunError, match="cannot be read"):
        run.recipe()
    (run.path / "recipe.json").unlink()
    os.mkfifo(run.path / "recipe.json")  # opening it would block
    with pytest.raises(RunError, match="not a regular file"):
        run.recipe()


def test_the_list_goes_on_past_folders_that_are_no_runs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("00-empty", "01-foreign", "02-newer", "03-broken", "04-huge", "05-locked", "06 odd"):
        (run.root / name).mkdir()
    (run.root / "01-foreign" / "notes.txt").write_text("x", encoding="utf-8")
    (run.root / "02-newer" / "recipe.json").write_text('{"version": 99}', encoding="utf-8")
    (run.root / "03-broken" / "recipe.json").write_bytes(b"\xff\0{")
    (run.root / "04-huge" / "recipe.json").write_bytes(b" " * (files.MAX_JSON + 1))
    (run.root / "07-link").symlink_to(run.path)
    listdir = os.listdir

    def guarded(path: Any) -> list[str]:
        if Path(path).name == "05-locked":
            raise PermissionError(errno.EACCES, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", guarded)
    first, *others = store.list_runs(run.root)
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


def test_of_many_runs_the_newest_are_read_and_those_that_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [store.create(Recipe(data="digits"), f"run {k}", root=tmp_path) for k in range(6)]
    names = store.run_names(tmp_path)
    assert sorted(names) == sorted(run.id for run in runs)
    oldest_first = names[::-1]
    (tmp_path / store.QUEUE).mkdir(exist_ok=True)
    (tmp_path / store.QUEUE / f"00000001-{oldest_first[0]}").touch()
    assert list(queued := store.waiting(tmp_path)) == oldest_first[:1]
    read: list[str] = []
    entry = store._entry
    monkeypatch.setattr(store, "_entry", lambda root, name, queue: read.append(name) or entry(root, name, queue))
    listed = [each.run.id for each in store.list_runs(tmp_path, most=2, also=[oldest_first[2], "no such run"])]
    assert listed == read == [name for name in names if name in {*names[:2], oldest_first[2], *queued}]
    assert len(store.list_runs(tmp_path, most=6)) == len(store.list_runs(tmp_path)) == 6


def test_no_folder_no_runs(tmp_path: Path) -> None:
    assert store.list_runs(tmp_path / "absent") == []


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", "[" * 9999, '{"name": 3, "note": [], "parent": {"run": 1}}', '{"parent": {"run": 1, "epoch": 1}}',
     '{"parent": {"run": "a", "epoch": "1"}}', "\0"],
)  # fmt: skip
def test_a_damaged_name_is_no_reason_to_lose_a_run(run: Run, content: str) -> None:
    (run.path / "about.json").write_text(content, encoding="utf-8")
    assert run.about() == store.About("first-try", "", "", None)
    assert store.list_runs(run.root)[0].problem is None


def test_the_newest_runs_of_a_network_with_weights(tmp_path: Path) -> None:
    def made(number: int, network: str = "resnet18", weights: str = "best.safetensors") -> Run:
        run = store.create(Recipe(network=network), root=tmp_path)
        os.rename(run.path, tmp_path / f"{number:02}")
        (tmp_path / f"{number:02}" / weights).touch()
        return Run(tmp_path / f"{number:02}")

    first, second, _, _, third = made(1), made(2), made(3, "resnet50"), made(4, weights="last.safetensors"), made(5)
    broken = made(6)
    (broken.path / "recipe.json").write_text("{", encoding="utf-8")
    (tmp_path / "07").symlink_to(first.path)
    deleted = made(8)
    store.delete(deleted)
    assert store.with_weights("resnet18", root=tmp_path) == [third, second, first]
    assert store.with_weights("resnet18", most=2, root=tmp_path) == [third, second]
    assert store.with_weights("resnet34", root=tmp_path) == []
    assert store.with_weights("resnet18", root=tmp_path / "absent") == []


# Edit and delete runs


def test_rename_and_note(run: Run) -> None:
    store.rename(run, "  Zweiter\u200b \u202eVersuch\t模型\x07 ")
    store.set_note(run, "line one\nline two" + "x" * 3000)
    about = run.about()
    assert about.name == "Zweiter Versuch 模型"
    assert about.note.startswith("line one\nline two")
    assert len(about.note) == 2000
    store.rename(run, "")
    assert run.about().name == "first-try"


def test_a_deleted_run_comes_back(run: Run) -> None:
    write(run.path, {"kind": "start", **OPENING}, epoch(1))
    store.delete(run)
    assert store.list_runs(run.root) == []
    with pytest.raises(RunError, match="There is no run"):
        store.find(run.id, run.root)
    assert store.restore(run.id, run.root) == run
    assert [entry.run for entry in store.list_runs(run.root)] == [run]
    assert [each["epoch"] for each in store.list_runs(run.root)[0].epochs] == [1]
    with pytest.raises(RunError, match="There is no run"):
        store.restore(run.id, run.root)


def test_a_run_does_not_come_back_over_another(run: Run) -> None:
    store.delete(run)
    run.path.mkdir()
    with pytest.raises(RunError, match="already"):
        store.restore(run.id, run.root)
    assert (run.root / ".trash" / run.id / "recipe.json").exists()


def test_the_trash_holds_the_last_twenty(tmp_path: Path) -> None:
    made = [store.create(Recipe(), f"n{k}", root=tmp_path) for k in range(23)]
    for run in made:
        with store.held(run):
            pass
    order = random.Random(0).sample(made, len(made))
    for run in order:
        store.delete(run)
    assert {path.name for path in (tmp_path / ".trash").iterdir()} == {run.id for run in order[3:]}


def test_a_running_run_is_not_deleted(run: Run) -> None:
    with store.held(run):
        assert store.status(run).state == "running"
        with pytest.raises(RunError, match=rf"running \(process {os.getpid()}\). Stop it first"):
            store.delete(run)
        with pytest.raises(RunError, match="running"), store.held(run):
            pass
        assert store.status(run).state == "running", "the refused call does not release the lock"
    store.delete(run)
    assert not run.path.exists()


# Status


def test_a_dead_run_says_how_far_it_came(run: Run) -> None:
    write(run.path, {"kind": "start", **OPENING}, batch(1), epoch(1), batch(2, epoch=2))
    files.write_json(run.path / "worker.json", {"pid": os.getpid(), "created": 0.0, "device": "cpu", "signal": 9})
    found = store.status(run)
    assert (found.state, found.epoch, found.iteration, found.signal) == ("interrupted", 2, 2, 9), (
        "a live pid alone is not enough"
    )
    files.write_json(run.path / "worker.json", {"signal": "9"})
    assert store.status(run).signal is None
    write(run.path, {"kind": "end", "reason": "finished"})
    files.write_json(run.path / "worker.json", {"signal": 9})
    assert store.status(run).signal is None, "not while it trained"


def test_a_run_that_has_begun_without_an_end_is_interrupted(run: Run) -> None:
    assert store.status(run).state == "stopped"
    files.write_json(run.path / "worker.json", {"pid": 1, "created": 0.0})
    assert store.status(run).state == "interrupted", "interrupted before its first event"
    (run.path / "worker.json").unlink()
    write(run.path, {"kind": "start", **OPENING}, batch(1))
    assert store.status(run).state == "interrupted", "a copy with events only"


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
    write(run.path, {"kind": "start", **OPENING}, {"kind": "end", "reason": reason})
    assert store.status(run).state == state
    with store.held(run):
        assert store.status(run).state == "running", "resumed, but without an event yet"


def test_only_what_is_new_is_read_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(run.path, {"kind": "start", **OPENING}, epoch(1))
    store.list_runs(run.root)
    parsed: list[bytes] = []
    event = events._parse_event
    monkeypatch.setattr(events, "_parse_event", lambda line: parsed.append(line) or event(line))
    store.list_runs(run.root)
    assert parsed == []
    write(run.path, epoch(2))
    assert len(store.list_runs(run.root)[0].epochs) == 2
    assert len(parsed) == 1


def test_the_events_that_were_not_asked_for_longest_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = (store.create(Recipe(), name, root=tmp_path) for name in ("one", "two", "three"))
    monkeypatch.setattr(store, "MAX_READ", 2)
    monkeypatch.setattr(store, "_logs", type(store._logs)())
    for run in (one, two, one, three):
        store.summary(run)
    assert set(store._logs) == {one.path, three.path}


def test_a_folder_whose_path_is_too_long_for_windows_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_PATH", len(str(tmp_path)) + 160)
    made = store.create(Recipe(), "short", root=tmp_path)
    with pytest.raises(RunError, match=r"too long for Windows.* at most") as caught:
        store.create(Recipe(), "a name that is long", root=tmp_path / "a-folder-within")
    assert not (tmp_path / "a-folder-within").exists()
    longest = max(
        len(each)
        for each in (
            f"{made.id}/.{store.PREDICTIONS}.4294967295-01234567.part",
            f".uploads/.{'0' * 64}.zip.4294967295-01234567.part",
            f".cache/{'0' * 64}.safetensors",
            f".queue/running-{made.id}",
        )
    )
    assert longest <= store._LONGEST + len(made.id)
    room = int(str(caught.value.values["limit"])) - len(str(tmp_path)) - 1  # for a folder's name
    store.create(Recipe(), "a name that is long", root=tmp_path / ("f" * room))
    with pytest.raises(RunError, match="too long"):
        store.create(Recipe(), "a name that is long", root=tmp_path / ("f" * (room + 1)))


# A changed clock, unused uploads


def test_a_run_deleted_after_the_clock_was_set_back_comes_back_all_the_same(tmp_path: Path) -> None:
    made = [store.create(Recipe(), f"n{k}", root=tmp_path) for k in range(store.TRASH + 2)]
    for run in made[: store.TRASH]:
        store.delete(run)
        os.utime(tmp_path / ".trash" / run.id, ns=(2**62 + 10_000 * made.index(run),) * 2)  # deleted long after now
    for run in made[store.TRASH :]:
        store.delete(run)
    assert {path.name for path in (tmp_path / ".trash").iterdir()} == {run.id for run in made[2:]}
    assert store.restore(made[-1].id, tmp_path) == made[-1]


def test_nobody_waits_for_the_events_of_another_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    other, reading, go_on = store.create(Recipe(), root=run.root), threading.Event(), threading.Event()
    write(other.path, epoch(1))
    update = events.Log.update

    def slow(log: events.Log) -> bool:
        if log._path.parent == run.path:
            reading.set()
            assert go_on.wait(60)
        return update(log)

    monkeypatch.setattr(events.Log, "update", slow)
    with ThreadPoolExecutor(2) as pool:
        long = pool.submit(store.summary, run)
        assert reading.wait(60)
        try:
            assert pool.submit(store.summary, other).result(30).epoch == 1
        finally:
            go_on.set()
        assert long.result(60).epoch == 0


def test_a_queue_that_another_holds_is_not_changed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    locked, asked = files.locked, []

    def soon(path: Path, timeout_s: float) -> Any:
        asked.append(timeout_s)
        return locked(path, 0)

    with store.queue_locked(run.root):
        monkeypatch.setattr(files, "locked", soon)
        with pytest.raises(RunError) as caught:
            store.delete(run)
    assert caught.value.key == "errors.run_queue_held"
    assert asked == [10], "timeout in seconds"
    assert run.path.exists()
