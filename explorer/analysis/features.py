"""Feature maps of a network: energies, contributions to the class, most activating pictures, similarity of networks."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis.maps import as_maps, layout
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import Trace, trace
from explorer.models.graph import Graph
from explorer.models.meta import copy_to_meta
from explorer.models.network import Network
from explorer.models.recorder import Weight

BLOCK_ROLES = ("shortcut", "branch", "add", "out")
SIZES = (32, 64, 128, 224)  # input sides: CIFAR-10, the bundled weights, a middle value, ImageNet
FEW, MANY = 3, 12  # stages; of fewer or more, parts at QUARTERS of the depth stand for the network
QUARTERS = 4

_PIXELS = 100 * 64 * 64  # input pixels per scanned batch; the stem's maps then take about 100 MB
_NORMS = frozenset(("batch_norm", "group_norm", "instance_norm"))
_ACTIVATIONS = frozenset(
    ("relu", "relu_", "relu6", "hardtanh", "hardtanh_", "silu", "hardswish", "gelu", "elu", "leaky_relu", "mish")
)


def stages(network: Network) -> dict[str, str]:
    """Stage (`layer1`) -> its last part (`layer1.1`), whose output is the stage's."""
    return {stage: parts[-1] for stage, parts in network.graph.stages.items()}


def stem(network: Network) -> tuple[str, ...]:
    """Places of the stem: the first convolution, normalised and rectified, and what the first part reads.

    For a ResNet `relu` and `maxpool`; for a ResNet without pooling, `relu`. Empty if the first part reads the picture.
    """
    graph = network.graph
    entry = graph.inside(graph.parts[0])[0] if graph.parts else "input"
    if entry == "input":
        return ()
    first = _filtered(graph, entry)
    return tuple(place for place in dict.fromkeys((first, entry)) if place and layout(graph, place).is_placed)


def _filtered(graph: Graph, last: str) -> str | None:
    """The first convolution up to `last`, followed through normalisation and activation."""
    before = graph.between("input", last)
    name = next((each for each in before if _function(graph, each).startswith("conv")), None)
    while name in before[:-1]:
        readers = [each for each in before if name in graph.nodes[each].inputs]
        if len(readers) != 1 or _function(graph, readers[0]) not in _NORMS | _ACTIVATIONS:
            break
        name = readers[0]
    return name


def _function(graph: Graph, name: str) -> str:
    call = graph.nodes[name].call
    return call.name if call else ""


def kernel_place(network: Network) -> str | None:
    """The place whose channel k is what kernel k of `kernels` found; None if there is none."""
    graph = network.graph
    first = next((name for name in graph.nodes if _function(graph, name) == "conv2d"), None)
    place = next(iter(stem(network)), first)
    entry = graph.inside(graph.parts[0])[0] if graph.parts else ""
    return place if place in graph.parts or (entry and place == _filtered(graph, entry)) else None


def kernels(network: Network) -> Tensor | None:
    """Weight (filters, colours, h, w) of the convolution that reads the picture; None if there is none."""
    graph = network.graph
    for node in graph.nodes.values():
        if node.call and node.call.name == "conv2d":
            named = (network.tensors[leaf.name] for leaf in node.call.arguments if isinstance(leaf, Weight))
            weight = next((each for each in named if each.ndim == 4), None)
            return weight if weight is not None and weight.shape[1] == graph.tape.shape[1] else None
    return None


def places(network: Network) -> tuple[str, ...]:
    """Places with feature maps: those of the stem, and each stage followed by its parts.

    A stage that is named as one of its parts has no place of its own.
    """
    grouped = ((stage, *parts) for stage, parts in network.graph.stages.items())
    named = dict.fromkeys((*stem(network), *(place for group in grouped for place in group)))
    return tuple(place for place in named if has_maps(network, place))


def has_maps(network: Network, place: str) -> bool:
    """Whether the values at a place lie as in the picture: not those of a vector, or of tokens without a grid."""
    return layout(network.graph, tensor_name(network, place)).is_placed


def tensor_name(network: Network, place: str, role: str = "out") -> str:
    """Name in a trace of the values at `place`. `role`, one of BLOCK_ROLES, applies to residual blocks only."""
    graph = network.graph
    if place in graph.stages and place not in graph.parts:
        place, role = graph.stages[place][-1], "out"
    return f"{place}.{role}" if place in graph.blocks else graph.ends.get(place, place)


