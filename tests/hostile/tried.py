"""Requirements for every hostile input: a result or one clear message, within limits of time and memory, no writes.

`FUZZ=20 pytest tests/hostile` tries twenty times as many inputs, different ones each time.
"""

import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.core.i18n import LANGUAGES, t
from explorer.ui.words import escaped

FUZZ = int(os.environ.get("FUZZ", "1"))
CPU_S, WALL_S = 5, 60  # per input; the second also limits waiting, on a busy machine
GIB = 1 << 30

inputs = Counter[str]()
slowest: dict[str, float] = {}  # kind -> largest CPU time, s
peaks: dict[str, int] = {}  # test -> rise of the process's memory at its peak, bytes

_WRITES = {"os.mkdir": 1, "os.remove": 1, "os.rmdir": 1, "os.truncate": 1, "os.chmod": 1, "os.rename": 2, "os.link": 2,
           "os.symlink": 2}  # fmt: skip
_ACTS = ("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "subprocess.Popen", "socket.connect",
         "pickle.find_class")  # fmt: skip
_allowed: tuple[Path, ...] | None = None  # folders in which an input may write; None while none is tried
_seen: list[str] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: Python calls it, in every thread, for operations that change the disk or run a program."""
    if _allowed is None:
        return
    if event in _ACTS:
        _seen.append(f"{event} {arguments}")
    paths = arguments[: _WRITES.get(event, 0)]
    if event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
        paths = arguments[:1]
    for path in (os.fsdecode(each) for each in paths if isinstance(each, (str, bytes, os.PathLike))):
        inside = any(Path(path).absolute().is_relative_to(folder) for folder in _allowed)
        if not inside and "__pycache__" not in path and path != os.devnull:
            _seen.append(f"{event} {path}")


sys.addaudithook(_watch)


@contextmanager
def watched(kind: str, writes: tuple[Path, ...] = (), cpu_s: float = CPU_S) -> Iterator[None]:
    """Count an input of this kind; fail if it takes too long, runs a program, or writes outside `writes`."""
    global _allowed
    inputs[kind] += 1
    before = signal.signal(signal.SIGALRM, _late)
    signal.alarm(WALL_S)
    _seen.clear()
    _allowed = tuple(folder.absolute() for folder in writes)
    started = time.process_time()
    try:
        yield
    finally:
        _allowed = None
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    took = time.process_time() - started
    slowest[kind] = max(took, slowest.get(kind, 0))
    assert took < cpu_s, f"{took:.1f} s of processor time"
    assert not _seen, _seen


def _late(*_: object) -> None:
    raise AssertionError(f"not done within {WALL_S} s")


def tried(kind: str, work: Callable[[], Any], *, writes: tuple[Path, ...] = (), named: str = "") -> Any:
    """The result of `work`, or its ExplorerError, whose message in both languages must contain `named`."""
    with watched(kind, writes):
        try:
            return work()
        except ExplorerError as error:
            found = error
    for language in LANGUAGES:
        sentence = t(found.key, language, **found.values)
        assert named in sentence
        assert sentence.isprintable(), "one line; no control or direction characters; valid UTF-8"
        assert len(sentence) < 1500
        assert "Traceback" not in sentence
        assert not re.search(r"(?<!\\)[<`]", escaped(sentence)), "no HTML on a page"
    return found


_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def memory(figure: str) -> int:
    """VmRSS or VmHWM in bytes; 0 without /proc."""
    found = re.search(rf"{figure}:\s+(\d+) kB", _STATUS.read_text(encoding="utf-8")) if _RESET.exists() else None
    return int(found[1]) * 1024 if found else 0


@contextmanager
def little_memory(test: str) -> Iterator[None]:
    """Fail if the process's memory rises by a GiB or more at any moment."""
    if _RESET.exists():
        _RESET.write_text("5", encoding="utf-8")  # reset the peak
    before = memory("VmRSS")
    yield
    peaks[test] = memory("VmHWM") - before
    assert peaks[test] < GIB
