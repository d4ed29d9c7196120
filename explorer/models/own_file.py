"""A network in a Python file of the user's own. Its code runs in another process, within bounds of time and memory.

This process holds data only: the recorded tapes, the weights, and modules that stand in for the user's.
"""

import contextlib
import hashlib
import os
import pickle
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import psutil
from torch import Tensor

from explorer.core import local_networks, processes, settings
from explorer.core.errors import WeightsError
from explorer.models import own_wire
from explorer.models.recorder import Changes, Tape
from explorer.models.replayed import Replayed, rebuilt

_START_S = 180.0  # until the new process has imported torch: seconds, more on a cold disk
_POLL_S = 0.1
_GRACE_S = 3.0  # after which a process that did not end itself is killed
_GRACE_MEMORY = 1.25
_MAX_TAPES = 16
_MAX_PROCESSES = 4  # of files and weights that are open at once
_FRAME = re.compile(r'^  File "(.+)", line (\d+)', re.MULTILINE)  # as faulthandler writes it
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")

Stamps = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class OwnFile:
    """The user's network: `module` runs it, without its code.

    `name` identifies it in links; it holds no path. `input_shape` is (channels, height, width), `guessed` whether the
    file does not say it. `sources` are the texts of the user's files by path, as they were imported. `facts` are
    `random`, the file and line that draws random numbers or "", and `reads`, whether the code follows the picture's
    values, so that a tape holds for one picture.
    """

    spec: str
    name: str
    title: str
    module: Replayed
    input_shape: tuple[int, int, int]
    guessed: bool
    classes: int
    sources: Mapping[str, str]
    facts: Mapping[str, object]
    _host: "_Host" = field(repr=False)

    def tape_of(self, x: Tensor) -> Tape:
        """The calls of a forward pass on `x` (N, C, H, W). Raises WeightsError."""
        return self._host.tape(x)

    def live(self, x: Tensor, changes: Changes) -> Tensor:
        """Logits of the user's own code on `x`, with changes; fills `changes.kept`. Raises WeightsError."""
        return self._host.live(x, changes)

    @property
    def version(self) -> str:
        """Changes whenever one of the user's files is saved and opened again."""
        return self._host.version

    def is_stale(self) -> bool:
        """Whether one of the user's files was saved since; `open_file` then opens it again."""
        return self._host.is_stale()

    def close(self) -> None:
        """End the process. It starts again when it is needed."""
        self._host.close()


def allowed(spec: str) -> None:
    """Raises WeightsError on a public server, and if there is no such file. For the command line only.

    A link, an upload or a session must never reach `open_file` with a path of its own.
    """
    if settings.is_public():
        raise WeightsError("errors.own_public")
    _parsed(spec)


def open_file(spec: str, weights: str | None = None, head: str = "") -> OwnFile:
    """Open "my_net.py", "my_net.py:Net" or "my_net.py:Net(num_blocks=3)", with a checkpoint's weights or random ones.

    The linear layer `head`, if given, is replaced by one with as many outputs as the checkpoint has.
    An open file is kept until it or another file that it imports from its folder changes. Raises WeightsError that
    names file and line for whatever is wrong with the code, and RunError for a bound that is no number.
    """
    allowed(spec)
    path, wanted = _parsed(spec)
    key = (str(path), wanted, weights or "", head)
    with _OPENING:
        known = _OPENED.get(key)
        if isinstance(known, OwnFile) and not known.is_stale():
            return known
        if isinstance(known, _Failed) and known.stamps == _stamps(known.stamps):
            raise WeightsError(known.error.key, **known.error.values)
        if isinstance(known, OwnFile):
            known.close()
        before = _stamps([str(path), *map(str, path.parent.glob("*.py")), *filter(None, [weights])])
        host = _Host(*key)
        try:
            found = _opened(spec, key, host)
        except WeightsError as error:
            host.close()
            _OPENED[key] = _Failed(error, before)
            raise
        finally:
            if known:  # the user is editing it
                _keep_spare(path, host.packages)
        _OPENED.pop(key, None)  # the latest is last
        _OPENED[key] = found
        _end_all_but(_MAX_PROCESSES)
        return found


def is_stale(spec: str, weights: str | None = None) -> bool:
    """Whether a file was saved since it was opened, or since it could not be opened."""
    try:
        path, wanted = _parsed(spec)
    except WeightsError:  # gone: some editors delete a file for a moment when they save it
        return False
    known = _OPENED.get((str(path), wanted, weights or "", ""))
    if isinstance(known, _Failed):
        return known.stamps != _stamps(known.stamps)
    return known is not None and known.is_stale()


def _end_all_but(count: int) -> None:
    """End the processes of files that were opened earlier. They start again when they are needed."""
    alive = [each for each in _OPENED.values() if isinstance(each, OwnFile) and each._host.is_running()]
    for each in alive[:-count]:
        each.close()


