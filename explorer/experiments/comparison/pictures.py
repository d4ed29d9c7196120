"""The test pictures of a comparison, if this machine has the same ones in the same order."""

import contextlib
import math
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.transforms.functional import pil_to_tensor

from explorer.core.errors import ExplorerError
from explorer.data import cifar10, datasets, images
from explorer.experiments.comparison.results import Comparison
from explorer.runs import store
from explorer.runs.sweep import Sweep

OF_A_CLASS = 1000  # test pictures of CIFAR-10
CHECKED = 25  # evenly spread pictures whose brightness is compared


class Pictures(Protocol):
    """As many pictures as labels; each (3, S, S), uint8."""

    def __len__(self) -> int: ...
    def __getitem__(self, place: int) -> Tensor: ...


class FromDisk:
    """CIFAR-10's test pictures, opened on access: the k-th occurrence of a label is the k-th picture of its class.

    If a class has fewer than OF_A_CLASS labels, its pictures are evenly spread, as `datasets.load` chooses them.
    """

    def __init__(self, labels: Sequence[int]) -> None:
        seen, of = dict.fromkeys(range(10), 0), Counter(map(int, labels))
        self.ids: list[str] = []
        for label in map(int, labels):
            place = math.ceil(seen[label] * OF_A_CLASS / of[label])
            self.ids.append(f"{cifar10.CIFAR10_CLASSES[label]}-{place}")
            seen[label] += 1

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, place: int) -> Tensor:
        """Raises DataError or PictureError."""
        pixels: Tensor = pil_to_tensor(images.open_sample(self.ids[place]).image)
        return pixels


def test_pictures(comparison: Comparison, plan: Sweep | None) -> Pictures | None:
    """The test pictures of `plan`, from the cache beside its runs; without a plan CIFAR-10's, if their brightness
    matches. None if there are none."""
    if comparison.labels is None:
        return None
    if plan is None:
        return _on_disk(comparison)
    split = _cached(plan)
    return split.images if split and np.array_equal(split.labels.numpy(), comparison.labels) else None


def brightness(pictures: Tensor) -> NDArray[np.uint8]:
    """Mean value (N,) of each of `pictures` (N, 3, S, S), uint8. JPEG compression hardly changes it."""
    return pictures.float().mean((1, 2, 3)).round().to(torch.uint8).numpy()


def _cached(plan: Sweep) -> datasets.Split | None:
    for run in plan.runs:
        with contextlib.suppress(ExplorerError):  # all runs have the same pictures
            if opening := store.summary(run).opening:
                return datasets.cached_test(opening["data"], run.cache, run.recipe())
    return None


def _on_disk(comparison: Comparison) -> Pictures | None:
    source = cifar10.find_cifar10()
    brightness_then, labels = comparison.brightness, comparison.labels
    if source is None or not source.is_cifar10 or brightness_then is None or labels is None:
        return None
    if comparison.recipe.get("data") != "cifar10":
        return None
    opened = FromDisk(labels.tolist())
    places = np.linspace(0, len(opened) - 1, CHECKED).astype(int).tolist()
    brightness_now = brightness(torch.stack([opened[place] for place in places]))
    return opened if np.abs(brightness_now.astype(int) - brightness_then[places]).max() <= 1 else None
