"""Which places of a picture speak for a class: Grad-CAM by torchcam, integrated gradients by Captum.

torchcam's hooks go to a copy of the modules that shares the network's weights; Captum is given a trace that starts at
the stage, which needs no hooks. Both are imported when they are first used: Captum brings matplotlib.
"""

import copy
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import cast

import pandas as pd
import torch
from torch import Tensor, nn

from explorer.analysis.features import stages, stem, tensor_name
from explorer.analysis.trace import trace
from explorer.models.graph import TRACING
from explorer.models.network import Network
from explorer.models.seeding import drawn_from

METHODS = ("grad_cam", "grad_cam_pp", "integrated_gradients")
PIECES, STEPS = 4, 8  # the way from the baseline is walked in pieces: no batch larger than STEPS, progress after each
ENOUGH_CELLS = 16  # for a correlation: of a map of 2x2, any two are alike by chance


@dataclass(frozen=True)
class Attribution:
    """Maps (h, w) by place: `input`, the stem's end and the stages; Grad-CAM has none at the input.

    Grad-CAM's are never below 0. Those of integrated gradients are summed over channels, in logits, and signed.
    `logit` is the class's for the picture, `baseline` that for an input of zeros (the data set's mean colour).
    """

    maps: dict[str, Tensor]
    logit: float
    baseline: float


def places(network: Network) -> dict[str, str]:
    """The stem's end and each stage -> the module whose output is looked at: a stage's last block, never its `relu`,
    which is called twice in a block."""
    end = stem(network)[-1]
    return {end: end, **stages(network)}


def attribute(
    network: Network, x: Tensor, method: str, class_index: int
) -> Generator[tuple[int, int], None, Attribution]:
    """What speaks for the class in `x` (1, 3, H, W), at every place, by one of METHODS. Yields (parts done, in all)."""
    if method == "integrated_gradients":
        return (yield from integrated_gradients(network, x, class_index))
    return grad_cam(network, x, method, class_index)


def grad_cam(network: Network, x: Tensor, method: str, class_index: int) -> Attribution:
    """Grad-CAM (Selvaraju et al. 2017, eq. 1 and 2) or, from the same maps and gradients, Grad-CAM++; in one pass."""
    from torchcam.methods import GradCAM

    looked_at = places(network)
    module = hookable(network.module)
    with TRACING, GradCAM(module, list(looked_at.values())) as extractor:  # fx replaces the `__call__` that hooks need
        logits = module(x.clone().requires_grad_())
        maps = extractor(class_index, logits, normalized=False)
        if method == "grad_cam_pp":
            kept = cast("tuple[list[Tensor], list[Tensor]]", (extractor.hook_a, extractor.hook_g))
            maps = [_plus_plus(value, slope) for value, slope in zip(*kept, strict=True)]
    found = {place: cells[0] for place, cells in zip(looked_at, maps, strict=True)}
    return Attribution(found, *_logits(network, x, class_index))


def _plus_plus(value: Tensor, slope: Tensor) -> Tensor:
    """Chattopadhay et al. 2018, eq. 10 and 19, of maps and gradients (N, C, H, W): (N, H, W).

    Only rising places count, where the paper's g² / (2g² + g³ ΣA) is 1 / (2 + g ΣA). Not by torchcam, whose GradCAMpp
    (0.5.0) leaves the division out: it divides a copy in place.
    """
    rising = slope.relu()
    weight = (rising / (2 + rising * value.sum((2, 3), keepdim=True))).sum((2, 3), keepdim=True)
    return (weight * value).sum(1).relu()


def _logits(network: Network, x: Tensor, class_index: int) -> tuple[float, float]:
    """The class's for `x`, and for zeros."""
    both = trace(network, torch.cat([x, torch.zeros_like(x)]), keep=()).logits[:, class_index]
    return float(both[0]), float(both[1])


def hookable(module: nn.Module) -> nn.Module:
    """The modules once more, around the very same weights: hooks and attributes of one do not reach the other.

    ReLU is not in place in it: what a hook was given stays what it was.
    """
    shared = {id(tensor): tensor for tensor in (*module.parameters(), *module.buffers())}
    twin = copy.deepcopy(module, shared)
    for inner in twin.modules():
        if isinstance(inner, nn.ReLU):
            inner.inplace = False
    return twin


def integrated_gradients(
    network: Network, x: Tensor, class_index: int
) -> Generator[tuple[int, int], None, Attribution]:
    """Sundararajan et al. 2017, eq. 1, by the Gauss-Legendre rule with PIECES x STEPS points; yields after each piece.

    At a stage the straight way leads from the maps of zeros to those of `x`.
    """
    from captum.attr import IntegratedGradients  # type: ignore[import-untyped]

    names = {place: tensor_name(network, place) for place in ("input", stem(network)[-1], *stages(network))}
    ends = trace(network, torch.cat([torch.zeros_like(x), x]), keep=names.values())
    maps: dict[str, Tensor] = {}
    for place, name in names.items():
        method = IntegratedGradients(_rest(network, name))
        start, end = ends[name].chunk(2)
        whole = torch.zeros_like(end)
        for k in range(PIECES):
            here, there = (start + (end - start) * share / PIECES for share in (k, k + 1))
            whole += method.attribute(there, here, target=class_index, n_steps=STEPS).detach()
            yield len(maps) * PIECES + k + 1, PIECES * len(names)
        maps[place] = whole[0].sum(0)
    return Attribution(maps, *_logits(network, x, class_index))


def _rest(network: Network, name: str) -> Callable[[Tensor], Tensor]:
    """What follows `name`: its maps to the logits."""
    return lambda value: trace(network, value, keep=(), after=name, gradients=True).logits


def untrained(network: Network, seed: int = 0) -> Network:
    """The same architecture with freshly drawn weights, as torchvision's ResNet starts, in eval mode."""
    module = copy.deepcopy(network.module)
    with drawn_from(seed):
        for inner in module.modules():
            if isinstance(inner, nn.Conv2d):
                nn.init.kaiming_normal_(inner.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(inner, nn.BatchNorm2d | nn.Linear):
                inner.reset_parameters()
    return replace(network, module=module)


def sanity(
    network: Network, x: Tensor, method: str, class_index: int, found: Attribution
) -> Generator[tuple[int, int], None, tuple[Attribution, dict[str, float | None]]]:
    """The untrained network's maps, and how like them those of `found` are (Adebayo et al. 2018, section 3).

    Spearman's rank correlation of the magnitudes, -1..1, by place; None for a map of fewer than ENOUGH_CELLS cells, or
    of a single value.
    """
    other = yield from attribute(untrained(network), x, method, class_index)
    pairs = {place: (cells.abs(), other.maps[place].abs()) for place, cells in found.maps.items()}
    return other, {place: _rank_correlation(*pair) for place, pair in pairs.items()}


def _rank_correlation(first: Tensor, second: Tensor) -> float | None:
    one, other = (pd.Series(cells.flatten().numpy()).rank() for cells in (first, second))
    if len(one) < ENOUGH_CELLS or one.nunique() == 1 or other.nunique() == 1:
        return None
    return float(one.corr(other))
