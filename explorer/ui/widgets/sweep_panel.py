"""A sweep of runs that a page other than Fine-tune starts and watches; its id is in the session and the link."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.runs import store, sweep
from explorer.runs.sweep import Sweep
from explorer.training.recipe import Recipe
from explorer.ui.state import access_control, url_state
from explorer.ui.widgets import errors, fragment


@dataclass(frozen=True)
class SweepPanel:
    """`key` is where session and link hold the sweep's id; `name` identifies the sweeps of this page."""

    key: str
    name: str

    def current(self) -> Sweep | None:
        """The sweep that the session or the link names, or None."""
        seen = access_control.visible_run_ids()
        known = {
            plan.id: plan
            for plan in sweep.list_sweeps()
            if plan.name == self.name and (seen is None or plan.id in seen)
        }
        chosen = url_state.restore(self.key, ["", *known], "")
        url_state.keep(**{self.key: chosen or None})
        return known.get(chosen)

    def watch(self, draw: Callable[[], bool], goes_on: bool) -> None:
        """`fragment.watch`, with the error of a button click below it."""

        def part() -> bool:
            still = draw()
            if still == goes_on:  # else the whole page reruns and shows the error then
                errors.show_kept(f"{self.key}_refused")
            return still

        fragment.watch(part, goes_on)

    def start(self, recipes: Sequence[Recipe]) -> None:
        """Create a sweep of `recipes`, make it the current one, and queue its runs."""
        with errors.kept(f"{self.key}_refused"):
            access_control.check_limits(len(recipes))
            plan = sweep.create(recipes, self.name)
            access_control.register_runs(plan.id, *(run.id for run in plan.runs))
            st.session_state[self.key] = plan.id
            sweep.submit(plan)
        fragment.redraw_page()  # the refresh interval is set outside the fragment

    def act(self, do: Callable[[Sweep], None], plan: Sweep) -> None:
        """Call `do(plan)`, such as `sweep.stop_all`; its error is shown on the page."""
        with errors.kept(f"{self.key}_refused"):
            do(plan)
        fragment.redraw_page()


def done_share(plan: Sweep, pictures: int) -> float:
    """Share of all steps of all runs that are done, 0..1, for `pictures` training pictures."""
    recipes = [run.recipe() for run in plan.runs]
    steps = sum(each.epochs * math.ceil(pictures / each.batch_size) for each in recipes)
    return min(1.0, sum(store.status(run).iteration for run in plan.runs) / steps)
