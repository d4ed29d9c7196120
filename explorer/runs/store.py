"""A run on disk: recipe, events, checkpoints, weights. A kill at any moment leaves the old file or the new one, whole.

Importing this is light, no torch: pages list runs often, and a worker answers a stop before torch is there.
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
from explorer.runs.events import Log
from explorer.training.recipe import Recipe

RECIPE: Final = "recipe.json"
ABOUT: Final = "about.json"
LAST, PREVIOUS, KEPT = "last.pt", "previous.pt", "kept"
BEST_WEIGHTS, LAST_WEIGHTS = "best.safetensors", "last.safetensors"
CONFUSION, PREDICTIONS = "confusion.json", "predictions.safetensors"
LOG: Final = "log.txt"
WORKER: Final = "worker.json"  # who trains: pid, when that process was started, device, threads
STOP: Final = "stop.json"  # whom a stop was asked of, and when (s of the monotonic clock)
QUEUE: Final = ".queue"  # beside the runs: `<number>-<id>` for each that waits, `running-<id>` for each that trains
LOCK: Final = ".lock"  # in the queue: held by whoever changes it

MAX_NAME, MAX_NOTE = 80, 2000  # letters
ACTIVE: Final = ("queued", "running")  # states of a run that goes on by itself
RESUMABLE: Final = ("interrupted", "stopped", "failed")
TRASH: Final = 20  # deleted runs that can be brought back
MAX_READ: Final = 2000  # runs whose events are kept in memory
MAX_PATH: Final = 259 if os.name == "nt" else 4000  # letters of a file's path, which Windows limits as a rule

_LONGEST: Final = 110  # letters of the longest name below a folder of runs, beside a run's own: one of .uploads

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")
_QUEUED = re.compile(rf"\d{{8}}-({_ID.pattern})")
_RUNNING = re.compile(rf"running-({_ID.pattern})")


@dataclass(frozen=True)
class Run:
    """A folder in the folder of runs. That it exists is all that is known of it."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def root(self) -> Path:
        return self.path.parent

    @property
    def cache(self) -> Path:
        """Where decoded data sets are kept, for all runs beside this one."""
        return self.root / ".cache"

    def recipe(self) -> Recipe:
        """Raises RunError where there is none that can be read, RecipeError where it is not one of ours."""
        text = files.read_text(self.path / RECIPE)
        if text is None:
            raise RunError("errors.run_no_recipe", run=self.id)
        return Recipe.from_json(text)

    def about(self) -> "About":
        """Never fails: a name is no reason to lose a run."""
        found = files.read_json(self.path / ABOUT)
        name, note, created, parent = (found.get(key) for key in ("name", "note", "created", "parent"))
        return About(
            files.clean(name, MAX_NAME) if isinstance(name, str) and name else self.id,
            files.clean(note, MAX_NOTE) if isinstance(note, str) else "",
            files.clean(created, MAX_NAME) if isinstance(created, str) else "",
            _parent(parent),
            found["visitor"] if isinstance(found.get("visitor"), str) else "",
        )


@dataclass(frozen=True)
class Parent:
    """The run that another was forked from, and after how many of its epochs."""

    run: str
    epoch: int


@dataclass(frozen=True)
class About:
    """What people call a run and say of it. `created` is wall time, ISO 8601.

    `visitor` is whose it is, for limits alone: a page's session, "" for a command line.
    """

    name: str
    note: str
    created: str
    parent: Parent | None
    visitor: str = ""


@dataclass(frozen=True)
class Status:
    """How a run is: queued, running, finished, stopped, failed, interrupted or unreadable, and how far it came.

    `place` in the queue counts from 1 (0: not queued). `epoch` and `iteration` are the last that began and ended, 0
    for none. `end` is the event that ended it. `signal` killed the worker of an interrupted run, where that is known.
    """

    state: str
    place: int
    epoch: int
    iteration: int
    end: Mapping[str, Any] | None
    signal: int | None

    @property
    def was_killed(self) -> bool:
        """By hand, or by the system, which had no memory left: the signal SIGKILL. Windows does not tell."""
        return self.signal == 9

    @property
    def word(self) -> str:
        """The state as people are told it: one that a signal ended was killed."""
        return "killed" if self.signal else self.state


