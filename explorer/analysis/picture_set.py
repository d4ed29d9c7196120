"""Sets of labelled pictures to evaluate a network on: CIFAR-10 test pictures if found, else the gallery."""

import io
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from explorer.analysis.trace import trace
from explorer.data import cifar10, images
from explorer.models.network import Network

BATCH = 100
TIMED_PIXELS = 8 * 64 * 64  # input pixels of the passes that `seconds_per_picture` times


@dataclass(frozen=True)
class PictureSet:
    """Pictures and their classes in English.

    `ids` are ids for `images.open_sample`. `source` is a message key. A label is None if the class is unknown.
    `pictures` is empty if they are not opened.
    """

    ids: tuple[str, ...]
    pictures: tuple[Image.Image, ...]
    labels: tuple[str | None, ...]
    source: str

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def is_cifar10(self) -> bool:
        return self.source == "picture.source_cifar10"

    def inputs(self, network: Network, batch: int = BATCH) -> Iterator[Tensor]:
        """Preprocessed batches (up to `batch`, 3, H, W). 1,000 pictures of 224 px at once would take 600 MB."""
        for start in range(0, len(self), batch):
            yield torch.cat([network.preprocess(picture) for picture in self.pictures[start : start + batch]])

    def true_labels(self, network: Network) -> Tensor | None:
        """Class indices (N,); None if the network lacks some of the classes."""
        if not all(label in network.labels for label in self.labels):
            return None
        return torch.tensor([network.labels.index(str(label)) for label in self.labels])

    def answers(self, network: Network) -> tuple[Tensor, bool]:
        """Reference class indices (N,), and whether they are the true labels.

        If the network lacks some of the classes, its own predictions are the reference; a comparison with them measures
        how many answers stay the same instead of accuracy.
        """
        if (labels := self.true_labels(network)) is not None:
            return labels, True
        logits = [trace(network, x, keep=()).logits for x in self.inputs(network)]
        return torch.cat(logits).argmax(1), False


def find(count: int, root: Path | None = None) -> PictureSet:
    """`count` test pictures, alternating between classes, if `find_cifar10` finds a data set; else the gallery."""
    found = listed(count, root)
    opened = [images.open_sample(one, root) for one in found.ids]
    return replace(found, pictures=tuple(p.image for p in opened), labels=tuple(p.label for p in opened))


def listed(count: int, root: Path | None = None) -> PictureSet:
    """`find` without opening the pictures, and without labels."""
    folder = cifar10.find_cifar10(root)
    if folder is None:
        samples = images.gallery(root)[:count]
        ids: Sequence[str] = [sample.id for sample in samples]
        source = "picture.source_gallery"
    else:
        ids = [f"{folder.classes[k % len(folder.classes)]}-{k // len(folder.classes)}" for k in range(count)]
        source = "picture.source_cifar10" if folder.is_cifar10 else "picture.source_folder"
    return PictureSet(tuple(ids), (), (None,) * len(ids), source)


def seconds_per_picture(network: Network) -> float:
    """Seconds of a forward pass for each picture, the better of two passes; takes a tenth of a second at 64 px."""
    shape = network.preprocess.shape
    x = torch.zeros(max(1, TIMED_PIXELS // network.preprocess.input_px**2), *shape[1:])
    times = []
    for _ in range(2):
        started = time.perf_counter()
        trace(network, x, keep=())
        times.append(time.perf_counter() - started)
    return min(times) / len(x)


def to_zip(pictures: PictureSet, folder: str) -> bytes:
    """A zip of `folder`/<class>/<number>.png for torchvision's ImageFolder; the class None becomes `unknown`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for k, (picture, label) in enumerate(zip(pictures.pictures, pictures.labels, strict=True)):
            archive.writestr(f"{folder}/{label or 'unknown'}/{k:04}.png", images.png(picture))
    return buffer.getvalue()
