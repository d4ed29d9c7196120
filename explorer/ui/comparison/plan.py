"""The plan of a new comparison: its runs, those left out and why, how long they take, and the start."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from explorer.core import settings
from explorer.core.errors import ExplorerError, RecipeError
from explorer.data.names import source_name
from explorer.experiments.comparison import gather
from explorer.experiments.comparison.labels import weights_word
from explorer.experiments.comparison.sentences import SCRATCH
from explorer.models import registry, trial, weight_files
from explorer.runs import public, store, sweep, worker
from explorer.runs.duration import Duration
from explorer.training.recipe import Recipe
from explorer.ui.comparison import running
from explorer.ui.finetune import data_picker, recipe_form, run_monitor
from explorer.ui.finetune.estimate import estimates, is_measuring, was_busy
from explorer.ui.state import access_control
from explorer.ui.widgets import errors, tables
from explorer.ui.widgets.download_progress import progress_bar
from explorer.ui.widgets.fragment import watch
from explorer.ui.words import error_message, escaped, sentences, t


@dataclass(frozen=True)
class Choice:
    """The form's values: one recipe, and what varies."""

    recipe: Recipe
    backbones: tuple[str, ...]
    weights: tuple[str, ...]
    sizes: tuple[int, ...]
    seeds: int


@dataclass(frozen=True)
class Plan:
    """`recipes` in order of execution; `left_out` has a sentence on each combination that is left out."""

    recipes: tuple[Recipe, ...]
    left_out: tuple[str, ...]


def make_plan(choice: Choice) -> Plan:
    recipes: list[Recipe] = []
    refused: list[str] = []
    lacking: dict[str, list[str]] = {}
    for name in choice.backbones:
        offered = registry.weights(name)
        for each in choice.weights:
            if each not in offered:
                lacking.setdefault(each, []).append(name)
        for size in choice.sizes:
            try:
                recipes += sweep.comparison_recipes(choice.recipe, [name], choice.weights, range(choice.seeds), [size])
            except RecipeError as error:
                if error.key != "errors.sweep_empty":
                    refused.append(error_message(error))
    lacks = [
        t("compare.lacking", weights=weights_word(each, t), names=escaped(", ".join(names)))
        for each, names in lacking.items()
    ]
    return Plan(tuple(recipes), (*lacks, *refused))


def draw(choice: Choice) -> None:
    plan = make_plan(choice)
    if plan.left_out:
        st.caption("\n".join(f"- {sentence}" for sentence in plan.left_out))
    running.draw_refused()
    if not plan.recipes:
        st.info(t("compare.nothing_left"), icon=":material/block:")
        return
    if len(names := {each.network for each in plan.recipes if each.weights != SCRATCH}) < 2:
        kind = "one_pretrained" if names else "none_pretrained"
        st.warning(t(f"report.caution_{kind}", name=escaped(", ".join(names))), icon=":material/school:")
    train, test = data_picker.picture_counts(plan.recipes[0])
    kinds = [recipe for recipe in plan.recipes if recipe.seed == plan.recipes[0].seed]
    durations = estimates(kinds, train, test) if train and not running.address() else []
    watch(lambda: draw_runs(kinds, durations, choice.seeds), is_measuring(durations))
    draw_missing_weights(plan.recipes)
    draw_limits(plan.recipes)
    default = t("compare.default_name", count=len(choice.backbones), data=source_name(Path(plan.recipes[0].data)),
                  epochs=choice.recipe.epochs)  # fmt: skip
    name = st.text_input(t("compare.name"), max_chars=store.MAX_NAME, placeholder=default, key="new_name",
                         persist_state="session")  # fmt: skip
    st.button(t("compare.start", count=len(plan.recipes)), type="primary", icon=":material/play_arrow:",
              on_click=start, args=(plan.recipes, name or default), key="compare_start", width="stretch")  # fmt: skip
    st.caption(t("compare.command"))
    st.code(gather.command(list(map(public.redacted_recipe, plan.recipes))), language="bash", wrap_lines=True)