def _opened(spec: str, key: tuple[str, str, str, str], host: "_Host") -> OwnFile:
    told = host.open()
    identity = local_networks.OWN + hashlib.sha256("\0".join(key).encode()).hexdigest()[:8]
    module = rebuilt(told["nodes"], host)
    facts = {"kind": told["kind"], "random": told["random"], "reads": bool(told["tape"].reads)}
    return OwnFile(
        spec, identity, f"{Path(key[0]).name}: {told['name']}", module, tuple(told["shape"]), told["guessed"],
        told["classes"], told["sources"], facts, host,
    )  # fmt: skip


@dataclass(frozen=True)
class _Failed:
    error: WeightsError
    stamps: Stamps


_OPENING = threading.Lock()
_OPENED: dict[tuple[str, str, str, str], OwnFile | _Failed] = {}


def _parsed(spec: str) -> tuple[Path, str]:
    path, wanted = local_networks.file_and_wanted(spec)
    return Path(path).resolve(), wanted


def _stamps(files: Sequence[str] | Stamps) -> Stamps:
    """When each file was written, and its size; zeros for a file that is gone."""
    found = {}
    for file in files:
        try:
            facts = os.stat(file)
            found[file] = (facts.st_mtime_ns, facts.st_size)
        except OSError:
            found[file] = (0, 0)
    return found


class _Host:
    """The process of one file, started when it is needed, and the tapes that it has recorded."""

    def __init__(self, path: str, wanted: str, weights: str, head: str) -> None:
        self.given = (path, wanted, weights, head)
        self.changed: Set[str] = frozenset()
        self.packages: Sequence[str] = ()
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._stamps: Stamps = {}
        self._tapes: dict[object, Tape] = {}
        self._reads = self._any_shape = False

    def __deepcopy__(self, memo: object) -> "_Host":
        return self

    def open(self) -> dict[str, Any]:
        """What the file's network is. Raises WeightsError."""
        with self._lock:
            return self._open()

    def _open(self) -> dict[str, Any]:
        path, _, weights, _ = self.given
        stamps = _stamps([path, *filter(None, [weights])])
        told: dict[str, Any] = self._ask("open", *self.given)
        self._stamps = {**_stamps(list(told["sources"])), **stamps}
        self.changed, self.packages = frozenset(told["changed"]), told["packages"]
        tape: Tape = told["tape"]
        self._reads, self._any_shape = bool(tape.reads), tape.any_shape and not tape.reads
        if not self._reads:
            self._tapes[None if self._any_shape else tape.shape] = tape
        return told

    def tape(self, x: Tensor) -> Tape:
        """The calls for an input like `x`, or for `x` alone where the code follows its values. Raises WeightsError."""
        shape = tuple(x.shape)
        key: object = shape
        if self._any_shape:
            key = None
        elif self._reads and not x.is_meta:
            key = (shape, hashlib.sha256(x.detach().cpu().contiguous().numpy().tobytes()).digest())
        if found := self._tapes.get(key):
            return found
        with self._lock:
            if key not in self._tapes:
                self._start()
                tape: Tape = self._ask("record", None if x.is_meta else x.detach().cpu(), shape)
                if tape.reads and not self._reads and not x.is_meta:  # only for some shapes
                    self._reads = True
                    return tape
                while len(self._tapes) >= _MAX_TAPES:
                    self._tapes.pop(next(iter(self._tapes)))
                self._tapes[key] = tape
            return self._tapes[key]

    def live(self, x: Tensor, changes: Changes) -> Tensor:
        """Logits of the code's own forward pass, with changes. Raises WeightsError."""
        told = pickle.dumps((changes.operands, changes.outputs, changes.keep))
        with self._lock:
            self._start()
            logits, kept = self._ask("live", x.detach().cpu(), told)
        changes.kept.update(kept)
        return logits  # type: ignore[no-any-return]

    @property
    def version(self) -> str:
        return hashlib.sha256(repr(sorted(self._stamps.items())).encode()).hexdigest()[:16]

    def is_stale(self) -> bool:
        return self._stamps != _stamps(self._stamps)

    def _start(self) -> None:
        """Open the file again if its process has ended. Raises WeightsError, also if it was saved since."""
        if not (self._child and self._child.is_alive()):
            if self.is_stale():
                raise WeightsError("errors.own_changed", file=Path(self.given[0]).name)
            self._open()

    def is_running(self) -> bool:
        return self._child is not None and self._child.is_alive()

    def close(self) -> None:
        child, self._child = self._child, None
        if child:
            child.stop()

    def _ask(self, *request: Any) -> Any:
        if not (self._child and self._child.is_alive()):
            self._child = _started(Path(self.given[0]))
        return self._child.ask(request, settings.limit("EXPLORER_OWN_SECONDS"))


_SPARE: "list[_Child]" = []  # at most one


