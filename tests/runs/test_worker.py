"""A run starts once, in queue order, stops when asked, and always writes an end event.

The worker processes are real; their trainer is a fake that yields events without torch.
"""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import torch
from safetensors import safe_open

from explorer.core import cores, files, processes
from explorer.core.errors import DataError, ExplorerError, RecipeError, RunError
from explorer.runs import checkpoints, store, sweep, worker
from explorer.runs.events import Log
from explorer.runs.store import Run
from explorer.training import trainer
from explorer.training.recipe import Recipe
from explorer.training.trainer import Event, Predictions

# The recipe's seed controls the fake trainer: 0 ends at once, 1 runs until stopped, 2 ignores stop requests.
STAND_IN = """
import os, sys, time, types
from collections import namedtuple
loop = types.ModuleType("explorer.training.trainer")
loop.Event = namedtuple("Event", "kind fields payload", defaults=[None])
def train(recipe, cache, state, stop):
    with open(cache.parent / "starts", "a") as file:
        file.write(f"{os.environ['RUN']}\\n")
    yield loop.Event("start", {"classes": [], "strip": [], "batches": 1, "train": 1, "data": "", "device_name": ""})
    iteration = 0
    while recipe.seed == 2 or (recipe.seed == 1 and not stop()):
        iteration += 1
        yield loop.Event("batch", {"epoch": 1, "batch": 1, "iteration": iteration, "loss": 1.0, "lr": 1.0})
        time.sleep(0.01)
    yield loop.Event("end", {"reason": "stopped" if recipe.seed else "finished"})
loop.train = train
sys.modules["explorer.training.trainer"] = loop
from explorer.runs import worker
os.environ["RUN"] = os.path.basename(sys.argv[1])
def command(run, token):
    return [sys.executable, "-c", os.environ["STAND_IN"], str(run.path.absolute()), token]
worker.command = command
"""
TRAIN = STAND_IN + "sys.exit(worker.main(sys.argv[1:]))\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runs folder with fake workers, killed after the test."""
    monkeypatch.setenv("STAND_IN", TRAIN)
    monkeypatch.setattr(
        worker, "command", lambda run, token: [sys.executable, "-c", TRAIN, str(run.path.absolute()), token]
    )
    for limit in ("QUEUED", "EPOCHS", "HOURS"):
        monkeypatch.delenv(f"EXPLORER_MAX_{limit}", raising=False)
    folder = tmp_path / "runs"
    folder.mkdir()
    yield folder
    for entry in store.list_runs(folder):
        worker.cancel(entry.run)
    for entry in store.list_runs(folder):
        if process := store.claim(entry.run).process():
            process.kill()
    wait_for(lambda: not any(store.is_running(entry.run) for entry in store.list_runs(folder)))


def new(root: Path, seed: int = 0, device: str = "cpu", **fields: Any) -> Run:
    return store.create(Recipe(seed=seed, device=device, **fields), f"seed {seed}", root=root)


def wait_for(condition: Callable[[], Any], within_s: float = 120.0) -> None:
    give_up = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up, "timed out"
        time.sleep(0.02)


def in_state(run: Run, state: str) -> Callable[[], bool]:
    return lambda: store.status(run).state == state


def started(root: Path) -> list[str]:
    return (root / "starts").read_text(encoding="utf-8").split() if (root / "starts").exists() else []


def trains(run: Run) -> bool:
    return store.status(run).iteration > 0


# The queue


def test_runs_start_in_order_and_one_at_a_time(root: Path) -> None:
    made = [new(root) for _ in range(4)]
    order = [made[2], made[0], made[3], made[1]]
    for run in order:
        worker.submit(run)
    worker.submit(order[1])  # keeps its place
    assert [store.status(run).place for run in order] == [1, 2, 3, 4]
    assert {store.status(run).state for run in order} == {"queued"}
    assert worker.start_queued(root) == [order[0]]
    assert worker.start_queued(root) == [], "the device is in use"
    wait_for(lambda: all(store.status(run).state == "finished" for run in made))  # each worker starts the next run
    assert started(root) == [run.id for run in order]
    assert worker.start_queued(root) == []


def test_each_device_has_a_run(root: Path) -> None:
    first, second, third = new(root, 1), new(root, 1), new(root, 1, device="cuda")
    for run in (first, second, third):
        worker.submit(run)
    assert worker.start_queued(root) == [first, third]
    assert [store.status(run).state for run in (first, second, third)] == ["running", "queued", "running"]
    assert store.status(second).place == 1


