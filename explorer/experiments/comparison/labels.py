"""Names of a comparison's groups and of a recipe's values, in the reader's language."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from explorer.core import local_networks
from explorer.core.i18n import Translate
from explorer.data.names import source_name
from explorer.experiments.comparison.results import Comparison, Group
from explorer.runs import naming, store
from explorer.runs.store import Run

KNOWN: Final = ("random", "upstream", "imagenet", "imagenet-v2", "cifar10", "twin", "code")  # have a translation


def weights_word(weights: str, t: Translate) -> str:
    """`from scratch`, `ours, Tiny-ImageNet`, `ImageNet`; the file's name of other checkpoints."""
    return t(f"compare.weights_{weights.replace('-', '_')}") if weights in KNOWN else _file_word(weights, t)


def _file_word(weights: str, t: Translate) -> str:
    """The file's name of a checkpoint; of the weights of a run on this machine, the run's name."""
    path = Path(weights)
    of_run = path.parent.parent.absolute() == store.folder().absolute()
    if of_run and path.name in (store.BEST_WEIGHTS, store.LAST_WEIGHTS):
        which = "best" if path.name == store.BEST_WEIGHTS else "last"
        return t(f"recipe.value_{which}_weights", run=Run(path.parent).about().name)
    return naming.readable(source_name(path))


def _short(weights: str, t: Translate) -> str:
    return t(f"compare.short_{weights.replace('-', '_')}") if weights in KNOWN else _file_word(weights, t)


def million(count: float) -> str:
    """`11.18 M`: parameters and multiply-adds, everywhere in this unit; `0.004 M` if two decimals leave nothing."""
    return f"{count / 1e6:.2f} M" if count >= 1e4 or not count else f"{count / 1e6:.1g} M"


def value_word(name: str, value: Any, t: Translate) -> str:
    """The value of the recipe's field `name` in words: `yes`, `all`, `0.001`.

    Data and weights are without a path; an uploaded zip has the name of its user's file.
    """
    if value is None or value in ((), []):
        return t("recipe.value_all")
    if isinstance(value, bool):
        return t("recipe.value_yes" if value else "recipe.value_no")
    if name == "weights":
        return weights_word(value, t)
    if name == "normalization":
        return t(f"recipe.normalization_{value}")
    if name == "data":
        known = {"cifar10": "CIFAR-10", "digits": t("finetune.digits")}
        return known.get(value) or naming.readable(source_name(Path(value)))
    if name == "network":
        return local_networks.label(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def group_names(groups: Sequence[Group], t: Translate) -> tuple[str, ...]:
    """A name per group: its network, and those of weights, size, settings and device that differ among groups."""
    firsts = [group.results[0] for group in groups]
    fields = ("weights", "image_px", "settings", "device")
    differs = {field: len({getattr(first, field) for first in firsts}) > 1 for field in fields}
    return tuple(
        " · ".join([
            local_networks.label(first.network),
            *([_short(first.weights, t)] if differs["weights"] else []),
            *([f"{first.image_px} px"] if differs["image_px"] else []),
            *([f"{name} {value}" for name, value in first.settings] if differs["settings"] else []),
            *([first.device] if differs["device"] else []),
        ])
        for first in firsts
    )  # fmt: skip


def names_by_run(comparison: Comparison, t: Translate) -> dict[str, str]:
    """Run id -> name of its group."""
    groups = comparison.groups
    named = zip(groups, group_names(groups, t), strict=True)
    return {result.run: name for group, name in named for result in group.results}
