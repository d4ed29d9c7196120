"""Norms and angles of shortcut and branch, in one block and over all blocks."""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis import maps
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import Edit, trace
from explorer.models.network import Network, check_finite

AT_ONCE_PX = 64 * 64 * 64  # input pixels per batch; resnet152's first stage then takes 200 MB
NORMS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm")


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


def clearest_pixel(shortcut: Tensor, branch: Tensor) -> int:
    """Index of the pixel with the largest |F(x)| of two maps (H, W), where the sum holds as printed with two decimals.

    Rounding each number apart makes some sums look wrong by 0.01. If it does so everywhere, the largest |F(x)| of all.
    """
    x, f, total = (100 * each.double().flatten() for each in (shortcut, branch, shortcut + branch))
    is_exact = x.round() + f.round() == total.round()
    return int((f.abs() - f.abs().max() * ~is_exact).argmax())


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

    The shortcut is linear in x, so this is the channel with the largest absolute derivative: the same channel, or of a
    projection the one with the largest weights.
    """
    graph, found = network.graph, network.graph.blocks[block]
    if found.brings == "identity":
        return channel
    nudge = torch.zeros(graph.nodes[found.input].shape, requires_grad=True)
    edits: dict[str, Edit] = {found.input: lambda value: value + nudge}
    picture = torch.zeros(graph.tape.shape)
    out = trace(network, picture, keep=(), edits=edits, until=found.shortcut, gradients=True).logits
    with torch.enable_grad():
        values = out.movedim(maps.layout(graph, f"{block}.shortcut").channel, 0)[channel]
        middle = values[tuple(side // 2 for side in values.shape)]  # at the edge, padding cuts the kernel
    (slopes,) = torch.autograd.grad(middle, nudge)
    of_channels = slopes.abs().movedim(maps.layout(graph, found.input).channel, 0).flatten(1).sum(1)
    return int(of_channels.argmax()) if of_channels.any() else None


@dataclass(frozen=True)
class Depth:
    """Measurements on N pictures at every depth of a network.

    `share` (N, blocks): |F(x)| / (|F(x)| + |x|), 0..1, where x is the shortcut's output; 0 if both are zero.
    `angle` (N, blocks): between x and F(x), 0..180 degrees; 90 if one of them is zero. `response` (N, layers): standard
    deviation of a norm layer's output over all its values, before ReLU or addition (He et al. 2015, fig. 7).
    """

    blocks: tuple[str, ...]
    layers: tuple[str, ...]
    share: Tensor
    angle: Tensor
    response: Tensor


def layers(network: Network) -> tuple[str, ...]:
    """Norm layers of stem and branches in order, whose outputs fig. 7 measures; empty for a network without any.

    BatchNorm follows its convolution; in a pre-activation network a norm precedes it. Projections do not count, as in
    the paper.
    """
    graph = network.graph
    projecting = {
        name
        for block in graph.blocks.values()
        for name in set(block.carried).difference(graph.leading_to(block.branch, block.nodes))
    }
    return tuple(
        name
        for name in graph.between("input", list(graph.ends.values())[-1])
        if (call := graph.nodes[name].call) and call.name in NORMS and name not in projecting
    )


def over_depth(network: Network, x: Tensor) -> Depth:
    """Measure each picture in `x` (N, 3, H, W). Keeps no tensors.

    For a plain network only `response` is filled, without norm layers only the others. Raises WeightsError if values
    are not finite.
    """
    graph, wanted = network.graph, layers(network)
    shares: dict[str, Tensor] = {}
    angles: dict[str, Tensor] = {}
    responses: dict[str, Tensor] = {}
    terms: dict[str, Tensor] = {}

    def measure(name: str) -> Edit:
        """An edit that changes nothing."""

        def edit(value: Tensor) -> Tensor:
            rows = maps.per_picture(graph, name, value, len(x))
            path, _, role = name.rpartition(".")
            if name in graph.nodes:
                responses[name] = rows.std(1, correction=0)
            elif (other := terms.pop(path, None)) is not None:
                compare(path, *((rows, other) if role == "shortcut" else (other, rows)))
            else:
                terms[path] = rows
            return value

        return edit

    def compare(path: str, shortcut: Tensor, branch: Tensor) -> None:
        norms = shortcut.norm(dim=1), branch.norm(dim=1)
        shares[path] = norms[1] / (norms[0] + norms[1]).clamp(min=torch.finfo(torch.float32).tiny)
        angles[path] = F.cosine_similarity(shortcut, branch).clamp(-1, 1).acos().rad2deg()

    roles = [f"{path}.{role}" for path in graph.blocks for role in ("shortcut", "branch")]
    edits = {name: measure(name) for name in (*wanted, *roles)}
    check_finite(trace(network, x, keep=(), edits=edits).logits)
    none = torch.empty(len(x), 0)
    share, angle = (torch.stack([of[path] for path in graph.blocks], 1) if of else none for of in (shares, angles))
    response = torch.stack([responses[name] for name in wanted], 1) if wanted else none
    return Depth(tuple(graph.blocks), wanted, share, angle, response)


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
