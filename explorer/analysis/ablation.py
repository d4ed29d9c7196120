"""Lesion studies: accuracy of a network without some of its blocks (Veit et al. 2016, arXiv 1605.06431)."""

import statistics
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import drop, trace
from explorer.models.cifar_resnet import Subsample
from explorer.models.network import Network, check_finite

Cut = frozenset[str]  # paths of the removed sections
INTACT: Cut = frozenset()

PIXELS = 250 * 64 * 64  # input pixels per batch, which bounds memory
PROGRESS_EVERY_S = 0.2


@dataclass(frozen=True)
class Section:
    """A part of the network that can be removed, from the node `input` to the node `out`.

    Of a residual block only the branch is removed: the output of the node `shortcut` replaces the sum `joins`, and the
    ReLU after the sum remains. Of a plain twin the whole section is removed: its input replaces its `out`, through the
    module `instead` if the shape changes. `resizes`: the section changes the shape, so its input cannot pass unchanged.
    """

    path: str
    input: str
    joins: str
    out: str
    resizes: bool
    shortcut: str | None = None
    instead: nn.Module | None = None


def sections(network: Network) -> tuple[Section, ...]:
    """The residual blocks in order, or of a plain network the parts (`layer1.0`) that can be left out."""
    graph = network.graph
    if not graph.blocks:
        if not graph.is_chain:  # its control flow follows values
            return ()
        return tuple(part for path in graph.parts if (part := _plain_section(network, path)))
    return tuple(
        Section(block.path, block.input, block.add, block.out, block.resizes, block.shortcut)
        for block in graph.blocks.values()
    )


