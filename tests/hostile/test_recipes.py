"""Recipes, as JSON and as fields: any value in any field, corrupt files, deeply nested lists."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.errors import ExplorerError, RecipeError
from explorer.data import datasets
from explorer.models import loading, trial
from explorer.training.recipe import RECIPES, Recipe
from tests.hostile import corpus
from tests.hostile.test_runs import VALUES
from tests.hostile.tried import FUZZ, tried

FIELDS = [each.name for each in dataclasses.fields(Recipe)]
PICKED = st.sampled_from((*FIELDS, "version")) | corpus.WILD
OBJECTS = st.dictionaries(PICKED, VALUES, max_size=5)


def check(found: Any) -> None:
    if isinstance(found, ExplorerError):
        assert isinstance(found, RecipeError)
    else:
        assert Recipe.from_json(found.to_json().encode().decode()) == found


@settings(max_examples=200 * FUZZ)
@given(st.sampled_from(sorted(RECIPES)), OBJECTS)
def test_any_value_in_any_field(name: str, fields: dict[str, Any]) -> None:
    whole = json.loads(RECIPES[name].to_json()) | fields
    check(tried("recipes", lambda: Recipe.from_json(json.dumps(whole))))
    check(tried("recipes", lambda: Recipe.from_fields(whole)))


@settings(max_examples=200 * FUZZ)
@given(corpus.broken(st.sampled_from([recipe.to_json().encode() for recipe in RECIPES.values()])))
def test_broken_files(content: bytes) -> None:
    check(tried("recipes", lambda: Recipe.from_json(content.decode(errors="replace"))))


@pytest.mark.parametrize("field", ["lr", "classes", "version", "limit", "network", "x"])
def test_lists_as_deep_as_python_reads_them(field: str) -> None:
    for depth in range(900, 1000, 3):
        text = f'{{"{field}": {"[" * depth}{"]" * depth}}}'
        assert isinstance(tried("recipes", lambda text=text: Recipe.from_json(text)), RecipeError)


@settings(max_examples=100 * FUZZ)
@given(corpus.NAMES.filter(lambda name: "\0" not in name and "\ud800" not in name))
def test_names_of_networks_weights_and_data(name: str) -> None:
    """From an untrusted recipe: none is found, and each error is one line."""
    tried("recipes", lambda: trial.check(name, 32))
    tried("recipes", lambda: loading.load(name, "random"))
    tried("recipes", lambda: loading.load("resnet18", str(Path("/nowhere") / name)))
    try:
        recipe = Recipe(data=f"/nowhere/{name}")
    except RecipeError:  # longer than a path, or half a surrogate pair
        return
    tried("recipes", lambda: datasets.load(recipe))
