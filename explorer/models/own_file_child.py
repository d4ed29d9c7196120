"""The process that runs the user's own file: `own_file` starts it, asks through stdin and reads answers from stdout.

What the user's code prints is dropped, and it reads an empty stdin. A thread ends the process when a request exceeds
its time or the memory, and answers with the line that ran. stderr is a file, to which the Python stack is written when
the process crashes. The process ends when stdin closes.
"""

import contextlib
import faulthandler
import functools
import importlib
import math
import os
import pickle
import queue
import random
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy
import psutil
import torch
from torch import Tensor, nn

from explorer.core.errors import ExplorerError, WeightsError
from explorer.models import checkpoint, meta, own_code, own_wire, recorder, replayed
from explorer.models.learner import new_head

_PACKAGES = ("torchvision", "timm", "transformers")  # that take long to import
_WATCH_EVERY_S = 0.05
_SLOW_S = 1.0


class Opened:
    """The user's network, built and with its weights.

    `changed` are the names of weights that its forward pass writes into; they are put back afterwards if they are
    buffers. `random_line` is where it draws random numbers, which differ from run to run, or "".
    """

    def __init__(self, path: str, wanted: str, weights: str, head: str = "") -> None:
        torch.manual_seed(0)
        random.seed(0)
        numpy.random.seed(0)
        self.code = own_code.Code(Path(path))
        self.name, self.module = self.code.network(wanted)
        self.kind = type(self.module).__name__
        said = self.code.said_size()
        shapes = own_code.input_shapes(self.module, said)
        self.guessed = len(said) < 2
        self.changed: set[str] = set()
        self.buffers: list[tuple[nn.Module, dict[str, Tensor | None], dict[str, Tensor | None]]] = []
        if any(isinstance(weight, nn.UninitializedParameter) for weight in self.module.parameters()):
            shapes = [self._settle_lazy(shapes)]
        if weights:
            self._load(weights, head)
        self.module.requires_grad_(False)
        self._keep_buffers()
        self.seconds = 0.0  # that the last pass took
        self.random_line = ""
        self.shape, self.tape, logits = self._first_that_runs(shapes)
        self.classes = logits.shape[1]
        self._check(logits)

    def description(self) -> dict[str, Any]:
        """What the app needs of it, as data."""
        return {
            "name": self.name, "kind": self.kind, "shape": self.shape, "guessed": self.guessed,
            "classes": self.classes, "changed": sorted(self.changed), "random": self.random_line,
            "packages": [name for name in _PACKAGES if name in sys.modules],
            "sources": self.code.files(), "nodes": replayed.nodes(self.module), "tape": self.tape,
        }  # fmt: skip

    def record(self, x: Tensor | None, shape: tuple[int, ...]) -> recorder.Tape:
        """The tape for `x`, or for any input of `shape`. A slow network is recorded without arithmetic, if it can."""
        if self.seconds * math.prod(shape) > _SLOW_S * math.prod(self.shape) and not self.tape.reads:
            with contextlib.suppress(Exception), torch.no_grad():
                tape, logits = recorder.record(meta.copy_to_meta(self.module), torch.empty(shape, device="meta"))
                if not tape.has_meta_values and _is_row(logits, shape[0]):
                    return tape
        return self._recorded(x if x is not None else _noise(shape))[0]

    def live(self, x: Tensor, told: bytes) -> tuple[Tensor, dict[tuple[recorder.Key, int | None], Tensor]]:
        """Logits and kept tensors of the code's forward pass with changes, as the app pickled them."""
        changes = recorder.Changes(*pickle.loads(told))
        size = " × ".join(map(str, x.shape[1:]))
        with self.code.blamed("errors.own_forward", name=self.name, size=size), self._restored(), torch.no_grad():
            torch.manual_seed(0)
            _, logits = recorder.record(self.module, x.clone(), changes)
        return logits, changes.kept

    def _recorded(self, x: Tensor) -> tuple[recorder.Tape, Tensor]:
        size = " × ".join(map(str, x.shape[1:]))
        begun = time.monotonic()
        try:
            with self.code.blamed("errors.own_forward", name=self.name, size=size), self._restored(), torch.no_grad():
                torch.manual_seed(0)
                before = torch.get_rng_state()
                tape, logits = recorder.record(self.module, x.clone())
        except WeightsError as error:
            if isinstance(error.__cause__, recorder.NotRecordedError):
                raise self._not_logits(x) from error
            raise
        if not _is_row(logits, len(x)) or tape.logits == recorder.INPUT:
            raise WeightsError("errors.own_output", file=self.code.path.name, output=_described(logits))
        self.seconds = time.monotonic() - begun
        if not torch.equal(before, torch.get_rng_state()):
            self.random_line = self._random_line(tape)
        return tape, logits

    def _not_logits(self, x: Tensor) -> WeightsError:
        with torch.no_grad(), self._restored():
            out = self.module(x.clone())
        is_row = isinstance(out, Tensor) and out.ndim == 2
        key = "errors.own_not_torch" if is_row else "errors.own_output"
        return WeightsError(key, file=self.code.path.name, **({} if is_row else {"output": _described(out)}))

    def _first_that_runs(
        self, shapes: list[tuple[int, int, int]]
    ) -> tuple[tuple[int, int, int], recorder.Tape, Tensor]:
        """The first shape that gives logits. Raises the error of the first, or one that no other size can mend."""
        first = None
        for shape in shapes:
            try:
                return shape, *self._recorded(_noise((1, *shape)))
            except WeightsError as error:
                first = first or error  # of the most probable size
                fault = error.__cause__
                if error.key == "errors.own_not_torch" or isinstance(fault, NameError | TypeError | AttributeError):
                    raise error
        assert first
        if first.key == "errors.own_forward" and self.guessed:
            raise WeightsError("errors.own_forward_size", **first.values) from first
        raise first

    def _settle_lazy(self, shapes: list[tuple[int, int, int]]) -> tuple[int, int, int]:
        """Give lazy layers their shapes, by a pass of the first input that a copy of the network accepts."""
        first = None
        for shape in shapes:
            try:
                for again in (True, False):
                    trial = self.code.network(self.name)[1] if again else self.module
                    size = " × ".join(map(str, shape))
                    with self.code.blamed("errors.own_forward", name=self.name, size=size), torch.no_grad():
                        torch.manual_seed(0)
                        trial(_noise((1, *shape)))
                return shape
            except WeightsError as error:
                first = first or error
        assert first
        raise first

    def _load(self, weights: str, head: str) -> None:
        """The user's weights, by the network's own names. Raises WeightsError, which names the first that differs.

        The layer `head`, if any, gets as many outputs as the file has.
        """
        file = Path(weights).name
        try:
            if os.stat(weights).st_size > checkpoint.MAX_BYTES:
                raise WeightsError("errors.checkpoint_too_large", file=file, limit_mb=checkpoint.MAX_BYTES >> 20)
            data = Path(weights).read_bytes()
        except OSError as error:
            raise WeightsError("errors.checkpoint_unreadable", file=file) from error
        contents = checkpoint.read(data, file)
        state = next(iter(contents.parts.values()))
        if head and f"{head}.weight" in state:
            with contextlib.suppress(AttributeError):  # the code has changed: `fill` says what differs
                self.module.set_submodule(head, new_head(self.module.get_submodule(head), len(state[f"{head}.weight"])))
        needed = self.module.state_dict()
        parts = [_bare(part, needed) for part in contents.parts.values()]
        state = next((part for part in parts if part.keys() >= needed.keys()), parts[0])
        checkpoint.fill(self.module, state, file, self.kind)

    def _check(self, logits: Tensor) -> None:
        """Raise WeightsError if the tape does not give the network's own logits, bit for bit."""
        torch.manual_seed(0)
        with torch.no_grad():
            weights = replayed.weights_of(self.module)
            again = replayed.replay(self.tape, _noise((1, *self.shape)), weights, self.changed)
        if again.shape != logits.shape or not torch.equal(again.nan_to_num(), logits.nan_to_num()):
            raise WeightsError("errors.module_random", kind=self.kind)

    def _random_line(self, tape: recorder.Tape) -> str:
        """The user's file and line that draws random numbers."""
        frames = [frame for index in replayed.random_calls(tape) for frame in tape.calls[index].frames]
        mine = [frame for frame in frames if self.code.has(frame.file)]
        return f"{Path(mine[-1].file).name}:{mine[-1].line}" if mine else self.code.path.name

    def _keep_buffers(self) -> None:
        for module in self.module.modules():
            if module._buffers:
                values = {name: None if each is None else each.clone() for name, each in module._buffers.items()}
                self.buffers.append((module, dict(module._buffers), values))

    @contextlib.contextmanager
    def _restored(self) -> Any:
        """Put buffers back that the code changes or replaces; note in `changed` which weights it writes into."""
        names = {id(each): name for name, each in self.module.named_buffers()}
        versions = {name: (each, each._version) for name, each in self.module.named_parameters()}
        try:
            yield
        finally:
            for module, objects, values in self.buffers:
                for name, value in values.items():
                    each = module._buffers.get(name)
                    if value is not None and (each is not objects[name] or not _same(each, value)):
                        self.changed.add(names.get(id(objects[name]), name))
                        objects[name].copy_(value)  # type: ignore[union-attr]
                module._buffers.update(objects)
            self.changed |= {name for name, (each, version) in versions.items() if each._version != version}


