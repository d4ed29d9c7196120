"""Downloads of a run: everything as a zip, weights, tables, its program, TensorBoard events."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer.codegen import fine_tune
from explorer.runs import export, store
from explorer.runs.events import Log
from explorer.runs.store import Run
from explorer.training.recipe import Recipe
from explorer.ui.words import t


def draw(run: Run, recipe: Recipe) -> None:
    box = st.expander(t("runs.downloads"), key="downloads_shown", on_change="rerun", icon=":material/download:")
    if box.open:
        with box:
            draw_buttons(run, recipe)


def draw_buttons(run: Run, recipe: Recipe) -> None:
    offered: dict[str, tuple[str, Callable[[], bytes | str]]] = {
        "zip": (f"{run.id}.zip", partial(export.to_zip, run)),
        "best": (f"{run.id}-{store.BEST_WEIGHTS}", partial(export.content, run, store.BEST_WEIGHTS)),
        "last": (f"{run.id}-{store.LAST_WEIGHTS}", partial(export.content, run, store.LAST_WEIGHTS)),
        "epochs": (f"{run.id}-epochs.csv", lambda: export.epochs_csv(read_log(run))),
        "steps": (f"{run.id}-steps.csv", lambda: export.steps_csv(read_log(run))),
        "script": (f"{run.id}.py", lambda: fine_tune.fine_tune(recipe)),
        "tensorboard": (f"{run.id}-tensorboard.zip", lambda: export.tensorboard(read_log(run), run.id)),
    }
    missing = {"best": not export.has(run, store.BEST_WEIGHTS), "last": not export.has(run, store.LAST_WEIGHTS)}
    with st.container(horizontal=True):
        for name, (file, content) in offered.items():
            st.download_button(t(f"runs.download_{name}"), content, file, key=f"download_{name}", on_click="ignore",
                               help=t(f"runs.download_{name}_help"), disabled=missing.get(name, False))  # fmt: skip


def read_log(run: Run) -> Log:
    log = Log(run.path)
    log.update()
    return log
