"""Run folders: create, list, read status, rename, delete, restore. All writes are atomic.

Does not import torch: pages list runs often, and a worker must react to a stop before torch is imported.
"""

import contextlib
import math
import os
import re
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from explorer.core import files, settings
from explorer.core.errors import ExplorerError, RunError
from explorer.core.processes import Claim
from explorer.runs import naming
from explorer.runs.events import Log
from explorer.training.recipe import Recipe

RECIPE: Final = "recipe.json"
ABOUT: Final = "about.json"
LAST, PREVIOUS, KEPT = "last.pt", "previous.pt", "kept"
BEST_WEIGHTS, LAST_WEIGHTS = "best.safetensors", "last.safetensors"
CONFUSION, PREDICTIONS = "confusion.json", "predictions.safetensors"
LOG: Final = "log.txt"
WORKER: Final = "worker.json"  # the worker: pid, start time, device, threads
STOP: Final = "stop.json"  # a stop request: pid of the worker, time of the request (s, monotonic clock)
QUEUE: Final = ".queue"  # beside the runs: files `<number>-<id>` for queued and `running-<id>` for training runs
LOCK: Final = ".lock"  # in the queue folder: lock for changing the queue

MAX_NAME, MAX_NOTE = 80, 2000  # characters
ACTIVE: Final = ("queued", "running")  # states of a run that continues by itself
RESUMABLE: Final = ("interrupted", "stopped", "failed")
TRASH: Final = 20  # deleted runs that can be restored
NEWEST: Final = 500  # runs that a page reads: a third of a second
MAX_READ: Final = 2000  # runs whose events are cached in memory
MAX_PATH: Final = 259 if os.name == "nt" else 4000  # characters of a path; Windows' default limit

_LONGEST: Final = 110  # characters of the longest relative path in the runs folder, without run ids: in .uploads

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")
_QUEUED = re.compile(rf"\d{{8}}-({_ID.pattern})")
_RUNNING = re.compile(rf"running-({_ID.pattern})")


