"""The degradation experiment: stored runs and own ones as in figure 6, and the form that starts them."""

import streamlit as st

from explorer.experiments import degradation
from explorer.experiments.comparison import gather
from explorer.experiments.comparison.results import Comparison
from explorer.runs import sweep
from explorer.runs.sweep import Sweep
from explorer.ui.layout import navigation
from explorer.ui.why import curves, plan
from explorer.ui.widgets import linked
from explorer.ui.widgets.sweep_panel import SweepPanel, done_share
from explorer.ui.words import design_name, escaped, t

PANEL = SweepPanel("why_sweep", "degradation")
SHOWN = "why_shown"
OWN = "own"
STORED = ("cifar10", "digits")


def draw() -> None:
    st.markdown(t("why.about"))
    own = PANEL.current()
    if st.session_state.pop("why_started", False):  # show the runs that were just started
        st.session_state[SHOWN] = OWN
    options = [*(each for each in STORED if each in degradation.stored()), *([OWN] if own else [])]
    with st.container(horizontal=True, gap="medium"):
        chosen = linked.segmented(
            t("why.shown"), options, key=SHOWN, default=OWN if own else options[0],
            format_func=lambda each: t(f"why.shown_{each}"), label_visibility="collapsed", width="content",
        )  # fmt: skip
        curves.choose_measure()
    if chosen == OWN and own:
        PANEL.watch(lambda: draw_own(own), sweep.is_active(own))
    else:
        draw_stored(chosen, degradation.stored()[chosen])
    with st.container(border=True):
        plan.draw(PANEL, own)


def draw_stored(name: str, comparison: Comparison) -> None:
    curves.draw(comparison, f"{name} {comparison.made}")
    st.markdown(curves.summary(comparison))
    draw_details(comparison)


def draw_own(own: Sweep) -> bool:
    """Draw the runs' current state; return whether any is active."""
    sweep.poll(own)
    comparison = gather.comparison(own)
    active = sweep.is_active(own)
    if active:
        done = sum(len(each.accuracy) for each in comparison.results)
        total = int(comparison.recipe["epochs"]) * len(comparison.results)
        training = (design_name(degradation.design(each)) for each in comparison.results if each.state == "running")
        now = ", ".join(dict.fromkeys(training))
        words = t("why.progress", done=done, total=total, now=now or t("why.getting_ready"))
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.progress(done_share(own, curves.pictures_of(comparison)), words)
        right.button(t("why.stop"), icon=":material/stop:", on_click=PANEL.act, args=(sweep.stop_all, own),
                     width="stretch")  # fmt: skip
    curves.draw(comparison, f"own {own.id} {active}", saved=not active)
    if words := curves.summary(comparison):
        st.markdown(words)
    if not active and sweep.unfinished(own):
        st.warning(t("why.unfinished", left=len(sweep.unfinished(own)), runs=len(own.runs)),
                   icon=":material/pause_circle:")  # fmt: skip
        st.button(t("why.go_on"), type="primary", icon=":material/play_arrow:", on_click=PANEL.act,
                  args=(sweep.submit, own))  # fmt: skip
    draw_details(comparison)
    if not active:
        st.page_link(navigation.path("runs"), label=t("why.to_runs"), icon=":material/history:",
                     query_params={"runs": ",".join(run.id for run in own.runs[:6])})  # fmt: skip
    return active


def draw_details(comparison: Comparison) -> None:
    """Draw the table, the data, recipe and machine, and the command that repeats the runs."""
    curves.draw_table(comparison)
    recipe = comparison.recipe
    widths = {degradation.design(each).width for each in comparison.results}
    st.caption(t(
        "why.facts", data=t(f"why.data_{recipe['data']}"), pictures=curves.pictures_of(comparison),
        epochs=recipe["epochs"], batch=recipe["batch_size"], lr=recipe["lr"], schedule=recipe["schedule"],
        width=", ".join(map(str, sorted(widths))), made=escaped(comparison.origin),
    ))  # fmt: skip
    st.code(comparison.command, language="bash", wrap_lines=True)
