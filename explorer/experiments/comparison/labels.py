"""Names of the groups of a comparison, and values of a recipe, in the reader's language."""

from collections.abc import Sequence
from typing import Any, Final

from explorer.core.i18n import Translate
from explorer.experiments.comparison.results import Comparison, Group

KNOWN: Final = ("random", "upstream", "imagenet", "imagenet-v2", "cifar10")  # weights that have a word


def weights_word(weights: str, t: Translate) -> str:
    """`from scratch`, `ours, Tiny-ImageNet`, `ImageNet`; a checkpoint of one's own by its file's name."""
    return t(f"compare.weights_{weights.replace('-', '_')}") if weights in KNOWN else weights.rpartition("/")[2]


def _short(weights: str, t: Translate) -> str:
    return t(f"compare.short_{weights.replace('-', '_')}") if weights in KNOWN else weights.rpartition("/")[2]


def value_word(name: str, value: Any, t: Translate) -> str:
    """The value of a recipe's field `name`: `yes`, `all`, `0.001`; of data and weights their names, without a path."""
    if value is None or value in ((), []):
        return t("recipe.value_all")
    if isinstance(value, bool):
        return t("recipe.value_yes" if value else "recipe.value_no")
    if name == "weights":
        return weights_word(value, t)
    if name == "data":
        known = {"cifar10": "CIFAR-10", "digits": t("finetune.digits")}
        return known.get(value) or value.rpartition("/")[2]
    if isinstance(value, (list, tuple)):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def names(groups: Sequence[Group], t: Translate) -> tuple[str, ...]:
    """A name for each group: its network, and of weights, size, settings and device what differs among them."""
    firsts = [group.results[0] for group in groups]
    told = ("weights", "image_px", "settings", "device")
    several = {field: len({getattr(one, field) for one in firsts}) > 1 for field in told}
    return tuple(
        " · ".join([
            one.network,
            *([_short(one.weights, t)] if several["weights"] else []),
            *([f"{one.image_px} px"] if several["image_px"] else []),
            *([f"{name} {value}" for name, value in one.settings] if several["settings"] else []),
            *([one.device] if several["device"] else []),
        ])
        for one in firsts
    )  # fmt: skip


def names_by_run(comparison: Comparison, t: Translate) -> dict[str, str]:
    """The name of its group for each run."""
    groups = comparison.groups
    named = zip(groups, names(groups, t), strict=True)
    return {result.run: name for group, name in named for result in group.results}
