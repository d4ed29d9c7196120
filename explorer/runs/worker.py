"""The process that trains a run, detached from whoever asked for it, and the queue for each device."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from explorer.core import cores, files, processes, settings
from explorer.core.errors import ExplorerError, RunError
from explorer.runs import checkpoints, public, store
from explorer.runs.events import Writer
from explorer.runs.store import Run
from explorer.training.recipe import Recipe

if TYPE_CHECKING:
    from explorer.training.trainer import Event, Predictions

STUCK_S: Final = 10.0  # for the checkpoint of a run that is to stop; then its worker is killed by whoever looks
ALONE_S: Final = 60.0  # the same where nobody looks, and so nobody waits

# SIGBREAK is Windows' Ctrl-Break. Where its console is closed a process has no time: the checkpoint before is whole.
_STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]

CLUSTER: Final = "ray"  # the device of a run whose process leads others, too, on a cluster's nodes (`cluster`)


# The queue: an empty file `<number>-<run id>` for each run that waits, in `.queue`


def submit(run: Run) -> None:
    """Put `run` at the end of the queue; `pump` starts it. One that waits already keeps its place.

    Raises RunError for a run that is running, and beyond the limits EXPLORER_MAX_QUEUED and EXPLORER_MAX_EPOCHS, and
    those of its visitor; RecipeError for a recipe that names a file of a public server.
    """
    check(run)
    with store.queue_locked(run.root):
        queue = store.waiting(run.root)
        if run.id in queue:
            return
        if store.is_running(run):
            raise store.held_by_another(run)
        store.check_room(run.root, run.about().visitor)
        most = settings.limit("EXPLORER_MAX_QUEUED")
        if len(queue) >= most:
            raise RunError("errors.run_queue_full", limit=f"{most:g}")
        number = max((int(entry.name[:8]) for entry in queue.values()), default=0) + 1
        with files.writing(run.root):
            (run.root / store.QUEUE / f"{number:08}-{run.id}").touch()


def cancel(run: Run) -> None:
    """Take `run` out of the queue; one that does not wait is left alone. Raises RunError where it cannot be written."""
    with store.queue_locked(run.root):
        store.unqueue(run.root, run.id)


def resume(run: Run, **changes: Any) -> None:
    """Put `run` in the queue again, to go on from its last checkpoint; `changes` and faults are those of `change`."""
    change(run, **changes)
    submit(run)


def change(run: Run, **changes: Any) -> None:
    """Make a run that has ended ready to go on; `changes` are fields of its recipe.

    Raises RunError for one that is running, or is finished and gets no more epochs; RecipeError for a wrong field.
    """
    recipe = run.recipe()
    changed = recipe.changed(**changes)
    _check_epochs(changed)
    with store.queue_locked(run.root):
        state = store.status(run).state
        if state == "running":
            raise store.held_by_another(run)
        if state == "finished" and changed.epochs <= recipe.epochs:
            raise RunError("errors.run_finished", epochs=recipe.epochs)
        if changed != recipe:
            files.write_atomically(run.path / store.RECIPE, changed.to_json().encode())


def pump(root: Path | None = None) -> list[Run]:
    """Start what can start, first come first served: on a GPU one run at a time, on the CPU as many as have threads.

    Returns those it started. Cheap when nothing waits; any number of processes may call it at any time. Raises RunError
    where one cannot start, which then waits no longer.
    """
    root = root or store.folder()
    for run_id in (waiting := store.waiting(root)):
        with contextlib.suppress(ExplorerError):
            needs(store.find(run_id, root).recipe())  # may import torch, for seconds: not while the queue is held
    if not waiting:
        return []
    started = []
    with store.queue_locked(root):
        taken = _taken(root)
        full: set[str] = set()
        for run_id in store.waiting(root):
            try:
                run = store.find(run_id, root)
                device, threads = needs(run.recipe())
            except ExplorerError:  # deleted or damaged meanwhile, as the list of runs says
                store.unqueue(root, run_id)
                continue
            if device in full or not _has_room(device, threads, taken):
                full.add(device)
                continue
            try:
                _start(run, device, threads)
            finally:
                store.unqueue(root, run_id)
            taken[run_id] = device, threads
            started.append(run)
    return started


def is_idle(root: Path | None = None) -> bool:
    """Whether no run trains or waits, whoever's it is."""
    root = root or store.folder()
    return not store.waiting(root) and not store.running(root)