def node_name(network: Network, name: str) -> str:
    """The node of a tensor's name: of `<block>.out` the block's last node, of other roles the addition."""
    path, _, role = name.rpartition(".")
    block = network.graph.blocks.get(path) if name not in network.graph.nodes else None
    return name if block is None else block.out if role == "out" else block.add


def depths(network: Network) -> dict[str, str]:
    """Places in order (stem, every part) -> tensor names."""
    return {place: tensor_name(network, place) for place in (*stem(network), *network.graph.parts)}


def milestones(network: Network, parts: Sequence[str]) -> dict[str, str]:
    """Places over the depth, of `parts` -> tensor names: the last part of each stage.

    With fewer than FEW stages or more than MANY, the parts at QUARTERS of the depth; of several blocks that one module
    adds, such as attention and MLP, the last.
    """
    graph = network.graph
    last = {graph.stage_of[part]: part for part in parts}
    if not FEW <= len(last) <= MANY:
        ends = list({_owner(graph, part): part for part in parts}.values())
        steps = min(QUARTERS, len(ends))
        found = [ends[-(-len(ends) * k // steps) - 1] for k in range(1, steps + 1)]
        return {part: tensor_name(network, part) for part in found}
    whole = {graph.stages[stage][-1]: stage for stage in last if stage not in graph.parts}
    return {whole.get(part, part): tensor_name(network, part) for part in last.values()}


def _owner(graph: Graph, part: str) -> str:
    call = graph.nodes[graph.blocks[part].add].call if part in graph.blocks else None
    return call.module if call else part


def maps_of(network: Network, x: Tensor, name: str, value: Tensor) -> Tensor:
    """The value of `name` in a run on `x` as maps (N, C, H, W)."""
    return as_maps(network.graph.at(x), name, value)


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
    values = (run[name].detach() * gradient).movedim(layout(network.graph, name).channel, 0)
    return values.flatten(1).sum(1)


def lead(logits: Tensor) -> Tensor:
    """The largest logit of (classes,) minus the mean of the others."""
    largest = logits.max()
    return largest - (logits.sum() - largest) / max(len(logits) - 1, 1)


def rank_channels(scores: Tensor) -> list[int]:
    """Channel indices sorted by descending score; ties in index order."""
    return torch.argsort(scores, descending=True, stable=True).tolist()


def sides(network: Network, input_px: int) -> dict[str, int]:
    """Height of the maps at `input`, the stem and each stage.

    Computed without values, on the meta device, unless the network's code reads values. Raises what the code raises, if
    it refuses the size.
    """
    x, run_on = torch.zeros(network.preprocess.sized(input_px).shape), network
    if not network.graph.tape.reads:
        x, run_on = x.to("meta"), replace(network, module=copy_to_meta(network.module))
    names = {place: tensor_name(network, place) for place in stem(network)} | milestones(network, with_maps(network))
    run = trace(run_on, x, keep=names.values())
    return {"input": input_px} | {
        place: maps_of(network, x, name, run[name]).shape[-2] for place, name in names.items()
    }


def with_maps(network: Network) -> list[str]:
    """The parts whose output has maps."""
    return [part for part in network.graph.parts if has_maps(network, part)]


@dataclass(frozen=True)
class Sizes:
    """`sides` by the input's side in pixels, where the network's code takes it. `refusal` is what it raises if not."""

    sides: dict[int, dict[str, int]]
    refusal: str


def sizes(network: Network) -> Sizes:
    """Which input sizes a network takes: of SIZES and its own; if its code reads sizes or values, of its own and
    one other.

    Only its own if that is no square.
    """
    own = network.preprocess.input_px
    found, refusal = {}, ""
    tape = network.graph.tape
    others = {*SIZES} if tape.any_shape and not tape.reads else {64 if own != 64 else 128}
    for px in sorted({own} if network.preprocess.width_px else {*others, own}):
        try:
            found[px] = sides(network, px)
        except Exception as error:  # the code of any network
            refusal = str(error) or type(error).__name__
    return Sizes(found, refusal)


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
        value = trace(network, x, keep=[name], until=until)[name]
        values.append(maps_of(network, x, name, value).amax((2, 3)))
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
