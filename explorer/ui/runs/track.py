"""A run as the page Runs lists it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.experiments import published_run
from explorer.runs import naming
from explorer.runs.store import Entry
from explorer.training.recipe import RECIPES, Recipe
from explorer.ui.words import t

PUBLISHED_PICTURES = 10_000  # of CIFAR-10's test set


@dataclass(frozen=True)
class Track:
    """A run under a unique name; the published run has no entry.

    `name` is no hash and no id. `accuracy`: epoch -> test accuracy (0..1), for epochs that were tested.
    """

    id: str
    name: str
    recipe: Recipe
    accuracy: Mapping[int, float]
    entry: Entry | None


def tracks(entries: Sequence[Entry]) -> list[Track]:
    """The readable runs, newest first, then the published run."""
    readable = [entry for entry in entries if entry.recipe is not None]
    taken = {t("runs.published"), t("runs.diff_setting")}  # also column headings
    oldest_first = ((each.run.id, each.about.name, each.about.created) for each in reversed(readable))
    names = naming.unique(oldest_first, taken)
    found = []
    for entry in readable:
        assert entry.recipe is not None
        accuracy = {each["epoch"]: each["test_accuracy"] for each in entry.epochs if each["test_accuracy"] is not None}
        found.append(Track(entry.run.id, names[entry.run.id], entry.recipe, accuracy, entry))
    theirs = published_run.epochs()
    accuracy_by_epoch = dict(zip(theirs["epoch"].tolist(), theirs["accuracy"].tolist(), strict=True))
    return [*found, Track("published", t("runs.published"), RECIPES["tutorial"], accuracy_by_epoch, None)]
