"""Export of a run: CSV tables, TensorBoard event files, a zip."""

import io
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pandas as pd

from explorer.core import settings
from explorer.core.csv_export import csv_bytes
from explorer.core.errors import RunError
from explorer.runs import public, store
from explorer.runs.events import EVENTS, Log
from explorer.runs.store import Run

FILES: Final = (store.RECIPE, store.ABOUT, EVENTS, store.BEST_WEIGHTS, store.LAST_WEIGHTS, store.CONFUSION,
                store.PREDICTIONS, store.LOG)  # fmt: skip
"""Files of a run that a zip contains. Checkpoints are excluded because of their size."""

MEASURES: Final = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "test_loss",
                   "test_accuracy", "lr", "seconds")  # fmt: skip


def to_zip(run: Run) -> bytes:
    """A zip of the existing `FILES`, in a folder named by the run's id. Raises RunError.

    On a public server paths are redacted, and the log and about.json are left out: they describe the server and the
    parent run, which may belong to another visitor.
    """
    buffer = io.BytesIO()
    # strict_timestamps=False: zip has no dates before 1980.
    with _reading(run), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for name in FILES:
            if settings.is_public() and name == store.RECIPE:
                archive.writestr(f"{run.id}/{name}", public.redacted_recipe(run.recipe()).to_json())
            elif settings.is_public() and name == EVENTS and has(run, name):
                text = (run.path / name).read_text(encoding="utf-8", errors="replace")
                archive.writestr(f"{run.id}/{name}", str(settings.redact(text)))
            elif has(run, name) and not (settings.is_public() and name in (store.ABOUT, store.LOG)):
                plain = zipfile.ZIP_STORED if name.endswith(".safetensors") else None  # weights do not compress
                archive.write(run.path / name, f"{run.id}/{name}", plain)
    return buffer.getvalue()


def has(run: Run, name: str) -> bool:
    """Whether `run` has a file of that name. Symbolic links do not count: they may lead out of the folder."""
    path = run.path / name
    return path.is_file() and not path.is_symlink()


def content(run: Run, name: str) -> bytes:
    """Content of the file `name` of `run`. Raises RunError."""
    with _reading(run):
        if not has(run, name):
            raise FileNotFoundError(name)
        return (run.path / name).read_bytes()


@contextmanager
def _reading(run: Run) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError("errors.run_unreadable", run=run.id, reason=str(error.strerror or error)) from error


def epochs_csv(log: Log) -> bytes:
    """One row per epoch: mean losses, accuracies 0..1, wall time in seconds, frozen and best as 0 or 1."""
    names = ("epoch", *MEASURES, "frozen", "best")
    shown = [name for name in names if any(name in epoch for epoch in log.epochs) or name == "epoch"]
    rows = [{name: _number(epoch, name) for name in shown} for epoch in log.epochs]
    return csv_bytes(pd.DataFrame(rows, columns=shown))


def steps_csv(log: Log) -> bytes:
    """One row per step: iteration (from 1), epoch, loss, lr; means of neighbours beyond `events.MAX_BATCHES` steps."""
    return csv_bytes(pd.DataFrame(log.batches))


def tensorboard(log: Log, run_id: str) -> bytes:
    """A zip with a TensorBoard event file. The x axis of scalars `step/…` is the step, of `epoch/…` the epoch."""
    from tensorboardX import SummaryWriter  # type: ignore[import-untyped]

    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        with SummaryWriter(folder) as writer:
            batches = log.batches
            for name in ("loss", "lr"):
                for iteration, value in zip(batches["iteration"], batches[name], strict=True):
                    writer.add_scalar(f"step/{name}", value, iteration)
            for epoch in log.epochs:
                for name in MEASURES:
                    if (number := _number(epoch, name)) is not None:
                        writer.add_scalar(f"epoch/{name}", number, epoch["epoch"])
        (written,) = Path(folder).iterdir()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            # Renamed, because the writer puts the host name into the file name.
            archive.write(written, f"{run_id}/events.out.tfevents.0.{run_id}")
    return buffer.getvalue()


def _number(event: Mapping[str, Any], name: str) -> float | None:
    """A numeric field of an event, else None. Optional fields of an untrusted run were not validated on reading."""
    value = event.get(name)
    return None if not isinstance(value, (int, float)) else int(value) if isinstance(value, bool) else value