def needs(recipe: Recipe) -> tuple[str, int]:
    """The device that a run takes, and how many of the threads that compute on it: on a GPU all. Raises RecipeError."""
    device = _device(recipe)
    return device, cores.thread_count(recipe.threads) if device == "cpu" else cores.physical_cores()


def _taken(root: Path) -> dict[str, tuple[str, int]]:
    """What each run of `root` that is training takes, by its id: as `needs`."""
    found = {}
    for run in store.running(root):
        told = files.read_json(run.path / store.WORKER)
        threads = told.get("threads")
        found[run.id] = str(told.get("device")), threads if type(threads) is int else cores.physical_cores()
    return found


def _has_room(device: str, threads: int, taken: Mapping[str, tuple[str, int]]) -> bool:
    return threads + sum(others for at, others in taken.values() if at == device) <= cores.physical_cores()


def _device(recipe: Recipe) -> str:
    """cpu, cuda or mps. Raises RecipeError."""
    if recipe.device != "auto":
        return recipe.device
    from explorer.training import trainer

    return trainer.device_of(recipe).type


def check(run: Run) -> None:
    """Raises RunError or RecipeError for a run that this server does not allow."""
    recipe = run.recipe()
    _check_epochs(recipe)
    public.check(recipe, run.root)


def _check_epochs(recipe: Recipe) -> None:
    most = settings.limit("EXPLORER_MAX_EPOCHS")
    if recipe.epochs > most:
        raise RunError("errors.run_too_many_epochs", epochs=recipe.epochs, limit=f"{most:g}")


# The process


def command(run: Run, token: str) -> list[str]:
    """The worker's command line. It begins when the run is given to `token` (`Claim.wait_until_assigned`)."""
    return [sys.executable, "-m", "explorer.runs.worker", str(run.path.absolute()), token]


def _start(run: Run, device: str, threads: int) -> None:
    """Start a worker for `run`, for whoever holds the queue."""
    token = uuid.uuid4().hex
    if store.is_running(run):
        raise store.held_by_another(run)
    with files.writing(run.path), (run.path / store.LOG).open("ab") as log:
        process = processes.start_detached(command(run, token), log, cores.training_environment(threads))
    try:
        store.give(run, process.pid, device, threads, token)
    except RunError:  # nobody could stop it, and it could not write either
        process.kill()
        raise
    finally:  # only now: a reaped process has no pid to look up
        threading.Thread(target=_reap, args=(process, run), daemon=True).start()


def _reap(process: "subprocess.Popen[bytes]", run: Run) -> None:
    """Wait for a worker, so that it leaves no zombie, and note the signal that killed it."""
    code = process.wait()
    if code < 0 and run.path.exists():
        with contextlib.suppress(RunError), store.queue_locked(run.root):  # a note is no reason to fail
            worker = files.read_json(run.path / store.WORKER)
            if worker.get("pid") == process.pid:
                files.write_json(run.path / store.WORKER, worker | {"signal": -code})


def stop(run: Run) -> None:
    """Ask the worker of `run` to write a checkpoint and end; one that does not hear is killed within a minute.

    Raises RunError where there is none. It looks for stop.json after every step (`stop_asked`): a signal would be a
    kill on Windows, and would end all runs of a process that leads several.
    """
    if not store.is_running(run):
        raise RunError("errors.run_not_running", run=run.id)
    pid = files.read_json(run.path / store.WORKER).get("pid")
    if files.read_json(run.path / store.STOP).get("pid") != pid:  # asking twice does not start the clock again
        files.write_json(run.path / store.STOP, {"pid": pid, "asked_s": time.monotonic()})
        patience = threading.Timer(ALONE_S, kill_if_stuck, (run, ALONE_S))
        patience.daemon = True
        patience.start()


