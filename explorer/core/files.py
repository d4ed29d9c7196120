"""Atomic writes, file locks, and safe reading of untrusted files."""

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

MAX_JSON: Final = 8 << 20  # bytes; a recipe with 1,000 long class names fits
RETRY_S = 2.0 if os.name == "nt" else 0.0  # only Windows refuses to replace a file that another process has open

_PART = re.compile(r"\..+\.(\d+)-[0-9a-f]{8,32}\.part")


# Writing


def write_atomically(path: Path, *chunks: Any) -> None:
    """Replace the content of `path` by `chunks` (bytes). On failure `path` is unchanged and RunError is raised."""
    with writing(path.parent):
        part = write_part(path, chunks)
        try:
            replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` as JSON, atomically. Raises RunError."""
    write_atomically(path, json.dumps(content, ensure_ascii=False, indent=2).encode())


def folder_size(folder: Path) -> int:
    """Bytes of all files in `folder`, recursively; hard links to one file are counted once."""
    sizes: dict[tuple[int, int], int] = {}
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # deleted meanwhile
            status = path.lstat()
            sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values())


def write_part(path: Path, chunks: Sequence[Any]) -> Path:
    """Write `chunks` to a temporary file beside `path`, flushed to disk (fsync). Raises OSError."""
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


def retry_while_open(act: Callable[[], _T]) -> _T:
    """Call `act`, retrying for RETRY_S on PermissionError: Windows cannot replace, move or remove an open file."""
    give_up = time.monotonic() + RETRY_S
    while True:
        try:
            return act()
        except PermissionError:
            if time.monotonic() >= give_up:
                raise
            time.sleep(0.02)


def replace(source: Path, target: Path) -> None:
    """Rename `source` to `target`, which may exist. Raises OSError."""
    retry_while_open(lambda: os.replace(source, target))


def sync_folder(path: Path) -> None:
    """Flush the folder to disk, so that a rename in it is durable. No-op on Windows: NTFS journals renames."""
    if os.name == "nt":
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def link(source: Path, target: Path) -> None:
    """Make `target` a hard link to `source`, or a copy where hard links are not supported.

    Both are replaced as a whole and never written in place, so sharing the content is safe.
    """
    part = _part_of(target)
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    replace(part, target)
    sync_folder(target.parent)


def remove(path: Path) -> None:
    """Delete `path` if it exists. Raises RunError."""
    with writing(path.parent):
        retry_while_open(lambda: path.unlink(missing_ok=True))


def remove_stale_parts(folder: Path) -> None:
    """Delete temporary files of killed writers in `folder`. Raises RunError."""
    with writing(folder):
        for part in folder.glob(".*.part"):
            match = _PART.fullmatch(part.name)
            if match and (int(match[1]) == os.getpid() or not psutil.pid_exists(int(match[1]))):
                part.unlink(missing_ok=True)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Convert an OSError while writing to the folder `path` to a RunError."""
    try:
        yield
    except OSError as error:
        raise RunError("errors.run_unwritable", folder=str(path.absolute()), reason=reason(error)) from error


def reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def extended_path(path: Path) -> Path:
    """`path` with the prefix that Windows needs beyond 260 characters; unchanged on other systems. Not for display."""
    if os.name != "nt" or str(path).startswith("\\\\?\\"):
        return path
    whole = os.path.abspath(path)
    return Path(f"\\\\?\\UNC{whole[1:]}" if whole.startswith("\\\\") else f"\\\\?\\{whole}")


# Reading


def open_nofollow(path: Path, mode: str) -> io.FileIO:
    """Open `path` unbuffered, without following a symbolic link or blocking on a pipe. Raises OSError."""

    def opened(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o644)

    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():  # Windows
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return retry_while_open(lambda: io.FileIO(path, mode, opener=opened))


def open_regular(path: Path) -> io.FileIO:
    """Open a regular file for reading. Raises OSError, also for links, pipes and devices."""
    file = open_nofollow(path, "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file")
    return file


def read_text(path: Path) -> str | None:
    """Text of a small file; None if it does not exist. Raises RunError if it is unreadable or longer than MAX_JSON."""
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
    """The JSON object in a small file; {} if it is missing, unreadable or no object."""
    try:
        content = json.loads(read_text(path) or "")
    except (ValueError, RecursionError, RunError):
        return {}
    return content if isinstance(content, dict) else {}


def clean(text: str, limit: int) -> str:
    """`text` without control and direction characters, at most `limit` characters. Newlines are kept."""
    kept = (c if c == "\n" else " " if c.isspace() else c for c in text if c.isspace() or _is_shown(c))
    return "".join(kept).strip()[:limit]


def one_line(text: str, limit: int | None = None) -> str:
    """`text` on one line without control and direction characters, at most `limit` characters."""
    return " ".join("".join(c if c.isspace() or _is_shown(c) else "" for c in text).split())[:limit]


def shortened(text: str) -> str:
    """`text` of at most 60 characters for display: a longer one is cut in the middle."""
    return text if len(text) <= 60 else f"{text[:40]}…{text[-19:]}"


def file_stem(text: str) -> str:
    """`text` as a file's name without suffix that all systems accept."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-")


def _is_shown(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "C"


# Locks


@contextlib.contextmanager
def locked(path: Path, timeout_s: float) -> Iterator[bool]:
    """Try to hold the lock file `path`, waiting at most `timeout_s`; yields whether it was acquired. Raises RunError.

    The operating system releases the lock when the process ends, however it ends.
    """
    lock = filelock.FileLock(path, timeout=timeout_s, poll_interval=0.01, preserve_lock_file=True)
    with writing(path.parent), contextlib.suppress(filelock.Timeout):
        lock.acquire()
    try:
        yield lock.is_locked
    finally:
        lock.release()


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock file `path`. Two simultaneous calls may take each other for the holder."""
    with contextlib.suppress(RunError), locked(path, timeout_s=0) as is_mine:
        return not is_mine
    return False
