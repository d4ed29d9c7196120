"""The comparison once more, small, by the reader: two runs through the queue, watched live, found again by the link."""

import math
from collections.abc import Callable
from concurrent.futures import Future

import streamlit as st

from explorer.comparison import gather
from explorer.comparison.results import Comparison
from explorer.errors import ExplorerError
from explorer.training import data, pretraining, runs, sweep, worker
from explorer.training.recipe import Recipe
from explorer.training.sweep import Sweep
from screen import link, live, visible
from screen import recipe as controls
from screen.estimate import estimate
from screen.pretraining import starts
from screen.words import say, say_error

KEY = "pretraining_sweep"
NAME = "pretraining"  # of the sweeps that this page makes
REDRAW_S = 0.9
BEGIN_S = 5.0  # of a worker, until its first step


def draw() -> None:
    st.markdown(f"**{say('pretraining.repeat')}**")
    plan = current()
    active = plan is not None and sweep.is_active(plan)
    told = None if plan or not worker.is_idle() else estimate(recipe().to_json(), recipe(), *controls.sizes(recipe()))
    waits = told is not None and not told.done()
    st.fragment(watch, run_every=REDRAW_S if active or waits else None)(plan, told, active, waits)


def recipe() -> Recipe:
    return pretraining.small("cifar10" if data.find_whole_cifar10() else "digits")


def current() -> Sweep | None:
    """The sweep that the session or the link names."""
    seen = visible.names()
    known = {plan.id: plan for plan in sweep.list_sweeps() if plan.name == NAME and (seen is None or plan.id in seen)}
    chosen = link.restore(KEY, ["", *known], "")
    link.keep(**{KEY: chosen or None})
    return known.get(chosen)


def watch(plan: Sweep | None, told: "Future[float] | None", active: bool, waits: bool) -> None:
    """What redraws alone; when the runs have begun or ended, or the estimate is there, the page is drawn once more."""
    try:
        now = draw_plan(plan) if plan else draw_offer(told)
    except ExplorerError as error:  # what redraws alone is out of the entry point's sight
        st.error(say_error(error), icon=":material/error:")
        return
    still_waits = told is not None and not told.done()
    if now != active or waits != still_waits or st.session_state.pop("pretraining_redraw", False):
        st.rerun()
    if refused := st.session_state.pop("pretraining_refused", None):
        st.error(refused, icon=":material/error:")


def draw_offer(told: "Future[float] | None") -> bool:
    chosen = recipe()
    train, _ = controls.sizes(chosen)
    st.markdown(say(f"pretraining.repeat_{chosen.data}", epochs=chosen.epochs, pictures=train))
    if told is None:
        st.caption(say("finetune.estimate_busy"))
    elif not told.done():
        st.caption(say("finetune.measuring"))
    elif not told.exception():
        count = len(pretraining.STARTS)
        both = sweep.lasting([chosen] * count, [BEGIN_S + told.result()] * count)
        st.caption(say("pretraining.estimate", time=live.duration(both)))
    st.button(say("pretraining.start"), type="primary", icon=":material/play_arrow:", on_click=start, args=(chosen,),
              key="pretraining_start")  # fmt: skip
    return False


def draw_plan(plan: Sweep) -> bool:
    """The runs as they are now; whether any goes on."""
    sweep.tend(plan)
    found = gather.of(plan)
    active = sweep.is_active(plan)
    starts.draw(found, f"repeated {plan.id} {active}", height=310)
    if active:
        st.progress(*progress(plan, found))
        st.button(say("pretraining.stop"), icon=":material/stop:", on_click=act, args=(sweep.halt, plan))
        return True
    if said := starts.said(found):
        st.markdown(said)
    else:
        states = ", ".join(say(f"pretraining.state_{each.state}") for each in found.results)
        st.warning(say("pretraining.unfinished", states=states), icon=":material/pause_circle:")
        st.button(say("pretraining.go_on"), type="primary", icon=":material/play_arrow:", on_click=act,
                  args=(sweep.submit, plan))  # fmt: skip
    again = recipe().changed(seed=max(run.recipe().seed for run in plan.runs) + 1)
    st.button(say("pretraining.again"), icon=":material/refresh:", on_click=start, args=(again,))
    return False


def progress(plan: Sweep, found: Comparison) -> tuple[float, str]:
    """The share of all steps that is behind, and how many epochs have ended."""
    done, total = sum(len(each.accuracy) for each in found.results), int(found.recipe["epochs"]) * len(found.results)
    train, _ = controls.sizes(plan.runs[0].recipe())
    steps = total * math.ceil(train / int(found.recipe["batch_size"]))
    share = min(1.0, sum(runs.status(run).iteration for run in plan.runs) / steps)
    training = [each for each in found.results if each.state == "running"]
    now = say(f"pretraining.start_{training[0].weights}") if training else say("pretraining.waiting")
    return share, say("pretraining.progress", done=done, total=total, now=now)


def start(chosen: Recipe) -> None:
    try:
        visible.check_room(2)
        plan = sweep.create(sweep.grid(chosen, {"weights": pretraining.STARTS}), NAME)
        visible.made(plan.id, *(run.id for run in plan.runs))
        st.session_state[KEY] = plan.id
        sweep.submit(plan)
    except ExplorerError as error:
        st.session_state.pretraining_refused = say_error(error)
    st.session_state.pretraining_redraw = True  # what is redrawn, and how often, is told outside of the fragment


def act(do: Callable[[Sweep], None], plan: Sweep) -> None:
    try:
        do(plan)
    except ExplorerError as error:
        st.session_state.pretraining_refused = say_error(error)
    st.session_state.pretraining_redraw = True
