"""Processes that outlive the one that started them: start, recognise and kill them, on every system."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import psutil

from explorer.core import files
from explorer.core.errors import RunError

PACKAGE_ROOT: Final = Path(__file__).parents[2]

GIVEN_S = 30.0  # until whoever started a process has given it its work

_SAME_START_S: Final = 1.5  # two readings of one process's start time differ by less, a reused pid's by more


def start_detached(
    command: Sequence[str], log: BinaryIO, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start `command` so that it survives this process and its terminal; what it prints is appended to `log` as UTF-8.

    Raises OSError.
    """
    paths = [str(PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":  # neither Ctrl-C nor the end of this console reach another group and console
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **options,
        env={**(environment or os.environ), "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """Work that one process at a time does: to train a run, or to lead a comparison.

    `record` is JSON that says which process, and stays when it has ended. `mark` is there while the work is claimed, in
    a folder that is ours: a record may have come from elsewhere, and name any process. The process locks its mark,
    which other machines on the same folder see. Whoever calls `take` holds a lock, so that nobody else does meanwhile.
    """

    record: Path
    mark: Path

    def process(self) -> psutil.Process | None:
        """The live process of this machine that has the work."""
        if not self.mark.exists():
            return None
        record = files.read_json(self.record)
        return find(record) if _is_here(record) else None

    def is_taken(self) -> bool:
        """Whether a live process has the work, here or on another machine."""
        try:
            since = self.mark.stat().st_mtime
        except FileNotFoundError:
            return False
        if _is_here(files.read_json(self.record)):
            return self.process() is not None
        # A new process may not have locked it yet. A mark from the future is of a clock that was set back since.
        return abs(time.time() - since) < GIVEN_S or files.is_locked(self.mark)

    def take(self, pid: int, token: str = "", **facts: object) -> None:
        """Give the work to process `pid`. Raises RunError where that cannot be written."""
        with files.writing(self.mark.parent):
            self.mark.touch()
        files.write_json(self.record, {**identity(pid), "host": socket.gethostname(), "token": token, **facts})

    def is_given(self, token: str) -> bool:
        """Wait until the work is given to the process that was started with `token`, which calls this before it begins.

        False where whoever started it died before that: nobody knows of this process, and another may do its work. (A
        pid would not do: in a virtual environment on Windows, the process that was started is the one's parent.)
        """
        give_up = time.monotonic() + GIVEN_S
        while files.read_json(self.record).get("token") != token:
            if time.monotonic() > give_up:
                return False
            time.sleep(0.01)
        return True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold what was given to this process, and give it back at the end; its death does the same."""
        try:
            with files.locked(self.mark, patience_s=1.0):  # someone who looks at it is gone sooner
                yield
        finally:
            with contextlib.suppress(RunError):  # then that the process ends must do
                files.remove(self.mark)


def _is_here(record: Mapping[str, Any]) -> bool:
    """Whether the process is, or was, one of this machine, so that its pid can be asked for."""
    here = socket.gethostname()
    return bool(record.get("host", here) == here)


def identity(pid: int) -> dict[str, Any]:
    """What `find` recognises the process by: `pid`, and `created`, its start time in seconds (None: it has ended)."""
    try:
        return {"pid": pid, "created": _created(psutil.Process(pid))}
    except psutil.Error:
        return {"pid": pid, "created": None}


def find(told: Mapping[str, Any]) -> psutil.Process | None:
    """The live process that `told` identifies; None for one that has ended, also where its pid is another's by now."""
    pid, created = told.get("pid"), told.get("created")
    if type(pid) is not int or not isinstance(created, float):
        return None
    try:
        process = psutil.Process(pid)
        same = abs(_created(process) - created) < _SAME_START_S and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError, OSError):  # no such process, or no pid at all
        return None
    return process if same else None


def kill(process: psutil.Process) -> bool:
    """Kill `process` and all that it started; whether that was allowed."""
    try:
        for each in (*process.children(recursive=True), process):
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                each.kill()
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
    return True


def _created(process: psutil.Process) -> float:
    """Linux counts from boot and psutil adds the clock's idea of when that was, which moves when the clock is set.

    Other systems keep the time that the clock showed at the start.
    """
    return process.create_time() - (psutil.boot_time() if sys.platform == "linux" else 0.0)


def peak_memory_bytes() -> int:
    """The most memory that this process has had at once; what it has now where the system does not tell that."""
    facts = psutil.Process().memory_info()
    if sys.platform != "win32":
        with contextlib.suppress(ImportError):
            import resource

            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            return peak if sys.platform == "darwin" else peak * 1024  # elsewhere in kilobytes
    return int(getattr(facts, "peak_wset", facts.rss))  # peak_wset is Windows'
