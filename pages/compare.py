"""Backbones beside one another on one data set: a comparison of ours, those of this folder, or a new one."""

import streamlit as st

from explorer.core.errors import ExplorerError
from explorer.experiments.comparison import gather, stored
from explorer.runs import sweep
from explorer.runs.sweep import Sweep
from explorer.ui.comparison import board, course, form
from explorer.ui.layout import browser_script
from explorer.ui.state import access_control, url_state
from explorer.ui.words import error_message, t

REDRAW_S = 2.0  # while runs go on
STORED, NEW = "stored", "new"


def page() -> None:
    st.title(t("compare.title"))
    seen = access_control.names()
    plans = {plan.id: plan for plan in sweep.list_sweeps() if seen is None or plan.id in seen}
    chosen = choose(plans)
    if chosen == NEW:
        st.caption(t("compare.about_new"))
        form.draw()
    elif chosen == STORED:
        st.caption(t("compare.about_stored"))
        board.draw(stored.comparison(), None)
    else:
        active = course.is_active(plans[chosen])
        st.fragment(watch, run_every=browser_script.every(REDRAW_S if active else None))(plans[chosen], active)
    st.caption(t("compare.sources"))


def choose(plans: dict[str, Sweep]) -> str:
    """The id of what is on screen; `new` is the form."""
    options = [*([STORED] if stored.is_there() else []), *plans, NEW]
    busy = [name for name, plan in plans.items() if course.is_active(plan)]
    chosen = url_state.restore("comparison", options, (busy or options)[0])
    url_state.keep(comparison=chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(t("compare.which"), options, key="comparison", persist_state="session",
                     format_func=lambda name: named(name, plans))  # fmt: skip
        if chosen != NEW:
            st.button(t("compare.new"), icon=":material/add:", on_click=begin, key="compare_new")
    return chosen


def named(name: str, plans: dict[str, Sweep]) -> str:
    if name in (STORED, NEW):
        return t(f"compare.{name}")
    plan = plans[name]
    return f"{plan.name} · {plan.created[:16].replace('T', ' ')}"


def begin() -> None:
    st.session_state.comparison = NEW


def watch(plan: Sweep, active: bool) -> None:
    """The part that redraws alone while runs go on; when the last has ended, the whole page is drawn once more."""
    try:
        course.act(sweep.poll, plan)
        course.draw_refused(plan)
        course.draw_buttons(plan)
        board.draw(gather.comparison(plan), plan)
    except ExplorerError as error:  # what redraws alone is out of the entry point's sight
        st.error(error_message(error), icon=":material/error:")
        return
    if active != course.is_active(plan) or st.session_state.pop("compare_redraw", False):
        st.rerun()


page()
