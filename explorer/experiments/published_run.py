"""The published run of the course chapter, to stand beside one's own."""

from functools import lru_cache

import pandas as pd

from explorer.core.assets import ASSETS
from explorer.training.recipe import Recipe

BATCHES = 782  # an epoch: 50,000 pictures in batches of 64


def is_beside(recipe: Recipe) -> bool:
    """Whether it learned the same task as a run of `recipe`: all of CIFAR-10."""
    return recipe.data == "cifar10" and not recipe.classes


@lru_cache(maxsize=1)
def epochs() -> pd.DataFrame:
    """Its 40 epochs: epoch, frozen (0 or 1), lr, train_loss, train_accuracy, test_accuracy, and that again as accuracy.

    Accuracies are fractions; it did not tell its test loss.
    """
    table = pd.read_csv(ASSETS / "published_run_epochs.csv")
    table[["train_accuracy", "test_accuracy"]] /= 100
    return table.assign(accuracy=table["test_accuracy"])


@lru_cache(maxsize=1)
def steps() -> pd.DataFrame:
    """The losses that it printed, each 100 batches: epoch (a fraction that is behind), loss."""
    table = pd.read_csv(ASSETS / "published_run_batches.csv")
    return pd.DataFrame({"epoch": table["iteration"] / BATCHES, "loss": table["loss"]})
