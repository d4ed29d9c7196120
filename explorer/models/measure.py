"""Measure on labelled pictures what a checkpoint does not say: its preprocessing and the padding of its shortcuts."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import torch
from PIL import Image

from explorer.core.errors import DataError, PictureError
from explorer.data import cifar10, class_folders, images, layout
from explorer.data.names import source_name
from explorer.models.loading import load_checkpoint
from explorer.models.network import Network
from explorer.models.own import PADDINGS, PRESETS, Choice
from explorer.models.recorder import logits_of
from explorer.models.trial import takes_all

MAX_PICTURES: Final = 100
MAX_LARGE: Final = 40  # pictures, where an input is larger than 64 px: ResNet18 takes two seconds, ResNet152 ten
MAX_PX: Final = 256  # side of an input: what a file asks for beyond takes too long
BATCH: Final = 25


@dataclass(frozen=True)
class Labelled:
    """Pictures and their classes: `labels` are indices into `classes`, the folders' names, sorted."""

    classes: tuple[str, ...]
    pictures: tuple[Image.Image, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Measured:
    """`choice` makes `right` of `pictures` correct. `label` names its preprocessing, a key of PRESETS or `given`."""

    choice: Choice
    label: str
    right: int
    pictures: int

    @property
    def words(self) -> str:
        """The choice in words that both languages share: `imagenet32, both`."""
        return " / ".join(filter(None, (self.label, self.choice.padding)))


def cifar10_pictures(count: int = MAX_PICTURES) -> Labelled | None:
    """Test pictures of CIFAR-10, as many of each class; None if they are not on this machine."""
    folder = cifar10.find_cifar10()
    if folder is None or not folder.is_cifar10:
        return None
    found = [(k, name, n) for n in range(count // len(folder.classes)) for k, name in enumerate(folder.classes)]
    try:
        pictures = tuple(
            images.decode(cifar10.test_picture(folder, name, n, images.MAX_BYTES + 1), name).image
            for _, name, n in found
        )
    except (DataError, PictureError):  # damaged: then nothing is measured
        return None
    return Labelled(folder.classes, pictures, tuple(k for k, _, _ in found))


def folder_pictures(path: Path, count: int = MAX_PICTURES) -> Labelled:
    """Pictures of a folder or zip with one folder per class, drawn at random; of its test part if it has one.

    Raises DataError if there are none.
    """
    with class_folders.open_source(path, lambda: None) as source:
        survey = layout.survey(source, path)
        found, classes = survey.test or survey.train, survey.classes
        drawn = random.Random(0).sample(found, min(count, len(found)))
        pictures, labels = [], []
        for name, file in drawn:
            try:
                pictures.append(_small(images.decode(source.read(file), file).image))
            except PictureError:
                continue
            labels.append(classes.index(name))
    if not pictures:
        raise DataError("errors.data_no_labelled", file=source_name(path))
    return Labelled(classes, tuple(pictures), tuple(labels))


def _small(picture: Image.Image) -> Image.Image:
    """At most 512 px on the shorter side: a hundred photographs of 12 megapixels would take 4 GB."""
    scale = 512 / min(picture.size)
    return picture.resize((round(picture.width * scale), round(picture.height * scale))) if scale < 1 else picture


def measured(
    name: str, data: bytes, file: str, choice: Choice, labelled: Labelled,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Measured]:  # fmt: skip
    """What `choice` leaves open, tried on `labelled`; the best first, of equals the usual one.

    Calls `progress(choices tried, all)`. Empty if nothing is open, or if the pictures are of another number of classes.
    Raises WeightsError.
    """
    choice = replace(choice, measured=True)
    network = load_checkpoint(name, data, file, choice)
    logits = targets(network, labelled)
    open_presets = not choice.says_preprocessing and network.facts["preprocess_from"] != "file" and takes_all(name)
    open_padding = bool(network.facts["padding"]) and not choice.padding
    if logits is None or not (open_presets or open_padding) or network.preprocess.input_px > MAX_PX:
        return []
    found = []
    usual = str(network.facts["padding"])
    for padding in sorted(PADDINGS, key=lambda each: each != usual) if open_padding else (choice.padding,):
        each = replace(choice, padding=padding)
        padded = network if padding in ("", usual) else load_checkpoint(name, data, file, each)
        for label, preset in _presets(network) if open_presets else [("given", choice.preset)]:
            tried = replace(each, preset=preset)
            preprocess = tried.applied(network.preprocess)
            found.append((tried, label, replace(padded, preprocess=preprocess)))
    large = max(each.preprocess.input_px for _, _, each in found) > 64
    count = min(len(labelled.pictures), MAX_LARGE if large else MAX_PICTURES)
    results: list[Measured] = []
    for tried, label, candidate in found:
        progress(len(results), len(found))
        results.append(Measured(tried, label, _right(candidate, labelled, logits, count), count))
    return sorted(results, key=lambda each: -each.right)


def _presets(network: Network) -> Iterator[tuple[str, str]]:
    """The usual preprocessings of such a network, the likeliest first."""
    keys = ("cifar", "imagenet32") if network.preprocess.input_px == 32 else ("imagenet", "cifar", "cifar64")
    yield from ((key, key) for key in keys if key in PRESETS)


def targets(network: Network, labelled: Labelled) -> list[int] | None:
    """The logit of each of `labelled.classes`: of the same name, else in their order; None for another number."""
    names = [name.casefold() for name in network.labels]
    if set(names) >= {name.casefold() for name in labelled.classes}:
        return [names.index(name.casefold()) for name in labelled.classes]
    return list(range(len(names))) if len(names) == len(labelled.classes) else None


def predicted(network: Network, pictures: Sequence[Image.Image]) -> list[int]:
    """The class of the largest logit, of MAX_PICTURES pictures, or of MAX_LARGE if the network's input is large."""
    found: list[int] = []
    pictures = pictures[: MAX_LARGE if network.preprocess.input_px > 64 else MAX_PICTURES]
    for start in range(0, len(pictures), BATCH):
        x = torch.cat([network.preprocess(picture) for picture in pictures[start : start + BATCH]])
        with torch.inference_mode():
            found += logits_of(network.module(x)).argmax(1).tolist()
    return found


def _right(network: Network, labelled: Labelled, logits: list[int], count: int) -> int:
    guesses = predicted(network, labelled.pictures[:count])
    return sum(guess == logits[label] for guess, label in zip(guesses, labelled.labels, strict=False))
