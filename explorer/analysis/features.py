"""Feature maps of a network: energies, contributions to the class, most activating pictures, similarity of networks."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import Trace, trace
from explorer.models.network import Network

STEM, POOL = "relu", "maxpool"
BLOCK_ROLES = ("shortcut", "branch", "add", "out")
SIZES = (32, 64, 128, 224)  # input sides: CIFAR-10, the bundled weights, a middle value, ImageNet

_PIXELS = 100 * 64 * 64  # input pixels per scanned batch; the stem's maps then take about 100 MB


def stages(network: Network) -> dict[str, str]:
    """Stage (`layer1`) -> its last block (`layer1.1`), or last part of a plain network, whose output is the stage's."""
    return {path.partition(".")[0]: path for path in network.graph.parts}


def stem(network: Network) -> tuple[str, ...]:
    """Places of the stem, `relu` and `maxpool`; networks for small pictures have no pooling."""
    return tuple(place for place in (STEM, POOL) if place in network.graph.nodes)


def places(network: Network) -> tuple[str, ...]:
    """Places with feature maps: the stem, its pooling, and each stage followed by its blocks, as module paths."""
    parts = network.graph.parts
    grouped = ((stage, *(path for path in parts if path.partition(".")[0] == stage)) for stage in stages(network))
    return (*stem(network), *(place for group in grouped for place in group))


def tensor_name(network: Network, place: str, role: str = "out") -> str:
    """Name in a trace of the maps at `place`. `role`, one of BLOCK_ROLES, applies to residual blocks only."""
    if place in network.graph.blocks:
        return f"{place}.{role}"
    last = stages(network).get(place)
    return f"{last}.out" if last in network.graph.blocks else network.graph.ends.get(place, place)


def depths(network: Network) -> dict[str, str]:
    """Places in order (stem, pooling, every block) -> tensor names."""
    return {place: tensor_name(network, place) for place in (*stem(network), *network.graph.parts)}


def energies(maps: Tensor) -> Tensor:
    """Root mean square (C,) of each map of (C, H, W)."""
    return maps.flatten(1).square().mean(1).sqrt()


def contributions(network: Network, x: Tensor, name: str) -> Tensor:
    """Contribution (C,) of each channel of `name` to the `lead` of the predicted class, in logits; `x` (1, 3, H, W).

    The sum over the channel's map of value times gradient of the lead: a first-order estimate of how much the lead
    drops if the channel is set to zero (Molchanov et al. 2017, eq. 7, arXiv 1611.06440). It is exact if the rest of the
    network is linear, as after the last stage.
    """
    given: list[Tensor] = []

    def lifted(value: Tensor) -> Tensor:
        given.append(torch.zeros_like(value, requires_grad=True))
        return value + given[0]

    run = trace(network, x, keep=[name], edits={name: lifted}, gradients=True)
    (gradient,) = torch.autograd.grad(lead(run.logits[0]), given)
    return (run[name].detach() * gradient)[0].sum((1, 2))


def lead(logits: Tensor) -> Tensor:
    """The largest logit of (classes,) minus the mean of the others."""
    largest = logits.max()
    return largest - (logits.sum() - largest) / max(len(logits) - 1, 1)


def rank_channels(scores: Tensor) -> list[int]:
    """Channel indices sorted by descending score; ties in index order."""
    return torch.argsort(scores, descending=True, stable=True).tolist()


def sides(network: Network, input_px: int) -> dict[str, int]:
    """Side in pixels of the maps at `input`, the stem, its pooling and each stage, for a square input.

    Computed without running the network: a convolution or pooling changes the side to ⌊(n + 2p − k) / s⌋ + 1.
    """
    side: dict[str, int] = {"input": input_px}
    graph = network.graph
    for name in graph.between("input", list(graph.ends.values())[-1]):
        node = graph.nodes[name]
        side[name] = _output_side(side[node.inputs[0]], network.modules.get(node.module or ""))
    at = {place: place for place in stem(network)} | {stage: graph.ends[stage] for stage in stages(network)}
    return {"input": input_px, **{place: side[name] for place, name in at.items()}}


def _output_side(side: int, module: nn.Module | None) -> int:
    if not isinstance(module, nn.Conv2d | nn.MaxPool2d):
        return side
    kernel, stride, padding = (
        value if isinstance(value, int) else int(value[0])
        for value in (module.kernel_size, module.stride, module.padding)
    )
    return (side + 2 * padding - kernel) // stride + 1


@dataclass(frozen=True)
class TopActivations:
    """For each channel the pictures with the highest activation, strongest first.

    `indices` into the set and `values` are (C, k). A picture's activation is the maximum of the channel's map.
    """

    indices: Tensor
    values: Tensor


def top_activations(
    network: Network, pictures: PictureSet, name: str, most: int = 8
) -> Generator[tuple[int, int], None, TopActivations]:
    """Scan a set for all channels of `name` at once, running nothing after `name`. Yields (pictures done, total)."""
    until, values = _last_node(network, name), []
    batch = max(1, _PIXELS // network.preprocess.input_px**2)
    for x in pictures.inputs(network, min(batch, 50)):  # for progress at least twice a second
        values.append(trace(network, x, keep=[name], until=until)[name].amax((2, 3)))
        yield sum(map(len, values)), len(pictures)
    ordered = torch.cat(values).T.sort(dim=1, descending=True, stable=True)
    return TopActivations(ordered.indices[:, :most].clone(), ordered.values[:, :most].clone())


def _last_node(network: Network, name: str) -> str:
    """The node after which a trace has `name`: branch and shortcut are recorded when the addition runs."""
    path, _, role = name.rpartition(".")
    if role in BLOCK_ROLES and (block := network.graph.blocks.get(path)):
        return block.out if role == "out" else block.add
    return name


@dataclass(frozen=True)
class Similarity:
    """Similarity of two tensors at one place.

    `cosine` over all values is -1..1, 1 if one is a positive multiple of the other; `difference` is ‖second − first‖ /
    ‖first‖. Both are None if the shapes differ or a tensor is all zeros.
    """

    name: str
    cosine: float | None
    difference: float | None


def similarity(name: str, first: Tensor, second: Tensor) -> Similarity:
    """Compare two tensors of any shape."""
    if first.shape != second.shape or not (first.any() and second.any()):
        return Similarity(name, None, None)
    a, b = first.flatten(), second.flatten()
    cosine = float(F.cosine_similarity(a, b, dim=0))
    return Similarity(name, cosine, float(torch.linalg.vector_norm(b - a) / torch.linalg.vector_norm(a)))


def similarities(first: Trace, second: Trace, depths: Sequence[Mapping[str, str]]) -> list[Similarity]:
    """Similarity at each place that both `depths` contain, of two traces that kept those tensors."""
    one, two = depths
    return [similarity(place, first[one[place]], second[two[place]]) for place in one if place in two]
