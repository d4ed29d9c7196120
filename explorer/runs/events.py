"""Event log of a run: events.jsonl, one JSON object per line. Invalid lines are skipped and counted."""

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

MAX_LINE: Final = 1 << 20  # bytes; an epoch event with 1,000 classes has 5 KB
MAX_BATCHES: Final = 4096  # points of the curve in memory, about two per pixel of a wide screen
MAX_WARNINGS: Final = 100
MAX_EPOCHS: Final = 1000  # the maximum of a recipe
PRINTED_EVERY: Final = 100  # batches; the tutorial prints the loss of each hundredth batch of an epoch
MAX_READ: Final = 1 << 16  # lines parsed in about a second; beyond it batches are sampled and other lines ignored

_BATCH: Final = b'\n{"kind": "batch"'  # start of a batch event's line, with the preceding newline
_OTHER: Final = re.compile(rb'\n(?!\{"kind": "batch")([^\n]*"kind"[^\n]*)')  # a line that may be another event


def _is_names(value: object) -> bool:
    return type(value) is list and all(type(name) is str for name in value)


def _is_indices(value: object) -> bool:
    return type(value) is list and all(_has_type(place, int) for place in value)


def _is_answers(value: object) -> bool:
    """Whether `value` lists [class, probability] per picture, [] if the picture was not predicted."""
    return type(value) is list and all(not answer or _is_answer(answer) for answer in value)


def _is_answer(value: object) -> bool:
    return type(value) is list and len(value) == 2 and _has_type(value[0], int) and _has_type(value[1], float)


def _is_number_dict(value: object) -> bool:
    return type(value) is dict and all(_has_type(number, float) for number in value.values())


_Kind = type | Callable[[object], bool]
_OPENING: Final[Mapping[str, _Kind]] = {
    "classes": _is_names, "strip": _is_indices, "batches": int, "train": int, "data": str, "device_name": str,
}  # fmt: skip
_PREPARED: Final = ("cluster", "files", "pictures", "weights", "features")
# Required fields by kind. A number may be null: it was not finite.
_NEEDED: Final[Mapping[str, Mapping[str, _Kind]]] = {
    "prepare": {"what": _PREPARED.__contains__, "done": int, "total": int},
    "start": _OPENING,
    "resume": {**_OPENING, "epoch": int, "seen": int, "iteration": int},
    "freeze": {"epoch": int},
    "unfreeze": {"epoch": int, "iteration": int, "lr": float},
    "batch": {"epoch": int, "iteration": int, "loss": float, "lr": float},
    "lr": {"epoch": int, "lr": float},
    "epoch": {
        "epoch": int, "train_loss": float, "train_accuracy": float, "test_loss": float, "test_accuracy": float,
        "lr": float, "seconds": float, "frozen": bool, "strip": _is_answers,
    },
    "checkpoint": {"epoch": int, "seen": int, "iteration": int},
    "warning": {"key": str, "values": dict},
    "end": {"reason": str},
}  # fmt: skip
# Optional fields and their types.
_OPTIONAL: Final[Mapping[str, _Kind]] = {
    "spent": _is_number_dict, "moved": _is_number_dict, "drift": _is_number_dict, "gpu_memory_gb": float,
    "validation_loss": float, "validation_accuracy": float, "parameters": int, "frozen_parameters": int,
}  # fmt: skip