def _bare(state: dict[str, Tensor], needed: Mapping[str, object]) -> dict[str, Tensor]:
    """`state` without a prefix that a wrapper gave to all names, such as DataParallel's `module.`."""
    prefix = next(iter(state)).partition(".")[0] + "."
    if all(name.startswith(prefix) for name in state) and not any(name.startswith(prefix) for name in needed):
        return {name.removeprefix(prefix): value for name, value in state.items()}
    return state


def _same(one: Tensor | None, other: Tensor) -> bool:
    return one is not None and one.shape == other.shape and torch.equal(one.nan_to_num(), other.nan_to_num())


def _is_row(logits: Tensor, pictures: int) -> bool:
    return logits.ndim == 2 and len(logits) == pictures


def _noise(shape: tuple[int, ...]) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def _described(out: Any) -> str:
    """What a network returned, in short: "Tensor (1, 10, 32, 32)"."""
    if isinstance(out, Tensor):
        return f"Tensor {tuple(out.shape)}"
    parts = out.items() if isinstance(out, Mapping) else enumerate(out) if isinstance(out, list | tuple) else ()
    inner = ", ".join(f"{key}: {tuple(each.shape)}" for key, each in parts if isinstance(each, Tensor))
    return f"{type(out).__name__} ({inner})" if inner else type(out).__name__


