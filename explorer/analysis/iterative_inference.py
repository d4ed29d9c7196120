"""Iterative inference: whether each block moves its input towards the answer, and how early the answer is readable.

Jastrzebski et al. 2018 (arXiv 1710.04773), Greff et al. 2017 (arXiv 1612.07771).
"""

import statistics
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis import feature_space, maps
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import Edit, Trace, replace, trace
from explorer.models.network import Network, check_finite

PIXELS = 25 * 64 * 64  # input pixels per batch: with gradients, all tensors stay in memory


@dataclass(frozen=True)
class Depth:
    """Measurements on N pictures at every depth of a network with these `blocks`.

    `cosines` (N, blocks): cosine of F(x) and the loss gradient, -1..1. `heads`: accuracy (0..1) of the network's own
    head applied after each block of the last stage; without `true_labels`, agreement with the final prediction.
    `probes`: mean accuracy (0..1) of a linear probe after the stem and after every block; empty if a class has too few
    pictures.
    """

    blocks: tuple[str, ...]
    cosines: Tensor
    heads: Mapping[str, float]
    probes: tuple[float, ...]
    true_labels: bool


def cosines(network: Network, x: Tensor, targets: Tensor) -> Tensor:
    """Cosine of F(x) and the gradient of the cross-entropy at x, by block: (N, blocks), -1..1.

    Negative if the branch moves its input against the gradient, which lowers the loss to first order. At a block that
    changes the shape, the gradient is taken at the output of the shortcut.
    """
    return _trace_with_gradients(network, x, targets, ()).cosines


def readouts(network: Network, x: Tensor) -> dict[str, Tensor]:
    """Probabilities (N, classes) of the network's own head applied to the output of each block of the last stage."""
    outs = [f"{path}.out" for path in last_stage(network)]
    return {path: logits.softmax(1) for path, logits in _heads(network, x, trace(network, x, keep=outs)).items()}


def last_stage(network: Network) -> tuple[str, ...]:
    """Blocks of the last stage; their outputs have the shape that the head expects."""
    graph = network.graph
    last = list(graph.blocks)[-1]

    def shape(path: str) -> tuple[int, ...]:
        return graph.nodes[graph.blocks[path].out].shape

    return tuple(path for path in graph.stages[graph.stage_of[last]] if shape(path) == shape(last))


def over_set(network: Network, pictures: PictureSet) -> Generator[tuple[int, int], None, Depth]:
    """`Depth` of a set of pictures. Yields (pictures and probes done, total).

    A probe gets each block's output, averaged over its positions, and is cross-validated (`feature_space.probe`).
    """
    paths = tuple(network.graph.blocks)
    places = [network.graph.blocks[paths[0]].input, *(f"{path}.out" for path in paths)]
    labels = pictures.true_labels(network)
    batch = max(1, PIXELS // network.preprocess.input_px**2)
    total = len(pictures) + len(places)
    cosines, hits, features, done = [], [], [], 0
    yield done, total
    for x in pictures.inputs(network, batch):
        seen = _trace_with_gradients(network, x, None if labels is None else labels[done : done + len(x)], places)
        check_finite(seen.traced.logits)
        cosines.append(seen.cosines)
        hits.append(torch.stack([out.argmax(1) == seen.targets for out in _heads(network, x, seen.traced).values()], 1))
        features.append([_averaged(network, place, seen.traced[place].detach(), len(x)) for place in places])
        done += len(x)
        yield done, total
    probes = []
    for at_place in zip(*features, strict=True):
        folds = feature_space.probe(torch.cat(at_place).numpy(), pictures.labels)
        probes += [statistics.fmean(folds)] if folds else []
        done += 1
        yield done, total
    shares = torch.cat(hits).float().mean(0).tolist()
    heads = dict(zip(last_stage(network), shares, strict=True))
    return Depth(paths, torch.cat(cosines), heads, tuple(probes), labels is not None)


def _averaged(network: Network, place: str, value: Tensor, count: int) -> Tensor:
    """The mean (count, C) over all positions and tokens."""
    kept = maps.picture_axis(network.graph, place, value, count), maps.layout(network.graph, place).channel
    others = tuple(axis for axis in range(value.ndim) if axis not in kept)
    means = value.mean(others) if others else value
    return means if kept[0] < kept[1] else means.T


@dataclass(frozen=True)
class _TraceWithGradients:
    traced: Trace
    targets: Tensor
    cosines: Tensor


def _trace_with_gradients(
    network: Network, x: Tensor, targets: Tensor | None, keep: Iterable[str]
) -> _TraceWithGradients:
    """One forward and one backward pass. Without `targets` the predicted classes are the targets."""
    blocks = network.graph.blocks
    at: dict[str, Tensor] = {}

    def watch(place: str) -> Edit:
        def edit(value: Tensor) -> Tensor:
            at[place] = torch.zeros_like(value, requires_grad=True)
            return value + at[place]

        return edit

    places = {path: f"{path}.shortcut" if block.resizes else block.input for path, block in blocks.items()}
    edits = {place: watch(place) for place in places.values()}
    branches = [f"{path}.branch" for path in blocks]
    traced = trace(network, x, keep=[*branches, *keep], edits=edits, gradients=True)
    targets = traced.logits.argmax(1) if targets is None else targets
    loss = F.cross_entropy(traced.logits, targets, reduction="sum")  # gradients per picture
    gradients = torch.autograd.grad(loss, [at[place] for place in places.values()], materialize_grads=True)
    rows = [
        [maps.per_picture(network.graph, name, value, len(x)) for value in (gradient, traced[name].detach())]
        for name, gradient in zip(branches, gradients, strict=True)
    ]
    cosines = [F.cosine_similarity(g, f, eps=1e-20) for g, f in rows]
    return _TraceWithGradients(traced, targets, torch.stack(cosines, 1))


def _heads(network: Network, x: Tensor, traced: Trace) -> dict[str, Tensor]:
    """Logits (N, classes) of the head applied to the kept `out` of each block of the last stage."""
    stage = last_stage(network)
    end = network.graph.blocks[stage[-1]].out
    outs = {path: traced[f"{path}.out"].detach() for path in stage}
    if end in network.graph.passages:
        return {path: trace(network, out, keep=(), after=end).logits for path, out in outs.items()}
    return {path: trace(network, x, keep=(), edits={end: replace(out)}).logits for path, out in outs.items()}
