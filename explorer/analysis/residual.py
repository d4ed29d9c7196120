"""Norms and angles of shortcut and branch, in one block and over all blocks."""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import trace
from explorer.models.network import Network, check_finite

AT_ONCE_PX = 64 * 64 * 64  # input pixels per batch; resnet152's first stage then takes 200 MB


@dataclass(frozen=True)
class Sum:
    """Euclidean norms of x (or its projection), F(x) and their sum, and the cosine of x and F(x).

    `ratio` is |F(x)| / |x|. `cosine` is -1..1: 1 if F(x) is parallel to x, 0 if orthogonal, negative if it reduces x.
    `cosine` is 0 if x or F(x) is all zeros, `ratio` if x is.
    """

    shortcut_norm: float
    branch_norm: float
    sum_norm: float
    ratio: float
    cosine: float


def measure_sum(shortcut: Tensor, branch: Tensor) -> Sum:
    """Measure `shortcut + branch`, two tensors of the same shape."""
    x, f = shortcut.double().flatten(), branch.double().flatten()  # squares of float32 may overflow
    total = (shortcut + branch).double()
    x_norm, f_norm, sum_norm = (float(torch.linalg.vector_norm(v)) for v in (x, f, total))
    ratio = f_norm / x_norm if x_norm else 0.0
    return Sum(x_norm, f_norm, sum_norm, ratio, float(F.cosine_similarity(x, f, dim=0)))


def negative_share(tensor: Tensor) -> float:
    """Share (0..1) of values below zero, which a ReLU sets to zero."""
    return float((tensor < 0).float().mean())


def energy(maps: Tensor) -> Tensor:
    """Root mean square over channels at each pixel: (C, H, W) -> (H, W).

    The mean, not the sum, makes maps with different numbers of channels comparable.
    """
    return maps.float().square().mean(0).sqrt()


def main_source(network: Network, block: str, channel: int) -> int | None:
    """The channel of x that contributes most to `channel` of the shortcut; None for a zero-padded channel (option A).

    For a projection this is the channel with the largest absolute weight, else the same channel.
    """
    brings = network.graph.blocks[block].brings
    if brings == "identity":
        return channel
    if brings == "padding":
        kept = network.modules[f"{block}.conv1"].in_channels
        return channel if channel < int(kept) else None  # type: ignore[arg-type]
    weight = network.modules[f"{block}.downsample.0"].get_parameter("weight")
    return int(weight[channel, :, 0, 0].abs().argmax())


@dataclass(frozen=True)
class Depth:
    """Measurements on N pictures at every depth of a network.

    `share` (N, blocks): |F(x)| / (|F(x)| + |x|), 0..1, where x is the shortcut's output; 0 if both are zero.
    `angle` (N, blocks): between x and F(x), 0..180 degrees; 90 if one of them is zero. `response` (N, layers): standard
    deviation of a layer's output over channels and pixels, after BatchNorm and before ReLU or addition (He et al. 2015,
    fig. 7).
    """

    blocks: tuple[str, ...]
    layers: tuple[str, ...]
    share: Tensor
    angle: Tensor
    response: Tensor


def layers(network: Network) -> tuple[str, ...]:
    """BatchNorm layers of stem and branches in order, whose outputs fig. 7 measures.

    BatchNorm follows its convolution; in a pre-activation network it precedes it. Projections do not count, as in the
    paper.
    """
    graph = network.graph
    return tuple(
        name
        for name in graph.between("input", list(graph.ends.values())[-1])
        if graph.nodes[name].kind == "BatchNorm2d" and ".downsample." not in name
    )


def over_depth(network: Network, x: Tensor) -> Depth:
    """Measure each picture in `x` (N, 3, H, W). Keeps the tensors of one block at a time.

    For a plain network only `response` is filled. Raises WeightsError if values are not finite.
    """
    blocks, wanted = network.graph.blocks, layers(network)
    shares, angles, responses = [], [], []
    value, start = x, "input"
    for end in [block.out for block in blocks.values()] or [network.graph.logits]:
        here = [name for name in network.graph.between(start, end) if name in wanted]
        path = next((path for path, block in blocks.items() if block.out == end), None)
        roles = [f"{path}.shortcut", f"{path}.branch"] if path else []
        kept = trace(network, value, keep=(*here, *roles), after=start, until=end)
        responses += [kept[name].flatten(1).std(1, correction=0) for name in here]
        if path:
            shortcut, branch = (kept[role].flatten(1) for role in roles)
            norms = shortcut.norm(dim=1), branch.norm(dim=1)
            shares.append(norms[1] / (norms[0] + norms[1]).clamp(min=torch.finfo(torch.float32).tiny))
            angles.append(F.cosine_similarity(shortcut, branch).clamp(-1, 1).acos().rad2deg())
        value, start = kept.logits, end
    check_finite(value)
    none = torch.empty(len(x), 0)
    share, angle = (torch.stack(columns, 1) if columns else none for columns in (shares, angles))
    return Depth(tuple(blocks), wanted, share, angle, torch.stack(responses, 1))


def over_pictures(network: Network, pictures: PictureSet) -> Generator[tuple[int, int], None, Depth]:
    """`over_depth` of a set of pictures. Yields (pictures done, total)."""
    parts: list[Depth] = []
    done = 0
    yield done, len(pictures)
    for x in pictures.inputs(network, max(1, AT_ONCE_PX // network.preprocess.input_px**2)):
        parts.append(over_depth(network, x))
        done += len(x)
        yield done, len(pictures)
    columns = (torch.cat([getattr(part, name) for part in parts]) for name in ("share", "angle", "response"))
    return Depth(parts[0].blocks, parts[0].layers, *columns)
