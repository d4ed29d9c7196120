"""The degradation experiment (He et al. 2015, figure 6): networks of several depths with and without shortcuts.

They differ in nothing else. All are trained from scratch by the trainer of every fine-tune.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import mean
from typing import Final

from explorer.core.assets import ASSETS
from explorer.experiments.comparison.results import Comparison, Result
from explorer.experiments.comparison.stored import from_plain, plain
from explorer.models.cifar_resnet import DEPTHS, Design
from explorer.training.recipe import Recipe

FILE: Final = ASSETS / "degradation.json"
PICTURES: Final = {"cifar10": 50_000, "digits": 1_438}  # training pictures of the presets' data

_BASE: Final = Recipe(
    network="cifar-resnet20", weights="random", data="cifar10", batch_size=128, epochs=20, freeze_epochs=0, lr=0.1,
    optimizer="sgd", schedule="cosine", brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0, rotation=0.0,
)  # fmt: skip


@dataclass(frozen=True)
class Preset:
    """Designs to train by one `recipe`, whose network and seed `recipes` fills in."""

    designs: tuple[Design, ...]
    recipe: Recipe

    def recipes(self, seeds: Sequence[int] = (0,)) -> list[Recipe]:
        """One recipe per seed and design, shallow networks first: they have results soonest."""
        return [self.recipe.changed(network=design.name, seed=seed) for seed in seeds for design in self.designs]


def _pair(depths: Sequence[int], width: int = 16) -> tuple[Design, ...]:
    return tuple(Design(depth, kind, width=width) for depth in depths for kind in ("none", "identity"))


PRESETS: Final[Mapping[str, Preset]] = {
    # Chosen by `python -m benchmarks.degradation digits`. The digits need no download; after so few steps the deep
    # plain network still has an error of a third, all others almost none.
    "glance": Preset(
        _pair((20, 56), 8), _BASE.changed(data="digits", batch_size=64, epochs=6, crop_padding=0, flip=0.0, threads=1)
    ),
    "lecture": Preset(_pair((20, 56)), _BASE),
    # 164 epochs of 391 steps: the paper's 64,000 iterations.
    "paper": Preset((*_pair(DEPTHS[:4]), Design(110)), _BASE.changed(epochs=164, schedule="steps")),
}
"""`glance` for a laptop, `lecture` for a GPU, `paper` for the full schedule; i18n/why.py lists its departures."""


@dataclass(frozen=True)
class Published:
    """Test error on CIFAR-10 (0..1) in a paper's table; None where the paper gives only a lower bound, `above`."""

    error: float | None
    source: str  # a key of the translations
    above: float | None = None


PUBLISHED: Final[Mapping[str, Published]] = {
    **{Design(depth).name: Published(error, "he_2015") for depth, error in
       zip(DEPTHS, (0.0875, 0.0751, 0.0717, 0.0697, 0.0643), strict=True)},
    Design(110, "half").name: Published(0.1235, "he_2016"),
    Design(110, "exclusive").name: Published(0.0870, "he_2016"),
    Design(110, "gate").name: Published(0.0691, "he_2016"),
    Design(110, "conv").name: Published(0.1222, "he_2016"),
    Design(110, "dropout").name: Published(None, "he_2016", 0.20),
    Design(110, preact=True).name: Published(0.0637, "he_2016_2"),
}  # fmt: skip
"""He et al. 2015, table 6 (110 layers: the best of five), and 2016, tables 1 and 2. Plain networks: figure 6 only."""

PUBLISHED_2016: Final[Mapping[str, Published]] = {**PUBLISHED, Design(110).name: Published(0.0661, "he_2016")}
"""As PUBLISHED, but 110 layers with identity shortcuts as He et al. 2016 trained them again: the median of five."""

