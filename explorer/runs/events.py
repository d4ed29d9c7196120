"""What a run tells: events.jsonl in its folder, one JSON object a line. What is no event is skipped and counted."""

import json
import math
import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from explorer.core import files
from explorer.core.errors import RunError

EVENTS: Final = "events.jsonl"

MAX_LINE: Final = 1 << 20  # bytes of an event; an epoch's with 1,000 classes has 5 KB
MAX_BATCHES: Final = 4096  # points of the curve in memory: about two to a pixel of a wide screen
MAX_WARNINGS: Final = 100
MAX_EPOCHS: Final = 1000  # the most that a recipe may have
MAX_READ: Final = 1 << 16  # lines that are taken apart in about a second: of more batches only some are, of others none

_BATCH: Final = b'\n{"kind": "batch"'  # how the line of a batch begins, behind the end of the one before
_OTHER: Final = re.compile(rb'\n(?!\{"kind": "batch")([^\n]*"kind"[^\n]*)')  # a line that may be another event


def _names(value: object) -> bool:
    return type(value) is list and all(type(name) is str for name in value)


def _places(value: object) -> bool:
    return type(value) is list and all(_is(place, int) for place in value)


def _answers(value: object) -> bool:
    """Class and probability of each picture; none where it was not asked."""
    return type(value) is list and all(not answer or _is_answer(answer) for answer in value)


def _is_answer(value: object) -> bool:
    return type(value) is list and len(value) == 2 and _is(value[0], int) and _is(value[1], float)


def _figures(value: object) -> bool:
    return type(value) is dict and all(_is(number, float) for number in value.values())


_Kind = type | Callable[[object], bool]
_OPENING: Final[Mapping[str, _Kind]] = {
    "classes": _names, "strip": _places, "batches": int, "train": int, "data": str, "device_name": str,
}  # fmt: skip
# What must be there for a line to count. A number may be null: it was not finite.
_NEEDED: Final[Mapping[str, Mapping[str, _Kind]]] = {
    "prepare": {"what": ("cluster", "pictures", "features").__contains__, "done": int, "total": int},
    "start": _OPENING,
    "resume": {**_OPENING, "epoch": int, "seen": int, "iteration": int},
    "freeze": {"epoch": int},
    "unfreeze": {"epoch": int, "iteration": int, "lr": float},
    "batch": {"epoch": int, "iteration": int, "loss": float, "lr": float},
    "lr": {"epoch": int, "lr": float},
    "epoch": {
        "epoch": int, "train_loss": float, "train_accuracy": float, "test_loss": float, "test_accuracy": float,
        "lr": float, "seconds": float, "frozen": bool, "strip": _answers,
    },
    "checkpoint": {"epoch": int, "seen": int, "iteration": int},
    "warning": {"key": str, "values": dict},
    "end": {"reason": str},
}  # fmt: skip
# What may be missing, but is nothing else.
_OPTIONAL: Final[Mapping[str, _Kind]] = {
    "spent": _figures, "moved": _figures, "drift": _figures, "gpu_memory_gb": float,
    "validation_loss": float, "validation_accuracy": float,
}  # fmt: skip


class Writer:
    """Appends to a run's events.jsonl, a write for all that came within a fifth of a second."""

    def __init__(self, folder: Path) -> None:
        """Raises RunError where the file cannot be written."""
        self._folder = folder
        self._pending = b""
        self._written_s = 0.0
        with files.writing(self._folder):
            self._file = files.open_nofollow(folder / EVENTS, "ab+")
            if self._file.seek(0, os.SEEK_END):
                self._file.seek(-1, os.SEEK_END)
                if self._file.read(1) != b"\n":  # a line that a killed writer began
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
        with files.writing(self._folder):
            while self._pending:
                self._pending = self._pending[self._file.write(self._pending) :]
        self._written_s = time.monotonic()

    def sync(self) -> None:
        """All events are on the disk after this: a checkpoint must not be ahead of them. Raises RunError."""
        self.flush()
        with files.writing(self._folder):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def _with_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_nulls(inside) for key, inside in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_nulls(inside) for inside in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@dataclass