# Requests


def answer(opened: Opened | None, request: tuple[Any, ...]) -> tuple[Opened | None, Any]:
    """Carry out ("open", path, wanted, weights, head), ("record", x or None, shape) or ("live", x, changes)."""
    kind, *given = request
    if kind == "open":
        opened = Opened(*given)
        return opened, opened.description()
    assert opened
    return opened, opened.live(*given) if kind == "live" else opened.record(*given)


def _reply(opened: Opened | None, request: tuple[Any, ...]) -> tuple[Opened | None, bytes]:
    try:
        opened, content = answer(opened, request)
        return opened, own_wire.dumps(("ok", content))
    except own_wire.NotDataError as error:
        file = opened.code.path.name if opened else ""
        return opened, own_wire.dumps(("error", "errors.own_not_data", {"file": file, "what": str(error)}))
    except ExplorerError as error:
        return opened, own_wire.dumps(("error", error.key, {**error.values}))


class Pipe:
    """Answers to `own_file`, from the main thread and from the one that watches it."""

    def __init__(self, answers: BinaryIO, limit_bytes: int) -> None:
        self.answers, self.limit_bytes = answers, limit_bytes
        self.folder = Path()  # of the user's file
        self.seconds, self.give_up = 0.0, math.inf
        self._lock = threading.Lock()

    def send(self, data: bytes, then_end: bool = False) -> None:
        """Write one answer; `then_end` ends the process."""
        with self._lock:
            self.answers.write(len(data).to_bytes(8, "little"))
            self.answers.write(data)
            self.answers.flush()
            if then_end:
                os._exit(1)

    def watch(self) -> None:
        """In a thread: end the process when it exceeds the time of the request or the memory."""
        process = psutil.Process()
        while True:
            time.sleep(_WATCH_EVERY_S)
            if time.monotonic() > self.give_up:
                self._end("errors.own_time", limit=self.seconds)
            elif process.memory_info().rss > self.limit_bytes:
                self._end("errors.own_memory", limit=self.limit_bytes >> 20)

    def _end(self, key: str, **values: object) -> None:
        frame, (file, line) = sys._current_frames()[threading.main_thread().ident or 0], ("–", "?")
        for each, number in traceback.walk_stack(frame):
            path = Path(each.f_code.co_filename)
            if path.is_relative_to(self.folder) and "site-packages" not in path.parts:
                file, line = path.name, str(number)
                break
        self.send(own_wire.dumps(("error", key, {"file": file, "line": line, **values})), then_end=True)


def _read_all(requests: BinaryIO, waiting: "queue.SimpleQueue[bytes]") -> None:
    """In a thread, so that the process ends with the app also while the user's code runs."""
    while data := requests.read(8):
        waiting.put(requests.read(int.from_bytes(data, "little")))
    os._exit(0)


def _limit_memory(limit_bytes: int) -> None:
    """Let allocations fail beyond the limit, where the system can; `own_file` watches the process as well."""
    if sys.platform == "linux":
        import resource

        most = psutil.Process().memory_info().data + limit_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def main() -> None:
    """Serve requests until stdin closes. Arguments: the memory bound in bytes; modules to import in advance."""
    limit_bytes = int(sys.argv[1])
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    log = os.fdopen(os.dup(2), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    faulthandler.enable(log)
    torch.backends.mha.set_fastpath_enabled(False)  # it is off while a pass is recorded, and its last bits differ
    vars(torch.backends.mps)["is_available"] = functools.cache(lambda: False)  # as for CUDA: the network is on the CPU
    for name in sys.argv[2:]:
        importlib.import_module(name)
    _limit_memory(limit_bytes)
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    pipe = Pipe(answers, limit_bytes)
    threading.Thread(target=_read_all, args=(requests, waiting), daemon=True).start()
    threading.Thread(target=pipe.watch, daemon=True).start()
    opened, data = None, own_wire.dumps("ready")
    while True:
        pipe.give_up = math.inf
        pipe.send(data)
        folder, pipe.seconds, request = own_wire.loads(waiting.get())
        pipe.folder = Path(folder)
        pipe.give_up = time.monotonic() + pipe.seconds
        opened, data = _reply(opened, request)


if __name__ == "__main__":
    main()
