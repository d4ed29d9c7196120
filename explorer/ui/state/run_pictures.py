"""Test pictures of runs, as pictures that every page can open: `run:<run id>:<index>` in the session and in links."""

import hashlib
import re
from collections.abc import Callable, Hashable, Mapping
from functools import partial

from PIL import Image
from torch import Tensor

from explorer.core import files
from explorer.core.errors import RunError
from explorer.data import datasets
from explorer.data.datasets import Split
from explorer.data.images import Picture
from explorer.plots import pictures
from explorer.runs import checkpoints, store
from explorer.runs.store import Run
from explorer.ui.state import access_control, memory

PREFIX = "run:"  # as of a run's weights
IN_GALLERY = 24

Entry = tuple[int, str, str, str]
"""Index of a test picture, its class, the predicted class, its thumbnail as a data URI."""

_ID = re.compile(r"run:([^:]{1,100}):([0-9]{1,7})")


def picture_id(run: Run, index: int) -> str:
    return f"{PREFIX}{run.id}:{index}"


def find(asked: str) -> tuple[Run, int]:
    """The run and the index in an id, which may be untrusted. Raises RunError, also if this session may not see it."""
    parts = _ID.fullmatch(asked)
    seen = access_control.visible_run_ids()
    if parts is None or (seen is not None and parts[1] not in seen):
        named = parts[1] if parts else asked.removeprefix(PREFIX)
        raise RunError("errors.run_unknown", run=files.clean(named, 100))
    return store.find(parts[1]), int(parts[2])


def opened(asked: str) -> tuple[Callable[[], Picture], Hashable]:
    """A function that opens the picture, and its cache key. Both raise ExplorerError, this one for an invalid id."""
    run, index = find(asked)
    data = _opening(run)[0]
    return partial(_picture, run.id, index, data, run), ("run", run.id, index, data)


def wrong_first(answers: Mapping[str, Tensor]) -> list[int]:
    """Indices of all test pictures: mistakes by descending probability, then the others in order."""
    wrong = answers["label"] != answers["predicted"]
    mistakes = wrong.nonzero()[:, 0]
    order = answers["probability"][mistakes].argsort(descending=True, stable=True)
    return [*mistakes[order].tolist(), *(~wrong).nonzero()[:, 0].tolist()]


def gallery(run: Run) -> list[Entry]:
    """The first IN_GALLERY test pictures, wrong ones first; empty if they are gone. Raises ExplorerError."""
    file = run.path / store.PREDICTIONS
    written = file.stat().st_mtime_ns if file.is_file() else 0
    return _gallery(run.id, _opening(run)[0], written, run)


@memory.shared
def _gallery(run_id: str, data: str, written: int, _run: Run) -> list[Entry]:
    answers, classes = _answers(_run), _opening(_run)[1]
    if not answers:
        return []
    test = _test(_run, data)
    if len(test) != len(answers["label"]):
        return []
    return [
        (k, classes[answers["label"][k]], classes[answers["predicted"][k]], pictures.thumbnail_uri(_image(test, k), 96))
        for k in wrong_first(answers)[:IN_GALLERY]
    ]


@memory.shared
def _picture(run_id: str, index: int, data: str, _run: Run) -> Picture:
    test, classes = _test(_run, data), _opening(_run)[1]
    if index >= len(test) or int(test.labels[index]) >= len(classes):
        raise RunError("errors.run_no_picture", run=_run.about().name, number=index, count=len(test))
    image = _image(test, index)
    name, label = f"{_run.about().name} #{index}", classes[int(test.labels[index])]
    return Picture(image, files.one_line(name), (), hashlib.sha256(image.tobytes()).hexdigest(), label)


def _image(test: Split, index: int) -> Image.Image:
    return Image.fromarray(test.images[index].permute(1, 2, 0).contiguous().numpy())


def _test(run: Run, data: str) -> Split:
    """Raises RunError if the decoded pictures are no longer there."""
    test = datasets.cached_test(data, run.cache, run.recipe())
    if test is None:
        raise RunError("errors.run_pictures_gone", run=run.about().name)
    return test


def _answers(run: Run) -> Mapping[str, Tensor] | None:
    return checkpoints.answers(run, len(_opening(run)[1]))


def _opening(run: Run) -> tuple[str, list[str]]:
    """Digest of the data set and its classes."""
    opening = store.summary(run).opening
    if not opening:
        raise RunError("errors.run_pictures_gone", run=run.about().name)
    return opening["data"], opening["classes"]
