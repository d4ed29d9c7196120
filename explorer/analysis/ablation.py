"""Lesion studies: what a network still answers without some of its blocks (Veit et al. 2016, arXiv 1605.06431)."""

import statistics
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from explorer.analysis.picture_set import PictureSet
from explorer.analysis.trace import trace
from explorer.models.cifar_resnet import Subsample
from explorer.models.network import Network, check_finite

Cut = frozenset[str]  # the paths of the sections that are left out
INTACT: Cut = frozenset()

PIXELS = 100 * 64 * 64  # of a batch: its tensors fill memory by their pixels
TOLD_EVERY_S = 0.2


@dataclass(frozen=True)
class Section:
    """What a lesion takes out, from the node `input` to the node `out`.

    A residual block without its branch: what the node `shortcut` brings stands for the sum `joins`, so that the ReLU
    after it stays. Where nothing is added (a plain twin) the section goes whole: its input stands for its `out`,
    through `instead` where the shape changes. `resizes` is whether it opens a stage with another shape, so that not
    even without it its input stays as it was.
    """

    path: str
    input: str
    joins: str
    out: str
    resizes: bool
    shortcut: str | None = None
    instead: nn.Module | None = None


def sections(network: Network) -> tuple[Section, ...]:
    """The residual blocks in order; of a plain twin, the parts with the same paths (`layer1.0`)."""
    graph = network.graph
    if not graph.blocks:
        return tuple(_plain_section(network, path) for path in graph.parts)
    return tuple(
        Section(block.path, block.input, block.add, block.out, block.resizes, block.shortcut)
        for block in graph.blocks.values()
    )


def _plain_section(network: Network, path: str) -> Section:
    entered, *_, end = network.graph.inside(path)
    first = network.modules[f"{path}.conv1"]
    assert isinstance(first, nn.Conv2d)
    resizes = first.stride[0] != 1 or first.in_channels != first.out_channels
    instead = Subsample(first.in_channels, first.out_channels, first.stride[0]) if resizes else None
    return Section(path, entered, end, end, resizes, instead=instead)


@dataclass(frozen=True)
class Single:
    """One section left out: `share` of answers that are right (or stay, see `Singles.true_labels`), 0..1."""

    path: str
    resizes: bool
    share: float


@dataclass(frozen=True)
class Singles:
    """Each section left out alone, in order, beside the `intact` network. Shares are of `count` pictures.

    Without `true_labels` a share tells how many of the intact network's own answers stay.
    """

    intact: float
    rows: tuple[Single, ...]
    true_labels: bool
    count: int

    def lost(self, *, resizes: bool) -> float:
        """Median share lost without one section that does, or does not, change the shape; there must be one."""
        return statistics.median(self.intact - row.share for row in self.rows if row.resizes == resizes)


@dataclass(frozen=True)
class Several:
    """`removed` sections left out at random, a share for each draw."""

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


def singles(network: Network, several: PictureSet) -> Generator[tuple[int, int], None, Singles]:
    """Leave out each section in turn. Yields how many parts have run, and of how many."""
    parts = sections(network)
    labels = several.true_labels(network)
    answers = yield from study(network, several, [INTACT, *(frozenset({part.path}) for part in parts)])
    right = answers[INTACT] if labels is None else labels
    shares = {cut: _share(answer, right) for cut, answer in answers.items()}
    rows = tuple(Single(part.path, part.resizes, shares[frozenset({part.path})]) for part in parts)
    return Singles(shares[INTACT], rows, labels is not None, len(several))


def at_random(
    network: Network, several: PictureSet, draws: int, seed: int
) -> Generator[tuple[int, int], None, tuple[Several, ...]]:
    """Leave out 0, 1, … all sections, `draws` times each. Yields how many parts have run, and of how many."""
    drawn = draw_cuts([part.path for part in sections(network)], draws, seed)
    labels = several.true_labels(network)
    answers = yield from study(network, several, [cut for cuts in drawn for cut in cuts])
    right = answers[INTACT] if labels is None else labels
    return tuple(
        Several(removed, tuple(_share(answers[cut], right) for cut in cuts)) for removed, cuts in enumerate(drawn)
    )


def largest_fall(rows: Sequence[Several]) -> float:
    """The most that the mean share falls when one more section is left out."""
    return max(before.mean - after.mean for before, after in pairwise(rows))


def draw_cuts(paths: Sequence[str], draws: int, seed: int) -> list[list[Cut]]:
    """For 0, 1, … len(paths) sections to leave out, `draws` choices of them, drawn by torch's generator."""
    generator = torch.Generator().manual_seed(seed)

    def choice(removed: int) -> Cut:
        return frozenset(paths[k] for k in torch.randperm(len(paths), generator=generator)[:removed])

    return [[choice(removed) for _ in range(draws)] for removed in range(len(paths) + 1)]


def study(
    network: Network, several: PictureSet, cuts: Iterable[Cut]
) -> Generator[tuple[int, int], None, dict[Cut, Tensor]]:
    """The classes (N,) that the network answers under each cut. Yields how many sections have run, and of how many."""
    parts, wanted = sections(network), frozenset(cuts)
    batch = max(1, PIXELS // network.preprocess.input_px**2)
    heads = [frozenset(part.path for part in parts[: k + 1]) for k in range(len(parts))]
    total = sum(len({cut & head for cut in wanted}) for head in heads) * -(-len(several) // batch)
    answers: dict[Cut, list[Tensor]] = {cut: [] for cut in wanted}
    done, told = 0, time.monotonic()
    for x in several.inputs(network, batch):
        for found in _walk(network, parts, x, wanted):
            done += 1
            for cut, answer in found.items():
                answers[cut].append(answer)
            if time.monotonic() - told > TOLD_EVERY_S:
                told = time.monotonic()
                yield done, total
    return {cut: torch.cat(found) for cut, found in answers.items()}


def _walk(
    network: Network, parts: Sequence[Section], x: Tensor, wanted: frozenset[Cut]
) -> Generator[dict[Cut, Tensor], None, None]:
    """Run all cuts, section by section; what they have in common is run once. Yields answers after each section.

    Depth first, the shorter branch before the longer: few tensors are alive at once.
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
            pending.append((k + 1, value, cuts))
            yield {}
        else:
            logits = trace(network, value, keep=(), after=parts[k].out).logits
            check_finite(logits)
            yield dict.fromkeys(cuts, logits.argmax(1))


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