class _Bin:
    """Neighbouring batches of the curve: the last one's place, and sums."""

    iteration: int
    epoch: int
    at: float  # epochs that are behind
    count: int
    loss: float
    lr: float


class Log:
    """What events.jsonl says, as far as it is written; `update` reads on from where it was.

    `opening` is the last start or resume event, `preparing` what is being made ready now. `epochs` are all, ascending,
    never thinned. `marks` are the freeze, unfreeze and lr events. `epoch` and `iteration` are the last that began and
    ended, `at` the epochs that are behind. `skipped` counts lines that were no events, or past MAX_READ; `torn` says
    that the last line has no end yet. `batches=False` leaves the curve out, which is faster.
    """

    def __init__(self, folder: Path, *, batches: bool = True) -> None:
        self._path = folder / EVENTS
        self._with_batches = batches
        self._forget()

    def _forget(self) -> None:
        self._inode, self._offset = 0, 0
        self._tail, self._taken, self._too_long = b"", b"", False
        self.skipped = 0
        self._batch_lines, self._other_lines = 0, 0
        self._begin()

    def _begin(self) -> None:
        self.opening: dict[str, Any] | None = None
        self.checkpoint: dict[str, Any] | None = None
        self.end: dict[str, Any] | None = None
        self.preparing: dict[str, Any] | None = None
        self.warnings: deque[dict[str, Any]] = deque(maxlen=MAX_WARNINGS)
        self.epoch, self.iteration, self.at = 0, 0, 0.0
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
        """Columns iteration, epoch, loss, lr: every batch, or means over as many neighbours as makes 4,096 points.

        Of more than MAX_READ batches every fifth is among these, of more than twice as many every ninth, and so on.
        """
        return {
            "iteration": [each.iteration for each in self._bins], "epoch": [each.epoch for each in self._bins],
            "loss": [each.loss / each.count for each in self._bins],
            "lr": [each.lr / each.count for each in self._bins],
        }  # fmt: skip

    @property
    def places(self) -> list[float]:
        """How many epochs were behind at each of `batches`."""
        return [each.at for each in self._bins]

    @property
    def torn(self) -> bool:
        return self._tail != self._taken or self._too_long

    def update(self) -> bool:
        """Read what is new; whether anything was. Raises RunError where the file cannot be read."""
        try:
            with files.open_regular(self._path) as file:
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
            raise RunError("errors.run_unreadable", run=self._path.parent.name, reason=files.reason(error)) from error
        if self._offset == before:
            return False
        if self._tail and (event := _event(self._tail)) and self._accept(event):
            self._taken = self._tail  # whole, though its line has no end: by hand, or half written
        if self._last_batch and (event := _event(self._last_batch)):
            self._accept(event)
            self._last_batch = b""
        return True

    def _take(self, chunk: bytes) -> None:
        whole, ended, tail = (self._tail + chunk).rpartition(b"\n")
        if ended:
            # What was told of before it had an end.
            told = self._too_long or (self._taken != b"" and whole.partition(b"\n")[0] == self._taken)
            self._too_long, self._taken = False, b""
            self._take_lines(whole[len(whole.partition(b"\n")[0]) :] if told else b"\n" + whole)
        if len(tail) > MAX_LINE:
            self.skipped += not self._too_long
            self._too_long, tail = True, b""
        self._tail = b"" if self._too_long else tail

    def _take_lines(self, lines: bytes) -> None:
        """`lines`, each behind its line end: of a hundred million, few become objects."""
        batches, at = lines.count(_BATCH), 0
        self.skipped += lines.count(b"\n") - batches
        if self.skipped and self._other_lines < MAX_READ:
            for other in _OTHER.finditer(lines):
                self._take_batches(lines[at : other.start()])
                at = other.end()
                if self._other_lines == MAX_READ:
                    break
                self._other_lines += 1
                self.skipped -= 1
                self._line(other[1])
        self._take_batches(lines[at:])

    def _take_batches(self, lines: bytes) -> None:
        """Of `lines` those that are batches."""
        if self._with_batches:
            first, found = self._batch_lines + 1, lines.split(_BATCH)[1:]
            self._batch_lines += len(found)
            for number in _sample(first, self._batch_lines):
                self._line(_BATCH[1:] + found[number - first].partition(b"\n")[0])
        if (last := lines.rfind(_BATCH)) >= 0:
            self._last_batch = lines[last + 1 :].partition(b"\n")[0]  # of thousands, this one says how far the run is

    def _line(self, line: bytes) -> None:
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
            self.opening = _named(event)
        elif kind == "resume":
            self._go_back(event)
            self.opening, self.end = _named(event), None
        elif kind == "batch":
            return self._accept_batch(event)
        elif kind == "epoch":
            if epoch in self._epochs or not 1 <= epoch <= MAX_EPOCHS:
                return False
            self._epochs[epoch] = event
            self.epoch = max(self.epoch, epoch)
        elif kind in ("freeze", "unfreeze", "lr"):
            if epoch > MAX_EPOCHS:
                return False
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
        self.at = self._place(event)
        if not self._with_batches:
            return True
        if self._bins and self._bins[-1].count < self._stride:
            last = self._bins[-1]
            self._bins[-1] = _Bin(iteration, event["epoch"], self.at, last.count + 1, last.loss + loss, last.lr + lr)
        else:
            self._bins.append(_Bin(iteration, event["epoch"], self.at, 1, loss, lr))
        if len(self._bins) > MAX_BATCHES:
            self._halve()
        return True

    def _place(self, event: dict[str, Any]) -> float:
        """Epochs that are behind after a batch; a run that goes on with smaller batches has more of them an epoch."""
        batches = max(self.opening["batches"], 1) if self.opening else 1
        batch = event.get("batch")
        if type(batch) is int and 0 <= batch <= batches:
            return float(max(event["epoch"] - 1, 0) + batch / batches)
        return float(event["iteration"] / batches)

    def _halve(self) -> None:
        """Two neighbours become one, the last stays alone."""
        pairs = zip(self._bins[:-1:2], self._bins[1::2], strict=True)
        merged = [_Bin(b.iteration, b.epoch, b.at, a.count + b.count, a.loss + b.loss, a.lr + b.lr) for a, b in pairs]
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
        self.at = max(epoch - 1, 0) + min(resume["seen"] / max(resume["train"], 1), 1.0)


