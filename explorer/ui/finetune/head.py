"""The head of the page, which stays in view: what trains or would train, how far it is, its buttons."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from explorer.core.errors import ExplorerError
from explorer.experiments.comparison.labels import value_word
from explorer.models import registry
from explorer.runs import duration, store, worker
from explorer.runs.duration import Duration
from explorer.runs.events import Log
from explorer.runs.store import Entry, Run, Status
from explorer.training import probe, trainer
from explorer.training.recipe import Recipe
from explorer.ui.finetune import data_picker, recipe_form, run_monitor, tiles
from explorer.ui.layout import navigation
from explorer.ui.runs import downloads, stop_button
from explorer.ui.state import access_control
from explorer.ui.widgets import errors, markup
from explorer.ui.widgets.fragment import redraw_page, watch
from explorer.ui.words import escaped, network_name, t

MAX_LISTED = 6  # runs under way


def draw_plan(recipe: Recipe, durations: "Sequence[Future[Duration]]") -> None:
    """Draw what Start will train, and for how long."""
    train, test = data_picker.picture_counts(recipe)
    known = [each.result().seconds for each in durations if each.done() and not each.exception()]
    takes = t("finetune.head_takes", time=run_monitor.duration(known[0])) if known else ""
    _draw_facts([t("finetune.head_plan"), *facts(recipe, train, test), takes])


def draw_run(entry: Entry) -> None:
    """Draw the run's name, state and progress, which are updated while it is active, its facts and its buttons."""
    run, recipe = entry.run, entry.recipe
    assert recipe is not None
    counts = _counts(run, recipe)
    expected = _expected(recipe, run.cache, *counts)
    watch(lambda: _draw_run(run, recipe, expected, counts), entry.status.state in store.ACTIVE)


def draw_facts_on_phone(entry: Entry) -> None:
    """Draw what is trained below the head, which on a phone has no room for it; see app.css."""
    assert entry.recipe is not None
    words = facts(entry.recipe, *_counts(entry.run, entry.recipe))
    _draw_facts([_trains(entry.status.state in store.ACTIVE), *words], "phone-facts")


def draw_others(entries: Sequence[Entry]) -> None:
    """List the runs under way, each with a button that watches it."""
    if not entries:
        return
    with st.container(border=True, gap="small", key="under_way"):
        st.markdown(f"**{t('finetune.under_way')}**")
        for entry in entries[:MAX_LISTED]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                state = escaped(run_monitor.state_text(entry.status))
                st.markdown(f"{run_monitor.ICONS[entry.status.state]} **{escaped(entry.about.name)}** · {state}")
                st.button(t("finetune.watch"), icon=":material/visibility:", key=f"watch_{entry.run.id}",
                          on_click=choose, args=(entry.run.id,))  # fmt: skip
        if len(entries) > MAX_LISTED:
            st.caption(t("finetune.more_runs", count=len(entries) - MAX_LISTED))


def choose(run_id: str) -> None:
    """In a callback: watch the run; "" for none."""
    st.session_state.run = run_id
    redraw_page()


def facts(recipe: Recipe, train: int, test: int) -> list[str]:
    """What is trained, in words: network and initial weights, data set with counts, epochs."""
    weights, data = (value_word(name, getattr(recipe, name), t) for name in ("weights", "data"))
    epochs = {"epochs": recipe.epochs, **({"frozen": recipe.freeze_epochs} if recipe.freeze_epochs else {})}
    return [
        t("finetune.head_network", network=network_name(recipe.network), weights=weights),
        t("finetune.head_data", data=data, train=train, test=test) if train else data,
        t("finetune.head_frozen" if "frozen" in epochs else "finetune.head_epochs", **epochs),
    ]


def _trains(active: bool) -> str:
    return t("finetune.head_trains" if active else "finetune.head_trained")


def _counts(run: Run, recipe: Recipe) -> tuple[int, int]:
    """Training and test pictures of a run: what it has loaded, else what the data set has."""
    train, test = data_picker.picture_counts(recipe)
    opening = store.summary(run).opening or {}
    counted = opening.get("test")
    return opening.get("train", train), counted if isinstance(counted, int) else test


def _draw_facts(words: Sequence[str], kind: str = "head-facts") -> None:
    lead, *more = [word for word in words if word]
    parts = Markup(" · ").join(Markup("<span>{}</span>").format(word) for word in more)
    markup.show(Markup('<p class="{}"><b>{}</b> {}</p>').format(kind, lead, parts))