def _started(file: Path) -> "_Child":
    """A process for `file`: the spare one, which has imported torch, or a new one."""
    while _SPARE:
        child = _SPARE.pop()
        if child.is_alive():
            child.file = file
            return child
    return _Child(file)


def _keep_spare(file: Path, packages: Sequence[str]) -> None:
    """Start a process in advance, so that a file that is being edited opens at once when it is saved again."""
    if not _SPARE:
        _SPARE.append(_Child(file, packages))


class _Child:
    """A process that runs `own_file_child`. It ends with this object, and with this process."""

    def __init__(self, file: Path, packages: Sequence[str] = ()) -> None:
        self.file = file
        self.limit_bytes = int(settings.limit("EXPLORER_OWN_MEMORY_MB") * 2**20)
        self.log = tempfile.TemporaryFile()  # noqa: SIM115
        options: dict[str, Any] = {"start_new_session": True}  # Ctrl-C is for the app, which ends this
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        paths = [str(processes.PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.process = subprocess.Popen(
            # -P: the working folder is not searched for the app's own imports
            [sys.executable, "-P", "-m", "explorer.models.own_file_child", str(self.limit_bytes), *packages],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, **options,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8",
                 "CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "Agg"},
        )  # fmt: skip
        assert self.process.stdout
        self.answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=_read_all, args=(self.process.stdout, self.answers), daemon=True).start()
        self.stop = weakref.finalize(self, _stop, self.process, self.log)
        self._is_ready = False

    def _wait_until_ready(self) -> None:
        if not self._is_ready:
            self._wait(_START_S)
            self._is_ready = True

    def is_alive(self) -> bool:
        return self.stop.alive and self.process.poll() is None

    def ask(self, request: tuple[Any, ...], seconds: float) -> Any:
        """The answer to `request`. Raises WeightsError: the child's, or that it did not answer within the bounds."""
        self._wait_until_ready()
        data = own_wire.dumps((str(self.file.parent), seconds, request))
        assert self.process.stdin
        try:
            self.process.stdin.write(len(data).to_bytes(8, "little") + data)
            self.process.stdin.flush()
        except OSError as error:
            raise self._failed("errors.own_crash", code=self.process.poll()) from error
        answer = self._wait(seconds)
        if answer[0] == "error":
            if answer[1] in ("errors.own_time", "errors.own_memory"):
                self.stop()
            raise WeightsError(answer[1], **answer[2])
        return answer[1]

    def _wait(self, seconds: float) -> Any:
        give_up = time.monotonic() + seconds + _GRACE_S
        while True:
            try:
                data = self.answers.get(timeout=_POLL_S)
            except queue.Empty:
                if self.process.poll() is not None and self.answers.empty():
                    raise self._failed("errors.own_crash", code=self.process.returncode) from None
                if time.monotonic() > give_up:
                    raise self._failed("errors.own_time", limit=seconds) from None
                if _memory(self.process.pid) > _GRACE_MEMORY * self.limit_bytes:
                    raise self._failed("errors.own_memory", limit=self.limit_bytes >> 20) from None
                continue
            if data is None:
                self.process.wait()
                raise self._failed("errors.own_crash", code=self.process.returncode)
            try:
                return own_wire.loads(data)
            except own_wire.NotDataError as error:
                raise WeightsError("errors.own_not_data", file=self.file.name, what=str(error)) from error

    def _failed(self, key: str, **values: object) -> WeightsError:
        """The error `key` with the line that ran last, as far as it is known; the process is stopped."""
        self.log.seek(0)
        last = self.log.read().decode("utf-8", "replace").rpartition("most recent call first")[2]
        self.stop()
        for file, line in _FRAME.findall(last):
            path = Path(_ESCAPED.sub(lambda found: chr(int(found[1] or found[2] or found[3], 16)), file))
            if path.is_relative_to(self.file.parent) and "site-packages" not in path.parts:
                return WeightsError(key, file=path.name, line=line, **values)
        return WeightsError(key, file=self.file.name, line="?", **values)


def _read_all(stream: BinaryIO, answers: "queue.SimpleQueue[bytes | None]") -> None:
    """In a thread: a pipe cannot be read with a time limit on Windows. None: the process has ended."""
    with stream:
        while head := stream.read(8):
            answers.put(stream.read(int.from_bytes(head, "little")))
    answers.put(None)


def _memory(pid: int) -> int:
    """Resident bytes of a process and those that it started."""
    try:
        process = psutil.Process(pid)
        return sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0


def _stop(process: "subprocess.Popen[bytes]", log: Any) -> None:
    with contextlib.suppress(psutil.Error):  # it has ended
        processes.kill(psutil.Process(process.pid))
    process.wait()
    for stream in filter(None, (process.stdin, log)):
        with contextlib.suppress(OSError):  # what was not written yet
            stream.close()
