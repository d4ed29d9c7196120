"""Attribution of a class to regions of a picture: Grad-CAM by torchcam, integrated gradients by Captum.

torchcam registers its hooks on a copy of the modules that shares the network's weights; Captum gets a trace that starts
at the stage and needs no hooks. Both are imported lazily, because Captum imports matplotlib.
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
from explorer.models.network import Network
from explorer.models.seeding import drawn_from

METHODS = ("grad_cam", "grad_cam_pp", "integrated_gradients")
PIECES, STEPS = 4, 8  # the path from the baseline is split into pieces, which bounds the batch and gives progress
ENOUGH_CELLS = 16  # for a correlation: two maps of 2x2 may agree by chance


@dataclass(frozen=True)
class Attribution:
    """Maps (h, w) by place: `input`, the end of the stem, the stages. Grad-CAM has no map at the input.

    Grad-CAM maps are >= 0. Maps of integrated gradients are signed, in logits, summed over channels. `logit` is the
    class's logit for the picture, `baseline` its logit for an input of zeros (the data set's mean colour).
    """

    maps: dict[str, Tensor]
    logit: float
    baseline: float


def places(network: Network) -> dict[str, str]:
    """Stem's end and stages -> module to hook: for a stage its last block, because its `relu` is called twice."""
    end = stem(network)[-1]
    return {end: end, **stages(network)}


def attribute(
    network: Network, x: Tensor, method: str, class_index: int
) -> Generator[tuple[int, int], None, Attribution]:
    """Attribution maps of class `class_index` for `x` (1, 3, H, W) by one of METHODS. Yields (pieces done, total)."""
    if method == "integrated_gradients":
        return (yield from integrated_gradients(network, x, class_index))
    return grad_cam(network, x, method, class_index)


def grad_cam(network: Network, x: Tensor, method: str, class_index: int) -> Attribution:
    """Grad-CAM (Selvaraju et al. 2017, eq. 1 and 2) or Grad-CAM++ for all places, in one pass."""
    from torchcam.methods import GradCAM

    looked_at = places(network)
    module = copy_with_shared_weights(network.module)
    with GradCAM(module, list(looked_at.values())) as extractor:
        logits = module(x.clone().requires_grad_())
        maps = extractor(class_index, logits, normalized=False)
        if method == "grad_cam_pp":
            kept = cast("tuple[list[Tensor], list[Tensor]]", (extractor.hook_a, extractor.hook_g))
            maps = [_plus_plus(value, slope) for value, slope in zip(*kept, strict=True)]
    by_place = {place: cells[0] for place, cells in zip(looked_at, maps, strict=True)}
    return Attribution(by_place, *_logits(network, x, class_index))


def _plus_plus(value: Tensor, slope: Tensor) -> Tensor:
    """Grad-CAM++ (Chattopadhay et al. 2018, eq. 10 and 19) of maps and gradients (N, C, H, W): (N, H, W).

    Only positive gradients count; for those the paper's g² / (2g² + g³ ΣA) equals 1 / (2 + g ΣA). torchcam's GradCAMpp
    (0.5.0) is not used: it omits the division, because it divides a copy in place.
    """
    rising = slope.relu()
    weight = (rising / (2 + rising * value.sum((2, 3), keepdim=True))).sum((2, 3), keepdim=True)
    return (weight * value).sum(1).relu()


def _logits(network: Network, x: Tensor, class_index: int) -> tuple[float, float]:
    """Logits of the class for `x` and for an input of zeros."""
    both = trace(network, torch.cat([x, torch.zeros_like(x)]), keep=()).logits[:, class_index]
    return float(both[0]), float(both[1])


def copy_with_shared_weights(module: nn.Module) -> nn.Module:
    """A copy of the modules that shares parameters and buffers but not hooks or attributes.

    Its ReLUs are not in place, so that tensors seen by hooks are not overwritten.
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
    """Integrated gradients (Sundararajan et al. 2017, eq. 1) by Gauss-Legendre quadrature with PIECES x STEPS points.

    At a stage the straight path leads from the maps of an input of zeros to those of `x`. Yields (pieces done, total).
    """
    from captum.attr import IntegratedGradients  # type: ignore[import-untyped]

    names = {place: tensor_name(network, place) for place in ("input", stem(network)[-1], *stages(network))}
    ends = trace(network, torch.cat([torch.zeros_like(x), x]), keep=names.values())
    maps: dict[str, Tensor] = {}
    for place, name in names.items():
        method = IntegratedGradients(_logits_from(network, name))
        start, end = ends[name].chunk(2)
        whole = torch.zeros_like(end)
        for k in range(PIECES):
            here, there = (start + (end - start) * share / PIECES for share in (k, k + 1))
            whole += method.attribute(there, here, target=class_index, n_steps=STEPS).detach()
            yield len(maps) * PIECES + k + 1, PIECES * len(names)
        maps[place] = whole[0].sum(0)
    return Attribution(maps, *_logits(network, x, class_index))


def _logits_from(network: Network, name: str) -> Callable[[Tensor], Tensor]:
    """The function from the maps at `name` to the logits."""
    return lambda value: trace(network, value, keep=(), after=name, gradients=True).logits


def untrained(network: Network, seed: int = 0) -> Network:
    """The same architecture with random weights, initialised as in torchvision's ResNet, in eval mode."""
    module = copy.deepcopy(network.module)
    with drawn_from(seed):
        for inner in module.modules():
            if isinstance(inner, nn.Conv2d):
                nn.init.kaiming_normal_(inner.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(inner, nn.BatchNorm2d | nn.Linear):
                inner.reset_parameters()
    return replace(network, module=module)


def sanity_check(
    network: Network, x: Tensor, method: str, class_index: int, attribution: Attribution
) -> Generator[tuple[int, int], None, tuple[Attribution, dict[str, float | None]]]:
    """Maps of the untrained network, and their rank correlation with `attribution` (Adebayo et al. 2018, section 3).

    Spearman's correlation of the magnitudes, -1..1, by place; None for a map with fewer than ENOUGH_CELLS cells or with
    a single distinct value.
    """
    other = yield from attribute(untrained(network), x, method, class_index)
    pairs = {place: (cells.abs(), other.maps[place].abs()) for place, cells in attribution.maps.items()}
    return other, {place: _rank_correlation(*pair) for place, pair in pairs.items()}


def _rank_correlation(first: Tensor, second: Tensor) -> float | None:
    one, other = (pd.Series(cells.flatten().numpy()).rank() for cells in (first, second))
    if len(one) < ENOUGH_CELLS or one.nunique() == 1 or other.nunique() == 1:
        return None
    return float(one.corr(other))
