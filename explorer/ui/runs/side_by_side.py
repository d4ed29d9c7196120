"""Compare runs: a table to choose from, overlaid curves, differences between recipes, trees of forks."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from explorer.experiments import run_difference
from explorer.experiments.comparison.labels import value_word
from explorer.experiments.run_difference import Side
from explorer.models import registry
from explorer.plots import curves, family
from explorer.plots.family import Branch
from explorer.runs import store
from explorer.training.recipe import Recipe
from explorer.ui.finetune import run_monitor
from explorer.ui.runs.track import PUBLISHED_PICTURES, Track
from explorer.ui.state import url_state
from explorer.ui.widgets import chart_view, linked, tables
from explorer.ui.words import escaped, network_name, t, weights_name

NEWEST = 4  # runs drawn while none is chosen


def chosen_ids() -> list[str]:
    """Ids of the chosen runs: the session's, else the link's."""
    return url_state.restore_parsed("runs_chosen", lambda text: text.split(","), list, link="runs")


def draw_table(listed: Sequence[Track], groups: Sequence[str], every: Sequence[Track]) -> list[Track]:
    """Draw the table of `listed`, with their `groups` if there are any; return the chosen ones among `every`.

    A chosen run that a filter hides stays chosen. The link has ids, since row numbers change with the runs.
    """
    ids = [track.id for track in listed]
    wanted = chosen_ids()
    known = (ids, url_state.turns())
    if st.session_state.get("runs_listed") != known or "runs_table" not in st.session_state:
        st.session_state.runs_listed = known
        rows = [k for k, each in enumerate(ids) if each in wanted]
        st.session_state.runs_table = {"selection": {"rows": rows, "columns": [], "cells": []}}
    table = pd.DataFrame([_row(track) for track in listed], columns=_row_names())
    if groups:
        table.insert(1, "group", list(groups))
    state = tables.show(
        table, column_config=_columns(), key="runs_table",
        on_select="rerun", selection_mode="multi-row", placeholder="–", alt=t("runs.table_alt"),
    )  # fmt: skip
    ticked = {listed[k].id for k in state["selection"]["rows"] if k < len(listed)}
    hidden = set(wanted) - set(ids)
    chosen = [track for track in every if track.id in ticked or track.id in hidden]
    st.session_state.runs_chosen = [track.id for track in chosen]
    url_state.keep(runs=",".join(st.session_state.runs_chosen) or None)
    if names := [track.name for track in chosen if track.id in hidden]:
        st.caption(t("runs.hidden", names=", ".join(map(escaped, names))))
    return chosen


def _row(track: Track) -> dict[str, Any]:
    recipe, entry, accuracy = track.recipe, track.entry, list(track.accuracy.values())
    last, best = (100 * accuracy[-1], 100 * max(accuracy)) if accuracy else (None, None)
    shown = {"name": track.name, "last": last, "curve": accuracy, "best": best}
    recipe_shown = {name: _format_value(recipe, name) for name in ("data", "weights", "network")}
    if entry is None:
        done, state, more = recipe.epochs, t("runs.published_state"), {"time": None, "created": "", "note": ""}
    else:
        status = entry.status
        done = entry.epochs[-1]["epoch"] if entry.epochs else 0
        state = run_monitor.state_text(status)
        seconds = sum(each["seconds"] or 0 for each in entry.epochs) or None
        created = entry.about.created[:16].replace("T", " ")
        more = {"time": seconds, "created": created, "note": entry.about.note}
    return {**shown, "state": state, "epochs": f"{done} / {recipe.epochs}", **recipe_shown, **more}


def _columns() -> dict[str, Any]:
    column, words = st.column_config, {name: t(f"runs.column_{name}") for name in (*_row_names(), "group")}
    helps = {name: t(f"runs.column_{name}_help") for name in ("curve", "last", "best", "time")}
    special = {
        "name": column.TextColumn(
            words["name"], pinned=True, width=195
        ),  # a wider column would not be pinned on a phone
        "group": column.TextColumn(words["group"], width=150),
        "curve": column.LineChartColumn(words["curve"], help=helps["curve"], y_min=0, y_max=1, width=120),
        "last": column.NumberColumn(words["last"], help=helps["last"], format="%.1f%%", width=80),
        "best": column.NumberColumn(words["best"], help=helps["best"], format="%.1f%%", width=80),
        "time": column.NumberColumn(words["time"], help=helps["time"], format="%.0f s", width=70),
    }
    return {name: special.get(name, column.TextColumn(shown)) for name, shown in words.items()}


def _row_names() -> tuple[str, ...]:
    return ("name", "last", "curve", "best", "state", "epochs", "data", "weights", "network", "time", "created", "note")


def draw_overlay(listed: Sequence[Track], chosen: Sequence[Track]) -> None:
    """Draw the accuracy curves of `chosen`. A fork's curve begins at its parent's point."""
    rows: list[dict[str, Any]] = []
    for track in chosen:
        parent = track.entry.about.parent if track.entry else None
        before = next((each.accuracy for each in listed if parent and each.id == parent.run), {})
        shared = {parent.epoch: before[parent.epoch]} if parent and parent.epoch in before else {}
        rows += [{"name": track.name, "epoch": epoch, "accuracy": value}
                 for epoch, value in {**shared, **track.accuracy}.items()]  # fmt: skip
    if not rows:
        st.markdown(f"**{t('runs.overlay')}**")
        st.caption(t("runs.no_epochs"))
        return
    drawn = pd.DataFrame(rows)
    order, total = [track.name for track in chosen], max(track.recipe.epochs for track in chosen)
    names = {"epoch": t("runs.epoch"), "accuracy": t("charts.accuracy")}
    spec = chart_view.cached_spec((rows, order, total), curves.overlaid, drawn, order=order, total=total, names=names)
    alt = t("runs.overlay_alt", names=", ".join(order))
    chart_view.show(t("runs.overlay"), spec, key="runs_overlay", alt=alt, saved=not _is_active(chosen))
    if len({(track.recipe.data, track.recipe.classes) for track in chosen}) > 1:
        st.caption(t("runs.unlike"))
    else:
        own = [(value, epoch, track.name) for track in chosen for epoch, value in track.accuracy.items()]
        if own:
            value, epoch, name = max(own, key=lambda each: (each[0], -each[1]))  # of equals the first, as `summary`
            st.caption(t("runs.leads", name=escaped(name), epoch=epoch, accuracy=value))


def differences(chosen: Sequence[Track]) -> pd.DataFrame:
    """One row per recipe field that differs, one column per run."""
    rows = []
    for each in dataclasses.fields(Recipe):
        values = [getattr(track.recipe, each.name) for track in chosen]
        if any(value != values[0] for value in values):
            shown = [_format_value(track.recipe, each.name) for track in chosen]
            rows.append([t(f"recipe.{each.name}"), *shown])
    return pd.DataFrame(rows, columns=[t("runs.diff_setting"), *(track.name for track in chosen)])


def draw_sentences(chosen: Sequence[Track]) -> None:
    """Compare two of `chosen` in words; of more than two, choose which."""
    by_id = {track.id: track for track in chosen}
    st.markdown(f"**{t('difference.title')}**")
    a, b = list(by_id)[:2]
    if len(by_id) > 2:
        names = {each: track.name for each, track in by_id.items()}
        left, right = st.columns(2)
        with left:
            a = linked.selectbox(t("difference.choose"), list(names), key="runs_first", omit_default=True,
                                 format_func=names.__getitem__)  # fmt: skip
        rest = [each for each in names if each != a]
        with right:
            b = linked.selectbox(t("difference.with"), rest, key="runs_second", omit_default=True,
                                 format_func=names.__getitem__)  # fmt: skip
    first, second = by_id[a], by_id[b]
    value = lambda recipe, name: escaped(_format_value(recipe, name))  # noqa: E731
    told = run_difference.sentences(_side(first, second), _side(second, first), value, t)
    st.markdown("\n".join(f"- {each}" for each in told))


def _side(track: Track, other: Track) -> Side:
    name, recipe, accuracy = escaped(track.name), track.recipe, track.accuracy
    if track.entry is None:
        return Side(name, recipe, accuracy, PUBLISHED_PICTURES)
    pictures = (store.summary(track.entry.run).opening or {}).get("test")
    parent = track.entry.about.parent
    continues = parent.epoch if parent and parent.run == other.id else None
    return Side(name, recipe, accuracy, pictures if type(pictures) is int and pictures > 0 else None, continues)


def draw_differences(chosen: Sequence[Track]) -> None:
    st.markdown(f"**{t('runs.diff')}**")
    found = differences(chosen)
    if found.empty:
        st.caption(t("runs.diff_none"))
        return
    # a long name must not hide the next run
    columns = {name: st.column_config.TextColumn(pinned=not k, width=150) for k, name in enumerate(found.columns)}
    tables.show(found, column_config=columns, key="runs_diff", alt=t("runs.diff_alt"))


def _format_value(recipe: Recipe, name: str) -> str:
    if name == "network":
        return network_name(recipe.network)
    if name == "weights" and recipe.weights in (*registry.BUNDLED, *registry.IMAGENET, "random"):
        return weights_name(recipe.weights)
    return value_word(name, getattr(recipe, name), t)


def draw_families(listed: Sequence[Track], chosen: Sequence[Track]) -> None:
    """Draw the fork trees that contain one of `chosen`, in the colours of the curves."""
    ids = [track.id for track in chosen]
    trees = [tree for tree in family.families([_branch(track) for track in listed]) if {b.id for b in tree} & set(ids)]
    if not trees:
        return
    colours = {each: curves.RUNS[k % len(curves.RUNS)] for k, each in enumerate(ids)}
    names = {"epoch": t("runs.epoch"), "begin": t("runs.family_begin"), "end": t("runs.family_end")}
    for number, tree in enumerate(trees):
        spec = chart_view.cached_spec((tree, colours), family.tree, family.lanes(tree, colours), names=names)
        alt = t("runs.family_alt", names=", ".join(branch.name for branch in tree))
        chart_view.show(t("runs.family"), spec, key=f"runs_family_{number}", alt=alt, saved=not _is_active(chosen))
    st.caption(t("runs.family_help"))


def _is_active(shown: Sequence[Track]) -> bool:
    return any(track.entry and track.entry.status.state in store.ACTIVE for track in shown)


def _branch(track: Track) -> Branch:
    parent = track.entry.about.parent if track.entry else None
    begin = parent.epoch if parent else 0
    return Branch(track.id, track.name, parent.run if parent else None, begin, max(track.accuracy, default=begin))
