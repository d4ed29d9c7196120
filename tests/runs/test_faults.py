"""Runs with a full disk, a read-only folder, too little memory, a changed clock, and a second worker."""

import contextlib
import io
import itertools
import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.cli.main import main
from explorer.core import files
from explorer.core.errors import RunError
from explorer.models import registry  # noqa: F401  # imported before a child changes to a user without read access
from explorer.runs import checkpoints, store, worker
from explorer.runs.events import Writer
from explorer.training import trainer
from explorer.training.recipe import Recipe
from explorer.training.trainer import Event
from tests.runs.kills import RECIPE, differing, outcome
from tests.runs.written import largest_file, leftovers

NOBODY = 65534


@pytest.fixture(autouse=True)
def _checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "CHECKPOINT_EVERY_S", 0.0)  # before each step


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    run = store.create(RECIPE, root=tmp_path_factory.mktemp("undisturbed"))
    worker.run(run)
    return outcome(run)


def wait_for(condition: Callable[[], Any], within_s: float = 60.0) -> None:
    give_up = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up, "timed out"
        time.sleep(0.01)


# A full disk


@contextlib.contextmanager
def small_disk(root: Path, kilobytes: int) -> Iterator[None]:
    root.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", root], stderr=-3).returncode:
        pytest.skip("only root mounts a disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", root], check=True)


DISKS = {"a small disk": (48, 110, 250), "short writes": (900, 40_000)}  # kilobytes; bytes per file


