"""A run on disk: recipe, events, checkpoints, weights. A kill at any moment leaves the old file or the new one, whole.

Importing this is light, no torch: pages list runs often, and a worker answers a stop before torch is there.
"""

import contextlib
import errno
import fcntl
import hashlib
import io
import json
import math
import os
import re
import shutil
import stat
import threading
import time
import unicodedata
import uuid
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil

from explorer.errors import ExplorerError, RunError
from explorer.training.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

RECIPE: Final = "recipe.json"
ABOUT: Final = "about.json"
EVENTS: Final = "events.jsonl"
LAST, PREVIOUS, KEPT = "last.pt", "previous.pt", "kept"
BEST_WEIGHTS, LAST_WEIGHTS = "best.safetensors", "last.safetensors"
CONFUSION, PREDICTIONS = "confusion.json", "predictions.safetensors"
LOG: Final = "log.txt"
WORKER: Final = "worker.json"  # who trains: pid, the process's start time (s since 1970), device
STOP: Final = "stop.json"  # whom a stop was asked of, and when (s of the monotonic clock)
LOCK: Final = ".lock"  # held by a worker for its whole life; the kernel lets go of it when the process dies

MAX_LINE: Final = 1 << 20  # bytes of an event; an epoch's with 1,000 classes has 5 KB
MAX_JSON: Final = 8 << 20  # bytes of a small file; a recipe of 1,000 classes with long names fits
MAX_BATCHES: Final = 4096  # points of the curve in memory: about two to a pixel of a wide screen
MAX_WARNINGS: Final = 100
MAX_NAME, MAX_NOTE = 80, 2000  # letters
TRASH: Final = 20  # deleted runs that can be brought back

_DIGEST = hashlib.sha256().digest_size
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")
_QUEUED = re.compile(rf"\d{{8}}-({_ID.pattern})")
_PART = re.compile(r"\..+\.(\d+)-[0-9a-f]{32}\.part")


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
        text = _read_text(self.path / RECIPE)
        if text is None:
            raise RunError("errors.run_no_recipe", run=self.id)
        return Recipe.from_json(text)

    def about(self) -> "About":
        """Never fails: a name is no reason to lose a run."""
        found = read_json(self.path / ABOUT)
        name, note, created, parent = (found.get(key) for key in ("name", "note", "created", "parent"))
        return About(
            clean(name, MAX_NAME) if isinstance(name, str) and name else self.id,
            clean(note, MAX_NOTE) if isinstance(note, str) else "",
            clean(created, MAX_NAME) if isinstance(created, str) else "",
            _parent(parent),
        )


@dataclass(frozen=True)
class Parent:
    """The run that another was forked from, and after how many of its epochs."""

    run: str
    epoch: int


@dataclass(frozen=True)
class About:
    """What people call a run and say of it. `created` is wall time, ISO 8601."""

    name: str
    note: str
    created: str
    parent: Parent | None


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


@dataclass(frozen=True)
class Entry:
    """A line of the list of runs. A folder that is no run of ours has a `problem` and no recipe."""

    run: Run
    about: About
    recipe: Recipe | None
    status: Status
    epochs: Sequence[Mapping[str, Any]]
    problem: ExplorerError | None


# Which runs there are


def folder() -> Path:
    """The folder of runs: EXPLORER_RUNS, or `./runs`."""
    return Path(os.environ.get("EXPLORER_RUNS") or "runs")


def find(run_id: str, root: Path | None = None) -> Run:
    """The run of that name, which may come from a link. Raises RunError for anything but a real folder in `root`."""
    path = (root or folder()) / run_id if _ID.fullmatch(run_id) else None
    if path is None or path.is_symlink() or not path.is_dir():
        raise RunError("errors.run_unknown", run=clean(run_id, 60))
    return Run(path)


def create(
    recipe: Recipe, name: str = "", *, note: str = "", parent: Parent | None = None, root: Path | None = None
) -> Run:
    """A new run that has not begun. Raises RunError where it cannot be written."""
    return _create(recipe, name, note, parent, root or folder(), None)


def fork(run: Run, epoch: int, name: str = "", **changes: Any) -> Run:
    """A new run that goes on from the checkpoint kept after `epoch` epochs of `run`, optimiser included.

    `changes` are fields of its recipe. Raises RunError for an epoch that was not kept, RecipeError for a wrong field.
    """
    recipe = run.recipe().changed(**changes)
    checkpoint = kept_path(run, epoch)
    _checked(checkpoint)
    return _create(recipe, name or run.about().name, "", Parent(run.id, epoch), run.root, checkpoint)