@dataclass(frozen=True)
class Run:
    """A folder in the runs folder; its content is not validated."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def root(self) -> Path:
        return self.path.parent

    @property
    def cache(self) -> Path:
        """Cache folder for decoded data sets, shared by all runs in `root`."""
        return self.root / ".cache"

    def recipe(self) -> Recipe:
        """Read the recipe. Raises RunError if it is missing or unreadable, RecipeError if it is invalid."""
        text = files.read_text(self.path / RECIPE)
        if text is None:
            raise RunError("errors.run_no_recipe", run=self.id)
        return Recipe.from_json(text)

    def about(self) -> "About":
        """Read about.json; invalid or missing fields get defaults, never an error. The name is readable: no hash."""
        content = files.read_json(self.path / ABOUT)
        name, note, created, parent = (content.get(key) for key in ("name", "note", "created", "parent"))
        return About(
            naming.readable(files.clean(name, MAX_NAME)) if isinstance(name, str) and name else naming.from_id(self.id),
            files.clean(note, MAX_NOTE) if isinstance(note, str) else "",
            files.clean(created, MAX_NAME) if isinstance(created, str) else "",
            _parent(parent),
            content["visitor"] if isinstance(content.get("visitor"), str) else "",
        )


@dataclass(frozen=True)
class Parent:
    """The run that another was forked from, and the epoch after which."""

    run: str
    epoch: int


@dataclass(frozen=True)
class About:
    """Name and note of a run. `created` is wall time, ISO 8601.

    `visitor` identifies the session that created it, for limits only; "" for the command line.
    """

    name: str
    note: str
    created: str
    parent: Parent | None
    visitor: str = ""


@dataclass(frozen=True)
class Status:
    """State and progress of a run.

    `state` is queued, running, finished, stopped, failed, interrupted or unreadable. `place` is the 1-based position in
    the queue, 0 if not queued. `epoch` is the last that began and `iteration` the last that ended, 0 for none. `end` is
    the end event. `signal` is the signal that killed the worker of an interrupted run, if known.
    """

    state: str
    place: int
    epoch: int
    iteration: int
    end: Mapping[str, Any] | None
    signal: int | None

    @property
    def was_killed(self) -> bool:
        """Whether the worker got SIGKILL, by hand or by the system when memory ran out. Always False on Windows."""
        return self.signal == 9

    @property
    def word(self) -> str:
        """The state for display: "killed" if a signal ended the run."""
        return "killed" if self.signal else self.state


UNREADABLE: Final = Status("unreadable", 0, 0, 0, None, None)


@dataclass(frozen=True)
class Entry:
    """An entry in the list of runs. A folder that is no valid run has a `problem` and no recipe."""

    run: Run
    about: About
    recipe: Recipe | None
    status: Status
    epochs: Sequence[Mapping[str, Any]]
    problem: ExplorerError | None


def _parent(value: object) -> Parent | None:
    if isinstance(value, dict) and isinstance(value.get("run"), str) and type(value.get("epoch")) is int:
        return Parent(files.clean(value["run"], 100), value["epoch"])
    return None


# Find, create and list runs


def folder() -> Path:
    """The runs folder: EXPLORER_RUNS, or `./runs`."""
    return Path(os.environ.get("EXPLORER_RUNS") or "runs")


def find(run_id: str, root: Path | None = None) -> Run:
    """The run with this id, which may be untrusted. Raises RunError for anything but a real folder in `root`."""
    path = (root or folder()) / run_id if _ID.fullmatch(run_id) else None
    if path is None or path.is_symlink() or not path.is_dir():
        raise RunError("errors.run_unknown", run=files.clean(run_id, 60))
    return Run(path)


def create(
    recipe: Recipe, name: str = "", *, note: str = "", parent: Parent | None = None, root: Path | None = None,
    checkpoint: Path | None = None,
) -> Run:  # fmt: skip
    """Create a run that has not started; with `checkpoint` it continues from there. Raises RunError."""
    root = root or folder()
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{_slug(name) or _slug(recipe.network)}{settings.secret_suffix()}"
    about = {
        "name": files.clean(name, MAX_NAME), "note": files.clean(note, MAX_NOTE),
        "parent": vars(parent) if parent else None, "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }  # fmt: skip
    max_length = MAX_PATH - _LONGEST
    if len(str((root / stem).absolute())) > max_length:
        raise RunError("errors.run_path_long", folder=str(root.absolute()), limit=max_length - len(stem) - 1)
    with files.writing(root):
        root.mkdir(parents=True, exist_ok=True)
        run = Run(_new_folder(root, stem))
        try:
            if checkpoint is not None:
                files.link(checkpoint, run.path / LAST)
            files.write_json(run.path / ABOUT, about)
            files.write_atomically(run.path / RECIPE, recipe.to_json().encode())  # last: it makes the run complete
        except BaseException:
            shutil.rmtree(run.path, ignore_errors=True)
            raise
    return run


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")


def _new_folder(root: Path, stem: str) -> Path:
    number = 1
    while True:
        path = root / (stem if number == 1 else f"{stem}-{number}")
        number += 1
        if (root / ".trash" / path.name).exists():  # may be restored
            continue
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path


def list_runs(
    root: Path | None = None, only: Collection[str] | None = None, most: int | None = None, also: Collection[str] = ()
) -> list[Entry]:
    """Entries of the folders in the runs folder, or of `only` those, newest first. Raises RunError.

    With `most`, of the newest ones, and those that run, wait or are among `also`.
    """
    root = root or folder()
    names, queue = run_names(root, only), list(waiting(root))
    if most is not None and len(names) > most:
        kept = {*names[:most], *queue, *(run.id for run in running(root)), *also}
        names = [name for name in names if name in kept]
    return [_entry(root, name, queue) for name in names]


def run_names(root: Path | None = None, only: Collection[str] | None = None) -> list[str]:
    """Names of the folders in the runs folder, or of `only` those, newest first. Raises RunError."""
    root = root or folder()
    try:
        return _names(root, only)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError("errors.run_unreadable", run=files.clean(root.name, 60), reason=files.reason(error)) from error


def with_weights(
    network: str, most: int = 10, root: Path | None = None, only: Collection[str] | None = None
) -> list[Run]:
    """The newest `most` runs of `network` (among `only`, if given) that have weights of a best epoch."""
    root, runs = root or folder(), []
    with contextlib.suppress(OSError):
        for name in _names(root, only):
            run = Run(root / name)
            with contextlib.suppress(ExplorerError):
                if (run.path / BEST_WEIGHTS).is_file() and find(name, root).recipe().network == network:
                    runs.append(run)
            if len(runs) == most:
                break
    return runs


def _names(root: Path, only: Collection[str] | None) -> list[str]:
    """Names of all folders, or of `only` those, newest first. Raises OSError."""
    entries = (entry for entry in os.scandir(root) if entry.name[0] != "." and (only is None or entry.name in only))
    return sorted((entry.name for entry in entries if entry.is_dir()), reverse=True)


def _entry(root: Path, name: str, queue: Sequence[str]) -> Entry:
    run = Run(root / name)
    try:
        find(name, root)
        os.listdir(run.path)
        return Entry(run, run.about(), run.recipe(), *_status_and_epochs(run, queue), None)
    except ExplorerError as error:
        problem = error
    except OSError as error:
        problem = RunError("errors.run_unreadable", run=files.clean(name, 60), reason=files.reason(error))
    return Entry(run, About(files.clean(name, MAX_NAME), "", "", None), None, UNREADABLE, (), problem)


def status(run: Run) -> Status:
    """Current status of `run`. If its worker died it is interrupted, whatever its files say."""
    queue = list(waiting(run.root))
    try:
        return _status_and_epochs(run, queue)[0]
    except RunError:
        return UNREADABLE


@dataclass(frozen=True)
class Summary:
    """Summary of a run's events so far; the attributes are those of `Log`."""

    opening: Mapping[str, Any] | None
    epochs: Sequence[Mapping[str, Any]]
    epoch: int
    iteration: int
    end: Mapping[str, Any] | None