def _draw_run(run: Run, recipe: Recipe, expected: Sequence[float], counts: tuple[int, int]) -> bool:
    """Draw the run's current state; return whether it is active."""
    status, live = run_monitor.follow(run)
    active = status.state in store.ACTIVE
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head_line"):
        words = escaped(run_monitor.state_text(status))
        name = f"{run_monitor.ICONS[status.state]} {escaped(run.about().name)}"
        st.markdown(f"## {name} :small[:gray[· {words}]]", width="stretch")
        _draw_buttons(run, recipe, status)
    if active:
        with live.lock:
            st.progress(*_progress(recipe, status, live.log, live.steps_per_s(), expected))
    stop_button.draw_question(run, status.state, _act, "stop")
    _draw_facts([_trains(active), *facts(recipe, *counts)], "head-facts of-run")
    errors.show_kept("act_refused")
    if st.session_state.pop("opened", None):
        st.switch_page(navigation.path("predict"))
    return active


def _draw_buttons(run: Run, recipe: Recipe, status: Status) -> None:
    with st.container(horizontal=True, width="content", key="run_buttons"):
        if status.state in store.ACTIVE:
            stop_button.draw(run, status.state, _act, "stop")
        elif status.state in store.RESUMABLE:
            values = (status.end or {}).get("values")
            fits = values.get("fits") if isinstance(values, dict) else None
            words, fits = (t("finetune.resume_smaller", batch_size=fits), fits) if type(fits) is int else (
                t("finetune.resume"), None)  # fmt: skip
            st.button(words, type="primary", icon=":material/play_arrow:", key="resume", on_click=_act,
                      args=(_resume, run, fits))  # fmt: skip
        trained = (run.path / store.BEST_WEIGHTS).is_file() and status.state not in store.ACTIVE
        if trained and registry.is_known(recipe.network):
            st.button(t("finetune.open"), icon=":material/travel_explore:", on_click=_open_in_explorer,
                      args=(run,), help=t("finetune.open_help"), key="open_run")  # fmt: skip
        if status.epoch and status.state not in store.ACTIVE:
            with st.popover(t("finetune.download"), icon=":material/download:", key="download_run"):
                downloads.draw_buttons(run, recipe)
        st.button(t("finetune.duplicate"), icon=":material/content_copy:", on_click=_duplicate, args=(recipe,),
                  help=t("finetune.duplicate_help"), key="duplicate_run")  # fmt: skip
        st.button(t("finetune.close"), icon=":material/add:", on_click=choose, args=("",),
                  help=t("finetune.close_help"), key="close_run")  # fmt: skip


def _progress(
    recipe: Recipe, status: Status, log: Log, steps_per_s: float | None, expected: Sequence[float]
) -> tuple[float, str]:
    """Share of the epochs that is done, 0..1, and epoch, speed and time left in words."""
    opening, words = log.opening, []
    if opening:
        words.append(t("finetune.epoch_of", epoch=max(log.epoch, 1), epochs=recipe.epochs))
    if status.state == "running" and opening and steps_per_s:
        batches = max(opening["batches"], 1)
        past_s = [epoch["seconds"] or 0.0 for epoch in log.epochs]
        left_s = duration.seconds_left(expected, log.at, batches / steps_per_s, past_s)
        words.append(t("finetune.speed", speed=steps_per_s * opening["train"] / batches))
        words.append(t("finetune.left", time=run_monitor.duration(left_s)))
    elif status.state == "running" and (making := log.preparing):
        share = making["done"] / (making["total"] or 1)
        words.append(t(f"finetune.preparing_{making['what']}", share=share))
    elif status.state == "running":
        words.append(t("finetune.starting"))
    if log.epochs and (memory := log.epochs[-1].get("gpu_memory_gb")):
        words.append(t("finetune.gpu_memory", gb=memory))
    return min(log.at / recipe.epochs, 1.0), " · ".join(words) or " "


def _expected(recipe: Recipe, cache: Path, train: int, test: int) -> list[float]:
    """Seconds of each epoch by the stored speed; equal ones if there is none."""
    try:
        speed = probe.known(recipe, trainer.select_device(recipe), cache)
    except ExplorerError:  # trained elsewhere
        speed = None
    return probe.epoch_seconds(recipe, speed, train, test) if speed else [1.0] * recipe.epochs


def _act(do: Callable[..., None], run: Run, *more: int | None) -> None:
    with errors.kept("act_refused"):
        do(run, *more)


def _resume(run: Run, batch_size: int | None) -> None:
    worker.resume(run, **({"batch_size": batch_size} if batch_size else {}))
    access_control.register_started(run.id)
    worker.start_queued(run.root)


def _open_in_explorer(run: Run) -> None:
    """Open the run's weights with the test picture that it is most wrong about."""
    tiles.open_run(run, tiles.mistake(run))
    st.session_state.opened = True


def _duplicate(recipe: Recipe) -> None:
    recipe_form.set_recipe(recipe)
    redraw_page()  # the form is outside the fragment
