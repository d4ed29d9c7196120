"""Small files that a kill at any moment leaves old or new, whole; locks; and reading what anyone may have put there."""

import contextlib
import errno
import fcntl
import io
import json
import os
import re
import shutil
import stat
import time
import unicodedata
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import psutil

from explorer.errors import RunError

MAX_JSON: Final = 8 << 20  # bytes of a small file; a recipe of 1,000 classes with long names fits

_PART = re.compile(r"\..+\.(\d+)-[0-9a-f]{32}\.part")


# Writing


def write_atomically(path: Path, *chunks: Any) -> None:
    """Replace `path` by `chunks` (bytes), or leave it as it is and raise RunError."""
    with writing(path.parent):
        os.replace(part(path, chunks), path)
        sync_folder(path.parent)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Raises RunError where it cannot be written."""
    write_atomically(path, json.dumps(content, ensure_ascii=False, indent=2).encode())


def part(path: Path, chunks: Sequence[Any]) -> Path:
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


def sync_folder(path: Path) -> None:
    """A renamed file is on the disk when its folder is."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def link(source: Path, target: Path) -> None:
    """`target` becomes the file `source`: no copy where the file system can, since neither is ever written into."""
    part = target.with_name(f".{target.name}.{os.getpid()}-{uuid.uuid4().hex}.part")
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    os.replace(part, target)
    sync_folder(target.parent)


def remove(path: Path) -> None:
    """Raises RunError where it cannot; a file that is not there is no fault."""
    with writing(path.parent):
        path.unlink(missing_ok=True)


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


# Reading


def open_regular(path: Path) -> io.FileIO:
    """A regular file for reading: no link out of the folder, no pipe that would be waited for. Raises OSError."""
    file = open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb", buffering=0)  # noqa: SIM115
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


def _is_shown(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "C"


# Locks: flock(2), because a child inherits one with its open file and the kernel lets go of it at any death


@contextlib.contextmanager
def locked(path: Path, patience_s: float) -> Iterator[int | None]:
    """The open file, locked meanwhile; None where another has the lock for `patience_s`. Raises RunError."""
    with writing(path.parent):
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        yield lock if _taken(lock, patience_s) else None
    finally:
        os.close(lock)


def _taken(lock: int, patience_s: float) -> bool:
    give_up = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > give_up:
                return False
            time.sleep(0.01)


def is_locked(path: Path) -> bool:
    """Whether a live process holds the lock."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:  # never locked, or not ours to read
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two that look do not see each other
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
