"""Ray task that trains a run on a cluster node, and serialisation of its events. Submitted by `ray_cluster`."""

import contextlib
import getpass
import io
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from explorer.core import cores
from explorer.core.errors import ExplorerError
from explorer.training.recipe import Recipe

if TYPE_CHECKING:
    from explorer.training.trainer import Event

POLL_S: Final = 0.5  # between checks of the stop signal

ANSWERS: Final = ("epoch", "best")  # events whose payload is `trainer.Predictions`

Packed = tuple[str, dict[str, Any], bytes | None]  # an event with its payload serialised by torch.save


class StopSignal:
    """Ray actor with the ids of runs that should stop; set by the driver, polled by nodes."""

    def __init__(self) -> None:
        self._requested: set[str] = set()

    def request(self, run_id: str) -> None:
        """Ask a run to stop."""
        self._requested.add(run_id)

    def is_requested(self, run_id: str) -> bool:
        """Whether a run should stop."""
        return run_id in self._requested


def train(
    recipe: Recipe, cache: str, state: Mapping[str, Any] | None, stop_signal: Any, run_id: str
) -> Iterator[list[Packed]]:
    """Train on this node. Yields the events in groups, at most every POLL_S for batches.

    The payload of the best epoch is sent as a "best" event before the next checkpoint, not with every epoch: most
    epochs are the best so far.
    """
    import ray

    context: Any = ray.get_runtime_context()
    threads = cores.thread_count(int(context.get_assigned_resources().get("CPU", 1)) or 1)
    os.environ.update(cores.training_environment(threads))  # before torch is imported
    started = {"what": "cluster", "done": 1, "total": 1, "node": socket.gethostname(), "pid": os.getpid()}
    yield [("prepare", started, None)]
    import torch

    from explorer.training import trainer

    torch.set_num_threads(threads)
    gathered: list[Packed] = []
    best: list[Packed] = []
    sent_s = time.monotonic()
    with _listening(stop_signal, run_id) as asked:
        try:
            for event in trainer.train(recipe, cache=_cache(Path(cache)), state=state, stop=asked):
                if event.kind == "epoch" and event.fields["best"]:
                    best = [pack(trainer.Event("best", {"epoch": event.fields["epoch"]}, event.payload))]
                    event = trainer.Event("epoch", event.fields)
                elif event.kind in ("checkpoint", "end"):
                    gathered, best = gathered + best, []
                gathered.append(pack(event))
                if event.kind != "batch" or time.monotonic() - sent_s > POLL_S:
                    yield gathered
                    gathered, sent_s = [], time.monotonic()
        except ExplorerError:
            yield gathered + best  # for example how the loss diverged
            raise


@contextlib.contextmanager
def _listening(stop_signal: Any, run_id: str) -> Iterator[Callable[[], bool]]:
    """Poll the stop signal in a thread, so that a training step never waits; yields the check."""
    import ray
    from ray.exceptions import RayError

    asked, over = threading.Event(), threading.Event()

    def listen() -> None:
        while not asked.is_set() and not over.wait(POLL_S):
            with contextlib.suppress(RayError):  # without a driver Ray ends this task
                if ray.get(stop_signal.is_requested.remote(run_id), timeout=10):
                    asked.set()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield asked.is_set
    finally:
        over.set()
        thread.join()


def _cache(shared: Path) -> Path:
    """Cache folder for decoded data sets: beside the runs if this node sees that folder, else a temporary one."""
    if shared.parent.is_dir():
        return shared
    own = Path(tempfile.gettempdir()) / f"residual-explorer-{getattr(os, 'getuid', getpass.getuser)()}"
    own.mkdir(mode=0o700, exist_ok=True)
    return own


def pack(event: "Event") -> Packed:
    """Serialise an event."""
    import torch

    if event.payload is None:
        return event.kind, event.fields, None
    buffer = io.BytesIO()
    torch.save(vars(event.payload) if event.kind in ANSWERS else event.payload, buffer)
    return event.kind, event.fields, buffer.getvalue()


def unpack(kind: str, fields: dict[str, Any], content: bytes | None) -> "Event":
    """Inverse of `pack`; loads tensors to the CPU, because the driver may have no GPU."""
    import torch

    from explorer.training.trainer import Event, Predictions

    if content is None:
        return Event(kind, fields)
    payload = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return Event(kind, fields, Predictions(**payload) if kind in ANSWERS else payload)
