"""Start, identify and kill processes that outlive their parent, on Linux, macOS and Windows."""

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

ASSIGN_TIMEOUT_S = 30.0  # a new process waits this long until its parent assigns it the work

_SAME_START_S: Final = 1.5  # two readings of one process's start time differ by less; a reused pid's by more


def start_detached(
    command: Sequence[str], log: BinaryIO, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start `command` so that it survives this process and its terminal. Raises OSError.

    Its output is appended to `log` as UTF-8.
    """
    paths = [str(PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":  # Ctrl-C and closing this console do not reach another process group and console
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **options,
        env={**(environment or os.environ), "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """Ownership of work that one process at a time may do, such as training a run.

    `record` is a JSON file that identifies the process; it remains after the process ends. `mark` is a file that exists
    while the work is claimed. It lies in a folder of this server, because a record may be copied from elsewhere and
    name any process. The owner locks its mark, which other machines that share the folder can see. Callers of `assign`
    must hold a lock that prevents concurrent calls.
    """

    record: Path
    mark: Path

    def process(self) -> psutil.Process | None:
        """The live process of this machine that owns the work, if any."""
        if not self.mark.exists():
            return None
        record = files.read_json(self.record)
        return find(record) if _is_here(record) else None

    def is_taken(self) -> bool:
        """Whether a live process owns the work, on this or another machine."""
        try:
            since = self.mark.stat().st_mtime
        except FileNotFoundError:
            return False
        if _is_here(files.read_json(self.record)):
            return self.process() is not None
        # A new process may not have locked its mark yet. A time in the future means that the clock was set back.
        return abs(time.time() - since) < ASSIGN_TIMEOUT_S or files.is_locked(self.mark)

    def assign(self, pid: int, token: str = "", **facts: object) -> None:
        """Assign the work to process `pid`; `facts` are added to the record. Raises RunError."""
        with files.writing(self.mark.parent):
            self.mark.touch()
        files.write_json(self.record, {**identity(pid), "host": socket.gethostname(), "token": token, **facts})

    def wait_until_assigned(self, token: str) -> bool:
        """Wait until the work is assigned to the process that was started with `token`; that process calls this first.

        False after ASSIGN_TIMEOUT_S: the parent died before it assigned the work, and another process may do it. A pid
        cannot replace the token: in a virtual environment on Windows the started process is a parent of this one.
        """
        give_up = time.monotonic() + ASSIGN_TIMEOUT_S
        while files.read_json(self.record).get("token") != token:
            if time.monotonic() > give_up:
                return False
            time.sleep(0.01)
        return True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the work assigned to this process and release it at the end; the end of the process also releases it."""
        try:
            with files.locked(self.mark, timeout_s=1.0):  # `is_locked` in another process holds it only briefly
                yield
        finally:
            with contextlib.suppress(RunError):  # the end of the process releases the work
                files.remove(self.mark)


def _is_here(record: Mapping[str, Any]) -> bool:
    """Whether the recorded process is of this machine, so that its pid can be looked up."""
    here = socket.gethostname()
    return bool(record.get("host", here) == here)


def identity(pid: int) -> dict[str, Any]:
    """What `find` needs to identify a process: `pid`, and its start time `created` in seconds (None if it ended)."""
    try:
        return {"pid": pid, "created": _created(psutil.Process(pid))}
    except psutil.Error:
        return {"pid": pid, "created": None}


def find(record: Mapping[str, Any]) -> psutil.Process | None:
    """The live process that `record` identifies; None if it has ended, also if its pid was reused since."""
    pid, created = record.get("pid"), record.get("created")
    if type(pid) is not int or not isinstance(created, float):
        return None
    try:
        process = psutil.Process(pid)
        same = abs(_created(process) - created) < _SAME_START_S and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError, OSError):  # no such process, or an invalid pid
        return None
    return process if same else None


def kill(process: psutil.Process) -> bool:
    """Kill `process` and its children, recursively; returns False if access was denied."""
    try:
        for each in (*process.children(recursive=True), process):
            with contextlib.suppress(psutil.NoSuchProcess):  # ended meanwhile
                each.kill()
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
    return True


def _created(process: psutil.Process) -> float:
    """Start time in seconds; on Linux since boot, elsewhere since the epoch.

    Linux stores the time since boot. psutil adds the boot time, which changes when the clock is set, so it is
    subtracted again. Other systems store the wall-clock time at the start.
    """
    return process.create_time() - (psutil.boot_time() if sys.platform == "linux" else 0.0)


def peak_memory_bytes() -> int:
    """Peak resident memory of this process; the current value where the system does not record the peak."""
    facts = psutil.Process().memory_info()
    if sys.platform != "win32":
        with contextlib.suppress(ImportError):
            import resource

            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            return peak if sys.platform == "darwin" else peak * 1024  # other systems report kilobytes
    return int(getattr(facts, "peak_wset", facts.rss))  # peak_wset: Windows