UNREADABLE: Final = Status("unreadable", 0, 0, 0, None, None)


@dataclass(frozen=True)
class Entry:
    """A line of the list of runs. A folder that is no run of ours has a `problem` and no recipe."""

    run: Run
    about: About
    recipe: Recipe | None
    status: Status
    epochs: Sequence[Mapping[str, Any]]
    problem: ExplorerError | None


def _parent(found: object) -> Parent | None:
    if isinstance(found, dict) and isinstance(found.get("run"), str) and type(found.get("epoch")) is int:
        return Parent(files.clean(found["run"], 100), found["epoch"])
    return None


# Which runs there are


def folder() -> Path:
    """The folder of runs: EXPLORER_RUNS, or `./runs`."""
    return Path(os.environ.get("EXPLORER_RUNS") or "runs")


def find(run_id: str, root: Path | None = None) -> Run:
    """The run of that name, which may come from a link. Raises RunError for anything but a real folder in `root`."""
    path = (root or folder()) / run_id if _ID.fullmatch(run_id) else None
    if path is None or path.is_symlink() or not path.is_dir():
        raise RunError("errors.run_unknown", run=files.clean(run_id, 60))
    return Run(path)


def create(
    recipe: Recipe, name: str = "", *, note: str = "", parent: Parent | None = None, root: Path | None = None,
    checkpoint: Path | None = None,
) -> Run:  # fmt: skip
    """A new run that has not begun; from `checkpoint`, where there is one, it goes on. Raises RunError where it cannot
    be written."""
    root = root or folder()
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{_slug(name) or _slug(recipe.network)}{settings.secret_suffix()}"
    about = {
        "name": files.clean(name, MAX_NAME), "note": files.clean(note, MAX_NOTE),
        "parent": vars(parent) if parent else None, "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }  # fmt: skip
    most = MAX_PATH - _LONGEST
    if len(str((root / stem).absolute())) > most:
        raise RunError("errors.run_path_long", folder=str(root.absolute()), limit=most - len(stem) - 1)
    with files.writing(root):
        root.mkdir(parents=True, exist_ok=True)
        run = Run(_new_folder(root, stem))
        try:
            if checkpoint is not None:
                files.link(checkpoint, run.path / LAST)
            files.write_json(run.path / ABOUT, about)
            files.write_atomically(run.path / RECIPE, recipe.to_json().encode())  # last: with it the run is whole
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
        if (root / ".trash" / path.name).exists():  # it may come back
            continue
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path


def list_runs(root: Path | None = None, only: Collection[str] | None = None) -> list[Entry]:
    """All folders in the folder of runs, or `only` those, newest first. What is no run of ours has the reason."""
    root = root or folder()
    try:
        names = _names(root, only)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError("errors.run_unreadable", run=files.clean(root.name, 60), reason=files.reason(error)) from error
    queue = list(waiting(root))
    return [_entry(root, name, queue) for name in names]


def with_weights(
    network: str, most: int = 10, root: Path | None = None, only: Collection[str] | None = None
) -> list[Run]:
    """The newest runs of `network`, or of `only` those, that have weights of a best epoch."""
    root, found = root or folder(), []
    with contextlib.suppress(OSError):
        for name in _names(root, only):
            run = Run(root / name)
            with contextlib.suppress(ExplorerError):
                if (run.path / BEST_WEIGHTS).is_file() and find(name, root).recipe().network == network:
                    found.append(run)
            if len(found) == most:
                break
    return found


def _names(root: Path, only: Collection[str] | None) -> list[str]:
    """Of all folders, or `only` those, newest first. Raises OSError."""
    found = (entry for entry in os.scandir(root) if entry.name[0] != "." and (only is None or entry.name in only))
    return sorted((entry.name for entry in found if entry.is_dir()), reverse=True)


def _entry(root: Path, name: str, queue: Sequence[str]) -> Entry:
    run = Run(root / name)
    try:
        find(name, root)
        os.listdir(run.path)
        return Entry(run, run.about(), run.recipe(), *_summary(run, queue), None)
    except ExplorerError as error:
        problem = error
    except OSError as error:
        problem = RunError("errors.run_unreadable", run=files.clean(name, 60), reason=files.reason(error))
    return Entry(run, About(files.clean(name, MAX_NAME), "", "", None), None, UNREADABLE, (), problem)


def status(run: Run) -> Status:
    """How `run` is now. A dead worker's run is interrupted, whatever its files say."""
    queue = list(waiting(run.root))
    try:
        return _summary(run, queue)[0]
    except RunError:
        return UNREADABLE


@dataclass(frozen=True)
class Told:
    """What a run's events say so far, by the names that `Log` has for it."""

    opening: Mapping[str, Any] | None
    epochs: Sequence[Mapping[str, Any]]
    epoch: int
    iteration: int
    end: Mapping[str, Any] | None


_logs: OrderedDict[Path, tuple[Log, threading.Lock]] = OrderedDict()  # so that only what is new of each is read again
_finding = threading.Lock()  # a page for each viewer asks; nobody waits for a long file but who asks for that run


def told(run: Run) -> Told:
    """As it is now, for nobody else to change. Raises RunError where the events cannot be read."""
    path = run.path.absolute()
    with _finding:
        log, reading = _logs.setdefault(path, (Log(run.path, batches=False), threading.Lock()))
        _logs.move_to_end(path)
        if len(_logs) > MAX_READ:
            _logs.popitem(last=False)
    with reading:
        log.update()
        return Told(log.opening, log.epochs, log.epoch, log.iteration, log.end)


def _summary(run: Run, queue: Sequence[str]) -> tuple[Status, Sequence[Mapping[str, Any]]]:
    alive = is_running(run)  # before its events are read: a run that ends in between has its last one
    now = told(run)
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
        state = "stopped"  # it was asked to, did not hear, and was killed for that
    else:
        state = "interrupted" if worker or now.iteration else "stopped"  # the latter: taken from the queue in time
    signal = killed if state == "interrupted" and type(killed) is int else None
    return Status(state, place, now.epoch, now.iteration, now.end, signal), now.epochs


def waiting(root: Path) -> dict[str, Path]:
    """The queue: each waiting run's id and its place on disk, in the order in which they start."""
    return {found[1]: root / QUEUE / found[0] for found in _in_queue(root, _QUEUED)}


def _in_queue(root: Path, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """The names in the queue's folder that match `pattern`, sorted. Raises RunError."""
    try:
        names = os.listdir(root / QUEUE)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError("errors.run_unreadable", run=QUEUE, reason=files.reason(error)) from error
    return [found for name in sorted(names) if (found := pattern.fullmatch(name))]


def unqueue(root: Path, run_id: str) -> None:
    """Take a run out of the queue, for whoever holds that. Raises RunError where it cannot be written."""
    if entry := waiting(root).get(run_id):
        files.remove(entry)


# What people do with runs


def rename(run: Run, name: str) -> None:
    """An empty name gives the run its folder's. Raises RunError where it cannot be written."""
    files.write_json(run.path / ABOUT, files.read_json(run.path / ABOUT) | {"name": files.clean(name, MAX_NAME)})


def set_note(run: Run, note: str) -> None:
    """Raises RunError where it cannot be written."""
    files.write_json(run.path / ABOUT, files.read_json(run.path / ABOUT) | {"note": files.clean(note, MAX_NOTE)})


def set_visitor(run: Run, visitor: str) -> None:
    """Raises RunError where it cannot be written."""
    files.write_json(run.path / ABOUT, files.read_json(run.path / ABOUT) | {"visitor": visitor})


def delete(run: Run) -> None:
    """Move `run` to the trash, which holds the last twenty. Raises RunError for one that is running."""
    trash = run.root / ".trash"
    with queue_locked(run.root), files.writing(run.root):
        if is_running(run):
            raise held_by_another(run)
        trash.mkdir(exist_ok=True)
        # The order in which the trash is emptied; the clock may have been set back since the last one came.
        newest = max((entry.stat().st_mtime_ns for entry in os.scandir(trash)), default=0)
        os.utime(run.path, ns=(max(time.time_ns(), newest + 1000),) * 2)  # Windows counts in steps of 100 ns
        files.retry_while_open(lambda: os.rename(run.path, trash / run.id))  # not while another reads in it
        unqueue(run.root, run.id)
        oldest_last = sorted((entry.stat().st_mtime_ns, entry.name) for entry in os.scandir(trash))[::-1]
    for _, name in oldest_last[TRASH:]:
        shutil.rmtree(trash / name, ignore_errors=True)  # what stays is tried again after the next one


def restore(run_id: str, root: Path | None = None) -> Run:
    """Bring a deleted run back. Raises RunError where it is not in the trash, or its place is taken."""
    root = root or folder()
    deleted = find(run_id, root / ".trash")
    with queue_locked(root), files.writing(root):
        if (root / run_id).exists():
            raise RunError("errors.run_exists", run=run_id)
        files.retry_while_open(lambda: os.rename(deleted.path, root / run_id))
    return Run(root / run_id)


def sources(root: Path) -> set[str]:
    """The `data` of all runs, those in the trash among them."""
    found = set()
    for place in (root, root / ".trash"):
        with contextlib.suppress(OSError):
            for name in _names(place, None):
                with contextlib.suppress(ExplorerError):
                    found.add(Run(place / name).recipe().data)
    return found


# What one visitor may have


def check_room(root: Path, visitor: str, more: int = 1) -> None:
    """Raises RunError where `more` runs of `visitor` are past EXPLORER_MAX_PER_VISITOR or EXPLORER_MAX_DISK_MB.

    Every way to a run asks here: `worker.submit`.
    """
    most = settings.limit("EXPLORER_MAX_PER_VISITOR")
    if not visitor:
        return
    active = [*waiting(root), *(run.id for run in running(root))]
    count = sum(Run(root / name).about().visitor == visitor for name in dict.fromkeys(active))
    if count + more > most:
        raise RunError("errors.public_room", count=count, limit=f"{most:g}")
    if not has_disk(root, visitor):
        raise RunError("errors.public_disk", limit_mb=f"{settings.limit('EXPLORER_MAX_DISK_MB'):g}")


def has_disk(root: Path, visitor: str) -> bool:
    """Whether the folders of `visitor`'s runs, those in the trash among them, leave room on the disk."""
    most = settings.limit("EXPLORER_MAX_DISK_MB") * (1 << 20)
    if not visitor or math.isinf(most):
        return True
    found = (Run(place / name) for place in (root, root / ".trash") if place.is_dir() for name in _names(place, None))
    return sum(files.folder_size(run.path) for run in found if run.about().visitor == visitor) < most


# Who trains a run


@contextlib.contextmanager
def queue_locked(root: Path) -> Iterator[None]:
    """Holds the queue of `root`. Raises RunError where another process does for more than ten seconds."""
    with files.writing(root):
        (root / QUEUE).mkdir(parents=True, exist_ok=True)
    with files.locked(root / QUEUE / LOCK, timeout_s=10) as is_mine:
        if not is_mine:
            raise RunError("errors.run_queue_held", folder=str(root.resolve()))
        yield


@contextlib.contextmanager
def held(run: Run, device: str = "", threads: int | None = None) -> Iterator[None]:
    """This process trains `run` meanwhile, and no other does. Raises RunError, with who else trains it."""
    with queue_locked(run.root):
        give(run, os.getpid(), device, threads)
    with claim(run).held():
        yield


def give(run: Run, pid: int, device: str, threads: int | None, token: str = "") -> None:
    """Give `run` to process `pid`, which trains it and takes so much; called by whoever holds the queue.

    Raises RunError where another trains it, or that cannot be written.
    """
    if is_running(run):
        raise held_by_another(run)
    files.remove(run.path / STOP)  # asked of the one before
    claim(run).assign(pid, token, device=device, threads=threads)


def claim(run: Run) -> Claim:
    """Who trains `run`."""
    return Claim(run.path / WORKER, run.root / QUEUE / f"running-{run.id}")


def is_running(run: Run) -> bool:
    """Whether a live process trains `run`, whatever its files say."""
    return claim(run).is_taken()


def running(root: Path) -> list[Run]:
    """The runs of `root` that train. Raises RunError."""
    return [run for found in _in_queue(root, _RUNNING) if is_running(run := Run(root / found[1]))]


def held_by_another(run: Run) -> RunError:
    return RunError("errors.run_held", run=run.id, pid=files.read_json(run.path / WORKER).get("pid", "?"))