def stop_asked(run: Run) -> bool:
    """Whether whoever trains `run`, which is this process, was asked to stop."""
    if not (run.path / store.STOP).exists():  # asked after every step, of which a GPU makes a thousand a second
        return False
    worker = files.read_json(run.path / store.WORKER)
    return bool(files.read_json(run.path / store.STOP).get("pid") == worker.get("pid"))


def kill_if_stuck(run: Run, after_s: float = STUCK_S) -> bool:
    """Kill a worker, and what it started, that was asked to stop `after_s` ago and still lives; whether it did."""
    asked = files.read_json(run.path / store.STOP)
    since = asked.get("asked_s")
    if not isinstance(since, float) or time.monotonic() - since < after_s:
        return False
    process, worker = store.claim(run).process(), files.read_json(run.path / store.WORKER)
    if process is None or asked.get("pid") != process.pid:
        return False
    if worker.get("device") == CLUSTER:  # which ends what is stuck by itself
        return False
    return processes.kill(process)


# The work


def run(
    run: Run, on_event: Callable[["Event"], None] = lambda event: None, stop: Callable[[], bool] = lambda: False
) -> dict[str, Any]:
    """Train `run` in this process, from its last checkpoint if it has one; returns the fields of its end event.

    Whatever goes wrong while it trains becomes an end event with the reason "failed". SIGTERM, and the first Ctrl-C,
    stop it as `stop` does. What waits in the queue is started after it. Raises RunError where the run cannot begin
    (someone trains it; others leave its device no room; its folder cannot be written), or its end cannot be written.
    """
    recipe = run.recipe()
    _check_epochs(recipe)
    device, threads = needs(recipe)
    with stop_signals() as asked:
        with store.queue_locked(run.root):
            taken = _taken(run.root)
            if not _has_room(device, threads, taken):
                others = ", ".join(other for other, (at, _) in taken.items() if at == device)
                raise RunError("errors.run_device_busy", device=device, runs=others)
            store.give(run, os.getpid(), device, threads)
            store.unqueue(run.root, run.id)
        with store.claim(run).held():
            end = train(run, on_event, lambda: asked.is_set() or stop())
        pump(run.root)
    return end


def main(arguments: Sequence[str]) -> int:
    """What `command` starts: a run's folder, and the token by which it gets the run."""
    run, token = Run(Path(arguments[0])), arguments[1]
    with stop_signals() as asked:
        if not store.claim(run).wait_until_assigned(token):
            return 1
        with store.claim(run).held():
            end = train(run, lambda event: None, asked.is_set)
        if not asked.is_set():  # by a signal: the machine goes down
            pump(run.root)
    return int(end["reason"] == "failed")