def _plain_section(network: Network, path: str) -> Section | None:
    """None if the part's input cannot stand for its output: it would need fewer channels, or more pixels."""
    graph = network.graph
    entered, *_, end = graph.inside(path)
    before, after = graph.nodes[entered].shape, graph.nodes[end].shape
    if not graph.passages.issuperset((entered, end)):
        return None
    if before == after:
        return Section(path, entered, end, end, resizes=False)
    if len(before) != 4 or len(after) != 4 or before[1] > after[1] or before[2] < after[2]:
        return None
    stride = -(-before[2] // after[2])
    if after[2:] != tuple(-(-side // stride) for side in before[2:]):
        return None
    return Section(path, entered, end, end, resizes=True, instead=Subsample(before[1], after[1], stride))


@dataclass(frozen=True)
class Single:
    """Result without one section: the `share` (0..1) of correct answers, or unchanged ones (`Singles.true_labels`)."""

    path: str
    resizes: bool
    share: float


@dataclass(frozen=True)
class Singles:
    """Results without each section in turn, and of the `intact` network, on `count` pictures.

    With `true_labels` a share is the accuracy, else the share of answers that equal the intact network's.
    """

    intact: float
    rows: tuple[Single, ...]
    true_labels: bool
    count: int

    def median_drop(self, *, resizes: bool) -> float:
        """Median drop of the share over sections that do, or do not, change the shape. There must be at least one."""
        return statistics.median(self.intact - row.share for row in self.rows if row.resizes == resizes)


@dataclass(frozen=True)
class RandomRemoval:
    """Results without `removed` randomly drawn sections: one share per draw."""

    removed: int
    shares: tuple[float, ...]

    @property
    def mean(self) -> float:
        return statistics.fmean(self.shares)

    @property
    def low(self) -> float:
        return min(self.shares)

    @property
    def high(self) -> float:
        return max(self.shares)


def remove_each(network: Network, pictures: PictureSet) -> Generator[tuple[int, int], None, Singles]:
    """Remove each section in turn. Yields (section runs done, total)."""
    parts = sections(network)
    labels = pictures.true_labels(network)
    answers = yield from predict_under_cuts(network, pictures, [INTACT, *(frozenset({part.path}) for part in parts)])
    right = answers[INTACT] if labels is None else labels
    shares = {cut: _share(answer, right) for cut, answer in answers.items()}
    rows = tuple(Single(part.path, part.resizes, shares[frozenset({part.path})]) for part in parts)
    return Singles(shares[INTACT], rows, labels is not None, len(pictures))


def remove_random(
    network: Network, pictures: PictureSet, draws: int, seed: int
) -> Generator[tuple[int, int], None, tuple[RandomRemoval, ...]]:
    """Remove 0, 1, … all sections at random, `draws` times each. Yields (section runs done, total)."""
    drawn = draw_cuts([part.path for part in sections(network)], draws, seed)
    labels = pictures.true_labels(network)
    answers = yield from predict_under_cuts(network, pictures, [cut for cuts in drawn for cut in cuts])
    right = answers[INTACT] if labels is None else labels
    return tuple(
        RandomRemoval(removed, tuple(_share(answers[cut], right) for cut in cuts)) for removed, cuts in enumerate(drawn)
    )


def largest_drop(rows: Sequence[RandomRemoval]) -> float:
    """The largest drop of the mean share when one more section is removed."""
    return max(before.mean - after.mean for before, after in pairwise(rows))


def draw_cuts(paths: Sequence[str], draws: int, seed: int) -> list[list[Cut]]:
    """For 0, 1, … len(paths) removed sections, `draws` random choices of them, by torch's generator with `seed`."""
    generator = torch.Generator().manual_seed(seed)

    def choice(removed: int) -> Cut:
        return frozenset(paths[k] for k in torch.randperm(len(paths), generator=generator)[:removed])

    return [[choice(removed) for _ in range(draws)] for removed in range(len(paths) + 1)]


def predict_under_cuts(
    network: Network, pictures: PictureSet, cuts: Iterable[Cut]
) -> Generator[tuple[int, int], None, dict[Cut, Tensor]]:
    """Predicted classes (N,) under each cut. Yields (section runs done, total)."""
    parts, wanted = sections(network), frozenset(cuts)
    batch = max(1, PIXELS // network.preprocess.input_px**2)
    alone = network.graph.is_chain
    heads = [frozenset(part.path for part in parts[: k + 1]) for k in range(len(parts))]
    runs = sum(len({cut & head for cut in wanted}) for head in heads) if alone else len(wanted)
    total = runs * -(-len(pictures) // batch)
    answers: dict[Cut, list[Tensor]] = {cut: [] for cut in wanted}
    done, reported = 0, time.monotonic()
    for x in pictures.inputs(network, batch):
        x = x.contiguous(memory_format=torch.channels_last)  # a quarter faster with AVX2
        for completed in _run_cuts(network, parts, x, wanted) if alone else _run_whole(network, x, wanted):
            done += 1
            for cut, answer in completed.items():
                answers[cut].append(answer)
            if time.monotonic() - reported > PROGRESS_EVERY_S:
                reported = time.monotonic()
                yield done, total
    return {cut: torch.cat(batches) for cut, batches in answers.items()}


def _run_cuts(
    network: Network, parts: Sequence[Section], x: Tensor, wanted: frozenset[Cut]
) -> Generator[dict[Cut, Tensor], None, None]:
    """Run all cuts section by section, sharing common prefixes. Yields the predictions that each section completes.

    Depth first, the cuts that skip the section before the others: few tensors are alive at once.
    """
    pending = [(0, trace(network, x, keep=(), until=parts[0].input).logits, wanted)]
    while pending:
        k, value, cuts = pending.pop()
        without = frozenset(cut for cut in cuts if parts[k].path in cut)
        if without and without != cuts:
            pending.append((k, value, cuts - without))
        value, cuts = (
            (_without(network, parts[k], value), without) if without else (_with(network, parts[k], value), cuts)
        )
        if k + 1 < len(parts):
            if parts[k].out != parts[k + 1].input:
                value = trace(network, value, keep=(), after=parts[k].out, until=parts[k + 1].input).logits
            pending.append((k + 1, value, cuts))
            yield {}
        else:
            logits = trace(network, value, keep=(), after=parts[k].out).logits
            check_finite(logits)
            yield dict.fromkeys(cuts, logits.argmax(1))


def _run_whole(network: Network, x: Tensor, wanted: Iterable[Cut]) -> Generator[dict[Cut, Tensor], None, None]:
    """Run all cuts of a network whose blocks are no chain. Yields the prediction of each."""
    for cut in wanted:
        logits = trace(network, x, keep=(), edits={f"{path}.branch": drop() for path in cut}).logits
        check_finite(logits)
        yield {cut: logits.argmax(1)}


def _with(network: Network, part: Section, value: Tensor) -> Tensor:
    return trace(network, value, keep=(), after=part.input, until=part.out).logits


def _without(network: Network, part: Section, value: Tensor) -> Tensor:
    if part.shortcut:
        value = trace(network, value, keep=(), after=part.input, until=part.shortcut).logits
    elif part.instead:
        value = part.instead.forward(value)
    return trace(network, value, keep=(), after=part.joins, until=part.out).logits


def _share(answers: Tensor, right: Tensor) -> float:
    return float((answers == right).float().mean())
