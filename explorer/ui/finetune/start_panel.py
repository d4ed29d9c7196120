"""The form with the estimate below it, the name of the run and the button that starts it."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

import streamlit as st

from explorer.core import hardware
from explorer.core.errors import ExplorerError
from explorer.models import registry, weight_files
from explorer.runs import store, worker
from explorer.runs.duration import Duration, work
from explorer.runs.store import Run
from explorer.training import trainer
from explorer.training.recipe import Recipe
from explorer.ui.finetune import data_card, data_picker, recipe_form, run_monitor
from explorer.ui.finetune.estimate import estimates, is_measuring, was_busy
from explorer.ui.state import access_control
from explorer.ui.widgets import errors, gpu_notice
from explorer.ui.widgets.download_progress import progress_bar
from explorer.ui.widgets.fragment import watch
from explorer.ui.words import escaped, sentences, t

NAME: Final = "run_name"  # key of the typed name


def draw(in_training: Recipe | None) -> "tuple[Recipe, list[Future[Duration]]] | None":
    """Draw the form; return what Start trains and how long it takes, None if there is nothing to start.

    Of a recipe that does the same work as `in_training`, that of the live run on the page, the head says the time.
    """
    recipe = recipe_form.choose()
    if recipe is None or not has_weights(recipe):
        return None
    train, test = data_picker.picture_counts(recipe)
    durations = estimates([recipe], train, test) if train else []
    if in_training and work(in_training) == work(recipe):
        st.caption(t("finetune.estimate_above"))
    else:
        watch(lambda: draw_estimate(durations, train), is_measuring(durations))
    with errors.shown():
        data_card.draw_warnings(recipe)
    if st.session_state.pop("name_used", False):  # the next run is another one
        st.session_state[NAME] = ""
    usual = recipe_form.default_run_name(recipe, st.session_state.recipe_name)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.text_input(t("finetune.name"), max_chars=store.MAX_NAME, placeholder=usual, key=NAME,
                             persist_state="session")  # fmt: skip
        # No `on_click`: it would get the recipe of the previous script run, without the latest slider move
        pressed = st.button(t("finetune.start"), type="primary", icon=":material/play_arrow:", key="start")
    if pressed:
        start(recipe, (name or "").strip() or usual)
        st.rerun()
    draw_device(recipe)
    recipe_form.draw_limits()
    errors.show_kept("start_refused")
    return recipe, durations


def has_weights(recipe: Recipe) -> bool:
    """Whether the weights are on this machine; if not, offer to download them or to use others."""
    if recipe.weights not in registry.IMAGENET:
        return True
    file, _ = weight_files.published(recipe.network, recipe.weights)
    if file.is_file():
        return True
    missing = "bar.imagenet_missing" if recipe.network in registry.BACKBONES else "backbones.timm_missing"
    size_mb = 4 * registry.parameters(recipe.network) / 1e6
    words = t(missing, file=escaped(file.name), size=size_mb, folder=escaped(file.parent))
    st.info(words, icon=":material/download:")
    instead = registry.UPSTREAM if registry.UPSTREAM in registry.weights(recipe.network) else "random"
    if st.button(t("bar.imagenet_get", file=escaped(file.name)), width="stretch"):
        with progress_bar() as show:
            weight_files.get(recipe.network, recipe.weights, show)
        st.rerun()
    st.button(t(f"finetune.instead_{instead}"), on_click=recipe_form.set_recipe,
              args=(recipe.changed(weights=instead),), type="primary", width="stretch")  # fmt: skip
    return False


def draw_estimate(durations: "Sequence[Future[Duration]]", train: int) -> bool:
    """Draw how long the run would take; return whether that is still being measured."""
    measuring = is_measuring(durations)
    if not train:
        st.caption(t("finetune.estimate_later"))
    elif not durations:
        st.caption(t("finetune.estimate_busy"))
    elif measuring:
        st.caption(t("finetune.measuring"))
    elif durations[0].exception():  # e.g. a missing device, or memory in use by another program
        st.caption(t("finetune.estimate_later"))
    else:
        told = durations[0].result()
        time = run_monitor.duration(told.seconds)
        words = t("finetune.estimate_run" if told.source == "run" else "finetune.estimate", time=time, pictures=train)
        st.caption(sentences(words, was_busy(durations)))
    return measuring


def draw_device(recipe: Recipe) -> None:
    """Warn about settings that leave this machine's hardware unused."""
    if recipe.device != "cpu":
        gpu_notice.draw_problem()
    on_cpu = recipe.device == "cpu" or (recipe.device == "auto" and hardware.device_types() == ["cpu"])
    if on_cpu and recipe.precision == "bfloat16" and not hardware.has_bfloat16():
        st.warning(t("finetune.slow_bfloat16"), icon=":material/speed:")


def start(recipe: Recipe, name: str) -> None:
    with errors.kept("start_refused"):
        trainer.select_device(recipe)
        access_control.check_limits()
        submit(store.create(recipe, name))
        st.session_state.name_used = True


def submit(run: Run) -> None:
    try:
        access_control.register_runs(run.id)
        worker.submit(run)
    except ExplorerError:
        store.delete(run)  # it was never queued
        raise
    st.session_state.run = run.id
    worker.start_queued(run.root)
