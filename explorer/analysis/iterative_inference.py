"""Iterative inference: does each block push its input towards the answer, and how early can the answer be read?

Jastrzebski et al. 2018 (arXiv 1710.04773), Greff et al. 2017 (arXiv 1612.07771).
"""

import statistics
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.analysis import feature_space
from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import Edit, Trace, trace
from explorer.models.network import Network, check_finite

PIXELS = 25 * 64 * 64  # of a batch: with gradients, all its tensors stay in memory


@dataclass(frozen=True)
class Depth:
    """What N pictures say at every depth of a network with these `blocks`.

    `cosines` (N, blocks) are of F(x) and the loss gradient, -1..1. `heads` are the shares of the pictures, 0..1, that
    the network's own head answers right after each block of the last stage; without `true_labels` the shares that it
    answers as it does in the end. `probes` are the mean accuracies, 0..1, of a linear probe after the stem and after
    every block; empty where the set's classes have too few pictures.
    """

    blocks: tuple[str, ...]
    cosines: Tensor
    heads: Mapping[str, float]
    probes: tuple[float, ...]
    true_labels: bool


def cosines(network: Network, x: Tensor, targets: Tensor) -> Tensor:
    """Cosine of F(x) and the gradient of the cross entropy at x, block by block: (N, blocks), -1..1.

    Negative where the branch moves its input against the gradient, which lowers the loss to first order. At a block
    that opens a stage x has another shape than F(x): the gradient is taken at what the shortcut brings.
    """
    return _followed(network, x, targets, ()).cosines


def readouts(network: Network, x: Tensor) -> dict[str, Tensor]:
    """Probabilities (N, classes) that the network's own head gives to what leaves each block of the last stage."""
    outs = [f"{path}.out" for path in last_stage(network)]
    return {path: logits.softmax(1) for path, logits in _heads(network, trace(network, x, keep=outs)).items()}


def last_stage(network: Network) -> tuple[str, ...]:
    """The blocks whose output has the width that the head takes."""
    blocks = tuple(network.graph.blocks)
    return tuple(path for path in blocks if path.partition(".")[0] == blocks[-1].partition(".")[0])


def over_set(network: Network, several: PictureSet) -> Generator[tuple[int, int], None, Depth]:
    """`Depth` of a set. Yields how many pictures and probes are done, and of how many.

    A probe sees each block's output averaged over its map, and is tested on folds that it did not learn from
    (`space.probe`).
    """
    paths = tuple(network.graph.blocks)
    places = [network.graph.blocks[paths[0]].input, *(f"{path}.out" for path in paths)]
    labels = several.true_labels(network)
    batch = max(1, PIXELS // network.preprocess.input_px**2)
    total = len(several) + len(places)
    cosines, hits, features, done = [], [], [], 0
    yield done, total
    for x in several.inputs(network, batch):
        seen = _followed(network, x, None if labels is None else labels[done : done + len(x)], places)
        check_finite(seen.traced.logits)
        cosines.append(seen.cosines)
        hits.append(torch.stack([out.argmax(1) == seen.targets for out in _heads(network, seen.traced).values()], 1))
        features.append([seen.traced[place].detach().mean((2, 3)) for place in places])
        done += len(x)
        yield done, total
    probes = []
    for at_place in zip(*features, strict=True):
        folds = feature_space.probe(torch.cat(at_place).numpy(), several.labels)
        probes += [statistics.fmean(folds)] if folds else []
        done += 1
        yield done, total
    shares = torch.cat(hits).float().mean(0).tolist()
    heads = dict(zip(last_stage(network), shares, strict=True))
    return Depth(paths, torch.cat(cosines), heads, tuple(probes), labels is not None)


@dataclass(frozen=True)
class _Followed:
    traced: Trace
    targets: Tensor
    cosines: Tensor


def _followed(network: Network, x: Tensor, targets: Tensor | None, keep: Iterable[str]) -> _Followed:
    """One pass forwards and one back. Without `targets` the loss is that of the predicted classes."""
    blocks = network.graph.blocks
    at: dict[str, Tensor] = {}

    def watch(path: str) -> Edit:
        def edit(value: Tensor) -> Tensor:
            at[path] = torch.zeros_like(value, requires_grad=True)
            return value + at[path]

        return edit

    edits = {f"{path}.shortcut" if block.resizes else block.input: watch(path) for path, block in blocks.items()}
    branches = [f"{path}.branch" for path in blocks]
    traced = trace(network, x, keep=[*branches, *keep], edits=edits, gradients=True)
    targets = traced.logits.argmax(1) if targets is None else targets
    loss = F.cross_entropy(traced.logits, targets, reduction="sum")  # each picture's gradient is its own
    gradients = torch.autograd.grad(loss, [at[path] for path in blocks])
    pairs = zip(gradients, (traced[name].detach() for name in branches), strict=True)
    found = [F.cosine_similarity(g.flatten(1), f.flatten(1), eps=1e-20) for g, f in pairs]
    return _Followed(traced, targets, torch.stack(found, 1))


def _heads(network: Network, traced: Trace) -> dict[str, Tensor]:
    """Logits (N, classes) of the head on the kept `out` of each block of the last stage."""
    stage = last_stage(network)
    end = f"{stage[-1]}.out"
    outs = {path: traced[f"{path}.out"].detach() for path in stage}
    return {path: trace(network, out, keep=(), after=end).logits for path, out in outs.items()}
