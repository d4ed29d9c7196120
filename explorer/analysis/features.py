"""What each place of a network sees: its maps, which of them speak for the class, what excites them, two networks."""

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
SIZES = (32, 64, 128, 224)  # CIFAR-10's, our weights', a usual middle, ImageNet's

_PIXELS = 100 * 64 * 64  # of a batch that is scanned: the stem's maps of it take some 100 MB


def stages(network: Network) -> dict[str, str]:
    """Stage (`layer1`) -> its last block (`layer1.1`), whose output is the stage's; a plain network's last part."""
    return {path.partition(".")[0]: path for path in network.graph.parts}


def stem(network: Network) -> tuple[str, ...]:
    """The places of the stem, the end of which the first stage gets: a network for small pictures pools nothing."""
    return tuple(place for place in (STEM, POOL) if place in network.graph.nodes)


def places(network: Network) -> tuple[str, ...]:
    """Where maps can be looked at: the stem, its pooling, each stage followed by its blocks, as module paths."""
    parts = network.graph.parts
    grouped = ((stage, *(path for path in parts if path.partition(".")[0] == stage)) for stage in stages(network))
    return (*stem(network), *(place for group in grouped for place in group))


def tensor_name(network: Network, place: str, role: str = "out") -> str:
    """What a trace calls the maps of `place`. `role`, one of BLOCK_ROLES, counts for residual blocks only."""
    if place in network.graph.blocks:
        return f"{place}.{role}"
    last = stages(network).get(place)
    return f"{last}.out" if last in network.graph.blocks else network.graph.ends.get(place, place)


def depths(network: Network) -> dict[str, str]:
    """The places that follow one another, the stem, its pooling and every block -> the tensors there."""
    return {place: tensor_name(network, place) for place in (*stem(network), *network.graph.parts)}


def energies(maps: Tensor) -> Tensor:
    """Of each map of (C, H, W) the root mean square of its values, (C,)."""
    return maps.flatten(1).square().mean(1).sqrt()


def contributions(network: Network, x: Tensor, name: str) -> Tensor:
    """What each channel of `name` adds to the lead of the predicted class, (C,), in logits; `x` is (1, 3, H, W).

    The lead is the largest logit less the mean of the others. A channel's part is the sum over its map of value times
    gradient of the lead: to first order, what the lead would lose with the channel at zero (Molchanov et al. 2017,
    eq. 7, arXiv 1611.06440). It is exact where all that follows is linear: at the end of the last stage.
    """
    given: list[Tensor] = []

    def lifted(value: Tensor) -> Tensor:
        given.append(torch.zeros_like(value, requires_grad=True))
        return value + given[0]

    run = trace(network, x, keep=[name], edits={name: lifted}, gradients=True)
    (gradient,) = torch.autograd.grad(lead(run.logits[0]), given)
    return (run[name].detach() * gradient)[0].sum((1, 2))


def lead(logits: Tensor) -> Tensor:
    """The largest of (classes,) less the mean of the others."""
    largest = logits.max()
    return largest - (logits.sum() - largest) / max(len(logits) - 1, 1)


def ranked(scores: Tensor) -> list[int]:
    """Channels, the highest score first; equals in their own order."""
    return torch.argsort(scores, descending=True, stable=True).tolist()


def sides(network: Network, input_px: int) -> dict[str, int]:
    """Side in pixels of the maps at `input`, the stem, its pooling and each stage, for a square input.

    Nothing is run: only kernels with a stride or without full padding change a side, to ⌊(n + 2p − k) / s⌋ + 1.
    """
    side: dict[str, int] = {"input": input_px}
    graph = network.graph
    for name in graph.between("input", list(graph.ends.values())[-1]):
        node = graph.nodes[name]
        side[name] = _slid(side[node.inputs[0]], network.modules.get(node.module or ""))
    at = {place: place for place in stem(network)} | {stage: graph.ends[stage] for stage in stages(network)}
    return {"input": input_px, **{place: side[name] for place, name in at.items()}}


def _slid(side: int, module: nn.Module | None) -> int:
    if not isinstance(module, nn.Conv2d | nn.MaxPool2d):
        return side
    kernel, stride, padding = (
        value if isinstance(value, int) else int(value[0])
        for value in (module.kernel_size, module.stride, module.padding)
    )
    return (side + 2 * padding - kernel) // stride + 1


@dataclass(frozen=True)
class Exciting:
    """For each channel the places in the set of the pictures that excite it most, the strongest first.

    `indices` and `values` are (C, k). A picture's value is the largest in the channel's map of it.
    """

    indices: Tensor
    values: Tensor


def exciting(
    network: Network, several: PictureSet, name: str, most: int = 8
) -> Generator[tuple[int, int], None, Exciting]:
    """Scan a set for all channels of `name` at once; yields (pictures done, in all). Nothing after `name` is run."""
    until, values = _last_node(network, name), []
    batch = max(1, _PIXELS // network.preprocess.input_px**2)
    for x in several.inputs(network, min(batch, 50)):  # at least twice a second
        values.append(trace(network, x, keep=[name], until=until)[name].amax((2, 3)))
        yield sum(map(len, values)), len(several)
    found = torch.cat(values).T.sort(dim=1, descending=True, stable=True)
    return Exciting(found.indices[:, :most].clone(), found.values[:, :most].clone())


def _last_node(network: Network, name: str) -> str:
    """The node at which `name` is there: a branch and a shortcut are settled as they enter the addition."""
    path, _, role = name.rpartition(".")
    if role in BLOCK_ROLES and (block := network.graph.blocks.get(path)):
        return block.out if role == "out" else block.add
    return name


@dataclass(frozen=True)
class Likeness:
    """How far two tensors of one place agree.

    `cosine` is -1..1 over all values, 1 where one is a multiple of the other; `difference` is ‖second − first‖ /
    ‖first‖. Both are None where the shapes differ, or where a tensor is all zeros.
    """

    name: str
    cosine: float | None
    difference: float | None


def likeness(name: str, first: Tensor, second: Tensor) -> Likeness:
    """Two tensors of any, but one, shape."""
    if first.shape != second.shape or not (first.any() and second.any()):
        return Likeness(name, None, None)
    a, b = first.flatten(), second.flatten()
    cosine = float(F.cosine_similarity(a, b, dim=0))
    return Likeness(name, cosine, float(torch.linalg.vector_norm(b - a) / torch.linalg.vector_norm(a)))


def likenesses(first: Trace, second: Trace, depths: Sequence[Mapping[str, str]]) -> list[Likeness]:
    """Place by place, where both `depths` have it, of two traces that keep the tensors of theirs."""
    one, two = depths
    return [likeness(place, first[one[place]], second[two[place]]) for place in one if place in two]