def _create(recipe: Recipe, name: str, note: str, parent: Parent | None, root: Path, checkpoint: Path | None) -> Run:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or recipe.network.replace("_", "-")
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{slug}"
    about = {
        "name": clean(name, MAX_NAME), "note": clean(note, MAX_NOTE), "parent": vars(parent) if parent else None,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }  # fmt: skip
    with writing(root):
        root.mkdir(parents=True, exist_ok=True)
        run = Run(_new_folder(root, stem))
        try:
            if checkpoint is not None:
                _link(checkpoint, run.path / LAST)
            write_json(run.path / ABOUT, about)
            write_atomically(run.path / RECIPE, recipe.to_json().encode())  # last: with it the run is whole
        except BaseException:
            shutil.rmtree(run.path, ignore_errors=True)
            raise
    return run


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


def list_runs(root: Path | None = None) -> list[Entry]:
    """All folders in the folder of runs, newest first. What is no run of ours is listed with the reason."""
    root = root or folder()
    try:
        names = sorted((entry.name for entry in os.scandir(root) if _is_listed(entry)), reverse=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError("errors.run_unreadable", run=clean(root.name, 60), reason=_reason(error)) from error
    queue = list(waiting(root))
    return [_entry(root, name, queue) for name in names]


def with_weights(network: str, most: int = 10, root: Path | None = None) -> list[Run]:
    """The newest runs of `network` that have weights of a best epoch."""
    root, found = root or folder(), []
    with contextlib.suppress(OSError):
        for name in sorted((entry.name for entry in os.scandir(root) if _is_listed(entry)), reverse=True):
            run = Run(root / name)
            with contextlib.suppress(ExplorerError):
                if (run.path / BEST_WEIGHTS).is_file() and find(name, root).recipe().network == network:
                    found.append(run)
            if len(found) == most:
                break
    return found


def _is_listed(entry: "os.DirEntry[str]") -> bool:
    return entry.name[0] != "." and entry.is_dir()


def _entry(root: Path, name: str, queue: Sequence[str]) -> Entry:
    run = Run(root / name)
    try:
        find(name, root)
        os.listdir(run.path)
        return Entry(run, run.about(), run.recipe(), *_summary(run, queue), None)
    except ExplorerError as error:
        problem = error
    except OSError as error:
        problem = RunError("errors.run_unreadable", run=clean(name, 60), reason=_reason(error))
    nothing = Status("unreadable", 0, 0, 0, None, None)
    return Entry(run, About(clean(name, MAX_NAME), "", "", None), None, nothing, (), problem)


def status(run: Run) -> Status:
    """How `run` is now. A dead worker's run is interrupted, whatever its files say."""
    return _summary(run, list(waiting(run.root)))[0]


_summaries: dict[Path, "Log"] = {}  # so that only what is new of each run is read again
_summing = threading.Lock()  # a page for each viewer asks


def _summary(run: Run, queue: Sequence[str]) -> tuple[Status, Sequence[Mapping[str, Any]]]:
    alive = is_running(run)  # before its events are read: a run that ends in between has its last one
    with _summing:
        log = _summaries.setdefault(run.path.absolute(), Log(run, batches=False))
        log.update()
        epochs, epoch, iteration, end = log.epochs, log.epoch, log.iteration, log.end
    place = queue.index(run.id) + 1 if run.id in queue else 0
    worker = read_json(run.path / WORKER)
    killed = worker.get("signal")
    if alive:
        state = "running"
    elif place:
        state = "queued"
    elif end is not None:
        state = {"finished": "finished", "failed": "failed"}.get(end["reason"], "stopped")
    else:
        state = "interrupted" if worker or iteration else "stopped"  # the latter: taken from the queue in time
    signal = killed if state == "interrupted" and type(killed) is int else None
    return Status(state, place, epoch, iteration, end, signal), epochs


def waiting(root: Path) -> dict[str, Path]:
    """The queue: each waiting run's id and its place on disk, in the order in which they start."""
    try:
        names = os.listdir(root / ".queue")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RunError("errors.run_unreadable", run=".queue", reason=_reason(error)) from error
    return {found[1]: root / ".queue" / name for name in sorted(names) if (found := _QUEUED.fullmatch(name))}


# What people do with runs


def rename(run: Run, name: str) -> None:
    """An empty name gives the run its folder's. Raises RunError where it cannot be written."""
    write_json(run.path / ABOUT, read_json(run.path / ABOUT) | {"name": clean(name, MAX_NAME)})


def set_note(run: Run, note: str) -> None:
    """Raises RunError where it cannot be written."""
    write_json(run.path / ABOUT, read_json(run.path / ABOUT) | {"note": clean(note, MAX_NOTE)})


def clean(text: str, limit: int) -> str:
    """`text` without control and direction marks (line ends stay), at most `limit` letters."""
    kept = (c if c == "\n" else " " if c.isspace() else c for c in text if c.isspace() or _is_shown(c))
    return "".join(kept).strip()[:limit]


def _is_shown(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "C"


def delete(run: Run) -> None:
    """Move `run` to the trash, which holds the last twenty. Raises RunError for one that is running."""
    trash = run.root / ".trash"
    with queue_locked(run.root), writing(run.root):
        with held(run):
            trash.mkdir(exist_ok=True)
            os.utime(run.path)  # the order in which the trash is emptied
            os.rename(run.path, trash / run.id)
        oldest_last = sorted((entry.stat().st_mtime_ns, entry.name) for entry in os.scandir(trash))[::-1]
    for _, name in oldest_last[TRASH:]:
        shutil.rmtree(trash / name, ignore_errors=True)  # what stays is tried again after the next one


def restore(run_id: str, root: Path | None = None) -> Run:
    """Bring a deleted run back. Raises RunError where it is not in the trash, or its place is taken."""
    root = root or folder()
    deleted = find(run_id, root / ".trash")
    with queue_locked(root), writing(root):
        if (root / run_id).exists():
            raise RunError("errors.run_exists", run=run_id)
        os.rename(deleted.path, root / run_id)
    return Run(root / run_id)


# Locks: flock(2), because a child inherits one with its open file and the kernel lets go of it at any death


@contextlib.contextmanager
def held(run: Run) -> Iterator[int]:
    """Holds `run`, so that no other process trains or moves it; the open file. Raises RunError, with who holds it."""
    lock = lock_file(run.path / LOCK, patience_s=0.2)  # someone who only looks is gone sooner
    if lock is None:
        raise held_by_another(run)
    try:
        yield lock
    finally:
        os.close(lock)


def held_by_another(run: Run) -> RunError:
    return RunError("errors.run_held", run=run.id, pid=read_json(run.path / WORKER).get("pid", "?"))


@contextlib.contextmanager
def queue_locked(root: Path) -> Iterator[None]:
    """Holds the queue of `root`. Raises RunError where another process does for more than ten seconds."""
    with writing(root):
        (root / ".queue").mkdir(parents=True, exist_ok=True)
    lock = lock_file(root / ".queue" / LOCK, patience_s=10)
    if lock is None:
        raise RunError("errors.run_queue_held", folder=str(root.resolve()))
    try:
        yield
    finally:
        os.close(lock)


def lock_file(path: Path, patience_s: float) -> int | None:
    """An open file that is locked until it is closed, or None where another has the lock for `patience_s`."""
    with writing(path.parent):
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    give_up = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > give_up:
                os.close(lock)
                return None
            time.sleep(0.01)


def is_running(run: Run) -> bool:
    """Whether a live process holds the run's lock. No pid is asked, which another process may have by now."""
    try:
        lock = os.open(run.path / LOCK, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:  # never started, or not ours to read
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two that look do not see each other
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(lock)


# Writing


def write_atomically(path: Path, *chunks: Any) -> None:
    """Replace `path` by `chunks` (bytes), or leave it as it is and raise RunError."""
    with writing(path.parent):
        os.replace(_part(path, chunks), path)
        _sync_folder(path.parent)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Raises RunError where it cannot be written."""
    write_atomically(path, json.dumps(content, ensure_ascii=False, indent=2).encode())


def read_json(path: Path) -> dict[str, Any]:
    """The object in a small file; {} where there is none."""
    try:
        found = json.loads(_read_text(path) or "")
    except (ValueError, RecursionError, RunError):
        return {}
    return found if isinstance(found, dict) else {}


def _part(path: Path, chunks: Sequence[Any]) -> Path:
    """A file beside `path` with `chunks`, on the disk and not only on its way there."""
    part = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def _sync_folder(path: Path) -> None:
    """A renamed file is on the disk when its folder is."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _link(source: Path, target: Path) -> None:
    """`target` becomes the file `source`: no copy where the file system can, since neither is ever written into."""
    part = target.with_name(f".{target.name}.{os.getpid()}-{uuid.uuid4().hex}.part")
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    os.replace(part, target)
    _sync_folder(target.parent)


def remove(path: Path) -> None:
    """Raises RunError where it cannot; a file that is not there is no fault."""
    with writing(path.parent):
        path.unlink(missing_ok=True)


def sweep(run: Run) -> None:
    """Remove what killed writers left. Raises RunError where it cannot."""
    with writing(run.path):
        for part in (*run.path.glob(".*.part"), *(run.path / KEPT).glob(".*.part")):
            found = _PART.fullmatch(part.name)
            if found and (int(found[1]) == os.getpid() or not psutil.pid_exists(int(found[1]))):
                part.unlink(missing_ok=True)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raises RunError for what goes wrong while writing to the folder `path`."""
    try:
        yield
    except OSError as error:
        raise RunError("errors.run_unwritable", folder=str(path.absolute()), reason=_reason(error)) from error


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _open(path: Path) -> io.FileIO:
    """A regular file for reading: no link out of the folder, no pipe that would be waited for. Raises OSError."""
    file = open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb", buffering=0)  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file")
    return file


def _read_text(path: Path) -> str | None:
    """None where there is no such file. Raises RunError where it cannot be read, is no text, or is too long."""
    try:
        with _open(path) as file:
            content = file.read(MAX_JSON + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError("errors.run_unreadable", run=path.parent.name, reason=_reason(error)) from error
    if len(content) > MAX_JSON:
        raise RunError("errors.run_unreadable", run=path.parent.name, reason=f"{path.name} > {MAX_JSON >> 20} MB")
    return content.decode(errors="replace")


def _parent(found: object) -> Parent | None:
    if isinstance(found, dict) and isinstance(found.get("run"), str) and type(found.get("epoch")) is int:
        return Parent(clean(found["run"], 100), found["epoch"])
    return None


# Checkpoints: what torch.save writes, then the sha256 of it (32 bytes)


def save_checkpoint(run: Run, state: Mapping[str, Any]) -> None:
    """Put `state` into last.pt; what was there becomes previous.pt. Raises RunError, and both stay as they were."""
    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getbuffer()
    last = run.path / LAST
    with writing(run.path):
        part = _part(last, (content, hashlib.sha256(content).digest()))
        with contextlib.suppress(FileNotFoundError):
            os.replace(last, run.path / PREVIOUS)
        os.replace(part, last)
        _sync_folder(run.path)


def keep_checkpoint(run: Run, epoch: int) -> None:
    """Keep last.pt as the checkpoint after `epoch` epochs. Raises RunError where that cannot be written."""
    with writing(run.path):
        (run.path / KEPT).mkdir(exist_ok=True)
        _link(run.path / LAST, kept_path(run, epoch))


def kept_path(run: Run, epoch: int) -> Path:
    return run.path / KEPT / f"epoch-{epoch:03}.pt"


def kept_epochs(run: Run) -> list[int]:
    """After how many epochs a checkpoint was kept, ascending."""
    found = (re.fullmatch(r"epoch-(\d{3,4})\.pt", path.name) for path in (run.path / KEPT).glob("*.pt"))
    return sorted(int(match[1]) for match in found if match)


def last_checkpoint(run: Run) -> tuple[dict[str, Any] | None, bool]:
    """The state to go on from, None before the first; and whether it is the one before, since the last was broken.

    Called by whoever holds the run: previous.pt then takes the place of a broken last.pt, which would otherwise push
    it out at the next save. Raises RunError where both are broken.
    """
    last, previous = run.path / LAST, run.path / PREVIOUS
    if not last.exists() and not previous.exists():
        return None, False
    try:
        return read_checkpoint(last), False
    except RunError as error:
        try:
            state = read_checkpoint(previous)
        except RunError:
            raise error from None
        with writing(run.path):
            os.replace(previous, last)
        return state, True


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Raises RunError for a file that is not whole, or holds more than values and tensors."""
    import torch

    content = _checked(path)
    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    # weights_only refuses what could run code; a broken pickle fails in as many ways as it has bytes
    except Exception as error:
        raise _broken(path) from error
    if not isinstance(state, dict):
        raise _broken(path)
    return state


def _checked(path: Path) -> memoryview:
    """What torch.save wrote, if all of it is there."""
    try:
        with _open(path) as file:
            content = memoryview(file.readall())
    except OSError as error:
        raise _broken(path) from error
    if hashlib.sha256(content[:-_DIGEST]).digest() != content[-_DIGEST:]:
        raise _broken(path)
    return content[:-_DIGEST]


def _broken(path: Path) -> RunError:
    return RunError("errors.run_checkpoint_broken", file=path.name)


# Weights and answers


def save_weights(path: Path, weights: Mapping[str, "Tensor"], metadata: Mapping[str, str]) -> None:
    """A state dict as safetensors, floats in float32. Raises RunError where it cannot be written."""
    from safetensors.torch import save

    plain = {name: (value.float() if value.is_floating_point() else value).cpu().contiguous()
             for name, value in weights.items()}  # fmt: skip
    write_atomically(path, save(plain, dict(metadata)))


def save_answers(run: Run, epoch: int, classes: Sequence[str], answers: Any) -> None:
    """The `loop.Predictions` of `epoch`: confusion.json, rows true and columns predicted, and one by one."""
    import torch
    from safetensors.torch import save

    count = len(classes)
    pairs = answers.labels.long() * count + answers.predicted.long()
    matrix = torch.bincount(pairs, minlength=count * count).view(count, count).tolist()
    columns = {"label": answers.labels.long(), "predicted": answers.predicted.long(),
               "probability": answers.probability.float()}  # fmt: skip
    one_by_one = save({name: column.contiguous() for name, column in columns.items()}, {"epoch": str(epoch)})
    write_atomically(run.path / PREDICTIONS, one_by_one)
    confusion = {"classes": list(classes), "matrix": matrix, "epoch": epoch}
    write_atomically(run.path / CONFUSION, json.dumps(confusion).encode())


def answers(run: Run) -> dict[str, "Tensor"] | None:
    """Of the best epoch's test pictures: label, predicted, probability, (N,) each. None before the first checkpoint.

    Raises RunError where the file is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        with _open(run.path / PREDICTIONS) as file:
            found = load(file.readall())
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError) as error:
        raise RunError("errors.run_unreadable", run=run.id, reason=PREDICTIONS) from error
    if len({len(found.get(name, ())) for name in ("label", "predicted", "probability")}) != 1:
        raise RunError("errors.run_unreadable", run=run.id, reason=PREDICTIONS)
    return found


# Events


class Writer:
    """Appends to events.jsonl, a write for all that came within a fifth of a second."""

    def __init__(self, run: Run) -> None:
        """Raises RunError where the file cannot be written."""
        self._folder = run.path
        self._pending = b""
        self._written_s = 0.0
        with writing(self._folder):
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
            self._file = open(os.open(run.path / EVENTS, flags, 0o644), "ab", buffering=0)  # noqa: SIM115
            size = os.fstat(self._file.fileno()).st_size
            if size and os.pread(self._file.fileno(), 1, size - 1) != b"\n":  # a line that a killed writer began
                self._pending = b"\n"

    def add(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Values that are not finite are written as null, which JSON has. Raises RunError."""
        event = {"kind": kind, **fields}
        try:
            line = json.dumps(event, allow_nan=False)
        except ValueError:
            line = json.dumps(_with_nulls(event))
        self._pending += line.encode() + b"\n"
        if kind != "batch" or time.monotonic() - self._written_s > 0.2:
            self.flush()

    def flush(self) -> None:
        """Raises RunError where the disk is full, say."""
        with writing(self._folder):
            while self._pending:
                self._pending = self._pending[self._file.write(self._pending) :]
        self._written_s = time.monotonic()

    def sync(self) -> None:
        """All events are on the disk after this: a checkpoint must not be ahead of them. Raises RunError."""
        self.flush()
        with writing(self._folder):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def _with_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_nulls(inside) for key, inside in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_nulls(inside) for inside in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


_OPENING: Final[Mapping[str, type]] = {
    "classes": list, "strip": list, "batches": int, "train": int, "data": str, "device_name": str,
}  # fmt: skip
# What must be there for a line to count. A number may be null: it was not finite.
_NEEDED: Final[Mapping[str, Mapping[str, type]]] = {
    "prepare": {"what": str, "done": int, "total": int},
    "start": _OPENING,
    "resume": {**_OPENING, "epoch": int, "seen": int, "iteration": int},
    "freeze": {"epoch": int},
    "unfreeze": {"epoch": int, "iteration": int, "lr": float},
    "batch": {"epoch": int, "iteration": int, "loss": float, "lr": float},
    "lr": {"epoch": int, "lr": float},
    "epoch": {
        "epoch": int, "train_loss": float, "train_accuracy": float, "test_loss": float, "test_accuracy": float,
        "lr": float, "seconds": float, "frozen": bool, "strip": list,
    },
    "checkpoint": {"epoch": int, "seen": int, "iteration": int},
    "warning": {"key": str, "values": dict},
    "end": {"reason": str},
}  # fmt: skip


@dataclass
class _Bin:
    """Neighbouring batches of the curve: the last one's place, and sums."""

    iteration: int
    epoch: int
    count: int
    loss: float
    lr: float


class Log:
    """What events.jsonl says, as far as it is written; `update` reads on from where it was.

    `opening` is the last start or resume event, `preparing` what is being made ready now. `epochs` are all, ascending, never thinned. `marks` are the freeze,
    unfreeze and lr events. `epoch` and `iteration` are the last that began and ended. `skipped` counts lines that were
    no events; `torn` says that the last line has no end yet. `batches=False` leaves the curve out, which is faster.
    """

    def __init__(self, run: Run, *, batches: bool = True) -> None:
        self._path = run.path / EVENTS
        self._with_batches = batches
        self._forget()

    def _forget(self) -> None:
        self._inode, self._offset = 0, 0
        self._tail, self._taken, self._too_long = b"", b"", False
        self.skipped = 0
        self._begin()

    def _begin(self) -> None:
        self.opening: dict[str, Any] | None = None
        self.checkpoint: dict[str, Any] | None = None
        self.end: dict[str, Any] | None = None
        self.preparing: dict[str, Any] | None = None
        self.warnings: deque[dict[str, Any]] = deque(maxlen=MAX_WARNINGS)
        self.epoch, self.iteration = 0, 0
        self._epochs: dict[int, dict[str, Any]] = {}
        self._marks: dict[tuple[str, int], dict[str, Any]] = {}
        self._bins: list[_Bin] = []
        self._stride = 1  # batches to a bin
        self._last_batch = b""

    @property
    def epochs(self) -> list[dict[str, Any]]:
        return [self._epochs[epoch] for epoch in sorted(self._epochs)]

    @property
    def marks(self) -> list[dict[str, Any]]:
        return [self._marks[mark] for mark in sorted(self._marks, key=lambda mark: (mark[1], mark[0]))]

    @property
    def batches(self) -> dict[str, list[float]]:
        """Columns iteration, epoch, loss, lr: every batch, or means over as many neighbours as makes 4,096 points."""
        return {
            "iteration": [each.iteration for each in self._bins], "epoch": [each.epoch for each in self._bins],
            "loss": [each.loss / each.count for each in self._bins],
            "lr": [each.lr / each.count for each in self._bins],
        }  # fmt: skip

    @property
    def torn(self) -> bool:
        return self._tail != self._taken or self._too_long

    def update(self) -> bool:
        """Read what is new; whether anything was. Raises RunError where the file cannot be read."""
        try:
            with _open(self._path) as file:
                found = os.fstat(file.fileno())
                if found.st_ino != self._inode or found.st_size < self._offset:  # another file than before
                    self._forget()
                    self._inode = found.st_ino
                before = self._offset
                file.seek(before)
                while chunk := file.read(1 << 20):
                    self._offset += len(chunk)
                    self._take(chunk)
        except FileNotFoundError:
            self._forget()
            return False
        except OSError as error:
            raise RunError("errors.run_unreadable", run=self._path.parent.name, reason=_reason(error)) from error
        if self._offset == before:
            return False
        if self._tail and (event := _event(self._tail)) and self._accept(event):
            self._taken = self._tail  # whole, though its line has no end: by hand, or half written
        if self._last_batch and (event := _event(self._last_batch)):
            self._accept(event)
            self._last_batch = b""
        return True

    def _take(self, chunk: bytes) -> None:
        *lines, tail = (self._tail + chunk).split(b"\n")
        for line in lines:
            if self._too_long:
                self._too_long = False
            elif not self._taken or line != self._taken:
                self._line(line)
            self._taken = b""
        if len(tail) > MAX_LINE:
            self.skipped += not self._too_long
            self._too_long, tail = True, b""
        self._tail = b"" if self._too_long else tail

    def _line(self, line: bytes) -> None:
        if not self._with_batches and line.startswith(b'{"kind": "batch"'):
            self._last_batch = line  # of thousands, this one says how far the run is
            return
        event = _event(line) if len(line) <= MAX_LINE else None
        if event is None or not self._accept(event):
            self.skipped += 1

    def _accept(self, event: dict[str, Any]) -> bool:
        """Whether the event says something new."""
        kind, epoch = event["kind"], event.get("epoch", 0)
        self.preparing = event if kind == "prepare" else None
        if kind == "prepare":
            self.end = None  # of the process before
        elif kind == "start":
            self._begin()
            self.opening = event
        elif kind == "resume":
            self._go_back(event)
            self.opening, self.end = event, None
        elif kind == "batch":
            return self._accept_batch(event)
        elif kind == "epoch":
            if epoch in self._epochs or not 1 <= epoch <= 1000:  # the most that a recipe may have
                return False
            self._epochs[epoch] = event
            self.epoch = max(self.epoch, epoch)
        elif kind in ("freeze", "unfreeze", "lr"):
            self._marks[kind, epoch] = event
        elif kind == "checkpoint":
            self.checkpoint = event
            self.iteration = max(self.iteration, event["iteration"])
        elif kind == "warning":
            if event not in self.warnings:
                self.warnings.append(event)
        else:
            self.end = event
        return True

    def _accept_batch(self, event: dict[str, Any]) -> bool:
        iteration, loss, lr = event["iteration"], event["loss"], event["lr"]
        if iteration <= self.iteration or loss is None or lr is None:
            return False
        self.iteration, self.epoch = iteration, max(self.epoch, event["epoch"])
        if not self._with_batches:
            return True
        if self._bins and self._bins[-1].count < self._stride:
            last = self._bins[-1]
            self._bins[-1] = _Bin(iteration, event["epoch"], last.count + 1, last.loss + loss, last.lr + lr)
        else:
            self._bins.append(_Bin(iteration, event["epoch"], 1, loss, lr))
        if len(self._bins) > MAX_BATCHES:
            self._halve()
        return True

    def _halve(self) -> None:
        """Two neighbours become one, the last stays alone."""
        pairs = zip(self._bins[:-1:2], self._bins[1::2], strict=True)
        merged = [_Bin(b.iteration, b.epoch, a.count + b.count, a.loss + b.loss, a.lr + b.lr) for a, b in pairs]
        self._bins = [*merged, self._bins[-1]]
        self._stride *= 2

    def _go_back(self, resume: dict[str, Any]) -> None:
        """The run goes on from a checkpoint: what came after that is void and will come again."""
        epoch, iteration = resume["epoch"], resume["iteration"]
        self._last_batch = b""
        while self._bins and self._bins[-1].iteration > iteration:
            self._bins.pop()
        for void in [each for each in self._epochs if each >= epoch]:
            del self._epochs[void]
        for kind, of in list(self._marks):
            late = self._marks[kind, of].get("iteration", 0) > iteration
            if of > epoch or (of == epoch and (kind == "lr" or late)):
                del self._marks[kind, of]
        self.epoch, self.iteration = (epoch if resume["seen"] else epoch - 1), iteration


def _event(line: bytes) -> dict[str, Any] | None:
    """The event in a line, None where there is none that we know."""
    try:
        event = json.loads(line.decode(), parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or not isinstance(event.get("kind"), str):
        return None
    needed = _NEEDED.get(event["kind"])
    if needed is None or not all(name in event and _is(event[name], kind) for name, kind in needed.items()):
        return None
    return event


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"not finite: {number}")
    return value


def _is(value: object, kind: type) -> bool:
    if kind is float:
        return value is None or (type(value) in (int, float) and abs(value) < 1e300)  # type: ignore[arg-type]
    if kind is int:
        return type(value) is int and 0 <= value < 1 << 53
    return type(value) is kind