class Writer:
    """Appends to a run's events.jsonl; batch events are buffered for 0.2 s."""

    def __init__(self, folder: Path) -> None:
        """Open the file. Raises RunError."""
        self._folder = folder
        self._pending = b""
        self._written_s = 0.0
        with files.writing(self._folder):
            self._file = files.open_nofollow(folder / EVENTS, "ab+")
            if self._file.seek(0, os.SEEK_END):
                self._file.seek(-1, os.SEEK_END)
                if self._file.read(1) != b"\n":  # end the partial line of a killed writer
                    self._pending = b"\n"

    def add(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Append an event; non-finite numbers are written as null. Raises RunError."""
        event = {"kind": kind, **fields}
        try:
            line = json.dumps(event, allow_nan=False)
        except ValueError:
            line = json.dumps(_with_nulls(event))
        self._pending += line.encode() + b"\n"
        if kind != "batch" or time.monotonic() - self._written_s > 0.2:
            self.flush()

    def flush(self) -> None:
        """Write the buffer to the file. Raises RunError, for example if the disk is full."""
        with files.writing(self._folder):
            while self._pending:
                self._pending = self._pending[self._file.write(self._pending) :]
        self._written_s = time.monotonic()

    def sync(self) -> None:
        """Flush to disk (fsync), so that a checkpoint is never ahead of the events. Raises RunError."""
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
    """Consecutive batches merged to one point: position of the last, and sums."""

    iteration: int
    epoch: int
    at: float  # completed epochs, fractional
    count: int
    loss: float
    lr: float


class Log:
    """Content of events.jsonl, read incrementally by `update`.

    Attributes:
        opening: the last start or resume event.
        preparing: the prepare event of the current preparation, else None.
        epochs: all epoch events, ascending, never thinned.
        marks: the freeze, unfreeze and lr events.
        printed: each hundredth batch event of an epoch, not merged; of those beyond MAX_READ a part.
        epoch: the last epoch that began.
        iteration: the last iteration that ended.
        at: completed epochs, fractional.
        skipped: number of lines that are no valid events or beyond MAX_READ.
        torn: whether the last line is incomplete.

    `batches=False` omits the loss curve, which is faster.
    """

    def __init__(self, folder: Path, *, batches: bool = True) -> None:
        self._path = folder / EVENTS
        self._with_batches = batches
        self._reset()

    def _reset(self) -> None:
        self._inode, self._offset = 0, 0
        self._tail, self._accepted_tail, self._too_long = b"", b"", False
        self.skipped = 0
        self._batch_lines, self._other_lines = 0, 0
        self._clear()

    def _clear(self) -> None:
        self.opening: dict[str, Any] | None = None
        self.checkpoint: dict[str, Any] | None = None
        self.end: dict[str, Any] | None = None
        self.preparing: dict[str, Any] | None = None
        self.warnings: deque[dict[str, Any]] = deque(maxlen=MAX_WARNINGS)
        self.epoch, self.iteration, self.at = 0, 0, 0.0
        self._epochs: dict[int, dict[str, Any]] = {}
        self._marks: dict[tuple[str, int], dict[str, Any]] = {}
        self._bins: list[_Bin] = []
        self.printed: list[dict[str, Any]] = []
        self._stride = 1  # batches per bin
        self._last_batch = b""

    @property
    def epochs(self) -> list[dict[str, Any]]:
        return [self._epochs[epoch] for epoch in sorted(self._epochs)]

    @property
    def marks(self) -> list[dict[str, Any]]:
        return [self._marks[mark] for mark in sorted(self._marks, key=lambda mark: (mark[1], mark[0]))]

    @property
    def batches(self) -> dict[str, list[float]]:
        """Columns iteration, epoch, loss, lr: every batch, or means over neighbours if there are more than MAX_BATCHES.

        Beyond MAX_READ batches only every fifth is read, beyond twice as many every ninth, and so on.
        """
        return {
            "iteration": [each.iteration for each in self._bins], "epoch": [each.epoch for each in self._bins],
            "loss": [each.loss / each.count for each in self._bins],
            "lr": [each.lr / each.count for each in self._bins],
        }  # fmt: skip

    @property
    def places(self) -> list[float]:
        """Completed epochs, fractional, at each of `batches`."""
        return [each.at for each in self._bins]

    @property
    def torn(self) -> bool:
        return self._tail != self._accepted_tail or self._too_long

    def update(self) -> bool:
        """Read new lines; returns whether there were any. Raises RunError."""
        try:
            with files.open_regular(self._path) as file:
                status = os.fstat(file.fileno())
                if status.st_ino != self._inode or status.st_size < self._offset:  # the file was replaced
                    self._reset()
                    self._inode = status.st_ino
                before = self._offset
                file.seek(before)
                while chunk := file.read(1 << 20):
                    self._offset += len(chunk)
                    self._feed(chunk)
        except FileNotFoundError:
            self._reset()
            return False
        except OSError as error:
            raise RunError("errors.run_unreadable", run=self._path.parent.name, reason=files.reason(error)) from error
        if self._offset == before:
            return False
        if self._tail and (event := _parse_event(self._tail)) and self._accept(event):
            self._accepted_tail = self._tail  # a complete event without a newline: edited by hand, or half written
        if self._last_batch and (event := _parse_event(self._last_batch)):
            self._accept(event)
            self._last_batch = b""
        return True

    def _feed(self, chunk: bytes) -> None:
        whole, ended, tail = (self._tail + chunk).rpartition(b"\n")
        if ended:
            # The first line may have been accepted, or counted as too long, before its newline arrived.
            done = self._too_long or (self._accepted_tail != b"" and whole.partition(b"\n")[0] == self._accepted_tail)
            self._too_long, self._accepted_tail = False, b""
            self._parse_lines(whole[len(whole.partition(b"\n")[0]) :] if done else b"\n" + whole)
        if len(tail) > MAX_LINE:
            self.skipped += not self._too_long
            self._too_long, tail = True, b""
        self._tail = b"" if self._too_long else tail

    def _parse_lines(self, lines: bytes) -> None:
        """Parse lines, each preceded by its newline. Only a bounded number of them become objects."""
        batches, at = lines.count(_BATCH), 0
        self.skipped += lines.count(b"\n") - batches
        if self.skipped and self._other_lines < MAX_READ:
            for other in _OTHER.finditer(lines):
                self._parse_batches(lines[at : other.start()])
                at = other.end()
                if self._other_lines == MAX_READ:
                    break
                self._other_lines += 1
                self.skipped -= 1
                self._line(other[1])
        self._parse_batches(lines[at:])

    def _parse_batches(self, lines: bytes) -> None:
        """Parse the batch events among `lines`, or a sample of them."""
        if self._with_batches:
            first, batches = self._batch_lines + 1, lines.split(_BATCH)[1:]
            self._batch_lines += len(batches)
            for number in _sample(first, self._batch_lines):
                self._line(_BATCH[1:] + batches[number - first].partition(b"\n")[0])
        if (last := lines.rfind(_BATCH)) >= 0:
            self._last_batch = lines[last + 1 :].partition(b"\n")[0]  # parsed in any case: it gives the progress

    def _line(self, line: bytes) -> None:
        event = _parse_event(line) if len(line) <= MAX_LINE else None
        if event is None or not self._accept(event):
            self.skipped += 1

    def _accept(self, event: dict[str, Any]) -> bool:
        """Add an event; returns False if it is a duplicate or out of range."""
        kind, epoch = event["kind"], event.get("epoch", 0)
        self.preparing = event if kind == "prepare" else None
        if kind == "prepare":
            self.end = None  # that of the previous process
        elif kind == "start":
            self._clear()
            self.opening = _clean_names(event)
        elif kind == "resume":
            self._rewind(event)
            self.opening, self.end = _clean_names(event), None
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
        if type(batch := event.get("batch")) is int and batch % PRINTED_EVERY == 0:
            self.printed.append(event)
        if self._bins and self._bins[-1].count < self._stride:
            last = self._bins[-1]
            self._bins[-1] = _Bin(iteration, event["epoch"], self.at, last.count + 1, last.loss + loss, last.lr + lr)
        else:
            self._bins.append(_Bin(iteration, event["epoch"], self.at, 1, loss, lr))
        if len(self._bins) > MAX_BATCHES:
            self._merge_pairs()
        return True

    def _place(self, event: dict[str, Any]) -> float:
        """Completed epochs, fractional, after a batch. A run resumed with smaller batches has more per epoch."""
        batches = max(self.opening["batches"], 1) if self.opening else 1
        batch = event.get("batch")
        if type(batch) is int and 0 <= batch <= batches:
            return float(max(event["epoch"] - 1, 0) + batch / batches)
        return float(event["iteration"] / batches)

    def _merge_pairs(self) -> None:
        """Merge the bins in pairs; the last one stays single."""
        pairs = zip(self._bins[:-1:2], self._bins[1::2], strict=True)
        merged = [_Bin(b.iteration, b.epoch, b.at, a.count + b.count, a.loss + b.loss, a.lr + b.lr) for a, b in pairs]
        self._bins = [*merged, self._bins[-1]]
        self._stride *= 2

    def _rewind(self, resume: dict[str, Any]) -> None:
        """Discard events after the checkpoint that the run resumes from; they will be written again."""
        epoch, iteration = resume["epoch"], resume["iteration"]
        self._last_batch = b""
        while self._bins and self._bins[-1].iteration > iteration:
            self._bins.pop()
        self.printed = [each for each in self.printed if each["iteration"] <= iteration]
        for discarded in [each for each in self._epochs if each >= epoch]:
            del self._epochs[discarded]
        for kind, mark_epoch in list(self._marks):
            late = self._marks[kind, mark_epoch].get("iteration", 0) > iteration
            if mark_epoch > epoch or (mark_epoch == epoch and (kind == "lr" or late)):
                del self._marks[kind, mark_epoch]
        self.epoch, self.iteration = (epoch if resume["seen"] else epoch - 1), iteration
        self.at = max(epoch - 1, 0) + min(resume["seen"] / max(resume["train"], 1), 1.0)


def _sample(first: int, last: int) -> Iterator[int]:
    """The batch numbers in `first`..`last` to parse: all up to MAX_READ, then fewer and fewer."""
    while first <= last:
        part = first // MAX_READ
        step, end = 1 + 4 * part, min((part + 1) * MAX_READ, last + 1)
        yield from range(first + -first % step, end, step)
        first = end


def _parse_event(line: bytes) -> dict[str, Any] | None:
    """Parse and validate a line; None if it is no known event."""
    try:
        event = json.loads(line.decode(), parse_constant=_finite, parse_float=_finite)
        if b"\\u" in line:
            json.dumps(event, ensure_ascii=False).encode()  # ValueError for a lone surrogate
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or not isinstance(event.get("kind"), str):
        return None
    needed = _NEEDED.get(event["kind"])
    if needed is None or not all(name in event and _has_type(event[name], kind) for name, kind in needed.items()):
        return None
    if not all(_has_type(event[name], kind) for name, kind in _OPTIONAL.items() if name in event):
        return None
    return event


def _clean_names(opening: dict[str, Any]) -> dict[str, Any]:
    """`opening` with class names cleaned for display."""
    return {**opening, "classes": [files.one_line(name, 200) for name in opening["classes"]]}


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"not finite: {number}")
    return value


def _has_type(value: object, kind: _Kind) -> bool:
    if kind is float:
        return value is None or (type(value) in (int, float) and abs(value) < 1e300)  # type: ignore[arg-type]
    if kind is int:
        return type(value) is int and 0 <= value < 1 << 53
    return type(value) is kind if isinstance(kind, type) else kind(value)
