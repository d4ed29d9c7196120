"""What a recipe can learn from a data set, said before the run, and a recipe that fits. Does not import torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from explorer.training.recipe import Recipe
from explorer.training.schedules import batch_bounds

Counts = Mapping[str, tuple[int, int]]
Message = tuple[str, dict[str, Any]]

MIN_STEPS: Final = 30  # gradient steps: `laptop` reaches 91 % on the digits with 36, 46 % on 3 x 32 pictures with 3
GOOD_STEPS: Final = 180
MIN_TEST: Final = 50  # test pictures: with fewer, one picture is more than 2 points
IMBALANCE: Final = 10  # times as many pictures in the largest class as in the smallest
BATCHES: Final = (16, 32, 64, 128)
EPOCHS: Final = (3, 30)
SIZES: Final = (32, 64, 96)  # px; a CPU takes nine times as long at 96 px as at 32 px


def steps(counts: Counts, recipe: Recipe) -> tuple[int, int, int]:
    """Training pictures that `recipe` uses, steps per epoch, and steps in all."""
    train = pictures(counts, recipe)
    each = len(batch_bounds(train, recipe.batch_size))
    return train, each, each * recipe.epochs


def pictures(counts: Counts, recipe: Recipe) -> int:
    """Number of training pictures after the recipe's classes, limits and validation share."""
    chosen = [train for name, (train, _) in counts.items() if not recipe.classes or name in recipe.classes]
    if recipe.limit_per_class:
        chosen = [min(each, recipe.limit_per_class) for each in chosen]
    train = min(sum(chosen), recipe.limit or sum(chosen))
    return train - round(train / 10) if recipe.best_by == "validation" else train


def advice(counts: Counts, sizes_px: tuple[int, int, int] | None, recipe: Recipe) -> list[Message]:
    """Message keys and values for what would spoil a run of `recipe` on classes with `counts` (train, test) pictures.

    `sizes_px` are the smallest, median and largest shorter side of the pictures; None if unknown.
    """
    used = {name: pair for name, pair in counts.items() if not recipe.classes or name in recipe.classes}
    train, each, total = steps(counts, recipe)
    test = min(sum(pair[1] for pair in used.values()), recipe.test_limit or math.inf)
    found: list[Message] = []
    if len(used) < 2:
        found.append(("data.advice_one_class", {}))
    if total < MIN_STEPS:
        found.append(("data.advice_few_steps", {"pictures": train, "batch": recipe.batch_size, "each": each,
                                                "epochs": recipe.epochs, "total": total}))  # fmt: skip
    untested = [name for name, (_, tests) in used.items() if not tests]
    if untested:
        found.append(("data.advice_untested", {"count": len(untested), "names": _some(untested)}))
    if 0 < test < MIN_TEST:
        found.append(("data.advice_few_test", {"count": int(test), "points": 100 / test}))
    by_train = sorted((pair[0], name) for name, pair in used.items())
    if by_train and by_train[-1][0] >= IMBALANCE * max(by_train[0][0], 1) and not recipe.limit_per_class:
        (few, rare), (many, common) = by_train[0], by_train[-1]
        values = {"rare": _some([rare]), "few": few, "common": _some([common]), "many": many}
        found.append(("data.advice_imbalance", values | {"share": many / sum(n for n, _ in by_train)}))
    if sizes_px and sizes_px[1] >= 4 * recipe.image_size and recipe.image_size < SIZES[-1]:
        found.append(("data.advice_shrunk", {"side": sizes_px[1], "px": recipe.image_size}))
    if sizes_px and 2 * sizes_px[1] <= recipe.image_size and sizes_px[1] >= 32:
        found.append(("data.advice_enlarged", {"side": sizes_px[1], "px": recipe.image_size}))
    return found


@dataclass(frozen=True)
class Proposal:
    """Changes to a recipe, and the message that says why. No changes: the recipe fits."""

    changes: dict[str, Any]
    key: str
    values: dict[str, Any]


def proposal(counts: Counts, sizes_px: tuple[int, int, int] | None, recipe: Recipe) -> Proposal:
    """A batch size, number of epochs and image size that fit the data; `recipe` changed by them is valid."""
    train, each, total = steps(counts, recipe)
    batch = next((size for size in reversed(BATCHES) if size <= train / 10), BATCHES[0])
    batch = min(batch, recipe.batch_size) if train >= 2 else recipe.batch_size
    per_epoch = max(len(batch_bounds(train, batch)), 1)
    epochs = min(max(math.ceil(GOOD_STEPS / per_epoch), EPOCHS[0]), EPOCHS[1])
    changes: dict[str, Any] = {}
    if total < GOOD_STEPS:
        changes = {"batch_size": batch, "epochs": max(epochs, recipe.epochs)}
    if sizes_px and recipe.weights != "cifar10":
        side = max((size for size in SIZES if size <= sizes_px[1]), default=SIZES[0])
        if side > recipe.image_size:
            changes["image_size"] = side
    changes = {name: value for name, value in changes.items() if getattr(recipe, name) != value}
    better = recipe.changed(**changes)
    values = {"pictures": train, "batch": recipe.batch_size, "each": each, "new_batch": better.batch_size,
              "epochs": better.epochs, "px": better.image_size, "total": steps(counts, better)[2]}  # fmt: skip
    return Proposal(changes, "data.proposal" if changes else "data.proposal_fits", values)


def _some(names: list[str]) -> str:
    shown = [name if len(name) <= 40 else f"{name[:39]}…" for name in names[:4]]
    return ", ".join(shown) + (", …" if len(names) > 4 else "")