def _sample(first: int, last: int) -> Iterator[int]:
    """The numbers from `first` to `last` of the batches that are taken apart."""
    while first <= last:
        part = first // MAX_READ
        step, end = 1 + 4 * part, min((part + 1) * MAX_READ, last + 1)
        yield from range(first + -first % step, end, step)
        first = end


def _event(line: bytes) -> dict[str, Any] | None:
    """The event in a line, None where there is none that we know."""
    try:
        event = json.loads(line.decode(), parse_constant=_finite, parse_float=_finite)
        if b"\\u" in line:
            json.dumps(event, ensure_ascii=False).encode()  # half a letter is a ValueError: no browser can be sent it
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or not isinstance(event.get("kind"), str):
        return None
    needed = _NEEDED.get(event["kind"])
    if needed is None or not all(name in event and _is(event[name], kind) for name, kind in needed.items()):
        return None
    if not all(_is(event[name], kind) for name, kind in _OPTIONAL.items() if name in event):
        return None
    return event


def _named(opening: dict[str, Any]) -> dict[str, Any]:
    """`opening` with its classes' names as they can be shown."""
    return {**opening, "classes": [files.one_line(name, 200) for name in opening["classes"]]}


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"not finite: {number}")
    return value


def _is(value: object, kind: _Kind) -> bool:
    if kind is float:
        return value is None or (type(value) in (int, float) and abs(value) < 1e300)  # type: ignore[arg-type]
    if kind is int:
        return type(value) is int and 0 <= value < 1 << 53
    return type(value) is kind if isinstance(kind, type) else kind(value)