_logs: OrderedDict[Path, tuple[Log, threading.Lock]] = OrderedDict()  # cache, so that only new events are read
_logs_lock = threading.Lock()  # for the dictionary only: a long file blocks only readers of the same run


def summary(run: Run) -> Summary:
    """Current summary of the events of `run`; read-only, because it is cached. Raises RunError."""
    path = run.path.absolute()
    with _logs_lock:
        log, reading = _logs.setdefault(path, (Log(run.path, batches=False), threading.Lock()))
        _logs.move_to_end(path)
        if len(_logs) > MAX_READ:
            _logs.popitem(last=False)
    with reading:
        log.update()
        return Summary(log.opening, log.epochs, log.epoch, log.iteration, log.end)


def _status_and_epochs(run: Run, queue: Sequence[str]) -> tuple[Status, Sequence[Mapping[str, Any]]]:
    alive = is_running(run)  # before reading the events, so that an ended run's end event is read
    now = summary(run)
    place = queue.index(run.id) + 1 if run.id in queue else 0
    worker = files.read_json(run.path / WORKER)
    killed = worker.get("signal")
    if alive:
        state = "running"
    elif place:
        state = "queued"
    elif now.end is not None:
        state = {"finished": "finished", "failed": "failed"}.get(now.end["reason"], "stopped")
    elif (pid := worker.get("pid")) is not None and files.read_json(run.path / STOP).get("pid") == pid:
        state = "stopped"  # it did not react to a stop request and was killed
    else:
        state = "interrupted" if worker or now.iteration else "stopped"  # stopped: dequeued before it started
    signal = killed if state == "interrupted" and type(killed) is int else None
    return Status(state, place, now.epoch, now.iteration, now.end, signal), now.epochs


def waiting(root: Path) -> dict[str, Path]:
    """The queue in starting order: run id -> its file. Raises RunError."""
    return {match[1]: root / QUEUE / match[0] for match in _match_queue(root, _QUEUED)}


