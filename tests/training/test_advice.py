"""A run that cannot learn is said before it starts, and the proposed recipe has enough steps and is valid."""

from typing import Any

import pytest
import torch

from explorer.core.i18n import LANGUAGES, t
from explorer.data.datasets import DataSet, Split
from explorer.training import advice, run_metadata
from explorer.training.advice import Counts, pictures, proposal
from explorer.training.recipe import RECIPES, Recipe
from explorer.training.schedules import batch_bounds

LAPTOP = RECIPES["laptop"]
ISSUE: Counts = {"cat": (32, 8), "frog": (32, 8), "ship": (32, 8)}  # 3 x 40 pictures
SMALL = (32, 32, 32)
PHOTOS = (300, 900, 3000)


def keys(counts: Counts, sizes: tuple[int, int, int] | None = SMALL, **fields: Any) -> set[str]:
    found = advice.advice(counts, sizes, LAPTOP.changed(**fields))
    for key, values in found:
        assert all("{" not in t(key, language, **values) for language in LANGUAGES)
    return {key.removeprefix("data.advice_") for key, _ in found}


def even(train: int, test: int, classes: int = 3) -> Counts:
    return {str(k): (train, test) for k in range(classes)}


@pytest.mark.parametrize(
    ("counts", "fields", "want"),
    [
        (ISSUE, {}, {"few_steps", "few_test"}),
        (ISSUE, {"batch_size": 16, "epochs": 30}, {"few_test"}),
        (even(32, 20), {"batch_size": 16, "epochs": 3}, set()),
        (even(32, 20), {"batch_size": 16, "epochs": 2}, {"few_steps"}),
        (even(5000, 1000, 10), {}, set()),
        (even(5000, 1000, 1), {}, {"one_class"}),
        (even(5000, 1000, 10), {"classes": ("1", "2"), "limit": 100}, {"few_steps"}),
        ({"a": (500, 50), "b": (500, 0), "c": (500, 0)}, {}, {"untested"}),
        ({"a": (500, 50), "b": (500, 0)}, {"test_limit": 10}, {"untested", "few_test"}),
        ({"a": (2000, 50), "b": (200, 50)}, {"epochs": 9}, {"imbalance"}),
        ({"a": (2000, 50), "b": (201, 50)}, {"epochs": 9}, set()),
        ({"a": (2000, 50), "b": (200, 50)}, {"epochs": 9, "limit_per_class": 200}, set()),
    ],
)
def test_what_would_spoil_a_run(counts: Counts, fields: dict[str, Any], want: set[str]) -> None:
    assert keys(counts, **fields) == want


def test_picture_sizes() -> None:
    many = even(5000, 1000, 10)
    assert keys(many, PHOTOS) == {"shrunk"}
    assert keys(many, PHOTOS, image_size=96) == keys(many, (90, 100, 120)) == keys(many, None) == set()
    assert keys(many, (28, 32, 40), image_size=96) == {"enlarged"}
    assert keys(many, (28, 32, 40), image_size=64) == keys(many, (8, 8, 8)) == set()


def test_the_sentences_have_the_numbers() -> None:
    (first, second) = advice.advice(ISSUE, SMALL, LAPTOP)
    assert "96 images at batch 128, for 3 epochs: 3 gradient steps" in t(first[0], **first[1])
    assert "24 test images: each is 4 points" in t(second[0], **second[1])
    (imbalance,) = advice.advice({"a": (300, 99), "b": (30, 99)}, SMALL, LAPTOP.changed(epochs=30))
    assert "always answers a is right for 91%" in t(imbalance[0], **imbalance[1])


def test_the_proposal_of_the_issues_example() -> None:
    found = proposal(ISSUE, PHOTOS, LAPTOP)
    assert found.changes == {"batch_size": 16, "epochs": 30, "unfreeze_lr": 0.006, "image_size": 96}
    assert t(found.key, **found.values) == (
        "96 images at batch 128: steps per epoch: 1. "
        "Proposed: batch 16, 30 epochs, learning rate 0.006, 96 px (180 steps)."
    )
    better = LAPTOP.changed(**found.changes)
    assert keys(ISSUE, PHOTOS, **found.changes) == {"few_test"}
    assert proposal(ISSUE, PHOTOS, better).changes == {}


