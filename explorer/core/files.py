"""Small files that a kill at any moment leaves old or new, whole; locks; and reading what anyone may have put there."""

import contextlib
import errno
import io
import json
import os
import re
import shutil
import stat
import time
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import filelock
import psutil

from explorer.core.errors import RunError

_T = TypeVar("_T")

MAX_JSON: Final = 8 << 20  # bytes of a small file; a recipe of 1,000 classes with long names fits
PATIENCE_S = 2.0 if os.name == "nt" else 0.0  # for what another process has open; elsewhere that is in nobody's way

_PART = re.compile(r"\..+\.(\d+)-[0-9a-f]{8,32}\.part")


# Writing


def write_atomically(path: Path, *chunks: Any) -> None:
    """Replace `path` by `chunks` (bytes), or leave it as it is and raise RunError."""
    with writing(path.parent):
        made = part(path, chunks)
        try:
            replace(made, path)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Raises RunError where it cannot be written."""
    write_atomically(path, json.dumps(content, ensure_ascii=False, indent=2).encode())


def size(folder: Path) -> int:
    """Bytes of the files in `folder` and below, one with several names counted once."""
    found: dict[tuple[int, int], int] = {}
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # it has just gone
            told = path.lstat()
            found[told.st_dev, told.st_ino] = told.st_size
    return sum(found.values())


def part(path: Path, chunks: Sequence[Any]) -> Path:
    """A file beside `path` with `chunks`, on the disk and not only on its way there."""
    part = _part_of(path)
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


def _part_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part")


def patiently(act: Callable[[], _T]) -> _T:
    """`act()`, tried again for PATIENCE_S: Windows neither replaces, moves nor removes an open file. Raises OSError."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        try:
            return act()
        except PermissionError:
            if time.monotonic() >= give_up:
                raise
            time.sleep(0.02)


def replace(source: Path, target: Path) -> None:
    """Rename `source` to `target`, which may exist. Raises OSError."""
    patiently(lambda: os.replace(source, target))


def sync_folder(path: Path) -> None:
    """A renamed file is on the disk when its folder is. Windows opens no folder, and its file system keeps a log."""
    if os.name == "nt":
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def link(source: Path, target: Path) -> None:
    """`target` becomes the file `source`: no copy where the file system can, since neither is ever written into."""
    part = _part_of(target)
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    replace(part, target)
    sync_folder(target.parent)


def remove(path: Path) -> None:
    """Raises RunError where it cannot; a file that is not there is no fault."""
    with writing(path.parent):
        patiently(lambda: path.unlink(missing_ok=True))


def sweep(folder: Path) -> None:
    """Remove what killed writers left in `folder`. Raises RunError where it cannot."""
    with writing(folder):
        for part in folder.glob(".*.part"):
            found = _PART.fullmatch(part.name)
            if found and (int(found[1]) == os.getpid() or not psutil.pid_exists(int(found[1]))):
                part.unlink(missing_ok=True)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raises RunError for what goes wrong while writing to the folder `path`."""
    try:
        yield
    except OSError as error:
        raise RunError("errors.run_unwritable", folder=str(path.absolute()), reason=reason(error)) from error


def reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def long(path: Path) -> Path:
    """`path` as Windows takes it beyond 260 characters; elsewhere as it is. Not for people to see."""
    if os.name != "nt" or str(path).startswith("\\\\?\\"):
        return path
    whole = os.path.abspath(path)
    return Path(f"\\\\?\\UNC{whole[1:]}" if whole.startswith("\\\\") else f"\\\\?\\{whole}")


# Reading


def open_itself(path: Path, mode: str) -> io.FileIO:
    """`path` unbuffered, as `open` does, but never what a link leads to, nor waiting for a pipe. Raises OSError."""

    def opened(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o644)

    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():  # Windows
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return patiently(lambda: io.FileIO(path, mode, opener=opened))


def open_regular(path: Path) -> io.FileIO:
    """A regular file for reading: no link out of the folder, no pipe that would be waited for. Raises OSError."""
    file = open_itself(path, "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file")
    return file


def read_text(path: Path) -> str | None:
    """None where there is no such file. Raises RunError where it cannot be read, is no text, or is too long."""
    try:
        with open_regular(path) as file:
            content = file.read(MAX_JSON + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError("errors.run_unreadable", run=path.parent.name, reason=reason(error)) from error
    if len(content) > MAX_JSON:
        raise RunError("errors.run_unreadable", run=path.parent.name, reason=f"{path.name} > {MAX_JSON >> 20} MB")
    return content.decode(errors="replace")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a small file; {} where there is none."""
    try:
        found = json.loads(read_text(path) or "")
    except (ValueError, RecursionError, RunError):
        return {}
    return found if isinstance(found, dict) else {}


def clean(text: str, limit: int) -> str:
    """`text` without control and direction marks (line ends stay), at most `limit` letters."""
    kept = (c if c == "\n" else " " if c.isspace() else c for c in text if c.isspace() or _is_shown(c))
    return "".join(kept).strip()[:limit]


def one_line(text: str, limit: int | None = None) -> str:
    """`text` on one line without control and direction marks, at most `limit` letters."""
    return " ".join("".join(c if c.isspace() or _is_shown(c) else "" for c in text).split())[:limit]


def _is_shown(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "C"


# Locks


@contextlib.contextmanager
def locked(path: Path, patience_s: float) -> Iterator[bool]:
    """Whether this process holds the lock file `path` meanwhile, or another does for `patience_s`. Raises RunError.

    The system lets go of it when the process ends, however it ends.
    """
    lock = filelock.FileLock(path, timeout=patience_s, poll_interval=0.01, preserve_lock_file=True)
    with writing(path.parent), contextlib.suppress(filelock.Timeout):
        lock.acquire()
    try:
        yield lock.is_locked
    finally:
        lock.release()


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock file `path`. One that only asks may be taken for it by another that does."""
    with contextlib.suppress(RunError), locked(path, patience_s=0) as is_mine:
        return not is_mine
    return False
