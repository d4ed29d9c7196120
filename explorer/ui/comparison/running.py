"""Run a comparison: submit it to the queue or a Ray cluster, stop it, resume it, forget it."""

import os
from collections.abc import Callable

import streamlit as st

from explorer.runs import ray_cluster, store, sweep
from explorer.runs.sweep import Sweep
from explorer.ui.finetune import run_monitor
from explorer.ui.state import access_control
from explorer.ui.widgets import errors
from explorer.ui.widgets.fragment import redraw_page
from explorer.ui.words import escaped, t


def address() -> str:
    """Address of the Ray cluster that trains instead of this server; "" for none."""
    return os.environ.get("EXPLORER_RAY_ADDRESS", "")


def submit(plan: Sweep) -> None:
    """Submit all unfinished runs. Raises RunError if they cannot be trained or do not all fit into the queue."""
    if address():
        ray_cluster.submit(plan, address())
    else:
        sweep.submit(plan)


def is_active(plan: Sweep) -> bool:
    """Whether a run is queued or training, or a Ray driver is submitting runs."""
    return ray_cluster.is_driven(plan) or sweep.is_active(plan)


def act(do: Callable[[Sweep], object], plan: Sweep) -> None:
    """Call `do(plan)`; `draw_refused` shows its ExplorerError."""
    with errors.kept("compare_refused"):
        do(plan)


def draw_refused(plan: Sweep | None = None) -> None:
    """Draw the error of the last click, and the cluster's."""
    errors.show_kept("compare_refused")
    if plan and (problem := ray_cluster.problem(plan)):
        errors.show(problem)


def draw_buttons(plan: Sweep) -> None:
    states = [store.status(run).state for run in plan.runs]
    active = [state for state in states if state in store.ACTIVE]
    left = sum(state in store.RESUMABLE for state in states)
    done = states.count("finished")
    if done < len(states):
        draw_progress(plan, t("compare.progress", done=done, total=len(states), active=len(active)))
    with st.container(horizontal=True, key="compare_buttons"):
        if is_active(plan):
            st.button(t("compare.stop"), icon=":material/stop:", on_click=act, args=(sweep.stop_all, plan),
                      key="compare_stop", help=t("compare.stop_help"))  # fmt: skip
        if left and not ray_cluster.is_driven(plan):
            st.button(t("compare.go_on", count=left), icon=":material/play_arrow:", on_click=act,
                      args=(resume, plan), type="secondary" if active else "primary", key="compare_go_on")  # fmt: skip
        if not is_active(plan) and access_control.is_own(plan.id):
            st.button(t("compare.forget"), icon=":material/delete:", on_click=act, args=(forget, plan),
                      key="compare_forget", help=t("compare.forget_help"))  # fmt: skip


def draw_progress(plan: Sweep, words: str) -> None:
    """Draw a bar of the finished epochs of all runs, and where the runs that train now are."""
    total, done, lines = 0, 0, [words]
    for run in plan.runs:
        epochs, log = run.recipe().epochs, store.summary(run).epochs
        total, done = total + epochs, done + len(log)
        if store.status(run).state == "running":
            shown = {"name": escaped(run.about().name), "epoch": min(len(log) + 1, epochs), "epochs": epochs}
            if log:
                pace = sum(epoch["seconds"] or 0.0 for epoch in log) / len(log)
                left = run_monitor.duration(pace * (epochs - len(log)))
                lines.append(t("compare.progress_left", time=left, **shown))
            else:
                lines.append(t("compare.progress_run", **shown))
    st.progress(min(done / max(total, 1), 1.0), "  \n".join(lines))


def resume(plan: Sweep) -> None:
    left = sum(store.status(run).state in store.RESUMABLE for run in plan.runs)
    store.check_visitor_limits(plan.root, plan.runs[0].about().visitor, left)  # limits of the creator, whoever resumes
    submit(plan)


def forget(plan: Sweep) -> None:
    sweep.forget(plan)
    st.session_state.pop("comparison", None)
    redraw_page()
