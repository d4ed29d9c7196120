"""What two runs have in common and how they differ, in sentences."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from explorer.core.i18n import Translate
from explorer.training.recipe import Recipe

TOLD: Final = ("epochs", "freeze_epochs")  # fields with a sentence of their own
MOST_FIELDS: Final = 8  # in the sentence about the recipes; it counts the others


@dataclass(frozen=True)
class Side:
    """One of two runs.

    `name` is Markdown. `accuracy` maps epochs to the test accuracy (0..1). `pictures` is the number of test pictures,
    if known. `continues` is the epoch of the other run after which this one was forked from it.
    """

    name: str
    recipe: Recipe
    accuracy: Mapping[int, float]
    pictures: int | None
    continues: int | None = None


def sentences(a: Side, b: Side, value: Callable[[Recipe, str], str], t: Translate) -> list[str]:
    """Sentences, in Markdown, on training, freezing, accuracy and recipe; `value` words a field of a recipe."""
    parts = [_fork(a, b, t), _epochs(a, b, t), _freezing(a, b, t), *_accuracy(a, b, t), _recipe(a, b, value, t)]
    return [part for part in parts if part]


def _fork(a: Side, b: Side, t: Translate) -> str:
    for one, other in ((a, b), (b, a)):
        if one.continues is not None:
            return t("difference.fork", a=one.name, b=other.name, epoch=one.continues)
    return ""


def _epochs(a: Side, b: Side, t: Translate) -> str:
    done = [max(side.accuracy, default=0) for side in (a, b)]
    if done[0] == done[1]:
        return t("difference.epochs_same", epochs=done[0])
    return t("difference.epochs", a=a.name, b=b.name, a_epochs=done[0], b_epochs=done[1])


def _freezing(a: Side, b: Side, t: Translate) -> str:
    first, second = a.recipe.freeze_epochs, b.recipe.freeze_epochs
    if first == second:
        return t("difference.frozen_same", epochs=first) if first else ""
    if first and second:
        return t("difference.frozen", a=a.name, b=b.name, a_epochs=first, b_epochs=second)
    one, other = (a, b) if first else (b, a)
    return t("difference.frozen_one", a=one.name, b=other.name, epochs=first or second)


def _accuracy(a: Side, b: Side, t: Translate) -> list[str]:
    """The last accuracies and their difference; if one run is shorter, also after its last epoch."""
    if not a.accuracy or not b.accuracy:
        return []
    last = [side.accuracy[max(side.accuracy)] for side in (a, b)]
    told = [t("difference.end", a=a.name, b=b.name, a_accuracy=last[0], b_accuracy=last[1])]
    if (a.recipe.data, a.recipe.classes) != (b.recipe.data, b.recipe.classes):
        return [*told, t("difference.unlike")]
    told.append(_better(a, b, last[0], last[1], t))
    common = max(a.accuracy.keys() & b.accuracy.keys(), default=0)
    if common and max(a.accuracy) != max(b.accuracy):
        told.append(t("difference.common", epoch=common, a=a.name, b=b.name, a_accuracy=a.accuracy[common],
                      b_accuracy=b.accuracy[common]))  # fmt: skip
    return told


def _better(a: Side, b: Side, first: float, second: float, t: Translate) -> str:
    points = 100 * abs(first - second)
    if round(points, 1) == 0:
        return t("difference.equal")
    better = a.name if first > second else b.name
    if a.pictures is None or a.pictures != b.pictures:
        return t("difference.better", name=better, points=points)
    chance = 100 * chance_difference(first, second, a.pictures)
    key = "difference.better_clear" if points > chance else "difference.better_chance"
    return t(key, name=better, points=points, pictures=a.pictures, chance=chance)


def chance_difference(first: float, second: float, pictures: int) -> float:
    """The difference (0..1) of two accuracies that the choice of `pictures` test pictures explains in 95 of 100 cases.

    1.96 standard errors of the difference of two independent binomial proportions. Both runs were tested on the same
    pictures, so it is an upper estimate.
    """
    return 1.96 * math.sqrt((first * (1 - first) + second * (1 - second)) / pictures)


def _recipe(a: Side, b: Side, value: Callable[[Recipe, str], str], t: Translate) -> str:
    fields = [each.name for each in dataclasses.fields(Recipe)
              if each.name not in TOLD and getattr(a.recipe, each.name) != getattr(b.recipe, each.name)]  # fmt: skip
    if not fields:
        told = any(getattr(a.recipe, name) != getattr(b.recipe, name) for name in TOLD)
        return t("difference.recipe_rest" if told else "difference.recipe_same")
    shown = [
        f"{t(f'recipe.{name}')} {value(a.recipe, name)} | {value(b.recipe, name)}" for name in fields[:MOST_FIELDS]
    ]
    if len(fields) > MOST_FIELDS:
        shown.append(t("difference.more", count=len(fields) - MOST_FIELDS))
    return t("difference.recipe", a=a.name, b=b.name, fields=" · ".join(shown))