def test_many_small_batches_may_be_fewer_larger_ones() -> None:
    many, tutorial = even(5000, 1000, 10), RECIPES["tutorial"]
    found = proposal(many, SMALL, tutorial)
    assert found.changes == {"batch_size": 256, "lr": 0.002, "unfreeze_lr": 0.0002}  # Adam: the square root of 4
    assert t(found.key, **found.values) == (
        "50,000 images at batch 64: steps per epoch: 782. Batches of 256 train about a fifth more images per second on "
        "a CPU. Proposed: batch 256, learning rate 0.0002, 32 px (7,840 steps)."
    )
    assert proposal(many, SMALL, tutorial.changed(optimizer="sgd")).changes["lr"] == 0.004
    assert proposal(many, SMALL, tutorial.changed(optimizer="sgd", lr=9.0)).changes["lr"] == 10
    assert proposal(many, SMALL, tutorial.changed(**found.changes)).changes == {}
    assert proposal(even(1000, 100, 3), SMALL, tutorial).changes == {}, "1,880 steps are not many"


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("train", [0, 1, 2, 5, 9, 32, 33, 200, 1000, 20_000])
@pytest.mark.parametrize("sizes", [None, SMALL, PHOTOS, (1, 1, 1)])
def test_a_proposal_is_valid_stable_and_affordable(name: str, train: int, sizes: tuple[int, int, int] | None) -> None:
    counts, recipe = even(train, 10), RECIPES[name]
    found = proposal(counts, sizes, recipe)
    better = recipe.changed(**found.changes)  # raises if it is out of range
    assert all(getattr(recipe, field) != value for field, value in found.changes.items())
    assert (found.key == "data.proposal_fits") == (not found.changes)
    assert better.epochs >= recipe.epochs
    used, _ = pictures(counts, better)
    before = len(batch_bounds(used, recipe.batch_size)) * recipe.epochs
    after = len(batch_bounds(used, better.batch_size)) * better.epochs
    assert found.values["total"] == after >= (500 if found.key == "data.proposal_larger" else before)
    assert after >= min(advice.GOOD_STEPS / 2, 30 * used / 8 - 30)
    seconds = used * better.epochs * 0.002 * (better.image_size / 32) ** 2
    assert better.image_size == recipe.image_size or seconds <= 600


@pytest.mark.parametrize(
    ("fields", "want"),
    [
        ({}, (600, 90)),
        ({"classes": ("a", "c")}, (400, 60)),
        ({"limit_per_class": 50}, (150, 90)),
        ({"limit_per_class": 50, "limit": 100, "test_limit": 30}, (100, 30)),
        ({"limit": None, "best_by": "validation"}, (540, 90)),
    ],
)
def test_pictures_that_a_recipe_uses(fields: dict[str, Any], want: tuple[int, int]) -> None:
    counts = {"a": (300, 30), "b": (200, 30), "c": (100, 30)}
    assert pictures(counts, Recipe(**fields)) == want


def test_a_run_repeats_what_spoils_it() -> None:
    train = Split(torch.zeros(6, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 0, 0, 0, 0, 1]))
    test = Split(train.images[:2], torch.tensor([0, 0]))
    data = DataSet(("a", "b"), train.at(slice(5)), test, train.at(slice(5, 6)), "0", ("x.png",), 0)
    found = list(run_metadata.warnings(data, LAPTOP.changed(best_by="validation", classes=("b", "a"))))
    assert [each["key"].rpartition(".")[2] for each in found] == [
        "data_skipped", "advice_few_steps", "advice_untested", "advice_few_test",
    ]  # fmt: skip
    assert found[1]["values"] == {"pictures": 5, "batch": 128, "each": 1, "epochs": 3, "total": 3}
    assert found[2]["values"] == {"count": 1, "names": "b"}
