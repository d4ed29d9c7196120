"""Shared by tests of run files: events, a full disk, a kill at any write."""

import contextlib
import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.runs.events import Log, Writer

OPENING: dict[str, Any] = {
    "classes": ["cat", "dog"], "strip": [0, 1], "batches": 2, "train": 16, "data": "0a1b", "device_name": "CPU",
}  # fmt: skip


def batch(iteration: int, loss: float = 1.0, epoch: int = 1) -> dict[str, Any]:
    return {"kind": "batch", "epoch": epoch, "batch": iteration, "iteration": iteration, "loss": loss, "lr": 0.01}


def epoch(number: int, **more: Any) -> dict[str, Any]:
    names = ("train_loss", "train_accuracy", "test_loss", "test_accuracy", "lr", "seconds")
    return {"kind": "epoch", "epoch": number, **dict.fromkeys(names, 0.5), "frozen": False, "strip": [], **more}


def write(folder: Path, *events: dict[str, Any]) -> None:
    with contextlib.closing(Writer(folder)) as writer:
        for event in events:
            writer.add(event["kind"], {name: value for name, value in event.items() if name != "kind"})
        writer.flush()


def read(folder: Path, **options: Any) -> Log:
    log = Log(folder, **options)
    log.update()
    return log


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """A disk that is full after `size` bytes of a file: a short write, then errors."""
    resource = pytest.importorskip("resource", reason="Windows limits no file's size")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob("*.part"))


def killed_at(call: int, work: Any) -> bool:
    """Run `work` in a child and kill it at the `call`-th system call that changes the disk; False if it made fewer."""
    if not hasattr(os, "fork"):
        pytest.skip("Windows forks no process")
    pid = os.fork()
    if pid == 0:
        left = call

        def counted(change: Any) -> Any:
            def counting(*given: Any, **named: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return change(*given, **named)

            return counting

        class Halved(io.FileIO):
            """Split each write in two, so that a kill can leave half of it."""

            def write(self, content: Any) -> int:  # type: ignore[override]
                for part in (content[: len(content) // 2], content[len(content) // 2 :]):
                    counted_write(self, part)
                return len(content)

        counted_write = counted(io.FileIO.write)
        for name in ("replace", "fsync", "link", "unlink", "mkdir"):
            setattr(os, name, counted(getattr(os, name)))
        plain, halved = Path.open, counted(Halved)
        Path.open = lambda path, mode="r", *more, **named: (  # type: ignore[assignment, method-assign]
            halved(path, mode) if mode == "wb" else plain(path, mode, *more, **named)
        )
        code = 1
        with contextlib.suppress(BaseException):
            work()
            code = 0
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, -signal.SIGKILL), "the work itself must not fail"
    return code != 0
