"""The form that starts the experiment: a preset or chosen networks, the estimate, the start button."""

from concurrent.futures import Future

import streamlit as st

from explorer.data import cifar10
from explorer.experiments import degradation
from explorer.experiments.degradation import PRESETS, Preset
from explorer.models.cifar_resnet import SHORTCUTS, Design
from explorer.runs import sweep
from explorer.runs.duration import Duration
from explorer.runs.sweep import Sweep
from explorer.training.recipe import Recipe
from explorer.ui.finetune import data_picker, recipe_form, run_monitor
from explorer.ui.finetune.estimate import estimates, is_measuring, was_busy
from explorer.ui.widgets import linked
from explorer.ui.widgets.sweep_panel import SweepPanel
from explorer.ui.words import design_name, sentences, t

OWN = "own"
DEPTHS = (8, 14, 20, 32, 44, 56, 110)
KINDS = ("none", *(each for each in SHORTCUTS if each != "none"), "preact", "b")
WIDTHS = (4, 8, 16)
LIMITS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
EPOCHS, SEEDS = range(1, 61), range(1, 6)


def draw(panel: SweepPanel, own: Sweep | None) -> None:
    st.markdown(f"**{t('why.repeat')}**")
    options = (*PRESETS, OWN)
    chosen = linked.segmented(
        t("why.preset"), options, key="why_preset", omit_default=True, label_visibility="collapsed",
        format_func=lambda each: t(f"why.preset_{each}"),
    )  # fmt: skip
    st.markdown(t(f"why.about_{chosen}"))
    preset, seeds = choose() if chosen == OWN else (PRESETS[chosen], 1)
    if not preset.designs:
        st.info(t("why.none_chosen"), icon=":material/checklist:")
        return
    recipe = preset.recipe
    names = ", ".join(design_name(each) for each in preset.designs)
    pictures, _ = data_picker.picture_counts(recipe)
    st.caption(
        t("why.plan", names=names, width=preset.designs[0].width, data=t(f"why.data_{recipe.data}"),
            pictures=pictures, epochs=recipe.epochs, batch=recipe.batch_size)
    )  # fmt: skip
    if recipe.data == "cifar10" and not cifar10.find_whole_cifar10():
        st.info(t("why.no_cifar10"), icon=":material/download:")
        data_picker.offer_cifar10()
        return
    first = 0 if own is None else 1 + max(run.recipe().seed for run in own.runs)  # each sweep uses new seeds
    recipes = preset.recipes(range(first, first + seeds))
    active = own is not None and sweep.is_active(own)
    durations = estimates(preset.recipes(), *data_picker.picture_counts(recipe))
    panel.watch(lambda: draw_start(panel, recipes, durations, seeds, active), active or is_measuring(durations))
    recipe_form.draw_limits()


def choose() -> tuple[Preset, int]:
    """Draw the widgets of a custom experiment; the preset has no designs if none is chosen."""
    there = ("cifar10", "digits") if cifar10.find_whole_cifar10() else ("digits",)
    left, right = st.columns(2, gap="medium")
    with left:
        depths = linked.multiselect(t("why.depths"), DEPTHS, key="why_depths", default=(20, 56))
        kinds = linked.multiselect(
            t("why.kinds"), KINDS, key="why_kinds", default=("none", "identity"), help=t("why.kinds_help"),
            format_func=lambda each: t(f"why.kind_{each}"),
        )  # fmt: skip
        width = linked.select_slider(t("why.width"), WIDTHS, key="why_width", default=8, help=t("why.width_help"))
    with right:
        data = linked.segmented(t("why.data"), there, key="why_data", format_func=lambda each: t(f"why.data_{each}"))
        cifar = data == "cifar10"
        limit = linked.select_slider(t("why.pictures"), LIMITS, key="why_limit", default=5_000, disabled=not cifar)
        epochs = linked.slider(t("why.epochs"), EPOCHS, key="why_epochs", default=6)
        seeds = linked.slider(t("why.seeds"), SEEDS, key="why_seeds")
    designs = degradation.ordered(make_design(depth, kind, width) for depth in depths for kind in kinds)
    base = PRESETS["lecture" if cifar else "glance"].recipe
    more = {"limit": limit} if cifar else {}
    return Preset(tuple(designs), base.changed(epochs=epochs, threads=1, **more)), seeds


def make_design(depth: int, kind: str, width: int) -> Design:
    if kind in ("preact", "b"):
        return Design(depth, projection=kind == "b", preact=kind == "preact", width=width)
    return Design(depth, kind, width=width)


def draw_start(
    panel: SweepPanel, recipes: list[Recipe], durations: "list[Future[Duration]]", seeds: int, active: bool
) -> bool:
    """Draw estimate and button; return whether runs are active or the estimate is being measured."""
    measuring = is_measuring(durations)
    if not durations and not active:
        st.caption(t("finetune.estimate_busy"))
    elif measuring:
        st.caption(t("finetune.measuring"))
    elif durations and not any(each.exception() for each in durations):
        whole = sweep.estimate_seconds(recipes, [each.result().seconds for each in durations] * seeds)
        words = t("why.estimate", time=run_monitor.duration(whole), runs=len(recipes))
        st.markdown(sentences(words, was_busy(durations)))
    st.button(
        t("why.start", runs=len(recipes)), type="primary", icon=":material/play_arrow:", key="why_start",
        on_click=start, args=(panel, recipes), disabled=active,
    )  # fmt: skip
    return active or measuring


def start(panel: SweepPanel, recipes: list[Recipe]) -> None:
    st.session_state.why_started = True
    panel.start(recipes)
