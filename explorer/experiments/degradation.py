"""The degradation experiment (He et al. 2015, figure 6): networks of several depths with and without shortcuts.

They differ in nothing else. All are trained from their random start by the recipe and the loop of every fine-tune.
"""

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
PICTURES: Final = {"cifar10": 50_000, "digits": 1_437}  # to learn from, of the data that the presets name

_QUIET: Final = Recipe(
    network="cifar-resnet20", weights="random", data="cifar10", batch_size=128, epochs=20, freeze_epochs=0, lr=0.1,
    optimizer="sgd", schedule="cosine", brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0, rotation=0.0,
)  # fmt: skip


@dataclass(frozen=True)
class Preset:
    """Designs to train alike, by `recipe`; its network and seed are to be filled in."""

    designs: tuple[Design, ...]
    recipe: Recipe

    def recipes(self, seeds: Sequence[int] = (0,)) -> list[Recipe]:
        """One for each design and seed, the shallow networks first: they show a curve soonest."""
        return [self.recipe.changed(network=design.name, seed=seed) for seed in seeds for design in self.designs]


def _pair(depths: Sequence[int], width: int = 16) -> tuple[Design, ...]:
    return tuple(Design(depth, kind, width=width) for depth in depths for kind in ("none", "identity"))


PRESETS: Final[Mapping[str, Preset]] = {
    # Found by experiment (`python -m benchmarks.degradation digits`): digits are always there, and after so few steps
    # the deep plain network still has a third of them wrong where all others have learned them.
    "glance": Preset(
        _pair((20, 56), 8), _QUIET.changed(data="digits", batch_size=64, epochs=6, crop_padding=0, flip=0.0, threads=1)
    ),
    "lecture": Preset(_pair((20, 56)), _QUIET),
    # 164 epochs of 391 steps are the paper's 64,000 iterations.
    "paper": Preset((*_pair(DEPTHS[:4]), Design(110)), _QUIET.changed(epochs=164, schedule="steps")),
}
"""`glance` for a laptop, `lecture` for a GPU, `paper` for the full schedule; `text.why` says how it departs from it."""


@dataclass(frozen=True)
class Published:
    """Test error on CIFAR-10 (0..1) in a paper's table; None where the paper gives a bound alone (`above`)."""

    error: float | None
    source: str  # a key of the words
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
"""He et al. 2015, table 6 (110 layers: the best of five), and 2016, tables 1 and 2. The plain ones: figure 6 alone."""


# Stored results


@lru_cache(maxsize=1)
def stored() -> Mapping[str, Comparison]:
    """What `python -m benchmarks.degradation --store` wrote, by name; in the order in which it is to be shown."""
    return {name: from_plain(told) for name, told in json.loads(FILE.read_text(encoding="utf-8")).items()}


def written(comparisons: Mapping[str, Comparison]) -> None:
    """The file that `stored` reads: curves and where they come from."""
    told = {name: plain(each) for name, each in comparisons.items()}
    FILE.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


# What the runs show


@dataclass(frozen=True)
class Depths:
    """Two depths of one kind of network: error rates (0..1) of the last epoch, means over the seeds that both have.

    `worse` counts the seeds in which the deeper has the larger training error, `better` those in which it has the
    smaller one.
    """

    shallow: Design
    deep: Design
    train: tuple[float, float]
    test: tuple[float, float]
    seeds: int
    worse: int
    better: int


def ordered(designs: Iterable[Design]) -> list[Design]:
    """The shallowest first, plain before residual, identity before the other shortcuts."""
    return sorted(
        set(designs), key=lambda d: (d.depth, d.residual, d.shortcut != "identity", d.shortcut, d.preact, d.projection)
    )


def design(result: Result) -> Design:
    found = Design.named(result.network)
    assert found is not None, result.network
    return found


def findings(results: Sequence[Result]) -> list[Depths]:
    """For each kind of network of which two depths have ended: the shallowest beside the deepest."""
    ended: dict[Design, dict[int, Result]] = {}
    for result in results:
        if result.is_finished and result.train_accuracy:
            ended.setdefault(design(result), {})[result.seed] = result
    kinds: dict[tuple[object, ...], list[Design]] = {}
    for each in ended:
        kinds.setdefault((each.shortcut, each.projection, each.preact, each.width), []).append(each)
    found = []
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
        found.append(
            Depths(shallow, deep, train, test, len(seeds), sum(gap < 0 for gap in gaps), sum(gap > 0 for gap in gaps))
        )
    return found
