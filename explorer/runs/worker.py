"""Worker process that trains a run, detached from the process that started it, and the queue of runs."""

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

KILL_AFTER_S: Final = 10.0  # after a stop request observers kill the worker; it may write a checkpoint before
UNOBSERVED_KILL_AFTER_S: Final = 60.0  # the same by a timer, if no observer polls

# SIGBREAK is Windows' Ctrl-Break. Closing a console leaves no time for a checkpoint; the previous one remains.
_STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]

CLUSTER: Final = "ray"  # `device` of runs on a cluster, whose process drives several runs (`ray_cluster`)


# The queue: an empty file `<number>-<run id>` in `.queue` per waiting run


def submit(run: Run) -> None:
    """Append `run` to the queue, from which `start_queued` starts it. A queued run keeps its position.

    Raises RunError if it is running, or beyond EXPLORER_MAX_QUEUED, EXPLORER_MAX_EPOCHS or its visitor's limits;
    RecipeError if the recipe names a file of a public server.
    """
    check(run)
    with store.queue_locked(run.root):
        queue = store.waiting(run.root)
        if run.id in queue:
            return
        if store.is_running(run):
            raise store.held_error(run)
        store.check_visitor_limits(run.root, run.about().visitor)
        limit = settings.limit("EXPLORER_MAX_QUEUED")
        if len(queue) >= limit:
            raise RunError("errors.run_queue_full", limit=f"{limit:g}")
        number = max((int(entry.name[:8]) for entry in queue.values()), default=0) + 1
        with files.writing(run.root):
            (run.root / store.QUEUE / f"{number:08}-{run.id}").touch()


def cancel(run: Run) -> None:
    """Remove `run` from the queue, if it is queued. Raises RunError."""
    with store.queue_locked(run.root):
        store.unqueue(run.root, run.id)


def resume(run: Run, **changes: Any) -> None:
    """Queue `run` to continue from its last checkpoint. Raises the errors of `change` and `submit`."""
    change(run, **changes)
    submit(run)


def change(run: Run, **changes: Any) -> None:
    """Change fields of the recipe of a run that is not running, before it is resumed.

    Raises RunError if it is running, or finished and `changes` add no epochs; RecipeError for a wrong field.
    """
    recipe = run.recipe()
    changed = recipe.changed(**changes)
    _check_epochs(changed)
    with store.queue_locked(run.root):
        state = store.status(run).state
        if state == "running":
            raise store.held_error(run)
        if state == "finished" and changed.epochs <= recipe.epochs:
            raise RunError("errors.run_finished", epochs=recipe.epochs)
        if changed != recipe:
            files.write_atomically(run.path / store.RECIPE, changed.to_json().encode())


def start_queued(root: Path | None = None) -> list[Run]:
    """Start queued runs in order, per device: one at a time on a GPU, on the CPU as many as there are threads for.

    Returns the started runs. Cheap if nothing waits; safe to call from any number of processes. Raises RunError if a
    run cannot be started, and removes that run from the queue.
    """
    root = root or store.folder()
    for run_id in (waiting := store.waiting(root)):
        with contextlib.suppress(ExplorerError):
            # May import torch, which takes seconds, so before acquiring the queue lock.
            required_resources(store.find(run_id, root).recipe())
    if not waiting:
        return []
    started = []
    with store.queue_locked(root):
        allocated = _allocated_resources(root)
        full: set[str] = set()
        for run_id in store.waiting(root):
            try:
                run = store.find(run_id, root)
                device, threads = required_resources(run.recipe())
            except ExplorerError:  # deleted or damaged meanwhile; the list of runs shows it
                store.unqueue(root, run_id)
                continue
            if device in full or not _fits(device, threads, allocated):
                full.add(device)
                continue
            try:
                _start(run, device, threads)
            finally:
                store.unqueue(root, run_id)
            allocated[run_id] = device, threads
            started.append(run)
    return started


def is_idle(root: Path | None = None) -> bool:
    """Whether no run of any visitor trains or waits."""
    root = root or store.folder()
    return not store.waiting(root) and not store.running(root)


def required_resources(recipe: Recipe) -> tuple[str, int]:
    """Device and threads of a run; a run on a GPU gets all threads of that device. Raises RecipeError."""
    device = _device(recipe)
    return device, cores.thread_count(recipe.threads) if device == "cpu" else cores.physical_cores()


def _allocated_resources(root: Path) -> dict[str, tuple[str, int]]:
    """Device and threads of each training run of `root`, by run id."""
    allocated = {}
    for run in store.running(root):
        record = files.read_json(run.path / store.WORKER)
        threads = record.get("threads")
        allocated[run.id] = str(record.get("device")), threads if type(threads) is int else cores.physical_cores()
    return allocated


def _fits(device: str, threads: int, allocated: Mapping[str, tuple[str, int]]) -> bool:
    return threads + sum(others for at, others in allocated.values() if at == device) <= cores.physical_cores()


def _device(recipe: Recipe) -> str:
    """cpu, cuda or mps. Raises RecipeError."""
    if recipe.device != "auto":
        return recipe.device
    from explorer.training import trainer

    return trainer.select_device(recipe).type


