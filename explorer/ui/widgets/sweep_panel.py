"""The runs that a reader starts from a page that is not the lab: one sweep, named in the link, watched as it goes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.core.errors import ExplorerError
from explorer.runs import store, sweep
from explorer.runs.sweep import Sweep
from explorer.training.recipe import Recipe
from explorer.ui.layout import browser_script
from explorer.ui.state import access_control, url_state
from explorer.ui.words import error_message

REDRAW_S = 0.9


@dataclass(frozen=True)
class Planned:
    """`key` holds the sweep's id in session and link; `name` marks the sweeps that the page makes."""

    key: str
    name: str

    def current(self) -> Sweep | None:
        """The sweep that the session or the link names."""
        seen = access_control.names()
        known = {
            plan.id: plan
            for plan in sweep.list_sweeps()
            if plan.name == self.name and (seen is None or plan.id in seen)
        }
        chosen = url_state.restore(self.key, ["", *known], "")
        url_state.keep(**{self.key: chosen or None})
        return known.get(chosen)

    def watch(self, draw: Callable[[], bool], active: bool, waits: Callable[[], bool] = lambda: False) -> None:
        """Draw again and again while runs go on (`active`), or something else `waits`.

        `draw` is redrawn alone, and says whether the runs go on; when that, or `waits`, has changed, or a button was
        pressed, the page is drawn once more.
        """
        waited = waits()

        def fragment() -> None:
            try:
                now = draw()
            except ExplorerError as error:  # what redraws alone is out of the entry point's sight
                st.error(error_message(error), icon=":material/error:")
                return
            if now != active or waits() != waited or st.session_state.pop(f"{self.key}_redraw", False):
                st.rerun()
            if refused := st.session_state.pop(f"{self.key}_refused", None):
                st.error(refused, icon=":material/error:")

        st.fragment(fragment, run_every=browser_script.every(REDRAW_S if active or waited else None))()

    def start(self, recipes: Sequence[Recipe]) -> None:
        """Make a sweep of `recipes`, make it the current one, and queue its runs."""
        try:
            access_control.check_room(len(recipes))
            plan = sweep.create(recipes, self.name)
            access_control.made(plan.id, *(run.id for run in plan.runs))
            st.session_state[self.key] = plan.id
            sweep.submit(plan)
        except ExplorerError as error:
            st.session_state[f"{self.key}_refused"] = error_message(error)
        st.session_state[f"{self.key}_redraw"] = True  # what is redrawn, and how often, is told outside of the fragment

    def act(self, do: Callable[[Sweep], None], plan: Sweep) -> None:
        """`sweep.stop_all`, `sweep.submit`; what they refuse is said on the page."""
        try:
            do(plan)
        except ExplorerError as error:
            st.session_state[f"{self.key}_refused"] = error_message(error)
        st.session_state[f"{self.key}_redraw"] = True


def share(plan: Sweep, pictures: int) -> float:
    """Of all steps of all runs, on so many training `pictures`, the share that is behind, 0..1."""
    recipes = [run.recipe() for run in plan.runs]
    steps = sum(each.epochs * math.ceil(pictures / each.batch_size) for each in recipes)
    return min(1.0, sum(store.status(run).iteration for run in plan.runs) / steps)