@contextlib.contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Set by what the system ends a process with, and by the first Ctrl-C; a second Ctrl-C does not wait."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield asked
        return

    def ask(number: int, frame: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before[signal.SIGINT])

    before = {number: signal.signal(number, ask) for number in _STOPPING}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def train(
    run: Run,
    on_event: Callable[["Event"], None],
    stop: Callable[[], bool],
    source: Callable[..., Iterator["Event"]] | None = None,
) -> dict[str, Any]:
    """Train `run`, for whoever holds it; the fields of its end event. `source` does it, if not `loop.train`.

    It ends early once `stop()` says so, or `worker.stop` was called. Raises RunError where its end cannot be written.
    """
    begun_s, most_s = time.monotonic(), 3600 * settings.limit("EXPLORER_MAX_HOURS")
    for folder in (run.path, run.path / store.KEPT):
        files.remove_stale_parts(folder)
    with contextlib.closing(Recorder(run)) as recorder:
        try:
            import torch

            from explorer.training import trainer

            processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # torchrun's, which share the cores
            torch.set_num_threads(max(cores.thread_count(run.recipe().threads) // processes, 1))
            state, fell_back = last_state(run)
            if fell_back:
                told = trainer.Event("warning", {"key": "errors.run_fell_back", "values": {}})
                recorder.record(told)
                on_event(told)

            def is_asked() -> bool:
                return stop() or stop_asked(run)

            def stop_or_late() -> bool:
                return is_asked() or time.monotonic() - begun_s > most_s

            for event in (source or trainer.train)(run.recipe(), cache=run.cache, state=state, stop=stop_or_late):
                if event.kind == "prepare":  # the hours count from when it learns
                    begun_s = time.monotonic()
                if event.kind == "end" and event.fields["reason"] == "stopped" and not is_asked():
                    event = trainer.Event("end", {**event.fields, "reason": "time limit"}, event.payload)
                recorder.record(event)
                on_event(event)
        except ExplorerError as error:
            recorder.failed(error.key, error.values)
        except Exception:
            recorder.failed("errors.run_crashed", {})
            with files.writing(run.path), (run.path / store.LOG).open("a", encoding="utf-8") as log:
                traceback.print_exc(file=log)
        return recorder.end


def last_state(run: Run) -> tuple[dict[str, Any] | None, bool]:
    """What `run` goes on from, as `saved.last_checkpoint` has it. Raises RunError."""
    state, fell_back = checkpoints.last_checkpoint(run)
    if state and state.get("best") and not (run.path / store.BEST_WEIGHTS).is_file():
        state["best"] = None  # that of the run it was forked from: its own epochs choose anew
    return state, fell_back


class Recorder:
    """Puts a run's events, and what comes with them, on disk."""

    def __init__(self, run: Run) -> None:
        """Raises RunError where nothing can be written."""
        self.run = run
        self.end: dict[str, Any] = {}
        self._writer = Writer(run.path)
        self._opening: dict[str, Any] = {}
        self._best: tuple[int, Predictions] | None = None
        self._said_full = False

    def record(self, event: "Event") -> None:
        """Raises RunError where it cannot be written; what was there before is whole."""
        if event.kind in ("start", "resume"):
            self._opening, self._best = event.fields, None
        elif event.kind == "epoch" and event.fields["best"] and event.payload:
            self._best = event.fields["epoch"], event.payload
        elif event.kind == "best":  # the payload of an epoch that has been told (`node`)
            self._best = event.fields["epoch"], event.payload
            return
        elif event.kind == "checkpoint":
            self._save_best()
            self._writer.sync()
            checkpoints.save_checkpoint(self.run, event.payload)
            if event.fields.get("keep"):
                self._keep(event.fields["epoch"] - 1)  # `epoch` is the one to go on with
        elif event.kind == "end":
            self._save_best()
            if event.payload is not None:
                self._save_weights(store.LAST_WEIGHTS, event.payload)
            self.end = event.fields
        self.write(event.kind, event.fields)

    def write(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Raises RunError."""
        self._writer.add(kind, fields)

    def failed(self, key: str, values: Mapping[str, object]) -> None:
        """Raises RunError where even that cannot be written."""
        with contextlib.suppress(RunError):  # it may be why the run failed
            self._save_best()
        plain = {name: value if isinstance(value, (int, float)) else str(value) for name, value in values.items()}
        self.end = {"reason": "failed", "key": key, "values": plain}
        self.write("end", self.end)

    def close(self) -> None:
        self._writer.close()

    def _keep(self, epoch: int) -> None:
        """The checkpoint after `epoch`, where its visitor may have more; if not, that is said once."""
        if store.has_disk(self.run.root, self.run.about().visitor):
            checkpoints.keep_checkpoint(self.run, epoch)
        elif not self._said_full:
            self._said_full = True
            limit = f"{settings.limit('EXPLORER_MAX_DISK_MB'):g}"
            self.write("warning", {"key": "errors.public_kept", "values": {"epoch": epoch, "limit_mb": limit}})

    def _save_best(self) -> None:
        """The best epoch since the last checkpoint, not each epoch: a run that breaks off finds it again from there."""
        if self._best is not None:
            epoch, answers = self._best
            assert answers.weights is not None
            self._save_weights(store.BEST_WEIGHTS, answers.weights, epoch=str(epoch))
            checkpoints.save_answers(self.run, epoch, self._opening["classes"], answers)
            self._best = None

    def _save_weights(self, name: str, weights: Mapping[str, Any], **more: str) -> None:
        opening = self._opening
        described = {key: json.dumps(opening[key]) for key in ("classes", "preprocess")}
        metadata = {"network": opening["network"], "run": self.run.id, **described, **more}
        checkpoints.save_weights(self.run.path / name, weights, metadata)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
