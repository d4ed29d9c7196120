"""What a run saves in its folder: checkpoints to go on from, weights to use, answers to look at.

Each is written whole or not at all; torch is imported only here, when something is saved or read.
"""

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

# Checkpoints: what torch.save writes, then the sha256 of it (32 bytes)


def save_checkpoint(run: Run, state: Mapping[str, Any]) -> None:
    """Put `state` into last.pt; what was there becomes previous.pt. Raises RunError, and both stay as they were."""
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
    """Keep last.pt as the checkpoint after `epoch` epochs. Raises RunError where that cannot be written."""
    with files.writing(run.path):
        (run.path / store.KEPT).mkdir(exist_ok=True)
        files.link(run.path / store.LAST, kept_path(run, epoch))


def kept_path(run: Run, epoch: int) -> Path:
    return run.path / store.KEPT / f"epoch-{epoch:03}.pt"


def fork(run: Run, epoch: int, name: str = "", **changes: Any) -> Run:
    """A new run that goes on from the checkpoint kept after `epoch` epochs of `run`, optimiser included.

    `changes` are fields of its recipe. Raises RunError for an epoch that was not kept, RecipeError for a wrong field.
    """
    recipe = run.recipe().changed(**changes)
    checkpoint = kept_path(run, epoch)
    _checked(checkpoint)
    return store.create(
        recipe, name or run.about().name, parent=Parent(run.id, epoch), root=run.root, checkpoint=checkpoint
    )


def kept_epochs(run: Run) -> list[int]:
    """After how many epochs a checkpoint was kept, ascending."""
    found = (re.fullmatch(r"epoch-(\d{3,4})\.pt", path.name) for path in (run.path / store.KEPT).glob("*.pt"))
    return sorted(int(match[1]) for match in found if match)


def last_checkpoint(run: Run) -> tuple[dict[str, Any] | None, bool]:
    """The state to go on from, None before the first; and whether it is the one before, since the last was broken.

    Called by whoever holds the run: previous.pt then takes the place of a broken last.pt, which would otherwise push
    it out at the next save. Raises RunError where both are broken.
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
    """Raises RunError for a file that is not whole, or holds more than values and tensors."""
    import torch

    from explorer.models import pickle_guard

    content = _checked(path)
    try:
        rebuilt = io.BytesIO(
            pickle_guard.rebuilt_zip(content)
        )  # anyone can write a right digest under what asks for much
        state = torch.load(rebuilt, map_location="cpu", weights_only=True)
    # weights_only refuses what could run code; a broken pickle fails in as many ways as it has bytes
    except Exception as error:
        raise _broken(path) from error
    if not isinstance(state, dict):
        raise _broken(path)
    return state


def _checked(path: Path) -> bytes:
    """What torch.save wrote, if all of it is there."""
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


# Weights and answers


def save_weights(path: Path, weights: Mapping[str, "Tensor"], metadata: Mapping[str, str]) -> None:
    """A state dict as safetensors, floats in float32. Raises RunError where it cannot be written."""
    from safetensors.torch import save

    plain = {name: (value.float() if value.is_floating_point() else value).cpu().contiguous()
             for name, value in weights.items()}  # fmt: skip
    files.write_atomically(path, save(plain, dict(metadata)))


def save_answers(run: Run, epoch: int, classes: Sequence[str], answers: Any) -> None:
    """The `loop.Predictions` of `epoch`: confusion.json, rows true and columns predicted, and one by one."""
    import torch
    from safetensors.torch import save

    count = len(classes)
    pairs = answers.labels.long() * count + answers.predicted.long()
    matrix = torch.bincount(pairs, minlength=count * count).view(count, count).tolist()
    columns = {"label": answers.labels.long(), "predicted": answers.predicted.long(),
               "probability": answers.probability.float()}  # fmt: skip
    one_by_one = save({name: column.contiguous() for name, column in columns.items()}, {"epoch": str(epoch)})
    files.write_atomically(run.path / store.PREDICTIONS, one_by_one)
    confusion = {"classes": list(classes), "matrix": matrix, "epoch": epoch}
    files.write_atomically(run.path / store.CONFUSION, json.dumps(confusion).encode())


def answers(run: Run, classes: int) -> dict[str, "Tensor"] | None:
    """Of the best epoch's test pictures: label, predicted, probability, (N,) each. None before the first checkpoint.

    Raises RunError where the file is damaged, or is about more than so many classes.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        with files.open_regular(run.path / store.PREDICTIONS) as file:
            found = load(file.readall())
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError) as error:
        raise RunError("errors.run_unreadable", run=run.id, reason=store.PREDICTIONS) from error
    try:
        numbers, probability = torch.stack([found["label"], found["predicted"]]), found["probability"]
        plain = numbers.dtype == torch.int64 and probability.is_floating_point() and probability.dim() == 1
        whole = plain and probability.isfinite().all()
        if not whole or numbers[0].shape != probability.shape or not 0 <= numbers.min() <= numbers.max() < classes:
            raise ValueError(store.PREDICTIONS)
    except (KeyError, RuntimeError, ValueError) as error:
        raise RunError("errors.run_unreadable", run=run.id, reason=store.PREDICTIONS) from error
    return {"label": numbers[0], "predicted": numbers[1], "probability": probability}