def check(run: Run) -> None:
    """Raise RunError or RecipeError if this server does not allow the run."""
    recipe = run.recipe()
    _check_epochs(recipe)
    public.check(recipe, run.root)


def _check_epochs(recipe: Recipe) -> None:
    limit = settings.limit("EXPLORER_MAX_EPOCHS")
    if recipe.epochs > limit:
        raise RunError("errors.run_too_many_epochs", epochs=recipe.epochs, limit=f"{limit:g}")


# The process


def command(run: Run, token: str) -> list[str]:
    """The worker's command line. It starts once the run is assigned to `token` (`Claim.wait_until_assigned`)."""
    return [sys.executable, "-m", "explorer.runs.worker", str(run.path.absolute()), token]


def _start(run: Run, device: str, threads: int) -> None:
    """Start a worker for `run`. The caller must hold the queue lock. Raises RunError."""
    token = uuid.uuid4().hex
    if store.is_running(run):
        raise store.held_error(run)
    with files.writing(run.path), (run.path / store.LOG).open("ab") as log:
        process = processes.start_detached(command(run, token), log, cores.training_environment(threads))
    try:
        store.assign(run, process.pid, device, threads, token)
    except RunError:  # without a record it could not be stopped
        process.kill()
        raise
    finally:  # start the reaper only now: a reaped process has no pid to look up
        threading.Thread(target=_reap, args=(process, run), daemon=True).start()


def _reap(process: "subprocess.Popen[bytes]", run: Run) -> None:
    """Wait for a worker to avoid a zombie, and record the signal that killed it."""
    code = process.wait()
    if code < 0 and run.path.exists():
        with contextlib.suppress(RunError), store.queue_locked(run.root):  # the record is optional
            worker = files.read_json(run.path / store.WORKER)
            if worker.get("pid") == process.pid:
                files.write_json(run.path / store.WORKER, worker | {"signal": -code})


def stop(run: Run) -> None:
    """Ask the worker of `run` to write a checkpoint and end; if it does not react it is killed within a minute.

    Raises RunError if no worker is running. The request is a file that the worker checks after every step
    (`stop_requested`). A signal would kill the process on Windows, and would end all runs of a cluster's driver.
    """
    if not store.is_running(run):
        raise RunError("errors.run_not_running", run=run.id)
    pid = files.read_json(run.path / store.WORKER).get("pid")
    if files.read_json(run.path / store.STOP).get("pid") != pid:  # a second request does not restart the clock
        files.write_json(run.path / store.STOP, {"pid": pid, "asked_s": time.monotonic()})
        timer = threading.Timer(UNOBSERVED_KILL_AFTER_S, kill_if_stuck, (run, UNOBSERVED_KILL_AFTER_S))
        timer.daemon = True
        timer.start()


def stop_requested(run: Run) -> bool:
    """Whether the worker of `run`, which is this process, was asked to stop."""
    if not (run.path / store.STOP).exists():  # fast path: called after every step, up to 1,000 times a second
        return False
    worker = files.read_json(run.path / store.WORKER)
    return bool(files.read_json(run.path / store.STOP).get("pid") == worker.get("pid"))


def kill_if_stuck(run: Run, after_s: float = KILL_AFTER_S) -> bool:
    """Kill a worker and its children if it was asked to stop `after_s` ago and still runs; returns whether it did."""
    asked = files.read_json(run.path / store.STOP)
    since = asked.get("asked_s")
    if not isinstance(since, float) or time.monotonic() - since < after_s:
        return False
    process, worker = store.claim(run).process(), files.read_json(run.path / store.WORKER)
    if process is None or asked.get("pid") != process.pid:
        return False
    if worker.get("device") == CLUSTER:  # the driver ends stuck runs itself
        return False
    return processes.kill(process)


# Training


def run(
    run: Run, on_event: Callable[["Event"], None] = lambda event: None, stop: Callable[[], bool] = lambda: False
) -> dict[str, Any]:
    """Train `run` in this process, from its last checkpoint if there is one; returns the fields of its end event.

    Errors during training become an end event with the reason "failed". SIGTERM and the first Ctrl-C stop the run with
    a checkpoint. Queued runs are started afterwards. Raises RunError if the run cannot start (another process trains
    it, its device is busy, its folder is not writable), or if its end event cannot be written.
    """
    recipe = run.recipe()
    _check_epochs(recipe)
    device, threads = required_resources(recipe)
    with stop_signals() as asked:
        with store.queue_locked(run.root):
            allocated = _allocated_resources(run.root)
            if not _fits(device, threads, allocated):
                others = ", ".join(other for other, (at, _) in allocated.items() if at == device)
                raise RunError("errors.run_device_busy", device=device, runs=others)
            store.assign(run, os.getpid(), device, threads)
            store.unqueue(run.root, run.id)
        with store.claim(run).held():
            end = train(run, on_event, lambda: asked.is_set() or stop())
        start_queued(run.root)
    return end


