"""Recipes accept values in range, report others, and round-trip through JSON."""

import dataclasses
import json
import math
from typing import Any

import pytest

from explorer.core.errors import RecipeError
from explorer.training.recipe import MAX_CLASSES, MAX_TEXT, RECIPES, VERSION, Range, Recipe

NUMBERS = [each for each in dataclasses.fields(Recipe) if isinstance(each.metadata.get("allowed"), Range)]
CHOICES = [each for each in dataclasses.fields(Recipe) if isinstance(each.metadata.get("allowed"), tuple)]
INTEGERS = [each for each in NUMBERS if each.type is not float]
FREE = Recipe(epochs=1000, freeze_epochs=0, freeze_bn=True)  # no field restricts another


def name(each: "dataclasses.Field[Any]") -> str:
    return each.name


def refused(**fields: Any) -> dict[str, object]:
    with pytest.raises(RecipeError) as caught:
        FREE.changed(**fields)
    assert caught.value.key == "errors.recipe_field"
    assert caught.value.values["field"] == next(iter(fields))
    assert str(caught.value.values["allowed"]) in str(caught.value)
    return caught.value.values


def test_the_tutorial_is_the_published_run() -> None:
    assert Recipe.from_json("{}") == RECIPES["tutorial"].changed(normalization="weights"), "as older runs did"
    assert dataclasses.asdict(RECIPES["tutorial"]) == {
        "normalization": "cifar10",
        "network": "resnet18", "weights": "imagenet", "data": "cifar10", "classes": (), "image_size": 32,
        "batch_size": 64, "epochs": 40, "freeze_epochs": 5, "lr": 1e-3, "unfreeze_lr": 1e-4, "optimizer": "adam",
        "weight_decay": 1e-4, "schedule": "plateau", "label_smoothing": 0.0, "crop_padding": 4, "flip": 0.5,
        "brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "hue": 0.1, "rotation": 15.0, "fixed_views": 0,
        "freeze_bn": False, "best_by": "test", "keep_every": 0, "limit": None, "limit_per_class": None,
        "test_limit": None, "precision": "auto", "device": "auto", "threads": 0, "seed": 0,
    }  # fmt: skip


def test_the_limits_are_these() -> None:
    """The limits written out: the tests below read them from the fields."""
    assert {each.name: (each.metadata["allowed"].low, each.metadata["allowed"].high) for each in NUMBERS} == {
        "image_size": (32, 224), "batch_size": (2, 4096), "epochs": (1, 1000), "freeze_epochs": (0, 1000),
        "lr": (1e-6, 10), "unfreeze_lr": (1e-6, 10), "weight_decay": (0, 1), "label_smoothing": (0, 0.9),
        "crop_padding": (0, 16), "flip": (0, 1), "brightness": (0, 1), "contrast": (0, 1), "saturation": (0, 1),
        "hue": (0, 0.5), "rotation": (0, 180), "fixed_views": (0, 16), "keep_every": (0, 1000),
        "limit": (2, 10_000_000), "limit_per_class": (1, 10_000_000), "test_limit": (2, 10_000_000),
        "threads": (0, 256), "seed": (0, 2_147_483_647),
    }  # fmt: skip
    assert {each.name: each.metadata["allowed"] for each in CHOICES} == {
        "optimizer": ("adam", "adamw", "sgd"), "schedule": ("plateau", "cosine", "onecycle", "steps", "constant"),
        "normalization": ("weights", "cifar10"), "best_by": ("test", "validation"),
        "precision": ("auto", "float32", "bfloat16"),
        "device": ("auto", "cpu", "cuda", "mps"),
    }  # fmt: skip
    assert (MAX_CLASSES, MAX_TEXT) == (1000, 4096)


@pytest.mark.parametrize("each", NUMBERS, ids=name)
def test_a_number_has_limits(each: "dataclasses.Field[Any]") -> None:
    allowed = each.metadata["allowed"]
    kind = float if each.type is float else int
    for limit in (allowed.low, allowed.high):
        assert getattr(FREE.changed(**{each.name: kind(limit)}), each.name) == limit
    below, above = (
        (math.nextafter(allowed.low, -math.inf), math.nextafter(allowed.high, math.inf))
        if kind is float
        else (allowed.low - 1, allowed.high + 1)
    )
    for value in (below, above, math.nan, math.inf, -math.inf, 10**400, -(10**400), True, "1", [1], {}, b"1"):
        assert refused(**{each.name: value})["allowed"] == f"{allowed.low:g} – {allowed.high:g}"


@pytest.mark.parametrize("each", INTEGERS, ids=name)
def test_a_count_is_whole(each: "dataclasses.Field[Any]") -> None:
    refused(**{each.name: float(each.metadata["allowed"].low)})


@pytest.mark.parametrize("each", NUMBERS, ids=name)
def test_only_a_limit_may_be_missing(each: "dataclasses.Field[Any]") -> None:
    if each.name in ("limit", "limit_per_class", "test_limit"):
        assert getattr(FREE.changed(**{each.name: None}), each.name) is None
    else:
        refused(**{each.name: None})


