"""Pretraining experiment: one network trained from pretrained weights and from scratch, else alike; stored results."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Final

import pandas as pd

from explorer.core.assets import ASSETS
from explorer.experiments import published_run
from explorer.experiments.comparison.results import Comparison, Result
from explorer.experiments.comparison.stored import from_plain, plain
from explorer.training.recipe import RECIPES, Recipe

STARTS: Final = ("upstream", "random")
SEEDS: Final = (0, 1, 2)
FILE: Final = ASSETS / "pretraining.json"

# Nothing is frozen, so that both starts take the same steps; the learning rate was tuned for neither.
RECIPE: Final = RECIPES["laptop"].changed(epochs=6, freeze_epochs=0, lr=5e-2, freeze_bn=False, fixed_views=0)


def small(data: str) -> Recipe:
    """RECIPE shortened to a minute or two on a laptop; `data` is cifar10 or digits."""
    limit = 2_000 if data == "cifar10" else None  # there are only 1,438 training digits
    return RECIPE.changed(data=data, epochs=3, limit=limit)


def stored(file: Path = FILE) -> Comparison:
    """The result of `python -m benchmarks.pretraining`."""
    return from_plain(json.loads(file.read_text(encoding="utf-8")))


def save(comparison: Comparison, file: Path) -> None:
    """Write the file that `stored` reads: curves and their origin, without predictions."""
    file.write_text(json.dumps(plain(comparison), indent=1) + "\n", encoding="utf-8")


# Findings


@dataclass(frozen=True)
class Finding:
    """Mean test accuracies (0..1) by start, after the `first` epoch and the `last`.

    `caught` is the epoch in which the mean from scratch reaches that of upstream after its first epoch, None if never.
    `apart`: in the last epoch every seed from upstream is above every seed from scratch.
    """

    first: dict[str, float]
    last: dict[str, float]
    epochs: int
    seeds: int
    caught: int | None
    apart: bool


def finding(results: Sequence[Result]) -> Finding | None:
    """None unless all runs have finished, with the same number of epochs."""
    runs = {start: [result.accuracy for result in results if result.weights == start] for start in STARTS}
    lengths = {len(accuracy) for of_start in runs.values() for accuracy in of_start}
    finished = all(runs.values()) and all(result.is_finished for result in results)
    if not finished or len(lengths) != 1 or 0 in lengths:
        return None
    means = {start: [mean(epoch) for epoch in zip(*each, strict=True)] for start, each in runs.items()}
    pretrained, scratch = STARTS
    reached = (k + 1 for k, accuracy in enumerate(means[scratch]) if accuracy >= means[pretrained][0])
    lowest, highest = min(each[-1] for each in runs[pretrained]), max(each[-1] for each in runs[scratch])
    return Finding(
        first={start: each[0] for start, each in means.items()},
        last={start: each[-1] for start, each in means.items()},
        epochs=lengths.pop(), seeds=len(runs[pretrained]), caught=next(reached, None), apart=lowest > highest,
    )  # fmt: skip


# The chapter's observations about the published run

OBSERVATIONS: Final = ("unfreeze", "few", "below", "gap")
CLAIM: Final = 0.80  # of the chapter's hand-made CNN after CLAIM_EPOCHS from scratch; it published no curve of that run
CLAIM_EPOCHS: Final = 20


def observed(observation: str) -> pd.DataFrame:
    """The published run's points for one of OBSERVATIONS: columns `epoch`, `series` (train, test), `accuracy`."""
    table = published_run.epochs()
    frozen = int(table["frozen"].sum())
    after = table[table["epoch"] > frozen]
    below = after[after["train_accuracy"] < after["test_accuracy"]]
    epochs: dict[str, Sequence[int]] = {
        "unfreeze": (frozen, frozen + 1),
        "few": (frozen + 1, frozen + 5),
        "below": list(below["epoch"]),
        "gap": (int(table["epoch"].max()),),
    }
    chosen = table[table["epoch"].isin(epochs[observation])]
    series = ("train", "test") if observation == "below" else ("test",)
    parts = [chosen[["epoch"]].assign(series=name, accuracy=chosen[f"{name}_accuracy"]) for name in series]
    return pd.concat(parts, ignore_index=True)


# Lines of the chapter's code and what replaces them today

OUTDATED: Final = {
    "next": ("images, labels = dataiter.next()", "images, labels = next(dataiter)"),
    "pretrained": (
        "models.resnet18(pretrained=True)",
        "models.resnet18(weights=models.ResNet18_Weights.IMAGENET1K_V1)",
    ),
}
