"""Repeat the comparison on a small scale: two queued runs, watched live; the link has their sweep's id."""

from concurrent.futures import Future

import streamlit as st

from explorer.data import cifar10
from explorer.experiments import pretraining
from explorer.experiments.comparison import gather
from explorer.experiments.comparison.results import Comparison
from explorer.runs import sweep
from explorer.runs.duration import Duration
from explorer.runs.sweep import Sweep
from explorer.training.recipe import Recipe
from explorer.ui.finetune import data_picker, run_monitor
from explorer.ui.finetune.estimate import estimates, is_measuring, was_busy
from explorer.ui.pretraining import starts
from explorer.ui.widgets.sweep_panel import SweepPanel, done_share
from explorer.ui.words import sentences, t

PANEL = SweepPanel("pretraining_sweep", "pretraining")


def draw() -> None:
    st.markdown(f"**{t('pretraining.repeat')}**")
    plan = PANEL.current()
    active = plan is not None and sweep.is_active(plan)
    durations = [] if plan else estimates([recipe()], *data_picker.picture_counts(recipe()))
    PANEL.watch(lambda: draw_plan(plan) if plan else draw_offer(durations), active or is_measuring(durations))


def recipe() -> Recipe:
    return pretraining.small("cifar10" if cifar10.find_whole_cifar10() else "digits")


def draw_offer(durations: "list[Future[Duration]]") -> bool:
    """Draw the planned runs and their estimate; return whether it is still being measured."""
    measuring = is_measuring(durations)
    chosen = recipe()
    train, _ = data_picker.picture_counts(chosen)
    st.markdown(t(f"pretraining.repeat_{chosen.data}", epochs=chosen.epochs, pictures=train))
    if not durations:
        st.caption(t("finetune.estimate_busy"))
    elif measuring:
        st.caption(t("finetune.measuring"))
    elif not durations[0].exception():
        count = len(pretraining.STARTS)
        both = sweep.estimate_seconds([chosen] * count, [durations[0].result().seconds] * count)
        st.caption(sentences(t("pretraining.estimate", time=run_monitor.duration(both)), was_busy(durations)))
    st.button(t("pretraining.start"), type="primary", icon=":material/play_arrow:", on_click=start, args=(chosen,),
              key="pretraining_start")  # fmt: skip
    return measuring


def draw_plan(plan: Sweep) -> bool:
    """Draw the runs' current state; return whether any is active."""
    sweep.poll(plan)
    comparison = gather.comparison(plan)
    active = sweep.is_active(plan)
    title = t("pretraining.curves")
    starts.draw(comparison, f"repeated {plan.id} {active}", title, height=310, saved=not active)
    if active:
        st.progress(*progress(plan, comparison))
        st.button(t("pretraining.stop"), icon=":material/stop:", on_click=PANEL.act, args=(sweep.stop_all, plan))
        return True
    if summary := starts.summary(comparison):
        st.markdown(summary)
    else:
        states = ", ".join(t(f"pretraining.state_{each.state}") for each in comparison.results)
        st.warning(t("pretraining.unfinished", states=states), icon=":material/pause_circle:")
        st.button(t("pretraining.go_on"), type="primary", icon=":material/play_arrow:", on_click=PANEL.act,
                  args=(sweep.submit, plan))  # fmt: skip
    again = recipe().changed(seed=max(run.recipe().seed for run in plan.runs) + 1)
    st.button(t("pretraining.again"), icon=":material/refresh:", on_click=start, args=(again,))
    return False


def progress(plan: Sweep, comparison: Comparison) -> tuple[float, str]:
    """Share of steps done, 0..1, and the number of finished epochs in words."""
    done, total = (
        sum(len(each.accuracy) for each in comparison.results),
        int(comparison.recipe["epochs"]) * len(comparison.results),
    )
    train, _ = data_picker.picture_counts(plan.runs[0].recipe())
    training = [each for each in comparison.results if each.state == "running"]
    now = t(f"pretraining.start_{training[0].weights}") if training else t("pretraining.waiting")
    return done_share(plan, train), t("pretraining.progress", done=done, total=total, now=now)


def start(chosen: Recipe) -> None:
    PANEL.start(sweep.grid(chosen, {"weights": pretraining.STARTS}))
