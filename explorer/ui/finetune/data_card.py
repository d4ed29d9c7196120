"""The card of a data set: pictures by class, where the test pictures come from, what is left out, a proposed recipe."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st
from markupsafe import Markup

from explorer.data import card
from explorer.data.card import Card
from explorer.plots import pictures
from explorer.runs import public, store
from explorer.training import advice
from explorer.training.advice import Counts
from explorer.training.recipe import RECIPES, Recipe
from explorer.ui.state import data_sets, memory
from explorer.ui.widgets import markup
from explorer.ui.widgets.markup import join
from explorer.ui.words import class_names, escaped, sentences, t

SHOWN = 12  # classes with example pictures; the others are in the list of all classes
LISTED = 20  # names of files that are left out
THUMBNAIL_PX = 64


def draw(data: str) -> None:
    """Draw the card of a data set, a value of `Recipe.data`; one that the app brings is folded. Raises DataError."""
    if os.sep in data:
        card_box = st.container(border=True, gap="small", key="data_card")
    else:
        card_box = st.expander(t("data.card_show"), key="data_card_shown", on_change="rerun", icon=":material/dataset:")
        if not card_box.open:
            return
    found = read(data)
    train, test = found.counts
    shown = dict(list(found.classes.items())[:SHOWN])
    with card_box:
        name = escaped(found.name)
        st.markdown(t("data.card_title", name=f"**{name}**", classes=len(found.classes), train=train, test=test))
        markup.show(_table(found.classes, shown, _examples(data, data_sets.written(data), tuple(shown))))
        if len(found.classes) > SHOWN:
            with st.expander(t("data.card_all", count=len(found.classes))):
                markup.show(_table(found.classes, found.classes, {}))
        st.caption(sentences(*(_words(*remark) for remark in found.remarks)))
        if found.left_out:
            with st.expander(t("data.card_left_out_all", count=sum(found.left_out.values()))):
                lines = (
                    t("data.card_left_out", count=count, why=t(why), names=escaped(names))
                    for why, count, names in found.left_out_lines(LISTED)
                )
                st.markdown("\n".join(f"- {line}" for line in lines))


def draw_proposal(recipe: Recipe) -> Recipe | None:
    """Draw a recipe that fits the data better than `recipe`, if there is one; return it once it is taken."""
    found = read(recipe.data)
    proposed = advice.proposal(found.classes, found.sizes_px, recipe)
    if not proposed.changes:
        return None
    with st.container(border=True, gap="small", key="proposal"):
        st.markdown(t(proposed.key, **proposed.values))
        taken = st.button(t("data.take"), icon=":material/check:", key="take_proposal")
    return recipe.changed(**proposed.changes) if taken else None


def draw_warnings(recipe: Recipe) -> None:
    """Draw what would spoil a run of `recipe`. Raises DataError."""
    found = read(recipe.data)
    show_advice(advice.advice(found.classes, found.sizes_px, recipe))


def show_advice(messages: Iterable[advice.Message]) -> None:
    if words := [_words(*message) for message in messages]:
        st.warning("\n\n".join(words), icon=":material/warning:")


def _words(key: str, values: Mapping[str, Any]) -> str:
    """A message, with what may come from a file escaped."""
    return t(key, **{name: escaped(value) if isinstance(value, str) else value for name, value in values.items()})


def read(data: str) -> Card:
    """The card of a data set, a value of `Recipe.data`. Raises DataError; RecipeError for a path on a public server."""
    public.check(RECIPES["laptop"].changed(data=data), store.folder())
    return _look(data, data_sets.written(data))


@memory.shared
def _look(data: str, written: int) -> Card:
    return card.look(data)


@memory.shared
def _examples(data: str, written: int, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Data URIs of a few pictures of each class."""
    found = card.examples(data, _look(data, written), names)
    return {name: [pictures.thumbnail_uri(each, THUMBNAIL_PX) for each in some] for name, some in found.items()}


def _table(every: Counts, classes: Counts, examples: Mapping[str, list[str]]) -> Markup:
    """A row for each of `classes`: its name, counts with bars on the scale of `every` class, and `examples`."""
    most = max(train + test for train, test in every.values()) or 1
    row = Markup(
        '<tr><th scope="row" title="{}">{}</th><td><i style="width: {}%"></i><i style="width: {}%"></i>'
        "<span>{:,} + {:,}</span></td><td>{}</td></tr>"
    )
    rows = [
        row.format(label, label, _percent(train, most), _percent(test, most), train, test, _row(examples.get(name, [])))
        for label, (name, (train, test)) in zip(class_names(list(classes)), classes.items(), strict=True)
    ]
    return Markup('<table class="data-card"><caption>{}</caption>{}</table>').format(t("data.card_counts"), join(rows))


def _row(uris: Iterable[str]) -> Markup:
    return join(Markup('<img src="{}" alt="">').format(uri) for uri in uris)


def _percent(count: int, most: int) -> float:
    return round(90 * count / most, 1)  # 90: both bars with a minimum width fit into one line
