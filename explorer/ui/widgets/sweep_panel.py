"""The runs that a reader starts from a page that is not the lab: one sweep, named in the link, watched as it goes."""

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

    def watch(self, draw: Callable[[], bool], goes_on: bool) -> None:
        """`fragment.watch`, with what a button was refused below it."""

        def part() -> bool:
            still = draw()
            if still == goes_on:  # else the page is drawn once more, and says it then
                errors.show_kept(f"{self.key}_refused")
            return still

        fragment.watch(part, goes_on)

    def start(self, recipes: Sequence[Recipe]) -> None:
        """Make a sweep of `recipes`, make it the current one, and queue its runs."""
        with errors.kept(f"{self.key}_refused"):
            access_control.check_room(len(recipes))
            plan = sweep.create(recipes, self.name)
            access_control.made(plan.id, *(run.id for run in plan.runs))
            st.session_state[self.key] = plan.id
            sweep.submit(plan)
        fragment.redraw_page()  # what is redrawn, and how often, is said outside of the part that redraws alone

    def act(self, do: Callable[[Sweep], None], plan: Sweep) -> None:
        """`sweep.stop_all`, `sweep.submit`; what they refuse is said on the page."""
        with errors.kept(f"{self.key}_refused"):
            do(plan)
        fragment.redraw_page()


def share(plan: Sweep, pictures: int) -> float:
    """Of all steps of all runs, on so many training `pictures`, the share that is behind, 0..1."""
    recipes = [run.recipe() for run in plan.runs]
    steps = sum(each.epochs * math.ceil(pictures / each.batch_size) for each in recipes)
    return min(1.0, sum(store.status(run).iteration for run in plan.runs) / steps)
