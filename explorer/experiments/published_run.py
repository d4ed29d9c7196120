"""The published run of the course chapter, for comparison with one's own."""

from functools import lru_cache

import pandas as pd

from explorer.core.assets import ASSETS
from explorer.training.recipe import Recipe

BATCHES = 782  # per epoch: 50,000 pictures in batches of 64


def is_beside(recipe: Recipe) -> bool:
    """Whether a run of `recipe` has the published run's task: all classes of CIFAR-10."""
    return recipe.data == "cifar10" and not recipe.classes


@lru_cache(maxsize=1)
def epochs() -> pd.DataFrame:
    """Its 40 epochs: columns epoch, frozen (0 or 1), lr, train_loss, train_accuracy, test_accuracy, accuracy.

    Accuracies are 0..1; `accuracy` equals `test_accuracy`. The test loss is not published.
    """
    table = pd.read_csv(ASSETS / "published_run_epochs.csv")
    table[["train_accuracy", "test_accuracy"]] /= 100
    return table.assign(accuracy=table["test_accuracy"])


@lru_cache(maxsize=1)
def steps() -> pd.DataFrame:
    """The training losses, printed every 100 batches: columns epoch (fractional), loss."""
    table = pd.read_csv(ASSETS / "published_run_batches.csv")
    return pd.DataFrame({"epoch": table["iteration"] / BATCHES, "loss": table["loss"]})