@pytest.mark.parametrize(("kind", "room"), [(kind, room) for kind, rooms in DISKS.items() for room in rooms])
def test_a_run_on_a_full_disk_fails_by_name_and_goes_on_when_there_is_room(
    kind: str, room: int, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    root = tmp_path / "runs"
    with contextlib.ExitStack() as stack:
        stack.enter_context(small_disk(root, room) if kind == "a small disk" else contextlib.nullcontext())
        run = store.create(RECIPE, root=root)
        with contextlib.nullcontext() if kind == "a small disk" else largest_file(room):
            try:
                end = worker.run(run)
                message = str(RunError(end["key"], **end["values"]))
            except RunError as error:  # the end event cannot be written either
                message = str(error)
        assert message.startswith("Nothing can be written to ")
        assert ("No space left on device" if kind == "a small disk" else "File too large") in message
        assert store.list_runs(root)[0].status.state in ("failed", "interrupted", "stopped")
        assert leftovers(run.path) == []
        checkpoints.last_checkpoint(run)  # the previous one is intact
        if kind == "a small disk":
            subprocess.run(["mount", "-o", "remount,size=4m", root], check=True)
        worker.run(run)
        assert differing(outcome(run), undisturbed) == []


# A read-only folder of another user


def as_an_ordinary_user(work: Callable[[], str]) -> str:
    """Result of `work` in a child process without root rights."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            os.write(writing, work().encode())
        except BaseException as error:
            os.write(writing, repr(error).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as file:
        content = file.read()
    os.waitpid(pid, 0)
    return content


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A read-only folder that contains a run."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own folder is private
    run = store.create(RECIPE, "theirs", root=folder)
    with contextlib.closing(Writer(run.path)) as writer:
        writer.add("end", {"reason": "stopped"})
    for path in (run.path, folder):
        path.chmod(0o555)
    for file in run.path.iterdir():
        file.chmod(0o444)
    yield folder
    for path in (folder, run.path):
        path.chmod(0o755)
    shutil.rmtree(folder)


def test_in_a_read_only_folder_nothing_claims_to_be_saved(read_only: Path) -> None:
    (run,) = (entry.run for entry in store.list_runs(read_only))
    works: list[Callable[[], Any]] = [
        lambda: store.create(RECIPE, root=read_only),
        lambda: store.rename(run, "mine"),
        lambda: store.set_note(run, "x"),
        lambda: store.delete(run),
        lambda: worker.submit(run),
        lambda: worker.resume(run),
        lambda: worker.run(run),
        lambda: Writer(run.path),
        lambda: checkpoints.save_checkpoint(run, {}),
    ]

    def tried() -> str:
        results = []
        for work in works:
            try:
                work()
                results.append("done")
            except RunError as error:
                results.append(str(error))
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            code = main(["train", "--data", "digits", "--weights", "random", "--out", str(read_only), "--lang", "en"])
        results += [f"{code}{out.getvalue()}", err.getvalue().rstrip("\n"), store.list_runs(read_only)[0].about.name]
        return "\n".join(results)

    *refused, code, error, name = as_an_ordinary_user(tried).split("\n")
    sentence = f"Nothing can be written to {read_only}"
    assert [words[: len(sentence)] for words in refused] == [sentence] * len(works)
    assert {words[words.index("(") : words.index(")") + 1] for words in refused} == {"(Permission denied)"}
    assert code == "2"
    assert error.startswith(f"python -m explorer: {sentence} (Permission denied)")
    assert name == "theirs", "existing runs can be read"


# Too little memory


@contextlib.contextmanager
def little_memory(more: int) -> Iterator[None]:
    """Limit this process to `more` additional bytes."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def test_memory_that_runs_out_is_said(tmp_path: Path) -> None:
    large = RECIPE.changed(network="cifar-resnet8-w64", image_size=224, batch_size=64, freeze_epochs=0, epochs=1)
    run = store.create(large, root=tmp_path)
    with little_memory(400 << 20):  # a layer's output takes 822 MB
        end = worker.run(run)
    assert (end["reason"], end["key"]) == ("failed", "errors.memory_full")
    assert store.status(run).state == "failed"


# The clock


def test_a_clock_that_jumps_changes_nothing_of_a_run(
    tmp_path: Path, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(0)
    monkeypatch.setattr("time.time", lambda: draw.uniform(0, 2e9))
    run = store.create(RECIPE, root=tmp_path)
    worker.run(run)
    assert differing(outcome(run), undisturbed) == []
    assert all(0 < epoch["seconds"] < 60 for epoch in store.list_runs(tmp_path)[0].epochs)


def test_the_queue_keeps_its_order_when_the_clock_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = itertools.count(20260131, -1)
    monkeypatch.setattr("time.strftime", lambda *_: f"{next(days)}-000000")
    made = [store.create(RECIPE, root=tmp_path) for _ in range(3)]
    for run in made:
        worker.submit(run)
    assert [store.status(run).place for run in made] == [1, 2, 3]


# Two workers


def forked(work: Callable[[], Any]) -> int:
    """Pid of a child that runs `work`; its exit code says whether that succeeded."""
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(BaseException):
            work()
            code = 0
        os._exit(code)
    return pid


def ended(*children: int) -> list[int]:
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def test_twenty_starts_of_one_run_at_once(tmp_path: Path) -> None:
    run = store.create(Recipe(device="cpu"), root=tmp_path / "runs")
    go, reports = tmp_path / "go", tmp_path / "reports"
    reports.mkdir()

    def train(*_: Any, **__: Any) -> Iterator[Event]:
        (reports / str(os.getpid())).write_text("trains", encoding="utf-8")
        time.sleep(60)
        yield Event("end", {"reason": "stopped"})

    def start() -> None:
        trainer.train = train
        wait_for(go.exists)
        try:
            worker.run(run)
        except RunError as error:
            (reports / str(os.getpid())).write_text(str(error), encoding="utf-8")

    children = [forked(start) for _ in range(20)]
    go.touch()
    wait_for(lambda: len([path for path in reports.iterdir() if path.read_text(encoding="utf-8")]) == 20)
    answers = {int(path.name): path.read_text(encoding="utf-8") for path in reports.iterdir()}
    (winner,) = [child for child, words in answers.items() if words == "trains"]
    assert all(run.id in words for child, words in answers.items() if child != winner), "the message names the holder"
    assert files.read_json(run.path / store.WORKER)["pid"] == winner
    os.kill(winner, signal.SIGKILL)
    assert sorted(ended(*children)) == [-9] + [0] * 19
    assert not store.is_running(run), "a dead holder's lock is free"
    with store.held(run):
        pass


def test_two_apps_on_one_folder_lose_nothing_of_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_QUEUED", "60")

    def use(name: str) -> None:
        for k in range(10):
            kept, cancelled, deleted = (store.create(RECIPE, f"{name}-{k}-{fate}", root=tmp_path) for fate in "kcd")
            for run in (kept, cancelled, deleted):
                worker.submit(run)
                store.list_runs(tmp_path)
            worker.cancel(cancelled)
            store.rename(kept, f"{name}-{k}")
            store.delete(deleted)

    assert ended(*(forked(lambda name=name: use(name)) for name in ("one", "two"))) == [0, 0]
    entries = store.list_runs(tmp_path)
    assert {entry.problem for entry in entries} == {None}
    names = {f"{name}-{k}" for name in ("one", "two") for k in range(10)}
    waiting = {entry.about.name for entry in entries if entry.status.place}
    assert waiting == names
    assert sorted(entry.status.place for entry in entries if entry.status.place) == list(range(1, 21))
    assert len(entries) == 40
    assert len(list((tmp_path / ".trash").iterdir())) == 20


# A damaged checkpoint


def test_the_command_line_says_that_it_goes_on_from_the_checkpoint_before(
    tmp_path: Path, undisturbed: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run = store.create(RECIPE, root=tmp_path)
    asked = iter(range(7))
    assert worker.run(run, stop=lambda: next(asked, None) is None)["reason"] == "stopped"
    content = bytearray((run.path / store.LAST).read_bytes())
    content[len(content) // 2] ^= 1
    (run.path / store.LAST).write_bytes(content)
    assert main(["resume", str(run.path), "--lang", "en"]) == 0
    assert "The last checkpoint was damaged; the run resumed from the one before." in capsys.readouterr().err
    assert differing(outcome(run), undisturbed) == []
