"""What a recipe can learn from a data set, said before a run and beside its result, and a recipe that fits.

Measured with the recipe `laptop` (resnet18 from the weights `upstream`, 32 px, one CPU thread) on 32 training and 100
test pictures of each of three of CIFAR-10's classes (cat, frog, ship; in brackets the harder cat, deer, dog). Test
accuracy after the last epoch, where chance is 33 %:

    steps  batch  epochs  learning rate after unfreezing
        3    128       3  0.05     34 %  (34 %)
       18     16       3  0.006    78 %
       60     16      10  0.01     79 %  (56 %)
      180     16      30  0.006          (57 %)
      180     16      30  0.01     77 %  (59 %)
      180     16      30  0.05     78 %  (54 %)

So a few steps with the peak learning rate do not train the last layer but spoil the pretrained weights, and smaller
batches with a learning rate scaled like the batch size (Goyal et al. 2017, section 2.1) learn.

The other way round, `--recipe tutorial --weights upstream --limit 6000 --test-limit 4000 --epochs 6 --freeze-epochs 1`,
seeds 0 and 1: in batches of 64, 66.5 and 66.6 %; of 256 with twice the learning rates, 65.8 and 66.3 %, with 1.2 (AVX2)
to 1.3 (bfloat16) times as many images a second. Does not import torch.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from explorer.training.recipe import Recipe
from explorer.training.schedules import batch_bounds

Counts = Mapping[str, tuple[int, int]]  # class -> pictures (train, test)
Message = tuple[str, dict[str, Any]]

MIN_STEPS: Final = 15  # gradient steps
GOOD_STEPS: Final = 180  # of the proposed recipe
BATCHES: Final = (8, 16, 32, 64, 128)
STEPS_EACH: Final = 6  # per epoch, at least: the order of the pictures then varies the gradient
MAX_EPOCHS: Final = 30
MIN_TEST: Final = 50  # test pictures: with fewer, one is more than 2 points of accuracy
IMBALANCE: Final = 10  # times as many pictures in the largest class as in the smallest
MANY_STEPS: Final = 2000  # from here on a run may take fewer and larger steps
SMALL_BATCH, LARGE_BATCH = 64, 256
MAX_LR: Final = 10.0  # that a recipe accepts
SIZES: Final = (32, 64, 96)  # px
CPU_MS: Final = 2.0  # per training picture of 32 px on a CPU: `laptop` trains 3 epochs of 10,000 in one minute
MAX_SECONDS: Final = 600.0  # on a CPU, of a proposed recipe


def advice(counts: Counts, sizes_px: tuple[int, int, int] | None, recipe: Recipe) -> list[Message]:
    """Message keys and values for what would spoil a run of `recipe`.

    `sizes_px` are the smallest, median and largest shorter side of the pictures; None if unknown.
    """
    used = _used(counts, recipe)
    train, test = pictures(counts, recipe)
    each, total = steps(train, recipe)
    found: list[Message] = []
    values: dict[str, Any]
    if len(used) < 2:
        found.append(("data.advice_one_class", {}))
    if total < MIN_STEPS:
        values = {"pictures": train, "batch": recipe.batch_size, "each": each, "epochs": recipe.epochs, "total": total}
        found.append(("data.advice_few_steps", values))
    if untested := [name for name, (_, tests) in used.items() if not tests]:
        found.append(("data.advice_untested", {"count": len(untested), "names": _some(untested)}))
    if 0 < test < MIN_TEST:
        found.append(("data.advice_few_test", {"count": test, "points": 100 / test}))
    by_size = sorted((number, name) for name, (number, _) in used.items())
    if by_size and by_size[-1][0] >= IMBALANCE * max(by_size[0][0], 1) and recipe.limit_per_class is None:
        (few, rare), (many, common) = by_size[0], by_size[-1]
        values = {"rare": _some([rare]), "few": few, "common": _some([common]), "many": many}
        found.append(("data.advice_imbalance", values | {"share": many / sum(number for number, _ in by_size)}))
    if sizes_px and sizes_px[1] >= 4 * recipe.image_size and recipe.image_size < SIZES[-1]:
        found.append(("data.advice_shrunk", {"side": sizes_px[1], "px": recipe.image_size}))
    if sizes_px and 32 <= sizes_px[1] <= recipe.image_size / 3:
        found.append(("data.advice_enlarged", {"side": sizes_px[1], "px": recipe.image_size}))
    return found


@dataclass(frozen=True)
class Proposal:
    """Changes to a recipe, which it accepts, and the message that says why. Without changes, the recipe fits."""

    changes: dict[str, Any]
    key: str
    values: dict[str, Any]


def proposal(counts: Counts, sizes_px: tuple[int, int, int] | None, recipe: Recipe) -> Proposal:
    """A recipe that fits the data: GOOD_STEPS steps if possible, and a picture size that a CPU trains in ten minutes.

    A recipe of fewer steps gets smaller batches and more epochs; one of MANY_STEPS in small batches, large ones, which
    train faster. The learning rate follows the batch size (see `rate_factor`).
    """
    train, _ = pictures(counts, recipe)
    each, total = steps(train, recipe)
    changes: dict[str, Any] = {}
    key = "data.proposal"
    if total >= MANY_STEPS and recipe.batch_size <= SMALL_BATCH:
        key = "data.proposal_larger"
        factor = rate_factor(recipe, LARGE_BATCH)
        rates = {name: min(float(f"{getattr(recipe, name) * factor:.2g}"), MAX_LR) for name in ("lr", "unfreeze_lr")}
        changes = {"batch_size": LARGE_BATCH, **rates}
    if total < GOOD_STEPS / 2:
        fitting = [size for size in BATCHES if size * STEPS_EACH <= train]
        changes["batch_size"] = min(max(fitting, default=BATCHES[0]), recipe.batch_size)
        per_epoch, _ = steps(train, recipe.changed(**changes))
        changes["epochs"] = max(min(math.ceil(GOOD_STEPS / max(per_epoch, 1)), MAX_EPOCHS), recipe.epochs)
        if recipe.optimizer == "sgd":
            rate = "unfreeze_lr" if recipe.freeze_epochs else "lr"
            scaled = getattr(recipe, rate) * rate_factor(recipe, changes["batch_size"])
            changes[rate] = max(float(f"{scaled:.1g}"), 1e-6)
    better = recipe.changed(**changes)
    if sizes_px and "resn" in recipe.network and recipe.weights != "cifar10":
        milliseconds = train * better.epochs * CPU_MS
        sizes = [
            size for size in SIZES if size <= sizes_px[1] and milliseconds * (size / 32) ** 2 <= 1000 * MAX_SECONDS
        ]
        better = better.changed(image_size=max([*sizes, recipe.image_size]))
        changes["image_size"] = better.image_size
    changes = {name: value for name, value in changes.items() if getattr(recipe, name) != value}
    values = {"pictures": train, "batch": recipe.batch_size, "each": each, "new_batch": better.batch_size,
              "epochs": better.epochs, "px": better.image_size, "total": steps(train, better)[1],
              "rate": better.unfreeze_lr if better.freeze_epochs else better.lr}  # fmt: skip
    return Proposal(changes, key if changes else "data.proposal_fits", values)


def rate_factor(recipe: Recipe, batch_size: int) -> float:
    """How the learning rate follows another batch size.

    For SGD in proportion (Goyal et al. 2017, section 2.1), for Adam by the square root (Malladi et al. 2022).
    """
    times = batch_size / recipe.batch_size
    return times if recipe.optimizer == "sgd" else math.sqrt(times)


def pictures(counts: Counts, recipe: Recipe) -> tuple[int, int]:
    """Numbers of training and test pictures after the recipe's classes, limits and validation share."""
    used = _used(counts, recipe).values()
    most = recipe.limit_per_class
    train = sum(number if most is None else min(number, most) for number, _ in used)
    train = train if recipe.limit is None else min(train, recipe.limit)
    test = sum(number for _, number in used)
    test = test if recipe.test_limit is None else min(test, recipe.test_limit)
    return train - round(train / 10) if recipe.best_by == "validation" else train, test


def steps(train: int, recipe: Recipe) -> tuple[int, int]:
    """Gradient steps per epoch and in all, with `train` training pictures."""
    each = len(batch_bounds(train, recipe.batch_size))
    return each, each * recipe.epochs


def _used(counts: Counts, recipe: Recipe) -> Counts:
    return {name: pair for name, pair in counts.items() if not recipe.classes or name in recipe.classes}


def _some(names: Sequence[str]) -> str:
    shown = [name if len(name) <= 40 else f"{name[:39]}…" for name in names[:4]]
    return ", ".join(shown) + (", …" if len(names) > 4 else "")
