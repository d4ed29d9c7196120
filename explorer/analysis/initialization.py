"""Effects of initial weights before training: features, first loss, symmetry between filters."""

import copy
import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.analysis import feature_space
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.residual import AT_ONCE_PX
from explorer.models import loading
from explorer.models.network import Network
from explorer.models.preprocessing import TINY_PREPROCESSING
from explorer.models.seeding import drawn_from

LAST = "layer4"


@dataclass(frozen=True)
class Start:
    """A ResNet18 before fine-tuning.

    `kernels` (64, 3, 7, 7) of the stem, cross-entropy `loss` of the first step with a new head, and accuracies (0..1)
    per fold of a linear `probe` on the last stage.
    """

    kernels: Tensor
    loss: float
    probe: tuple[float, ...]


def initial_network(weights: str, pictures: PictureSet, seed: int = 0) -> Network:
    """ResNet18 with a new head for the classes of `pictures`, as at the start of a fine-tune; not a shared instance.

    Head and preprocessing are the same for all `weights`; only the backbone's initial values differ.
    """
    source = loading.load("resnet18", weights, seed=seed)
    labels = tuple(sorted({str(label) for label in pictures.labels}))
    module: Any = copy.deepcopy(source.module)
    with drawn_from(seed):
        module.fc = nn.Linear(module.fc.in_features, len(labels))
    return replace(source, module=module, labels=labels, preprocess=TINY_PREPROCESSING)


def compare(starts: tuple[str, ...], pictures: PictureSet) -> Generator[tuple[int, int], None, dict[str, Start]]:
    """Measure each of `starts` (names of weights) on the same labelled pictures. Yields (parts done, total)."""
    results: dict[str, Start] = {}
    total = 2 * len(starts)
    yield 0, total
    for weights in starts:
        network = initial_network(weights, pictures)
        kernels = network.module.get_submodule("conv1").weight.detach().clone()  # type: ignore[operator]
        loss = first_loss(network, pictures)
        yield 2 * len(results) + 1, total
        batches = pictures.inputs(network, AT_ONCE_PX // network.preprocess.input_px**2)
        features = torch.cat([torch.from_numpy(feature_space.features_of(network, x)[LAST]) for x in batches])
        results[weights] = Start(kernels, loss, feature_space.probe(features.numpy(), pictures.labels))
        yield 2 * len(results), total
    return results


@torch.no_grad()
def first_loss(network: Network, pictures: PictureSet) -> float:
    """Mean cross-entropy of the first batch in train mode, before any update; ln(classes) is chance level."""
    module = copy.deepcopy(network.module).train()  # a copy: train mode updates BatchNorm's statistics
    x = next(pictures.inputs(network))
    labels = torch.tensor([network.labels.index(str(label)) for label in pictures.labels[: len(x)]])
    return float(F.cross_entropy(module(x), labels))


def chance_loss(classes: int) -> float:
    """Cross-entropy of a uniform prediction: ln(classes)."""
    return math.log(classes)


@dataclass(frozen=True)
class Filters:
    """Filters (4, 1, 3, 3) of a small network before and after `steps` steps.

    `apart` is the largest absolute difference between two filters afterwards.
    """

    before: Tensor
    after: Tensor
    steps: int
    apart: float


def train_filters(x: Tensor, labels: Tensor, *, equal: bool, steps: int = 50, seed: int = 0) -> Filters:
    """Train a convolution with four filters and a linear layer on all of `x` (N, 1, H, W), full batch.

    With `equal`, all weights of a layer start with the same value, so the four filters get the same gradient
    (Goodfellow et al. 2016, section 8.4: "break symmetry"); else torch's default initialisation is used.
    """
    with drawn_from(seed):
        conv, head = nn.Conv2d(1, 4, 3), nn.Linear(4 * 4, 10)
    if equal:
        for weight in (conv.weight, head.weight):
            nn.init.constant_(weight, float(weight.detach().std()))
        for bias in (conv.bias, head.bias):
            nn.init.zeros_(bias)  # type: ignore[arg-type]
    before = conv.weight.detach().clone()
    network = nn.Sequential(conv, nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), head)
    optimizer = torch.optim.SGD(network.parameters(), 0.5, momentum=0.9)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(network(x), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    after = conv.weight.detach().clone()
    return Filters(before, after, steps, float((after[:, None] - after[None]).abs().max()))