def test_runs_with_few_threads_train_side_by_side_in_their_order(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "physical_cores", lambda: 4)
    one, two, whole, last = (new(root, 1, threads=threads) for threads in (1, 2, 0, 1))
    for run in (one, two, whole, last):
        worker.submit(run)
    assert worker.start_queued(root) == [one, two]
    found = [store.claim(run).process() for run in (one, two)]
    assert [process and process.environ()["OMP_NUM_THREADS"] for process in found] == ["1", "2"]
    assert store.status(last).place == 2, "it would fit, but an earlier run does not fit"
    with pytest.raises(RunError, match="no room for this run") as caught:
        worker.run(new(root, threads=2))
    assert set(str(caught.value.values["runs"]).split(", ")) == {one.id, two.id}
    worker.cancel(whole)
    assert worker.start_queued(root) == [last]


@pytest.mark.parametrize(("asked", "processes", "computed"), [(0, 1, 4), (3, 1, 3), (9, 1, 4), (0, 2, 2), (1, 2, 1)])
def test_a_run_computes_with_its_threads(
    asked: int, processes: int, computed: int, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    monkeypatch.setattr(cores, "physical_cores", lambda: 4)
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
    end = Event("end", {"reason": "finished"})
    worker.train(new(root, threads=asked), lambda event: None, lambda: False, lambda *_, **__: iter([end]))
    assert threads == [computed]


def test_cancelled_deleted_and_damaged_runs_do_not_start(root: Path) -> None:
    cancelled, deleted, damaged, good = (new(root) for _ in range(4))
    for run in (cancelled, deleted, damaged, good):
        worker.submit(run)
    worker.cancel(cancelled)
    worker.cancel(cancelled)
    store.delete(deleted)
    (damaged.path / "recipe.json").write_text("{", encoding="utf-8")
    assert store.status(cancelled).state == "stopped"
    assert worker.start_queued(root) == [good]
    wait_for(in_state(good, "finished"))
    assert started(root) == [good.id]
    assert store.waiting(root) == {}


def test_eight_processes_start_a_run_once(root: Path) -> None:
    made = [new(root, 0) for _ in range(3)] + [new(root, 1)]
    for run in made:
        worker.submit(run)
    code = STAND_IN + (
        "from pathlib import Path\n"
        "root = Path(sys.argv[1])\n"
        "(root / f'ready-{os.getpid()}').touch()\n"
        "while not (root / 'go').exists(): pass\n"
        "worker.start_queued(root)\n"
    )
    pumps = [subprocess.Popen([sys.executable, "-c", code, str(root)]) for _ in range(8)]
    wait_for(lambda: len(list(root.glob("ready-*"))) == 8)
    (root / "go").touch()
    assert [pump.wait(120) for pump in pumps] == [0] * 8
    wait_for(lambda: trains(made[3]))
    assert started(root) == [run.id for run in made]


def test_the_queue_is_not_held_while_torch_is_imported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new(root, device="auto")
    worker.submit(run)
    asked: list[bool] = []

    def device_of(recipe: Recipe) -> str:
        if not asked:  # during the first call, while torch is imported
            asked.append(files.is_locked(root / store.QUEUE / store.LOCK))
        return "cpu"

    monkeypatch.setattr(worker, "_device", device_of)
    assert worker.start_queued(root) == [run]
    assert asked == [False]


def test_a_run_has_one_worker(root: Path) -> None:
    run = new(root, 1)
    worker.submit(run)
    worker.start_queued(root)
    pid = files.read_json(run.path / "worker.json")["pid"]
    for start in (worker.submit, worker.resume, store.delete):
        with pytest.raises(RunError, match=rf"is running \(process {pid}\)"):
            start(run)
    with pytest.raises(RunError, match=f"no room for this run; currently training: {run.id}"):
        worker.run(run)
    with pytest.raises(RunError, match=f"no room for this run; currently training: {run.id}"):
        worker.run(new(root))


def test_a_run_that_cannot_start_does_not_block_the_queue(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = new(root), new(root)
    (bad.path / "log.txt").mkdir()
    worker.submit(bad)
    worker.submit(good)
    with pytest.raises(RunError, match="Is a directory"):
        worker.start_queued(root)
    assert worker.start_queued(root) == [good]


def test_limits(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_QUEUED", "2")
    monkeypatch.setenv("EXPLORER_MAX_EPOCHS", "40")
    waiting = [new(root), new(root)]
    for run in waiting:
        worker.submit(run)
    with pytest.raises(RunError, match=r"The queue is full \(2 runs"):
        worker.submit(new(root))
    worker.cancel(waiting[0])
    worker.submit(new(root))
    long = new(root, epochs=41)
    for start in (worker.submit, worker.resume, worker.run):
        with pytest.raises(RunError, match="41 epochs exceed the limit of 40"):
            start(long)
    for wrong in ("many", "-1", "nan"):
        monkeypatch.setenv("EXPLORER_MAX_EPOCHS", wrong)
        with pytest.raises(RunError, match=f"EXPLORER_MAX_EPOCHS is “{wrong}”"):
            worker.submit(long)


def test_every_way_into_the_queue_checks_the_limits(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_PER_VISITOR", "2")
    plan = sweep.create([Recipe(seed=seed) for seed in range(4)], "plan", root)
    store.rename(plan.runs[0], "named")
    for run in plan.runs:
        store.set_visitor(run, "one")
    monkeypatch.setattr(worker, "start_queued", lambda root=None: [])
    with pytest.raises(RunError, match="You already have 2 runs queued or running"):
        sweep.submit(plan)
    assert list(store.waiting(root)) == [run.id for run in plan.runs[:2]]
    for start in (worker.submit, worker.resume):
        with pytest.raises(RunError, match="EXPLORER_MAX_PER_VISITOR"):
            start(plan.runs[2])
    other, nobodys = new(root), new(root)
    store.set_visitor(other, "other")
    for run in (other, nobodys):
        worker.submit(run)
    worker.cancel(plan.runs[0])
    with store.held(plan.runs[0]), pytest.raises(RunError, match="EXPLORER_MAX_PER_VISITOR"):
        worker.submit(plan.runs[2])  # one queued, one training
    worker.submit(plan.runs[2])
    assert store.list_runs(root, only=[plan.runs[0].id])[0].about.name == "named"


def test_a_visitors_runs_fill_no_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_DISK_MB", "1")
    mine, run = new(root), new(root)
    for each in (mine, run):
        store.set_visitor(each, "one")
    (mine.path / "last.pt").write_bytes(bytes(700_000))
    os.link(mine.path / "last.pt", mine.path / "kept.pt")  # a hard link
    train(monkeypatch, run, START, ended(1, False), checkpoint(2, True))
    assert checkpoints.kept_epochs(run) == [1]
    (mine.path / "more").write_bytes(bytes(400_000))
    train(monkeypatch, run, START, ended(2, False), checkpoint(3, True), ended(3, False), checkpoint(4, True))
    assert checkpoints.kept_epochs(run) == [1], "the limit is 1 MB"
    log = Log(run.path)
    log.update()
    assert [warning["key"] for warning in log.warnings] == ["errors.public_kept"], "reported once"
    assert ExplorerError("errors.public_kept", **log.warnings[0]["values"])
    with pytest.raises(RunError, match="used up the 1 MB"):
        worker.submit(new_of(root, "one"))
    store.delete(mine)
    with pytest.raises(RunError, match="used up the 1 MB"):
        worker.submit(new_of(root, "one"))  # the trash counts
    worker.submit(new_of(root, "other"))


def new_of(root: Path, visitor: str) -> Run:
    run = new(root)
    store.set_visitor(run, visitor)
    return run


# The process


def test_a_worker_is_detached_and_stops_when_asked(root: Path) -> None:
    run = new(root, 1)
    with pytest.raises(RunError, match="nothing to stop"):
        worker.stop(run)
    worker.submit(run)
    worker.start_queued(root)
    pid = files.read_json(run.path / "worker.json")["pid"]
    assert os.getsid(pid) == os.getpgid(pid) == pid
    assert psutil.Process(pid).cwd() == os.getcwd()
    assert os.readlink(f"/proc/{pid}/fd/0") == os.devnull
    assert os.readlink(f"/proc/{pid}/fd/1") == str(run.path / "log.txt")
    wait_for(lambda: trains(run))
    asked_s = time.monotonic()
    worker.stop(run)
    wait_for(in_state(run, "stopped"))
    assert time.monotonic() - asked_s < worker.KILL_AFTER_S, "it stopped by itself"
    assert not worker.kill_if_stuck(run, after_s=0)
    wait_for(lambda: not psutil.pid_exists(pid))  # no zombie either


def test_a_worker_that_ends_with_its_machine_starts_nothing_new(root: Path) -> None:
    run, after = new(root, 1), new(root, 0)
    worker.submit(run)
    worker.submit(after)
    worker.start_queued(root)
    wait_for(lambda: trains(run))
    pid = files.read_json(run.path / "worker.json")["pid"]
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not psutil.pid_exists(pid))
    assert store.status(run).state == "stopped"
    assert store.status(after).state == "queued"
    assert started(root) == [run.id]


def test_a_stop_while_the_worker_starts_is_not_lost(root: Path) -> None:
    run = new(root, 1)
    worker.submit(run)
    worker.start_queued(root)
    worker.stop(run)
    wait_for(in_state(run, "stopped"))


def test_a_worker_that_does_not_hear_is_killed_after_a_while(root: Path) -> None:
    run = new(root, 2)
    worker.submit(run)
    worker.start_queued(root)
    wait_for(lambda: trains(run))
    assert not worker.kill_if_stuck(run, after_s=0), "it was not asked to stop"
    worker.stop(run)
    first = files.read_json(run.path / "stop.json")
    worker.stop(run)
    assert files.read_json(run.path / "stop.json") == first
    assert not worker.kill_if_stuck(run)
    assert store.status(run).state == "running"
    wait_for(lambda: worker.kill_if_stuck(run, after_s=0.3))
    wait_for(lambda: files.read_json(run.path / "worker.json").get("signal") == signal.SIGKILL)
    assert (store.status(run).state, store.status(run).signal) == ("stopped", None), "stopped as requested"
    assert store.status(run).iteration > 0
    worker.resume(run)
    worker.start_queued(root)
    assert not (run.path / "stop.json").exists(), "the request was for the previous worker"
    assert store.status(run).signal is None


def test_one_that_does_not_hear_is_killed_though_nobody_looks(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "UNOBSERVED_KILL_AFTER_S", 0.3)
    run = new(root, 2)
    worker.submit(run)
    worker.start_queued(root)
    wait_for(lambda: trains(run))
    worker.stop(run)
    wait_for(lambda: files.read_json(run.path / "worker.json").get("signal") == signal.SIGKILL)
    assert store.status(run).state == "stopped"


def test_a_worker_is_known_though_the_clock_was_set(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new(root, 1)
    worker.submit(run)
    worker.start_queued(root)
    wait_for(lambda: trains(run))
    boot_s = psutil.boot_time()
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: boot_s - 3600)  # as Linux reports after the change
    worker.stop(run)
    wait_for(in_state(run, "stopped"))


def test_a_killed_worker_is_noticed_and_its_run_goes_on(root: Path) -> None:
    run, after = new(root, 1), new(root, 0)
    worker.submit(run)
    worker.submit(after)
    worker.start_queued(root)
    wait_for(lambda: trains(run))
    os.kill(files.read_json(run.path / "worker.json")["pid"], signal.SIGKILL)
    wait_for(in_state(run, "interrupted"))
    assert worker.start_queued(root) == [after]
    wait_for(in_state(after, "finished"))
    worker.resume(run)
    assert store.status(run).state == "queued"
    worker.start_queued(root)
    wait_for(lambda: started(root) == [run.id, after.id, run.id])


def test_another_process_with_the_workers_pid_is_left_alone(root: Path) -> None:
    run = new(root)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        named = {**processes.identity(other.pid), "device": "cpu"}
        with store.held(run):
            files.write_json(run.path / "worker.json", named | {"created": named["created"] - 5})
            files.write_json(run.path / "stop.json", {"pid": other.pid, "asked_s": 0.0})
            assert store.status(run).state == "stopped", "a pid alone does not mean that it runs"
            with pytest.raises(RunError, match="nothing to stop"):
                worker.stop(run)
            assert not worker.kill_if_stuck(run, after_s=0)
        assert other.poll() is None
        other.communicate(b"\n")


def test_a_run_from_elsewhere_names_no_process_of_this_machine(root: Path) -> None:
    run = new(root)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        files.write_json(run.path / "worker.json", {**processes.identity(other.pid), "device": "cpu"})
        files.write_json(run.path / "stop.json", {"pid": other.pid, "asked_s": 0.0})
        assert store.status(run).state == "stopped"
        assert worker.is_idle(root)
        with pytest.raises(RunError, match="nothing to stop"):
            worker.stop(run)
        assert not worker.kill_if_stuck(run, after_s=0)
        assert other.poll() is None
        other.communicate(b"\n")


def test_a_worker_on_another_machine_is_known_by_its_lock(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new(root, 1)
    worker.submit(run)
    worker.start_queued(root)
    monkeypatch.setattr("socket.gethostname", lambda: "another")
    assert store.status(run).state == "running", "although its process may not hold the lock yet"
    wait_for(lambda: trains(run))
    monkeypatch.setattr(processes, "ASSIGN_TIMEOUT_S", 0.0)
    assert store.status(run).state == "running"
    assert store.claim(run).process() is None, "its pid has no meaning on this machine"
    with pytest.raises(RunError, match="is running"):
        store.delete(run)
    os.kill(files.read_json(run.path / "worker.json")["pid"], signal.SIGKILL)
    wait_for(in_state(run, "interrupted"))
    store.delete(run)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_dead_worker_of_another_machine_holds_nothing_though_a_clock_was_set(
    root: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    run = new(root)
    with store.queue_locked(root):
        store.assign(run, os.getpid(), "cpu", None)
    monkeypatch.setattr("socket.gethostname", lambda: "another")
    assert store.is_running(run), "it may not hold its lock yet"
    then = time.time() + days * 86400
    os.utime(store.claim(run).mark, (then, then))
    assert not store.is_running(run)


def test_a_worker_that_nobody_took_on_does_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new(root)
    with store.held(run):
        monkeypatch.setattr(processes, "ASSIGN_TIMEOUT_S", 0.1)
        assert worker.main([str(run.path), "of an app that died as it started this"]) == 1
    assert not (run.path / "events.jsonl").exists()


def test_a_stuck_worker_is_killed_with_all_that_it_started(root: Path) -> None:
    code = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'input()']); print(p.pid); p.wait()"
    with subprocess.Popen([sys.executable, "-uc", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        found = processes.find(processes.identity(parent.pid))
        assert found
        assert processes.kill(found)
        wait_for(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)
        parent.wait()
    assert processes.find(processes.identity(parent.pid)) is None


@pytest.mark.parametrize("content", ["", "{}", '{"pid": "1", "created": 1.0}', '{"pid": -1, "created": 1.0}', "[]"])
def test_a_damaged_worker_file_stops_nobody(root: Path, content: str) -> None:
    run = new(root)
    with store.held(run):
        (run.path / "worker.json").write_text(content, encoding="utf-8")
        with pytest.raises(RunError, match="nothing to stop"):
            worker.stop(run)


# Training in this process


class Training:
    """Fake `trainer.train`: yields `events`; callables among them are called, exceptions raised."""

    def __init__(self, *events: Any) -> None:
        self.events = events
        self.given: dict[str, Any] = {}

    def __call__(self, recipe: Recipe, **given: Any) -> Iterator[Event]:
        self.given = given
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            if isinstance(event, Event):
                yield event
            else:
                event()
        yield Event("end", {"reason": "stopped" if given["stop"]() else "finished"}, {"w": torch.ones(2)})


START = Event("start", {
    "network": "resnet18", "classes": ["a", "b"], "strip": [], "batches": 10, "train": 80, "data": "",
    "device_name": "CPU", "preprocess": {"input_px": 32},
})  # fmt: skip
METRICS: dict[str, Any] = {
    **dict.fromkeys(("train_loss", "train_accuracy", "test_loss", "test_accuracy", "lr", "seconds"), 0.5),
    "frozen": False, "strip": [],
}  # fmt: skip


def ended(epoch: int, best: bool) -> Event:
    labels = torch.tensor([0, 1, 1])
    weights = {"w": torch.full((2,), float(epoch))} if best else None
    predictions = Predictions(labels, labels.flip(0), torch.rand(3), weights)
    return Event("epoch", {"epoch": epoch, **METRICS, "best": best}, predictions)


def checkpoint(epoch: int, keep: bool = False) -> Event:
    fields = {"epoch": epoch, "seen": 0, "iteration": 10 * (epoch - 1), "keep": keep}
    return Event("checkpoint", fields, {"epoch": epoch})


def best_epoch(run: Run) -> int | None:
    try:
        with safe_open(run.path / "best.safetensors", "pt") as file:
            return int(file.metadata()["epoch"])
    except FileNotFoundError:
        return None


def train(monkeypatch: pytest.MonkeyPatch, run: Run, *events: Any, **options: Any) -> tuple[dict[str, Any], Training]:
    training = Training(*events)
    monkeypatch.setattr(trainer, "train", training)
    return worker.run(run, **options), training


def test_all_results_of_a_run_are_on_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, seen, bests = new(root), [], []
    note: Callable[[], None] = lambda: bests.append(best_epoch(run))  # noqa: E731
    events = [START, ended(1, True), note, checkpoint(2, True), note, ended(2, True), ended(3, False), note]
    end, training = train(monkeypatch, run, *events, on_event=lambda event: seen.append(event.kind))
    assert seen == ["start", "epoch", "checkpoint", "epoch", "epoch", "end"]
    assert [
        json.loads(line)["kind"] for line in (run.path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    ] == seen
    assert (training.given["cache"], training.given["state"]) == (root / ".cache", None)
    assert end == {"reason": "finished"}
    assert bests == [None, 1, 1], "not noted before the checkpoint, from which the epoch would be repeated"
    assert best_epoch(run) == 2
    assert json.loads((run.path / "confusion.json").read_text(encoding="utf-8"))["epoch"] == 2
    with safe_open(run.path / "last.safetensors", "pt") as file:
        assert file.metadata() == {
            "network": "resnet18", "run": run.id, "classes": '["a", "b"]', "preprocess": '{"input_px": 32}',
        }  # fmt: skip
    assert checkpoints.kept_epochs(run) == [1]
    assert store.status(run).state == "finished"
    assert not list(run.path.rglob("*.part"))


def test_a_fork_chooses_its_own_best(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new(root)
    state = {"best": {"epoch": 2, "accuracy": 0.9}}
    checkpoints.save_checkpoint(run, state)
    _, training = train(monkeypatch, run, START)
    assert training.given["state"] == {"best": None}, "its parent's best weights are not here"
    (run.path / store.BEST_WEIGHTS).touch()
    _, training = train(monkeypatch, run, START)
    assert training.given["state"] == state


def test_a_run_goes_on_from_its_checkpoint(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new(root)
    train(monkeypatch, run, START, checkpoint(2), checkpoint(3), stop=lambda: True)
    assert store.status(run).state == "stopped"
    (run.path / ".last.pt.999999999-00000000000000000000000000000000.part").touch()
    resumed = Event("resume", {**START.fields, "epoch": 3, "seen": 0, "iteration": 20})
    _, training = train(monkeypatch, run, resumed)
    assert training.given["state"] == {"epoch": 3}
    assert not list(run.path.glob(".*.part"))
    (run.path / "last.pt").write_bytes(b"damaged")
    reported: list[Event] = []
    _, training = train(monkeypatch, run, resumed, on_event=reported.append)
    assert training.given["state"] == {"epoch": 2}
    assert reported[0] == Event("warning", {"key": "errors.run_fell_back", "values": {}})
    log = Log(run.path)
    log.update()
    assert [warning["key"] for warning in log.warnings] == ["errors.run_fell_back"]


def test_more_epochs_for_a_finished_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new(root, epochs=5)
    train(monkeypatch, run, START, checkpoint(6))
    for changes in ({}, {"epochs": 5}, {"epochs": 5, "lr": 0.5}):
        with pytest.raises(RunError, match="finished all 5 epochs"):
            worker.resume(run, **changes)
    with pytest.raises(RecipeError, match="epochs = 0"):
        worker.resume(run, epochs=0)
    assert run.recipe().epochs == 5
    worker.resume(run, epochs=7)
    assert run.recipe() == Recipe(device="cpu", epochs=7)
    assert store.status(run).state == "queued"


@pytest.mark.parametrize(
    ("error", "key", "values"),
    [
        (RunError("errors.run_exists", run="x"), "errors.run_exists", {"run": "x"}),
        (DataError("errors.recipe_newer", version=Path("p"), known=3), "errors.recipe_newer",
         {"version": "p", "known": 3}),
        (ZeroDivisionError("why"), "errors.run_crashed", {}),
        (MemoryError(), "errors.run_crashed", {}),
    ],
)  # fmt: skip
def test_a_fault_is_an_end_with_its_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, key: str, values: dict[str, Any]
) -> None:
    run = new(root)
    end, _ = train(monkeypatch, run, START, checkpoint(2), error)
    assert end == {"reason": "failed", "key": key, "values": values}
    status = store.status(run)
    assert (status.state, status.end) == ("failed", {"kind": "end", **end})
    assert checkpoints.last_checkpoint(run)[0] == {"epoch": 2}
    crashed = not isinstance(error, ExplorerError)
    log = run.path / "log.txt"
    assert (log.exists() and f"{type(error).__name__}" in log.read_text(encoding="utf-8")) == crashed


def test_a_disk_that_fills_up_ends_the_run_by_name(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new(root)

    def fill_up() -> None:
        monkeypatch.setattr(
            files, "write_part", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left"))
        )

    end, _ = train(monkeypatch, run, START, checkpoint(2), fill_up, checkpoint(3))
    assert (end["key"], end["values"]["reason"]) == ("errors.run_unwritable", "No space left")
    assert store.status(run).state == "failed"
    assert checkpoints.last_checkpoint(run)[0] == {"epoch": 2}
    log = Log(run.path)
    log.update()
    assert log.checkpoint is not None
    assert log.checkpoint["epoch"] == 2, "no event for the failed checkpoint"


def test_events_are_on_disk_before_the_checkpoint(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, calls = new(root), []
    fsync, replace = os.fsync, os.replace
    size = lambda: (run.path / "events.jsonl").stat().st_size  # noqa: E731
    batch = Event("batch", {"epoch": 1, "batch": 1, "iteration": 1, "loss": 1.0, "lr": 1.0})

    def spy() -> None:
        inode = (run.path / "events.jsonl").stat().st_ino
        monkeypatch.setattr(
            os, "fsync", lambda file: (os.fstat(file).st_ino == inode and calls.append(("events", size())), fsync(file))
        )
        monkeypatch.setattr(os, "replace", lambda a, b: (calls.append((Path(b).name, size())), replace(a, b)))

    train(monkeypatch, run, START, spy, batch, batch, checkpoint(2))
    synced, replaced = (next(call for call in calls if call[0] == name) for name in ("events", "last.pt"))
    assert calls[0] is synced
    assert synced[1] == replaced[1] > len(json.dumps(START.fields)) + 2 * len(json.dumps(batch.fields))


def test_the_longest_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now)
    monkeypatch.setenv("EXPLORER_MAX_HOURS", "2")

    def pass_time(hours: float) -> Callable[[], None]:
        def passing() -> None:
            nonlocal now
            now += 3600 * hours

        return passing

    run = new(root)
    assert train(monkeypatch, run, START, pass_time(1.9))[0] == {"reason": "finished"}
    assert train(monkeypatch, run, START, pass_time(2.1))[0] == {"reason": "time limit"}
    assert store.status(run).state == "stopped"
    assert train(monkeypatch, run, START, pass_time(2.1), stop=lambda: True)[0] == {"reason": "stopped"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_run_and_a_second_interrupt_does_not_wait(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    first = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background job
    before = [signal.getsignal(each) for each in worker._STOPPING]
    run = new(root)
    assert train(monkeypatch, run, START, lambda: signal.raise_signal(number))[0] == {"reason": "stopped"}
    signals = [lambda: signal.raise_signal(number), lambda: signal.raise_signal(signal.SIGINT)]
    with pytest.raises(KeyboardInterrupt):
        train(monkeypatch, run, START, *signals)
    assert [signal.getsignal(each) for each in worker._STOPPING] == before
    signal.signal(signal.SIGINT, first)
    assert store.status(run).state == "interrupted"


def test_what_waits_is_started_after_a_run_in_this_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, after = new(root), new(root)
    worker.submit(run)
    worker.submit(after)
    train(monkeypatch, run, START, lambda: worker.start_queued(root))
    wait_for(in_state(after, "finished"))
    assert started(root) == [after.id], "while it trained, it used the device and was not queued itself"


def test_a_folder_that_cannot_be_written_is_said_before_training(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new(root)
    (run.path / "events.jsonl").mkdir()
    training = Training()
    monkeypatch.setattr(trainer, "train", training)
    with pytest.raises(RunError, match="Is a directory"):
        worker.run(run)
    assert training.given == {}
    assert not store.is_running(run)


def test_the_device_is_the_recipes_or_torchs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "select_device", lambda recipe: SimpleNamespace(type="mps"))
    assert worker._device(Recipe()) == "mps"
    assert worker._device(Recipe(device="cuda")) == "cuda"
