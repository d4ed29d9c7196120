"""A run on a node of a Ray cluster: what the task does there, and how its events travel. `cluster` sends it."""

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

POLL_S: Final = 0.5  # from one look to the next whether the run is to stop

ANSWERS: Final = ("epoch", "best")  # events whose payload is `loop.Predictions`

Packed = tuple[str, dict[str, Any], bytes | None]  # an event, its payload as torch.save writes it


class Bell:
    """Which runs are to stop: an actor that the driver rings, and that nodes ask."""

    def __init__(self) -> None:
        self._rung: set[str] = set()

    def ring(self, run_id: str) -> None:
        """Ask a run to stop."""
        self._rung.add(run_id)

    def rung(self, run_id: str) -> bool:
        """Whether a run was asked to stop."""
        return run_id in self._rung


def train(
    recipe: Recipe, cache: str, state: Mapping[str, Any] | None, bell: Any, run_id: str
) -> Iterator[list[Packed]]:
    """Train on this node; all that happened within half a second travels together.

    Weights of the best epoch are a "best" event that comes before the next checkpoint: most epochs are the best so far.
    """
    import ray

    context: Any = ray.get_runtime_context()
    threads = cores.thread_count(int(context.get_assigned_resources().get("CPU", 1)) or 1)
    os.environ.update(cores.training_environment(threads))  # before torch is imported
    told = {"what": "cluster", "done": 1, "total": 1, "node": socket.gethostname(), "pid": os.getpid()}
    yield [("prepare", told, None)]
    import torch

    from explorer.training import trainer

    torch.set_num_threads(threads)
    gathered: list[Packed] = []
    best: list[Packed] = []
    sent_s = time.monotonic()
    with _listening(bell, run_id) as asked:
        try:
            for event in trainer.train(recipe, cache=_cache(Path(cache)), state=state, stop=asked):
                if event.kind == "epoch" and event.fields["best"]:
                    best = [packed(trainer.Event("best", {"epoch": event.fields["epoch"]}, event.payload))]
                    event = trainer.Event("epoch", event.fields)
                elif event.kind in ("checkpoint", "end"):
                    gathered, best = gathered + best, []
                gathered.append(packed(event))
                if event.kind != "batch" or time.monotonic() - sent_s > POLL_S:
                    yield gathered
                    gathered, sent_s = [], time.monotonic()
        except ExplorerError:
            yield gathered + best  # how the loss grew, say
            raise


@contextlib.contextmanager
def _listening(bell: Any, run_id: str) -> Iterator[Callable[[], bool]]:
    """Whether the bell was rung for a run, asked by a thread, so that a step never waits for it."""
    import ray
    from ray.exceptions import RayError

    asked, over = threading.Event(), threading.Event()

    def listen() -> None:
        while not asked.is_set() and not over.wait(POLL_S):
            with contextlib.suppress(RayError):  # the driver's end is this task's, too
                if ray.get(bell.rung.remote(run_id), timeout=10):
                    asked.set()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield asked.is_set
    finally:
        over.set()
        thread.join()


def _cache(shared: Path) -> Path:
    """Where this node keeps decoded data sets: beside the runs where it sees them, else in its temporary folder."""
    if shared.parent.is_dir():
        return shared
    own = Path(tempfile.gettempdir()) / f"residual-explorer-{getattr(os, 'getuid', getpass.getuser)()}"
    own.mkdir(mode=0o700, exist_ok=True)
    return own


def packed(event: "Event") -> Packed:
    """Tensors leave a GPU that the driver may not have."""
    import torch

    if event.payload is None:
        return event.kind, event.fields, None
    buffer = io.BytesIO()
    torch.save(vars(event.payload) if event.kind in ANSWERS else event.payload, buffer)
    return event.kind, event.fields, buffer.getvalue()


def unpacked(kind: str, fields: dict[str, Any], content: bytes | None) -> "Event":
    import torch

    from explorer.training.trainer import Event, Predictions

    if content is None:
        return Event(kind, fields)
    payload = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return Event(kind, fields, Predictions(**payload) if kind in ANSWERS else payload)