PREACT_GAIN: Final[Mapping[int, tuple[float, float]]] = {
    110: (0.0661, 0.0637), 164: (0.0593, 0.0546), 1001: (0.0761, 0.0492),
}  # fmt: skip
"""Layers -> test errors on CIFAR-10 without and with pre-activation: He et al. 2016, table 3."""


# Stored results


@lru_cache(maxsize=1)
def stored() -> Mapping[str, Comparison]:
    """The results of `python -m benchmarks.degradation --store`, by name, in display order."""
    return {name: from_plain(data) for name, data in json.loads(FILE.read_text(encoding="utf-8")).items()}


def save(comparisons: Mapping[str, Comparison]) -> None:
    """Write the file that `stored` reads: curves and their origin."""
    data = {name: plain(comparison) for name, comparison in comparisons.items()}
    FILE.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


# Findings


@dataclass(frozen=True)
class Depths:
    """Two depths of one kind of network: error rates (0..1) of the last epoch, means over their common seeds.

    `worse` and `better` count the seeds in which the deeper network has the larger or the smaller training error.
    """

    shallow: Design
    deep: Design
    train: tuple[float, float]
    test: tuple[float, float]
    seeds: int
    worse: int
    better: int


def ordered(designs: Iterable[Design]) -> list[Design]:
    """Sort by depth, then plain before residual, identity before other shortcuts."""
    return sorted(
        set(designs), key=lambda d: (d.depth, d.residual, d.shortcut != "identity", d.shortcut, d.preact, d.projection)
    )


def design(result: Result) -> Design:
    """The design of `result`'s network, which must be a CIFAR ResNet."""
    named = Design.named(result.network)
    assert named is not None, result.network
    return named


def findings(results: Sequence[Result]) -> list[Depths]:
    """The shallowest and the deepest network of each kind of which two depths have finished."""
    ended: dict[Design, dict[int, Result]] = {}
    for result in results:
        if result.is_finished and result.train_accuracy:
            ended.setdefault(design(result), {})[result.seed] = result
    kinds: dict[tuple[object, ...], list[Design]] = {}
    for d in ended:
        kinds.setdefault((d.shortcut, d.projection, d.preact, d.width), []).append(d)
    pairs_of_depths = []
    for designs in kinds.values():
        shallow, deep = min(designs, key=lambda d: d.depth), max(designs, key=lambda d: d.depth)
        seeds = sorted(ended[shallow].keys() & ended[deep].keys())
        if shallow == deep or not seeds:
            continue
        pairs = [(ended[shallow][seed], ended[deep][seed]) for seed in seeds]
        gaps = [b.train_accuracy[-1] - a.train_accuracy[-1] for a, b in pairs]
        train, test = (
            tuple(mean(1 - getattr(pair[k], name)[-1] for pair in pairs) for k in (0, 1))
            for name in ("train_accuracy", "accuracy")
        )
        pairs_of_depths.append(
            Depths(shallow, deep, train, test, len(seeds), sum(gap < 0 for gap in gaps), sum(gap > 0 for gap in gaps))
        )
    return pairs_of_depths


def is_identity(design: Design) -> bool:
    """Whether `design` is that of He et al. 2015, of any depth and width."""
    return design == Design(design.depth, width=design.width)


def against_identity(results: Sequence[Result]) -> tuple[list[Result], list[Result]]:
    """Finished `results` of one depth and seed, without the identity: those that stand to it as in PUBLISHED_2016, and
    the others. A design without a number there is in neither list."""
    ours = {design(each): each for each in results}
    identity = next(each for d, each in ours.items() if is_identity(d))
    before = PUBLISHED_2016[Design(110).name].error
    sides: tuple[list[Result], list[Result]] = [], []
    for d, each in ours.items():
        paper = PUBLISHED_2016.get(dataclasses.replace(d, depth=110, width=Design().width).name)
        if paper is not None and each is not identity:
            better = (paper.error or paper.above or 0) < (before or 0)
            sides[better != (each.accuracy[-1] > identity.accuracy[-1])].append(each)
    return sides