def draw_runs(kinds: Sequence[Recipe], durations: "Sequence[Future[Duration]]", seeds: int) -> bool:
    """Draw a row per recipe (all its seeds) and the estimated times; return whether they are still being measured."""
    measuring = is_measuring(durations)
    known = [each.result().seconds if each.done() and not each.exception() else None for each in durations]
    known = known or [None] * len(kinds)
    costs = [trial.cost(each.network, each.image_size) for each in kinds]
    rows = pd.DataFrame({
        "network": [each.network for each in kinds],
        "weights": [weights_word(each.weights, t) for each in kinds],
        "image_px": [each.image_size for each in kinds],
        "seeds": seeds,
        "seconds": known,
        "parameters": [cost.parameters / 1e6 for cost in costs],
        "multiply_adds": [cost.multiply_adds / 1e6 for cost in costs],
    })  # fmt: skip
    column = st.column_config
    tables.show(
        rows, key="compare_plan", placeholder="…", alt=t("compare.plan_alt"),
        height=min(35 * len(rows) + 38, 360),
        column_config={
            **{name: column.TextColumn(t(f"report.column_{name}")) for name in ("network", "weights")},
            "image_px": column.NumberColumn("px", width=45),
            "seeds": column.NumberColumn(t("report.column_seeds"), width=55),
            "seconds": column.NumberColumn(t("compare.estimated_seconds"), format="%.0f", width=85),
            "parameters": column.NumberColumn(t("report.column_parameters"), format="%.2f M", width=85),
            "multiply_adds": column.NumberColumn(t("report.column_multiply_adds"), format="%.2f M", width=95),
        },
    )  # fmt: skip
    measured = [seconds for seconds in known if seconds is not None]
    if running.address():
        st.caption(t("compare.on_cluster", address=escaped(running.address())))
    elif not durations:
        st.caption(t("compare.estimate_later" if worker.is_idle() else "finetune.estimate_busy"))
    elif measuring:
        st.caption(t("compare.measuring", done=len(measured), total=len(known)))
    elif len(measured) < len(known):
        st.caption(t("compare.estimate_later"))
    else:
        whole = run_monitor.duration(sweep.estimate_seconds([*kinds] * seeds, measured * seeds))
        st.markdown(sentences(t("compare.estimate", time=whole, count=seeds * len(kinds)), was_busy(durations)))
    return measuring


def draw_missing_weights(recipes: Sequence[Recipe]) -> None:
    """Draw which published weights are missing, and a button that downloads them."""
    wanted = dict.fromkeys((each.network, each.weights) for each in recipes if each.weights in registry.IMAGENET)
    missing = [each for each in wanted if not weight_files.published(*each)[0].is_file()]
    if not missing:
        return
    st.info(t("compare.missing", count=len(missing), names=escaped(", ".join(name for name, _ in missing))),
            icon=":material/download:")  # fmt: skip
    if st.button(t("compare.get_weights", count=len(missing)), key="compare_get"):
        with errors.shown():
            with progress_bar() as show:
                for name, weights in missing:
                    weight_files.get(name, weights, progress=show)
            st.rerun()


def draw_limits(recipes: Sequence[Recipe]) -> None:
    """Warn if the runs exceed the queue, and draw this server's limits."""
    if running.address():
        return
    room = settings.limit("EXPLORER_MAX_QUEUED") - len(store.waiting(store.folder())) + worker.is_idle()
    if len(recipes) > room:
        st.warning(t("compare.queue_room", room=max(room, 0), count=len(recipes)), icon=":material/hourglass_top:")
    recipe_form.draw_limits()


def start(recipes: Sequence[Recipe], name: str) -> None:
    try:
        access_control.check_limits(len(recipes))
        made = sweep.create(recipes, name)
    except ExplorerError as error:
        st.session_state.compare_refused = error_message(error)
        return
    access_control.register_runs(made.id, *(run.id for run in made.runs))
    try:
        running.submit(made)
    except ExplorerError as error:
        st.session_state.compare_refused = error_message(error)
        if not running.is_active(made):  # none was submitted
            for run in made.runs:
                store.delete(run)
            sweep.forget(made)
            return
    st.session_state.comparison = made.id
