"""A comparison's runs on their way: sent to the queue or the cluster, stopped, gone on with, and its list deleted."""

import os
from collections.abc import Callable

import streamlit as st

from explorer.errors import ExplorerError
from explorer.training import runs, sweep
from explorer.training.sweep import Sweep
from screen import visible
from screen.words import say, say_error


def cluster() -> str:
    """The address of the Ray cluster that trains in this server's place, "" for none."""
    return os.environ.get("EXPLORER_RAY_ADDRESS", "")


def submit(plan: Sweep) -> None:
    """Have all unfinished runs trained. Raises RunError where they cannot be, or where not all fit into the queue."""
    if cluster():
        from explorer.training import cluster as ray  # an extra, which may not be installed

        ray.submit(plan, cluster())
    else:
        sweep.submit(plan)


def is_active(plan: Sweep) -> bool:
    return any(runs.status(run).state in runs.ACTIVE for run in plan.runs)


def act(do: Callable[[Sweep], object], plan: Sweep) -> None:
    """Do it; what is refused is said by `draw_refused`."""
    try:
        do(plan)
    except ExplorerError as error:
        st.session_state.compare_refused = say_error(error)


def draw_refused() -> None:
    if refused := st.session_state.pop("compare_refused", None):
        st.error(refused, icon=":material/error:")


def draw_buttons(plan: Sweep) -> None:
    states = [runs.status(run).state for run in plan.runs]
    active = [state for state in states if state in runs.ACTIVE]
    left = sum(state in runs.RESUMABLE for state in states)
    done = states.count("finished")
    if done < len(states):
        st.progress(done / len(states), say("comparison.progress", done=done, total=len(states), active=len(active)))
    with st.container(horizontal=True, key="compare_buttons"):
        if active:
            st.button(say("comparison.stop"), icon=":material/stop:", on_click=act, args=(sweep.halt, plan),
                      key="compare_stop", help=say("comparison.stop_help"))  # fmt: skip
        if left:
            st.button(say("comparison.go_on", count=left), icon=":material/play_arrow:", on_click=act,
                      args=(go_on, plan), type="secondary" if active else "primary", key="compare_go_on")  # fmt: skip
        if not active and visible.is_own(plan.id):
            st.button(say("comparison.forget"), icon=":material/delete:", on_click=act, args=(forget, plan),
                      key="compare_forget", help=say("comparison.forget_help"))  # fmt: skip


def go_on(plan: Sweep) -> None:
    visible.check_room(sum(runs.status(run).state in runs.RESUMABLE for run in plan.runs))
    submit(plan)


def forget(plan: Sweep) -> None:
    sweep.forget(plan)
    st.session_state.pop("comparison", None)
    st.session_state.compare_redraw = True