@pytest.mark.parametrize("each", CHOICES, ids=name)
def test_a_choice_is_one_of_its_options(each: "dataclasses.Field[Any]") -> None:
    for option in each.metadata["allowed"]:
        assert getattr(FREE.changed(**{each.name: option}), each.name) == option
    for value in ("", "Adam", None, 0, True, [], ["adam"], {}):
        assert refused(**{each.name: value})["allowed"] == ", ".join(each.metadata["allowed"])


@pytest.mark.parametrize("field", ["network", "weights", "data"])
def test_a_text_is_what_a_file_can_hold(field: str) -> None:
    assert getattr(FREE.changed(**{field: "图" * MAX_TEXT}), field) == "图" * MAX_TEXT
    for value in ("", "x" * (MAX_TEXT + 1), "a\0b", "\ud800", "a\udfff", None, 1, b"x", ["x"]):
        refused(**{field: value})


def test_a_switch_is_true_or_false() -> None:
    for value in (1, 0, None, "true"):
        refused(freeze_bn=value)


def test_classes_are_none_or_several_names() -> None:
    many = tuple(map(str, range(MAX_CLASSES)))
    assert FREE.changed(classes=many).classes == many
    for value in (("cat",), ["cat", "dog"], "cat", ("cat", ""), ("cat", 1), (*many, "more"), None):
        refused(classes=value)


def test_what_is_shown_of_a_value_is_short_and_printable() -> None:
    assert refused(optimizer="\x1b[31m\n" + "x" * 1000)["value"] == "[31m" + "x" * 34


def test_frozen_epochs_are_among_the_epochs() -> None:
    assert Recipe(epochs=5, freeze_epochs=5).freeze_epochs == 5
    with pytest.raises(RecipeError, match=r"freeze_epochs = 6 is out of range\. Allowed: 0 – 5 \(epochs\)"):
        Recipe(epochs=5, freeze_epochs=6)
    with pytest.raises(RecipeError, match="freeze_epochs = 5"):
        RECIPES["tutorial"].changed(epochs=4)


def test_fixed_views_need_statistics_that_stay() -> None:
    assert Recipe(fixed_views=2, freeze_bn=True).fixed_views == 2
    with pytest.raises(RecipeError, match="fixed_views = 2 is out of range"):
        Recipe(fixed_views=2)


@pytest.mark.parametrize(
    ("fields", "cached"),
    [
        ({"freeze_bn": True, "fixed_views": 1, "freeze_epochs": 1}, True),
        ({"freeze_bn": True}, False),  # augmented anew each epoch
        ({"freeze_bn": True, "fixed_views": 1, "freeze_epochs": 0}, False),
        (dict.fromkeys(["crop_padding", "flip", "brightness", "contrast", "saturation", "hue", "rotation"], 0), False),
    ],
)
def test_when_features_are_computed_once(fields: dict[str, Any], cached: bool) -> None:
    assert Recipe(**fields).caches_features is cached


@pytest.mark.parametrize(
    "strength", ["crop_padding", "flip", "brightness", "contrast", "saturation", "hue", "rotation"]
)
def test_each_augmentation_counts(strength: str) -> None:
    none = Recipe(crop_padding=0, flip=0, brightness=0, contrast=0, saturation=0, hue=0, rotation=0, freeze_bn=True)
    assert (none.augments, none.caches_features) == (False, True)
    some = none.changed(**{strength: 1 if strength == "crop_padding" else 0.5})
    assert (some.augments, some.caches_features) == (True, False)


@pytest.mark.parametrize("recipe", [*RECIPES.values(), Recipe(classes=("cat", "狗"), data="图/片", limit=12, lr=1)])
def test_a_recipe_survives_its_file(recipe: Recipe) -> None:
    text = recipe.to_json()
    assert Recipe.from_json(text) == recipe
    assert json.loads(text)["version"] == VERSION
    assert Recipe.from_json(text.encode().decode()) == recipe
    assert hash(recipe) == hash(Recipe.from_json(text))


def test_a_file_may_leave_fields_to_the_defaults() -> None:
    assert Recipe.from_json("{}") == Recipe()
    assert Recipe.from_json('{"classes": ["cat", "dog"], "seed": 3}') == Recipe(classes=("cat", "dog"), seed=3)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '"lr"', "[" * 100_000, "\ud800", '{"lr": 1' + "0" * 5000 + "}"]
)
def test_invalid_recipes(text: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_json(text)
    assert caught.value.key == "errors.recipe_no_json"


@pytest.mark.parametrize("version", [VERSION + 1, "1", 1.0, None, True, [1]])
def test_a_newer_recipe(version: object) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_json(json.dumps({"version": version, "learning_rate": 1}))
    assert caught.value.key == "errors.recipe_newer"


def test_an_unknown_field() -> None:
    with pytest.raises(RecipeError, match=r"no field “learning_rate”.* batch_size, .*weights") as caught:
        Recipe.from_json('{"learning_rate": 1}')
    assert caught.value.key == "errors.recipe_unknown_field"


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400, "null", "true", '"1"', "[]"]
)
def test_json_has_numbers_that_are_none(value: str) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_json(f'{{"lr": {value}}}')
    assert (caught.value.key, caught.value.values["field"]) == ("errors.recipe_field", "lr")
