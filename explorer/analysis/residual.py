"""What the shortcut does, in numbers: in one block, and in all blocks at once."""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import trace
from explorer.models.network import Network, check_finite

AT_ONCE_PX = 64 * 64 * 64  # of all pictures in a batch: resnet152's first stage then fills 200 MB


@dataclass(frozen=True)
class Sum:
    """Norms of x (or its projection), F(x) and their sum over all values, and the angle between the first two.

    `ratio` is |F(x)| / |x|. `cosine` lies in -1..1: 1 where the branch repeats x, 0 where it adds something unrelated,
    below 0 where it takes away. Both are 0 where x or F(x) is all zeros.
    """

    shortcut_norm: float
    branch_norm: float
    sum_norm: float
    ratio: float
    cosine: float


def measure_sum(shortcut: Tensor, branch: Tensor) -> Sum:
    """The figures of `shortcut + branch`, two tensors of one shape."""
    x, f = shortcut.float().flatten(), branch.float().flatten()
    x_norm, f_norm, sum_norm = (float(torch.linalg.vector_norm(v)) for v in (x, f, x + f))
    ratio = f_norm / x_norm if x_norm else 0.0
    return Sum(x_norm, f_norm, sum_norm, ratio, float(F.cosine_similarity(x, f, dim=0)))


def negative_share(tensor: Tensor) -> float:
    """Share of values below zero, 0..1: what a ReLU sets to zero."""
    return float((tensor < 0).float().mean())


def energy(maps: Tensor) -> Tensor:
    """All channels of (C, H, W) in one map (H, W): at each pixel the root of the mean of the squares over channels.

    The mean, not the sum, so that maps of 64 and of 128 channels can stand on one scale.
    """
    return maps.float().square().mean(0).sqrt()


def main_source(network: Network, block: str, channel: int) -> int | None:
    """The channel of x that `channel` on the shortcut is made from: with a projection the one with the largest weight,
    else the same one; None for one of option A's channels of zeros."""
    found = network.graph.blocks[block]
    if found.brings == "identity":
        return channel
    if found.brings == "padding":
        kept = network.modules[f"{block}.conv1"].in_channels
        return channel if channel < int(kept) else None  # type: ignore[arg-type]
    weight = network.modules[f"{block}.downsample.0"].get_parameter("weight")
    return int(weight[channel, :, 0, 0].abs().argmax())


@dataclass(frozen=True)
class Depth:
    """Figures of N pictures at every depth of a network.

    `share` (N, blocks) is the branch's share of the sum, |F(x)| / (|F(x)| + |x|), in 0..1, where x is what the shortcut
    brings to the addition; 0 where both are zero. `angle` (N, blocks) lies between x and F(x): 0..180 degrees, 90 where
    one of them is zero. `response` (N, layers) is the standard deviation of a layer's output over channels and pixels,
    after BatchNorm and before ReLU or addition (He et al. 2015, fig. 7).
    """

    blocks: tuple[str, ...]
    layers: tuple[str, ...]
    share: Tensor
    angle: Tensor
    response: Tensor


def layers(network: Network) -> tuple[str, ...]:
    """The BatchNorm of each convolution of stem and branches, in order: what fig. 7 measures behind the convolution.
    In a pre-activation network it stands before. Projections are no layers in the paper's count.
    """
    graph = network.graph
    return tuple(
        name
        for name in graph.between("input", list(graph.ends.values())[-1])
        if graph.nodes[name].kind == "BatchNorm2d" and ".downsample." not in name
    )


def over_depth(network: Network, x: Tensor) -> Depth:
    """The figures of each picture in `x` (N, 3, H, W). Keeps the tensors of one block at a time.

    A plain network, which has no blocks, has responses only. Raises WeightsError where values are not finite.
    """
    blocks, wanted = network.graph.blocks, layers(network)
    shares, angles, responses = [], [], []
    value, start = x, "input"
    for end in [block.out for block in blocks.values()] or [network.graph.logits]:
        here = [name for name in network.graph.between(start, end) if name in wanted]
        path = next((path for path, block in blocks.items() if block.out == end), None)
        roles = [f"{path}.shortcut", f"{path}.branch"] if path else []
        found = trace(network, value, keep=(*here, *roles), after=start, until=end)
        responses += [found[name].flatten(1).std(1, correction=0) for name in here]
        if path:
            shortcut, branch = (found[role].flatten(1) for role in roles)
            norms = shortcut.norm(dim=1), branch.norm(dim=1)
            shares.append(norms[1] / (norms[0] + norms[1]).clamp(min=torch.finfo(torch.float32).tiny))
            angles.append(F.cosine_similarity(shortcut, branch).clamp(-1, 1).acos().rad2deg())
        value, start = found.logits, end
    check_finite(value)
    none = torch.empty(len(x), 0)
    share, angle = (torch.stack(figures, 1) if figures else none for figures in (shares, angles))
    return Depth(tuple(blocks), wanted, share, angle, torch.stack(responses, 1))


def over_pictures(network: Network, several: PictureSet) -> Generator[tuple[int, int], None, Depth]:
    """`over_depth` of a set of pictures in their order, in steps: yields (pictures done, in all)."""
    parts: list[Depth] = []
    done = 0
    yield done, len(several)
    for x in several.inputs(network, max(1, AT_ONCE_PX // network.preprocess.input_px**2)):
        parts.append(over_depth(network, x))
        done += len(x)
        yield done, len(several)
    figures = (torch.cat([getattr(part, name) for part in parts]) for name in ("share", "angle", "response"))
    return Depth(parts[0].blocks, parts[0].layers, *figures)
