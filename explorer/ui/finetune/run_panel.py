"""The chosen run: its curves and predictions, result, measurements and program."""

from collections.abc import Iterable, Mapping

import streamlit as st

from explorer.codegen import fine_tune
from explorer.core import settings
from explorer.runs import store
from explorer.runs.store import Entry, Run
from explorer.training.recipe import Recipe
from explorer.ui.finetune import curves_view, printout_view, results, run_monitor
from explorer.ui.widgets.fragment import watch
from explorer.ui.words import t


def draw(entry: Entry, listed: Iterable[Entry]) -> None:
    """Draw the run `entry`; those of `listed` that have trained can be drawn beside it."""
    if settings.is_public():
        st.caption(t("server.link"))
    run, recipe, active = entry.run, entry.recipe, entry.status.state in store.ACTIVE
    assert recipe is not None
    others = curves_view.names_beside(run, listed)
    watch(lambda: draw_monitor(run, recipe, others), active)
    if not active:
        results.draw(run, recipe)
    expert = st.expander(t("finetune.expert"), key="expert", on_change="rerun", icon=":material/speed:")
    if expert.open:
        with expert:
            results.draw_expert(run)
    code = st.expander(t("bar.code"), key="code_shown", on_change="rerun", icon=":material/terminal:")
    if code.open:
        with code:
            st.markdown(t("finetune.code_help"))
            st.code(fine_tune.fine_tune(recipe), language="python", wrap_lines=True)


def draw_monitor(run: Run, recipe: Recipe, others: Mapping[str, str]) -> bool:
    """Draw the run's current state; return whether it is active."""
    status = run_monitor.draw(run, recipe, others)
    printout_view.draw(run, recipe, active=status.state in store.ACTIVE)
    return status.state in store.ACTIVE
