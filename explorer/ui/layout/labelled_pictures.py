"""Pictures of the data set chosen beside an own checkpoint, which every page can open: `labelled:<index>`."""

import hashlib
from collections.abc import Callable, Hashable
from functools import partial
from typing import Final

import streamlit as st

from explorer.core import files
from explorer.core.errors import DataError
from explorer.data.images import Picture
from explorer.models import measure
from explorer.models.measure import Labelled
from explorer.models.network import Network
from explorer.plots import pictures
from explorer.ui.state import cache, data_sets, memory
from explorer.ui.state.run_pictures import IN_GALLERY, Entry

PREFIX: Final = "labelled:"
KEY: Final = "own_labelled"  # session key of the data set


def chosen() -> str | None:
    """The data set that is chosen beside the checkpoint, if this session may use it."""
    data: str | None = st.session_state.get(KEY)
    return data if data and data in data_sets.sources() else None  # listing them reads the disk


def picture_id(index: int) -> str:
    return f"{PREFIX}{index}"


def opened(asked: str) -> tuple[Callable[[], Picture], Hashable]:
    """A function that opens the picture of an id, which may be untrusted, and its cache key. Raises DataError."""
    data, number = chosen(), asked.removeprefix(PREFIX)
    if data is None or not number.isdecimal() or len(number) > 4:
        raise DataError("errors.labelled_gone")
    labelled = cache.labelled(data, data_sets.written(data))
    if int(number) >= len(labelled.pictures):
        raise DataError("errors.labelled_gone")
    return partial(_picture, labelled, int(number), data_sets.sources()[data]), (
        "labelled", data, data_sets.written(data), int(number),
    )  # fmt: skip


def answers(network: Network, key: Hashable) -> list[tuple[int, str, str]]:
    """Index, class and predicted class of each picture, mistakes first; empty without a data set of these classes.

    `key` is the network's cache key. Raises DataError.
    """
    data = chosen()
    if data is None:
        return []
    written = data_sets.written(data)
    return _answers(key, data, written, network, cache.labelled(data, written))


def gallery(network: Network, key: Hashable) -> list[Entry]:
    """The first IN_GALLERY pictures, mistakes first. Raises DataError."""
    data = chosen()
    found = answers(network, key)[:IN_GALLERY]
    if data is None or not found:
        return []
    shown = cache.labelled(data, data_sets.written(data)).pictures
    return [(k, true, predicted, pictures.thumbnail_uri(shown[k], 96)) for k, true, predicted in found]


@memory.shared
def _answers(
    key: Hashable, data: str, written: int, _network: Network, _labelled: Labelled
) -> list[tuple[int, str, str]]:
    names = [_network.labels[k] for k in measure.targets(_network, _labelled) or ()]
    if not names:
        return []
    guesses = measure.predicted(_network, _labelled.pictures)
    found = [
        (k, names[label], _network.labels[guess])
        for k, (label, guess) in enumerate(zip(_labelled.labels, guesses, strict=False))
    ]
    return sorted(found, key=lambda each: each[1] == each[2])


def _picture(labelled: Labelled, k: int, name: str) -> Picture:
    image = labelled.pictures[k]
    digest = hashlib.sha256(image.tobytes()).hexdigest()
    return Picture(image, files.one_line(f"{name} #{k}"), (), digest, labelled.classes[labelled.labels[k]])
