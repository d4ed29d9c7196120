"""The chosen run: its monitor, buttons, result, measurements and program."""

from collections.abc import Callable, Iterable, Mapping

import streamlit as st

from explorer.codegen import fine_tune
from explorer.core import files, settings
from explorer.models import registry
from explorer.runs import store, worker
from explorer.runs.store import Entry, Run, Status
from explorer.training.recipe import Recipe
from explorer.ui.finetune import curves_view, printout_view, recipe_form, results, run_monitor, tiles
from explorer.ui.layout import navigation
from explorer.ui.runs import downloads
from explorer.ui.state import url_state
from explorer.ui.widgets import errors
from explorer.ui.widgets.fragment import redraw_page, watch
from explorer.ui.words import t


def draw(entry: Entry | None, listed: Iterable[Entry] = ()) -> None:
    """Draw the run `entry`; those of `listed` that have trained can be drawn beside it."""
    if entry is None:
        st.info(t("finetune.no_run"), icon=":material/show_chart:")
        return
    url_state.keep(run=entry.run.id)
    if settings.is_public():
        st.caption(t("server.link"))
    run, recipe, active = entry.run, entry.recipe, entry.status.state in store.ACTIVE
    assert recipe is not None
    others = curves_view.names_beside(run, listed)
    watch(lambda: draw_monitor(run, recipe, others), active)
    if not active:
        results.draw(run, recipe)
        if entry.status.epoch:
            downloads.draw(run, recipe)
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
    draw_buttons(run, recipe, status)
    printout_view.draw(run, recipe, active=status.state in store.ACTIVE)
    return status.state in store.ACTIVE


def draw_buttons(run: Run, recipe: Recipe, status: Status) -> None:
    with st.container(horizontal=True, key="run_buttons"):
        if status.state == "running":
            asked = files.read_json(run.path / store.STOP)
            words = t("finetune.stopping") if asked else t("finetune.stop")
            st.button(words, icon=":material/stop:", on_click=act, args=(worker.stop, run), disabled=bool(asked))
        elif status.state == "queued":
            st.button(t("finetune.cancel"), icon=":material/close:", on_click=act, args=(worker.cancel, run))
        elif status.state in store.RESUMABLE:
            values = (status.end or {}).get("values")
            fits = values.get("fits") if isinstance(values, dict) else None
            if type(fits) is int:
                st.button(t("finetune.resume_smaller", batch_size=fits), type="primary", icon=":material/play_arrow:",
                          on_click=act, args=(resume, run, fits))  # fmt: skip
            else:
                st.button(t("finetune.resume"), type="primary", icon=":material/play_arrow:",
                          on_click=act, args=(resume, run))  # fmt: skip
        trained = (run.path / store.BEST_WEIGHTS).is_file() and status.state not in store.ACTIVE
        if trained and registry.is_known(recipe.network):
            st.button(t("finetune.open"), icon=":material/travel_explore:", on_click=open_in_explorer,
                      args=(run,), help=t("finetune.open_help"), key="open_run")  # fmt: skip
        st.button(t("finetune.duplicate"), icon=":material/content_copy:", on_click=duplicate, args=(recipe,),
                  help=t("finetune.duplicate_help"))  # fmt: skip
    errors.show_kept("act_refused")
    if st.session_state.pop("opened", None):
        st.switch_page(navigation.path("predict"))


def duplicate(recipe: Recipe) -> None:
    recipe_form.set_recipe(recipe)
    redraw_page()  # the form is outside the fragment


def act(do: Callable[..., None], run: Run, *more: int) -> None:
    with errors.kept("act_refused"):
        do(run, *more)


def resume(run: Run, batch_size: int | None = None) -> None:
    worker.resume(run, **({"batch_size": batch_size} if batch_size else {}))
    worker.start_queued(run.root)


def open_in_explorer(run: Run) -> None:
    """Open the run's weights with the test picture that it is most wrong about."""
    tiles.open_run(run, tiles.mistake(run))
    st.session_state.opened = True