def _match_queue(root: Path, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """Matches of `pattern` among the file names in the queue folder, sorted. Raises RunError."""
    try:
        names = os.listdir(root / QUEUE)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError("errors.run_unreadable", run=QUEUE, reason=files.reason(error)) from error
    return [match for name in sorted(names) if (match := pattern.fullmatch(name))]


def unqueue(root: Path, run_id: str) -> None:
    """Remove a run from the queue. The caller must hold the queue lock. Raises RunError."""
    if entry := waiting(root).get(run_id):
        files.remove(entry)


# Edit and delete runs


def rename(run: Run, name: str) -> None:
    """Set the run's name; empty means the folder's name. Raises RunError."""
    files.write_json(run.path / ABOUT, files.read_json(run.path / ABOUT) | {"name": files.clean(name, MAX_NAME)})


def set_note(run: Run, note: str) -> None:
    """Set the run's note. Raises RunError."""
    files.write_json(run.path / ABOUT, files.read_json(run.path / ABOUT) | {"note": files.clean(note, MAX_NOTE)})


def set_visitor(run: Run, visitor: str) -> None:
    """Set the session that the run counts for. Raises RunError."""
    files.write_json(run.path / ABOUT, files.read_json(run.path / ABOUT) | {"visitor": visitor})


def delete(run: Run) -> None:
    """Move `run` to the trash, which keeps the last TRASH runs. Raises RunError, also if it is running."""
    trash = run.root / ".trash"
    with queue_locked(run.root), files.writing(run.root):
        if is_running(run):
            raise held_error(run)
        trash.mkdir(exist_ok=True)
        # The mtime orders the trash. It must exceed the last one's, even if the clock was set back.
        newest = max((entry.stat().st_mtime_ns for entry in os.scandir(trash)), default=0)
        os.utime(run.path, ns=(max(time.time_ns(), newest + 1000),) * 2)  # Windows has a resolution of 100 ns
        files.retry_while_open(lambda: os.rename(run.path, trash / run.id))
        unqueue(run.root, run.id)
        newest_first = sorted((entry.stat().st_mtime_ns, entry.name) for entry in os.scandir(trash))[::-1]
    for _, name in newest_first[TRASH:]:
        shutil.rmtree(trash / name, ignore_errors=True)  # leftovers are retried at the next deletion


def restore(run_id: str, root: Path | None = None) -> Run:
    """Restore a deleted run. Raises RunError if it is not in the trash or its id is taken."""
    root = root or folder()
    deleted = find(run_id, root / ".trash")
    with queue_locked(root), files.writing(root):
        if (root / run_id).exists():
            raise RunError("errors.run_exists", run=run_id)
        files.retry_while_open(lambda: os.rename(deleted.path, root / run_id))
    return Run(root / run_id)


def data_sources(root: Path) -> set[str]:
    """The `data` fields of all runs, including those in the trash."""
    sources = set()
    for place in (root, root / ".trash"):
        with contextlib.suppress(OSError):
            for name in _names(place, None):
                with contextlib.suppress(ExplorerError):
                    sources.add(Run(place / name).recipe().data)
    return sources


# Limits per visitor


def check_visitor_limits(root: Path, visitor: str, more: int = 1) -> None:
    """Raise RunError if `more` runs of `visitor` exceed EXPLORER_MAX_PER_VISITOR or EXPLORER_MAX_DISK_MB.

    `worker.submit` calls this for every run.
    """
    limit = settings.limit("EXPLORER_MAX_PER_VISITOR")
    if not visitor:
        return
    active = [*waiting(root), *(run.id for run in running(root))]
    count = sum(Run(root / name).about().visitor == visitor for name in dict.fromkeys(active))
    if count + more > limit:
        raise RunError("errors.public_room", count=count, limit=f"{limit:g}")
    if not has_disk_quota(root, visitor):
        raise RunError("errors.public_disk", limit_mb=f"{settings.limit('EXPLORER_MAX_DISK_MB'):g}")


def has_disk_quota(root: Path, visitor: str) -> bool:
    """Whether the runs of `visitor`, including those in the trash, are below EXPLORER_MAX_DISK_MB."""
    limit = settings.limit("EXPLORER_MAX_DISK_MB") * (1 << 20)
    if not visitor or math.isinf(limit):
        return True
    runs = (Run(place / name) for place in (root, root / ".trash") if place.is_dir() for name in _names(place, None))
    return sum(files.folder_size(run.path) for run in runs if run.about().visitor == visitor) < limit


# Ownership of runs


@contextlib.contextmanager
def queue_locked(root: Path) -> Iterator[None]:
    """Hold the queue lock of `root`. Raises RunError after ten seconds if another process holds it."""
    with files.writing(root):
        (root / QUEUE).mkdir(parents=True, exist_ok=True)
    with files.locked(root / QUEUE / LOCK, timeout_s=10) as is_mine:
        if not is_mine:
            raise RunError("errors.run_queue_held", folder=str(root.resolve()))
        yield


@contextlib.contextmanager
def held(run: Run, device: str = "", threads: int | None = None) -> Iterator[None]:
    """Own `run` as the training process. Raises RunError if another process trains it."""
    with queue_locked(run.root):
        assign(run, os.getpid(), device, threads)
    with claim(run).held():
        yield


def assign(run: Run, pid: int, device: str, threads: int | None, token: str = "") -> None:
    """Write worker.json: process `pid` trains `run` on `device` with `threads`. The caller must hold the queue lock.

    Raises RunError if another process trains it, or on write errors.
    """
    if is_running(run):
        raise held_error(run)
    files.remove(run.path / STOP)  # a request to the previous worker
    claim(run).assign(pid, token, device=device, threads=threads)


def claim(run: Run) -> Claim:
    """Claim on training `run`."""
    return Claim(run.path / WORKER, run.root / QUEUE / f"running-{run.id}")


def is_running(run: Run) -> bool:
    """Whether a live process trains `run`, whatever its files say."""
    return claim(run).is_taken()


def running(root: Path) -> list[Run]:
    """The training runs of `root`. Raises RunError."""
    return [run for match in _match_queue(root, _RUNNING) if is_running(run := Run(root / match[1]))]


def held_error(run: Run) -> RunError:
    """The error for a run that another process trains."""
    return RunError("errors.run_held", run=run.id, pid=files.read_json(run.path / WORKER).get("pid", "?"))
