"""A run as text, in the format of the tutorial's program."""

from functools import partial

import streamlit as st

from explorer.experiments import printout
from explorer.runs import events
from explorer.runs.store import Run
from explorer.training.recipe import Recipe
from explorer.ui.finetune import live_log
from explorer.ui.words import language, t

MOST_LINES = 1000  # on screen


def draw(run: Run, recipe: Recipe, *, active: bool) -> None:
    """Draw the expander; the download is left out while `active`, since each redraw would replace its button."""
    box = st.expander(t("printout.title"), key="printout_shown", on_change="rerun", icon=":material/article:")
    if not box.open:
        return
    live = live_log.of(run)
    with live.lock:
        lines = live.cached(("printout", language()), partial(_lines, recipe, live))
        is_sampled = live.log.iteration > events.MAX_READ
    with box:
        st.caption(t("printout.about") if lines else t("printout.later"))
        if not lines:
            return
        if is_sampled:
            st.caption(t("printout.sampled"))
        if len(lines) > MOST_LINES:
            st.caption(t("printout.last", shown=MOST_LINES, count=len(lines)))
        st.code("\n".join(lines[-MOST_LINES:]), language=None, height=320)
        if not active:
            st.download_button(t("printout.download"), "\n".join(lines) + "\n", f"{run.id}.txt", "text/plain",
                               key="printout_download", icon=":material/download:", on_click="ignore")  # fmt: skip


def _lines(recipe: Recipe, live: live_log.LiveLog) -> list[str]:
    return list(printout.lines(recipe, live.log, t))
