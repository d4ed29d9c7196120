"""Set freeze epochs and learning rates, press Start, and watch a ResNet learn."""

from collections.abc import Callable
from concurrent.futures import Future

import streamlit as st

from explorer.codegen import fine_tune
from explorer.core import files, hardware, settings
from explorer.core.errors import ExplorerError
from explorer.models import registry, weight_files
from explorer.runs import store, worker
from explorer.runs.store import Entry, Run, Status
from explorer.training import trainer
from explorer.training.recipe import Recipe
from explorer.ui.finetune import recipe_form as controls
from explorer.ui.finetune import results, run_monitor
from explorer.ui.finetune.estimate import estimate
from explorer.ui.layout import navigation
from explorer.ui.state import access_control, url_state
from explorer.ui.widgets import errors, gpu_notice
from explorer.ui.widgets.download_progress import showing
from explorer.ui.widgets.fragment import redraw_page, watch
from explorer.ui.words import escaped, t


def page() -> None:
    st.title(t("finetune.title"))
    listed = {entry.run.id: entry for entry in store.list_runs(only=access_control.names()) if entry.recipe}
    busy = [name for name, entry in listed.items() if entry.status.state in store.ACTIVE]
    chosen = url_state.restore("run", list(listed) or [""], (busy or [*listed, ""])[0])
    entry = listed.get(chosen)
    live_now = entry is not None and entry.status.state in store.ACTIVE
    with st.container(key="lab_live" if live_now else "lab"):  # on a phone such a run comes first: see `style`
        left, right = st.columns([4, 8], gap="large")
    with left:
        draw_start(worker.is_idle())
    with right:
        draw_run(entry)
    st.caption(t("finetune.sources"))


def draw_start(machine_is_free: bool) -> None:
    recipe = controls.choose()
    if recipe is None or not weights_at_hand(recipe):
        return
    draw_estimate(recipe, machine_is_free)
    if st.button(
        t("finetune.start"), type="primary", icon=":material/play_arrow:", key="start", width="stretch"
    ):  # no `on_click`: it would get the recipe of the page before, without a slider that moved a moment ago
        start(recipe)
        st.rerun()
    draw_device(recipe)
    controls.draw_limits()
    errors.show_kept("start_refused")


def weights_at_hand(recipe: Recipe) -> bool:
    """Whether the weights are here; if not, the page offers to get them, or the bundled ones in their place."""
    if recipe.weights not in registry.IMAGENET:
        return True
    file, _ = weight_files.published(recipe.network, recipe.weights)
    if file.is_file():
        return True
    missing = "bar.imagenet_missing" if recipe.network in registry.BACKBONES else "backbones.timm_missing"
    st.info(t(missing, file=escaped(file.name)), icon=":material/download:")
    instead = registry.BUNDLED[-1] if recipe.network == "resnet18" else "random"
    if st.button(t("bar.imagenet_get", file=escaped(file.name)), width="stretch"):
        with showing() as show:
            weight_files.get(recipe.network, recipe.weights, show)
        st.rerun()
    st.button(t(f"finetune.instead_{instead}"), on_click=controls.take, args=(recipe.changed(weights=instead),),
              type="primary", width="stretch")  # fmt: skip
    return False


def draw_estimate(recipe: Recipe, machine_is_free: bool) -> None:
    """How long it would take; measured once, while nothing trains."""
    train, test = controls.sizes(recipe)
    if not train or not machine_is_free:
        st.caption(t("finetune.estimate_later" if not train else "finetune.estimate_busy"))
        return
    told = estimate(recipe.to_json(), recipe, train, test)
    watch(lambda: draw_told(told, train), not told.done())


def draw_told(told: "Future[float]", train: int) -> bool:
    """Whether it is still measured."""
    if not told.done():
        st.caption(t("finetune.measuring"))
        return True
    if told.exception():  # a device that is not here, memory that another program has
        st.caption(t("finetune.estimate_later"))
    else:
        st.caption(t("finetune.estimate", time=run_monitor.duration(told.result()), pictures=train))
    return False


def draw_device(recipe: Recipe) -> None:
    """What makes the run slower than this machine is."""
    if recipe.device != "cpu":
        gpu_notice.draw_problem()
    on_cpu = recipe.device == "cpu" or (recipe.device == "auto" and hardware.device_types() == ["cpu"])
    if on_cpu and recipe.precision == "bfloat16" and not hardware.has_bfloat16():
        st.warning(t("finetune.slow_bfloat16"), icon=":material/speed:")


def start(recipe: Recipe) -> None:
    with errors.kept("start_refused"):
        trainer.select_device(recipe)
        access_control.check_room()
        run = store.create(recipe, controls.difference(recipe, st.session_state.recipe_name))
        go(run)


def go(run: Run) -> None:
    try:
        access_control.made(run.id)
        worker.submit(run)
    except ExplorerError:
        store.delete(run)  # it never waited
        raise
    st.session_state.run = run.id
    worker.start_queued(run.root)


def draw_run(entry: Entry | None) -> None:
    if entry is None:
        st.info(t("finetune.no_run"), icon=":material/show_chart:")
        return
    url_state.keep(run=entry.run.id)
    if settings.is_public():
        st.caption(t("server.link"))
    run, recipe, active = entry.run, entry.recipe, entry.status.state in store.ACTIVE
    assert recipe is not None
    watch(lambda: draw_live(run, recipe), active)
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


def draw_live(run: Run, recipe: Recipe) -> bool:
    """The run as it is now; whether it goes on."""
    status = run_monitor.draw(run, recipe)
    draw_buttons(run, recipe, status)
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
        if trained and registry.is_traceable(recipe.network):
            st.button(t("finetune.open"), icon=":material/travel_explore:", on_click=open_in_explorer,
                      args=(run, recipe), help=t("finetune.open_help"), key="open_run")  # fmt: skip
        st.button(t("finetune.duplicate"), icon=":material/content_copy:", on_click=duplicate, args=(recipe,),
                  help=t("finetune.duplicate_help"))  # fmt: skip
    if trained and not registry.is_traceable(recipe.network):
        st.caption(t("backbones.not_traced"))
    errors.show_kept("act_refused")
    if st.session_state.pop("opened", None):
        st.switch_page(navigation.path("predict"))


def duplicate(recipe: Recipe) -> None:
    controls.take(recipe)
    redraw_page()  # the settings stand outside of the part that redraws alone


def act(do: Callable[..., None], run: Run, *more: int) -> None:
    with errors.kept("act_refused"):
        do(run, *more)


def resume(run: Run, batch_size: int | None = None) -> None:
    worker.resume(run, **({"batch_size": batch_size} if batch_size else {}))
    worker.start_queued(run.root)


def open_in_explorer(run: Run, recipe: Recipe) -> None:
    st.session_state.update(network=recipe.network, weights=f"run:{run.id}", opened=True)


page()
