"""Checkpoints, weights and predictions in a run's folder. All writes are atomic; torch is imported lazily."""

import contextlib
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from explorer.core import files
from explorer.core.errors import RunError
from explorer.runs import store
from explorer.runs.store import Parent, Run

if TYPE_CHECKING:
    from torch import Tensor

_DIGEST: Final = hashlib.sha256().digest_size

# Checkpoint format: the output of torch.save, followed by its sha256 (32 bytes)


def save_checkpoint(run: Run, state: Mapping[str, Any]) -> None:
    """Write `state` to last.pt; the old last.pt becomes previous.pt. On RunError both are unchanged."""
    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer)
    last = run.path / store.LAST
    with files.writing(run.path), buffer.getbuffer() as content:
        part = files.write_part(last, (content, hashlib.sha256(content).digest()))
        with contextlib.suppress(FileNotFoundError):
            files.replace(last, run.path / store.PREVIOUS)
        files.replace(part, last)
        files.sync_folder(run.path)


def keep_checkpoint(run: Run, epoch: int) -> None:
    """Keep last.pt as the checkpoint after `epoch` epochs. Raises RunError."""
    with files.writing(run.path):
        (run.path / store.KEPT).mkdir(exist_ok=True)
        files.link(run.path / store.LAST, kept_path(run, epoch))


def kept_path(run: Run, epoch: int) -> Path:
    return run.path / store.KEPT / f"epoch-{epoch:03}.pt"


def fork(run: Run, epoch: int, name: str = "", **changes: Any) -> Run:
    """Create a run that continues from the checkpoint kept after `epoch` epochs of `run`, including the optimiser.

    `changes` are fields of its recipe. Raises RunError if that checkpoint was not kept, RecipeError for a wrong field.
    """
    recipe = run.recipe().changed(**changes)
    checkpoint = kept_path(run, epoch)
    _read_verified(checkpoint)
    return store.create(
        recipe, name or run.about().name, parent=Parent(run.id, epoch), root=run.root, checkpoint=checkpoint
    )


def kept_epochs(run: Run) -> list[int]:
    """Epochs after which a checkpoint was kept, ascending."""
    matches = (re.fullmatch(r"epoch-(\d{3,4})\.pt", path.name) for path in (run.path / store.KEPT).glob("*.pt"))
    return sorted(int(match[1]) for match in matches if match)


def last_checkpoint(run: Run) -> tuple[dict[str, Any] | None, bool]:
    """The latest state, None before the first checkpoint; and whether it is the previous one because last.pt is broken.

    A broken last.pt is replaced by previous.pt, which the next save would otherwise overwrite; so the caller must hold
    the run. Raises RunError if both are broken.
    """
    last, previous = run.path / store.LAST, run.path / store.PREVIOUS
    if not last.exists() and not previous.exists():
        return None, False
    try:
        return read_checkpoint(last), False
    except RunError as error:
        try:
            state = read_checkpoint(previous)
        except RunError:
            raise error from None
        with files.writing(run.path):
            files.replace(previous, last)
        return state, True


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint. Raises RunError if it is incomplete or contains anything but plain values and tensors."""
    import torch

    from explorer.models import pickle_guard

    content = _read_verified(path)
    try:
        rebuilt = io.BytesIO(pickle_guard.rebuilt_zip(content))  # a hostile file may have a valid digest
        state = torch.load(rebuilt, map_location="cpu", weights_only=True)
    # weights_only refuses pickles that could run code; broken pickles raise many exception types
    except Exception as error:
        raise _broken(path) from error
    if not isinstance(state, dict):
        raise _broken(path)
    return state


def _read_verified(path: Path) -> bytes:
    """The output of torch.save, after verifying the sha256. Raises RunError."""
    try:
        with files.open_regular(path) as file:
            content = file.readall()
    except OSError as error:
        raise _broken(path) from error
    if hashlib.sha256(memoryview(content)[:-_DIGEST]).digest() != content[-_DIGEST:]:
        raise _broken(path)
    return content[:-_DIGEST]


def _broken(path: Path) -> RunError:
    return RunError("errors.run_checkpoint_broken", file=path.name)


# Weights and predictions


def save_weights(path: Path, weights: Mapping[str, "Tensor"], metadata: Mapping[str, str]) -> None:
    """Write a state dict as safetensors, with floats as float32. Raises RunError."""
    from safetensors.torch import save

    plain = {name: (value.float() if value.is_floating_point() else value).cpu().contiguous()
             for name, value in weights.items()}  # fmt: skip
    files.write_atomically(path, save(plain, dict(metadata)))


def save_answers(run: Run, epoch: int, classes: Sequence[str], answers: Any) -> None:
    """Write the `trainer.Predictions` of `epoch`: confusion.json (rows true, columns predicted) and per picture."""
    import torch
    from safetensors.torch import save

    count = len(classes)
    pairs = answers.labels.long() * count + answers.predicted.long()
    matrix = torch.bincount(pairs, minlength=count * count).view(count, count).tolist()
    columns = {"label": answers.labels.long(), "predicted": answers.predicted.long(),
               "probability": answers.probability.float()}  # fmt: skip
    per_picture = save({name: column.contiguous() for name, column in columns.items()}, {"epoch": str(epoch)})
    files.write_atomically(run.path / store.PREDICTIONS, per_picture)
    confusion = {"classes": list(classes), "matrix": matrix, "epoch": epoch}
    files.write_atomically(run.path / store.CONFUSION, json.dumps(confusion).encode())


def answers(run: Run, classes: int) -> dict[str, "Tensor"] | None:
    """Predictions of the best epoch on the test pictures: `label`, `predicted`, `probability`, (N,) each.

    None before the first checkpoint. Raises RunError if the file is damaged or has labels outside 0..`classes` - 1.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        with files.open_regular(run.path / store.PREDICTIONS) as file:
            columns = load(file.readall())
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError) as error:
        raise RunError("errors.run_unreadable", run=run.id, reason=store.PREDICTIONS) from error
    try:
        numbers, probability = torch.stack([columns["label"], columns["predicted"]]), columns["probability"]
        plain = numbers.dtype == torch.int64 and probability.is_floating_point() and probability.dim() == 1
        whole = plain and probability.isfinite().all()
        if not whole or numbers[0].shape != probability.shape or not 0 <= numbers.min() <= numbers.max() < classes:
            raise ValueError(store.PREDICTIONS)
    except (KeyError, RuntimeError, ValueError) as error:
        raise RunError("errors.run_unreadable", run=run.id, reason=store.PREDICTIONS) from error
    return {"label": numbers[0], "predicted": numbers[1], "probability": probability}