def main(arguments: Sequence[str]) -> int:
    """Entry point of the worker process. Arguments: run folder, token of the claim."""
    run, token = Run(Path(arguments[0])), arguments[1]
    with stop_signals() as asked:
        if not store.claim(run).wait_until_assigned(token):
            return 1
        with store.claim(run).held():
            end = train(run, lambda event: None, asked.is_set)
        if not asked.is_set():  # after a signal the machine is probably shutting down
            start_queued(run.root)
    return int(end["reason"] == "failed")


@contextlib.contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM, Ctrl-Break and the first Ctrl-C set; a second Ctrl-C has its default effect."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only the main thread can set handlers
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
    """Train `run` and record its events; returns the fields of its end event. The caller must hold the run.

    `source` replaces `trainer.train`. Ends early once `stop()` returns True or `worker.stop` was called. Raises
    RunError if the end event cannot be written.
    """
    begun_s, limit_s = time.monotonic(), 3600 * settings.limit("EXPLORER_MAX_HOURS")
    for folder in (run.path, run.path / store.KEPT):
        files.remove_stale_parts(folder)
    with contextlib.closing(Recorder(run)) as recorder:
        try:
            import torch

            from explorer.training import trainer

            processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # of torchrun, which share the cores
            torch.set_num_threads(max(cores.thread_count(run.recipe().threads) // processes, 1))
            state, fell_back = resume_state(run)
            if fell_back:
                warning = trainer.Event("warning", {"key": "errors.run_fell_back", "values": {}})
                recorder.record(warning)
                on_event(warning)

            def is_asked() -> bool:
                return stop() or stop_requested(run)

            def stop_or_late() -> bool:
                return is_asked() or time.monotonic() - begun_s > limit_s

            for event in (source or trainer.train)(run.recipe(), cache=run.cache, state=state, stop=stop_or_late):
                if event.kind == "prepare":  # the time limit excludes preparation
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


def resume_state(run: Run) -> tuple[dict[str, Any] | None, bool]:
    """The state that `run` continues from, as `checkpoints.last_checkpoint` returns it. Raises RunError."""
    state, fell_back = checkpoints.last_checkpoint(run)
    if state and state.get("best") and not (run.path / store.BEST_WEIGHTS).is_file():
        state["best"] = None  # it is the parent run's; this run starts without a best epoch
    return state, fell_back


class Recorder:
    """Writes a run's events and their payloads (checkpoints, weights, predictions) to disk."""

    def __init__(self, run: Run) -> None:
        """Open the event log. Raises RunError."""
        self.run = run
        self.end: dict[str, Any] = {}
        self._writer = Writer(run.path)
        self._opening: dict[str, Any] = {}
        self._best: tuple[int, Predictions] | None = None
        self._warned_full = False

    def record(self, event: "Event") -> None:
        """Write an event and its payload; test events only show progress. On RunError the existing files are intact."""
        if event.kind == "test":
            return
        if event.kind in ("start", "resume"):
            self._opening, self._best = event.fields, None
        elif event.kind == "epoch" and event.fields["best"] and event.payload:
            self._best = event.fields["epoch"], event.payload
        elif event.kind == "best":  # payload of an earlier epoch event (`ray_node.train`)
            self._best = event.fields["epoch"], event.payload
            return
        elif event.kind == "checkpoint":
            self._save_best()
            self._writer.sync()
            checkpoints.save_checkpoint(self.run, event.payload)
            if event.fields.get("keep"):
                self._keep(event.fields["epoch"] - 1)  # `epoch` is the next one
        elif event.kind == "end":
            self._save_best()
            if event.payload is not None:
                self._save_weights(store.LAST_WEIGHTS, event.payload)
            self.end = event.fields
        self.write(event.kind, event.fields)

    def write(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Append an event to the log. Raises RunError."""
        self._writer.add(kind, fields)

    def failed(self, key: str, values: Mapping[str, object]) -> None:
        """Write an end event with the reason "failed". Raises RunError."""
        with contextlib.suppress(RunError):  # the write error may be why the run failed
            self._save_best()
        plain = {name: value if isinstance(value, (int, float)) else str(value) for name, value in values.items()}
        self.end = {"reason": "failed", "key": key, "values": plain}
        self.write("end", self.end)

    def close(self) -> None:
        self._writer.close()

    def _keep(self, epoch: int) -> None:
        """Keep the checkpoint after `epoch`, unless its visitor's disk limit is reached; then warn once."""
        if store.has_disk_quota(self.run.root, self.run.about().visitor):
            checkpoints.keep_checkpoint(self.run, epoch)
        elif not self._warned_full:
            self._warned_full = True
            limit = f"{settings.limit('EXPLORER_MAX_DISK_MB'):g}"
            self.write("warning", {"key": "errors.public_kept", "values": {"epoch": epoch, "limit_mb": limit}})

    def _save_best(self) -> None:
        """Write weights and predictions of the best epoch since the last checkpoint.

        Called before each checkpoint, not after each epoch: an interrupted run repeats the epochs since its checkpoint.
        """
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
