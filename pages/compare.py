"""Compare backbones on one data set: the stored comparison, those of this folder, or a new one."""

import streamlit as st

from explorer.experiments.comparison import gather, stored
from explorer.runs import sweep
from explorer.runs.sweep import Sweep
from explorer.ui.comparison import form, results_view, running
from explorer.ui.layout import navigation
from explorer.ui.state import access_control
from explorer.ui.widgets import linked
from explorer.ui.widgets.fragment import watch
from explorer.ui.words import t

STORED, NEW = "stored", "new"


def page() -> None:
    st.title(t("compare.title"))
    seen = access_control.visible_run_ids()
    plans = {plan.id: plan for plan in sweep.list_sweeps() if seen is None or plan.id in seen}
    chosen = choose(plans)
    if chosen == NEW:
        st.caption(t("compare.about_new"))
        form.draw()
    elif chosen == STORED:
        st.caption(t("compare.about_stored"))
        results_view.draw(stored.comparison(), None)
    else:
        watch(lambda: draw_plan(plans[chosen]), running.is_active(plans[chosen]), every_s=2)
    st.caption(t("compare.sources"))
    st.page_link(navigation.path("homework"), label=t("compare.homework_2"), icon=":material/assignment:")


def choose(plans: dict[str, Sweep]) -> str:
    """Draw the widget; return the id of the comparison, or `new` for the form."""
    options = [*([STORED] if stored.is_there() else []), *plans, NEW]
    busy = [name for name, plan in plans.items() if running.is_active(plan)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = linked.selectbox(t("compare.which"), options, key="comparison", default=(busy or options)[0],
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


def draw_plan(plan: Sweep) -> bool:
    """Draw the runs' current state; return whether any is active."""
    running.act(sweep.poll, plan)
    running.draw_refused(plan)
    running.draw_buttons(plan)
    results_view.draw(gather.comparison(plan), plan)
    return running.is_active(plan)


page()
