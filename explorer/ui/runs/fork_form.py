"""The form that forks a run: continue from one of its checkpoints with other epochs or learning rates."""

from functools import partial

import streamlit as st

from explorer.runs import checkpoints, worker
from explorer.runs.store import Entry
from explorer.training.recipe import Recipe
from explorer.ui.finetune.recipe_form import RATES
from explorer.ui.runs.run_actions import act
from explorer.ui.runs.track import Track
from explorer.ui.state import access_control
from explorer.ui.words import t

MAX_EPOCHS = 1000  # the largest number of epochs that a recipe may have


def draw(track: Track, entry: Entry) -> None:
    box = st.expander(t("runs.fork"), key="fork_shown", on_change="rerun", icon=":material/call_split:")
    if not box.open:
        return
    with box:
        st.caption(t("runs.fork_help"))
        kept, recipe = [epoch for epoch in checkpoints.kept_epochs(entry.run) if epoch < MAX_EPOCHS], track.recipe
        if not kept:
            st.caption(t("runs.fork_none"))
            return
        left, right = st.columns(2)
        with left:
            epoch = st.selectbox(t("runs.fork_epoch"), kept, format_func=partial(epoch_label, track),
                                 key=f"fork_epoch_{track.id}")  # fmt: skip
        with right:
            longer = max(recipe.epochs, epoch + 1)
            epochs = st.number_input(
                t("runs.fork_epochs"), epoch + 1, MAX_EPOCHS, longer, key=f"fork_epochs_{track.id}_{epoch}"
            )
        changes: dict[str, float] = {"epochs": epochs}
        for name in remaining_rates(recipe, epoch):
            rate = getattr(recipe, name)
            changes[name] = st.select_slider(t(f"recipe.{name}"), sorted({*RATES, rate}), rate, lambda x: f"{x:g}",
                                             key=f"fork_{name}_{track.id}")  # fmt: skip
        st.button(t("runs.fork_start"), type="primary", icon=":material/call_split:", key="fork",
                  on_click=act, args=(fork, entry, epoch, changes))  # fmt: skip


def remaining_rates(recipe: Recipe, epoch: int) -> tuple[str, ...]:
    """Names of the learning rates that apply after `epoch`."""
    if not recipe.freeze_epochs:
        return ("lr",)
    return ("lr", "unfreeze_lr") if epoch < recipe.freeze_epochs else ("unfreeze_lr",)


def epoch_label(track: Track, epoch: int) -> str:
    if epoch not in track.accuracy:
        return str(epoch)
    return t("runs.fork_epoch_shown", epoch=epoch, accuracy=track.accuracy[epoch])


def fork(entry: Entry, epoch: int, changes: dict[str, float]) -> None:
    name = t("runs.fork_name", name=entry.about.name, epoch=epoch)
    access_control.check_limits()
    run = checkpoints.fork(entry.run, epoch, name, **changes)
    access_control.register_runs(run.id)
    st.session_state.update(runs_chosen=[run.id], forked=run.id, fork_shown=False)
    worker.submit(run)
    worker.start_queued(run.root)
