"""What a network's initial values decide before it has learned anything: its features, its loss, its symmetry."""

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
    """A ResNet18 at its start: `kernels` (64, 3, 7, 7) of its stem, the cross-entropy `loss` of its first step with a
    new head, and the accuracies (0..1) of a linear `probe` on its last stage, one for each fold."""

    kernels: Tensor
    loss: float
    probe: tuple[float, ...]


def starting(weights: str, several: PictureSet, seed: int = 0) -> Network:
    """ResNet18 as a fine-tune begins it, with a new head for the classes of `several`; for the caller alone.

    Whatever the weights, the head is the same and so are the pixels: what differs is the backbone's initial values.
    """
    source = loading.load("resnet18", weights, seed=seed)
    labels = tuple(sorted({str(label) for label in several.labels}))
    module: Any = copy.deepcopy(source.module)
    with drawn_from(seed):
        module.fc = nn.Linear(module.fc.in_features, len(labels))
    return replace(source, module=module, labels=labels, preprocess=TINY_PREPROCESSING)


def compare(starts: tuple[str, ...], several: PictureSet) -> Generator[tuple[int, int], None, dict[str, Start]]:
    """Each of `starts` (weights' names) on the same labelled pictures; yields (parts done, in all)."""
    found: dict[str, Start] = {}
    total = 2 * len(starts)
    yield 0, total
    for weights in starts:
        network = starting(weights, several)
        kernels = network.module.get_submodule("conv1").weight.detach().clone()  # type: ignore[operator]
        loss = first_loss(network, several)
        yield 2 * len(found) + 1, total
        batches = several.inputs(network, AT_ONCE_PX // network.preprocess.input_px**2)
        features = torch.cat([torch.from_numpy(feature_space.features_of(network, x)[LAST]) for x in batches])
        found[weights] = Start(kernels, loss, feature_space.probe(features.numpy(), several.labels))
        yield 2 * len(found), total
    return found


@torch.no_grad()
def first_loss(network: Network, several: PictureSet) -> float:
    """Mean cross-entropy of the first batch in train mode, before any weight has moved; ln(classes) is guessing."""
    module = copy.deepcopy(network.module).train()  # BatchNorm's statistics move, too
    x = next(several.inputs(network))
    labels = torch.tensor([network.labels.index(str(label)) for label in several.labels[: len(x)]])
    return float(F.cross_entropy(module(x), labels))


def guessing(classes: int) -> float:
    """The cross-entropy of giving each class the same probability."""
    return math.log(classes)


@dataclass(frozen=True)
class Filters:
    """Filters (4, 1, 3, 3) of a small network before and after `steps` steps, and how far two of them are apart at
    most, afterwards."""

    before: Tensor
    after: Tensor
    steps: int
    apart: float


def learn(x: Tensor, labels: Tensor, *, equal: bool, steps: int = 50, seed: int = 0) -> Filters:
    """Train one convolution of four filters and a linear layer on all of `x` (N, 1, H, W), a step at a time.

    With `equal` all weights of a layer start with the same value. Four filters then get four times the same gradient
    (Goodfellow et al. 2016, section 8.4: "break symmetry"), else they are drawn as torch draws them.
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
