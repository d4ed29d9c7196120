"""The form with the estimate below it and the button that starts a run."""

from concurrent.futures import Future

import streamlit as st

from explorer.core import hardware
from explorer.core.errors import ExplorerError
from explorer.models import registry, weight_files
from explorer.runs import store, worker
from explorer.runs.store import Run
from explorer.training import trainer
from explorer.training.recipe import Recipe
from explorer.ui.finetune import data_card, data_picker, recipe_form, run_monitor
from explorer.ui.finetune.estimate import estimate
from explorer.ui.state import access_control
from explorer.ui.widgets import errors, gpu_notice
from explorer.ui.widgets.download_progress import progress_bar
from explorer.ui.widgets.fragment import watch
from explorer.ui.words import escaped, t


def draw(machine_is_free: bool) -> None:
    recipe = recipe_form.choose()
    if recipe is None or not has_weights(recipe):
        return
    draw_estimate(recipe, machine_is_free)
    with errors.shown():
        data_card.draw_warnings(recipe)
    # No `on_click`: it would get the recipe of the previous script run, without the latest slider move
    if st.button(t("finetune.start"), type="primary", icon=":material/play_arrow:", key="start", width="stretch"):
        start(recipe)
        st.rerun()
    draw_device(recipe)
    recipe_form.draw_limits()
    errors.show_kept("start_refused")


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


def draw_estimate(recipe: Recipe, machine_is_free: bool) -> None:
    """Draw how long the run would take; measured once per recipe, and only while nothing trains."""
    train, test = data_picker.picture_counts(recipe)
    if not train or not machine_is_free:
        st.caption(t("finetune.estimate_later" if not train else "finetune.estimate_busy"))
        return
    measurement = estimate(recipe.to_json(), recipe, train, test)
    watch(lambda: draw_seconds(measurement, train), not measurement.done())


def draw_seconds(measurement: "Future[float]", train: int) -> bool:
    """Draw the estimate; return whether it is still being measured."""
    if not measurement.done():
        st.caption(t("finetune.measuring"))
        return True
    if measurement.exception():  # e.g. a missing device, or memory in use by another program
        st.caption(t("finetune.estimate_later"))
    else:
        st.caption(t("finetune.estimate", time=run_monitor.duration(measurement.result()), pictures=train))
    return False


def draw_device(recipe: Recipe) -> None:
    """Warn about settings that leave this machine's hardware unused."""
    if recipe.device != "cpu":
        gpu_notice.draw_problem()
    on_cpu = recipe.device == "cpu" or (recipe.device == "auto" and hardware.device_types() == ["cpu"])
    if on_cpu and recipe.precision == "bfloat16" and not hardware.has_bfloat16():
        st.warning(t("finetune.slow_bfloat16"), icon=":material/speed:")


def start(recipe: Recipe) -> None:
    with errors.kept("start_refused"):
        trainer.select_device(recipe)
        access_control.check_limits()
        run = store.create(recipe, recipe_form.default_run_name(recipe, st.session_state.recipe_name))
        submit(run)


def submit(run: Run) -> None:
    try:
        access_control.register_runs(run.id)
        worker.submit(run)
    except ExplorerError:
        store.delete(run)  # it was never queued
        raise
    st.session_state.run = run.id
    worker.start_queued(run.root)
