"""All runs: compare several, and rename, fork, download or delete one."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from explorer.codegen import fine_tune
from explorer.core import files, settings
from explorer.runs import checkpoints, export, store, worker
from explorer.runs.events import Log
from explorer.runs.store import Entry, Run
from explorer.training.recipe import Recipe
from explorer.ui.finetune.recipe_form import RATES
from explorer.ui.layout import navigation
from explorer.ui.runs import side_by_side
from explorer.ui.runs.side_by_side import Track
from explorer.ui.state import access_control
from explorer.ui.widgets import errors
from explorer.ui.widgets.fragment import watch
from explorer.ui.words import error_message, escaped, sentences, t

MOST_EPOCHS = 1000  # that a recipe may have
FOREIGN = 5  # folders that are told one by one
FINETUNE = navigation.path("finetune")


def page() -> None:
    st.title(t("runs.title"))
    if settings.is_public():
        st.caption(t("server.listed"))
    busy = is_busy(store.list_runs(only=access_control.names()))
    watch(lambda: draw(busy), busy, every_s=2)
    st.caption(t("runs.sources"))


def is_busy(entries: Sequence[Entry]) -> bool:
    return any(entry.status.state in store.ACTIVE for entry in entries)


def draw(was_busy: bool) -> bool:
    """All but the title; whether a run goes on. Where that is not as it was, nothing: the page is drawn once more."""
    act(worker.start_queued)
    entries = store.list_runs(only=access_control.names())
    if is_busy(entries) != was_busy:
        return not was_busy
    listed = side_by_side.tracks(entries)
    draw_undo()
    errors.show_kept("runs_refused")
    if len(listed) == 1:
        st.info(t("runs.none"), icon=":material/history:")
        st.page_link(FINETUNE, label=t("runs.to_finetune"), icon=":material/tune:")
    chosen = side_by_side.table(listed)
    shown = (
        chosen or [track for track in listed if track.accuracy and track.entry][: side_by_side.NEWEST] or listed[-1:]
    )
    left, right = st.columns([7, 5], gap="medium")
    with left:
        side_by_side.overlay(listed, shown)
    with right:
        draw_chosen(chosen, shown)
    side_by_side.families(listed, shown)
    draw_foreign([entry for entry in entries if entry.problem])
    return was_busy


def draw_foreign(entries: Sequence[Entry]) -> None:
    if not entries:
        return
    told = [f"- {error_message(entry.problem)}" for entry in entries[:FOREIGN] if entry.problem]
    more = [f"- {t('runs.foreign_more', count=len(entries) - FOREIGN)}"] if len(entries) > FOREIGN else []
    st.caption("\n".join([f"{t('runs.foreign', count=len(entries))}\n", *told, *more]))


def draw_chosen(chosen: Sequence[Track], shown: Sequence[Track]) -> None:
    entries = [track.entry for track in chosen if track.entry]
    if not chosen:
        st.caption(sentences(t("runs.hint"), t("runs.newest") if len(shown) > 1 else ""))
    if len(shown) > 1:
        side_by_side.diff(shown)
        if len(entries) > 1 and all(access_control.is_own(entry.run.id) for entry in entries):
            st.button(t("runs.delete_several", count=len(entries)), icon=":material/delete:", key="delete_runs",
                      on_click=act, args=(delete, entries))  # fmt: skip
    elif entries:
        draw_buttons(entries[0])
        if access_control.is_own(entries[0].run.id):
            draw_words(entries[0])
        draw_fork(chosen[0], entries[0])
        draw_downloads(entries[0].run, chosen[0].recipe)
    elif chosen:
        st.caption(t("runs.published_help"))


# What can be done with one run


def act(do: Callable[..., object], *values: object) -> None:
    """Do it; what is refused is said above the table."""
    with errors.kept("runs_refused"):
        do(*values)


def draw_buttons(entry: Entry) -> None:
    run, state = entry.run, entry.status.state
    if st.session_state.get("forked") == run.id and state in store.ACTIVE:
        st.success(t("runs.forked", name=escaped(entry.about.name)), icon=":material/call_split:")
    with st.container(horizontal=True):
        if st.button(t("runs.open"), icon=":material/tune:", type="primary", key="open_on_finetune"):
            st.session_state.run = run.id
            st.switch_page(FINETUNE)
        if state == "running":
            worker.kill_if_stuck(run)
            asked = bool(files.read_json(run.path / store.STOP))
            st.button(t("finetune.stopping" if asked else "finetune.stop"), icon=":material/stop:", key="stop_run",
                      on_click=act, args=(worker.stop, run), disabled=asked)  # fmt: skip
        elif state == "queued":
            st.button(t("finetune.cancel"), icon=":material/close:", key="cancel_run",
                      on_click=act, args=(worker.cancel, run))  # fmt: skip
        elif state in store.RESUMABLE:
            st.button(t("finetune.resume"), icon=":material/play_arrow:", key="resume_run",
                      on_click=act, args=(worker.resume, run))  # fmt: skip
        if state != "running" and access_control.is_own(run.id):
            st.button(t("runs.delete"), icon=":material/delete:", key="delete_run",
                      on_click=act, args=(delete, [entry]))  # fmt: skip


def delete(entries: Sequence[Entry]) -> None:
    st.session_state.deleted = []
    for entry in entries:
        store.delete(entry.run)
        st.session_state.deleted.append((entry.run.id, entry.about.name))


def draw_undo() -> None:
    if deleted := st.session_state.get("deleted"):
        with st.container(horizontal=True, vertical_alignment="center", key="undo_delete"):
            st.markdown(t("runs.deleted", names=", ".join(escaped(name) for _, name in deleted)), width="content")
            st.button(t("runs.undo"), icon=":material/undo:", key="undo", on_click=act, args=(undo,))


def undo() -> None:
    while st.session_state.deleted:
        run_id, _ = st.session_state.deleted[0]
        store.restore(run_id)
        st.session_state.deleted.pop(0)
        st.session_state.runs_chosen.append(run_id)


def draw_words(entry: Entry) -> None:
    run, about = entry.run, entry.about
    name, note = f"name_{run.id}", f"note_{run.id}"
    st.text_input(t("runs.name"), about.name, store.MAX_NAME, key=name, on_change=write, args=(store.rename, run, name))
    st.text_area(t("runs.note"), about.note, 68, store.MAX_NOTE, key=note, placeholder=t("runs.note_hint"),
                 on_change=write, args=(store.set_note, run, note))  # fmt: skip


def write(how: Callable[[Run, str], None], run: Run, key: str) -> None:
    act(how, run, st.session_state[key])


def draw_fork(track: Track, entry: Entry) -> None:
    box = st.expander(t("runs.fork"), key="fork_shown", on_change="rerun", icon=":material/call_split:")
    if not box.open:
        return
    with box:
        st.caption(t("runs.fork_help"))
        kept, recipe = [epoch for epoch in checkpoints.kept_epochs(entry.run) if epoch < MOST_EPOCHS], track.recipe
        if not kept:
            st.caption(t("runs.fork_none"))
            return
        left, right = st.columns(2)
        with left:
            epoch = st.selectbox(t("runs.fork_epoch"), kept, format_func=partial(kept_shown, track),
                                 key=f"fork_epoch_{track.id}")  # fmt: skip
        with right:
            longer = max(recipe.epochs, epoch + 1)
            epochs = st.number_input(
                t("runs.fork_epochs"), epoch + 1, MOST_EPOCHS, longer, key=f"fork_epochs_{track.id}_{epoch}"
            )
        changes: dict[str, float] = {"epochs": epochs}
        for name in rates_to_come(recipe, epoch):
            rate = getattr(recipe, name)
            changes[name] = st.select_slider(t(f"recipe.{name}"), sorted({*RATES, rate}), rate, lambda x: f"{x:g}",
                                             key=f"fork_{name}_{track.id}")  # fmt: skip
        st.button(t("runs.fork_start"), type="primary", icon=":material/call_split:", key="fork",
                  on_click=act, args=(fork, entry, epoch, changes))  # fmt: skip


def rates_to_come(recipe: Recipe, epoch: int) -> tuple[str, ...]:
    """The learning rates that still matter after `epoch`."""
    if not recipe.freeze_epochs:
        return ("lr",)
    return ("lr", "unfreeze_lr") if epoch < recipe.freeze_epochs else ("unfreeze_lr",)


def kept_shown(track: Track, epoch: int) -> str:
    if epoch not in track.accuracy:
        return str(epoch)
    return t("runs.fork_epoch_shown", epoch=epoch, accuracy=track.accuracy[epoch])


def fork(entry: Entry, epoch: int, changes: dict[str, float]) -> None:
    name = t("runs.fork_name", name=entry.about.name, epoch=epoch)
    access_control.check_room()
    run = checkpoints.fork(entry.run, epoch, name, **changes)
    access_control.made(run.id)
    st.session_state.update(runs_chosen=[run.id], forked=run.id, fork_shown=False)
    worker.submit(run)
    worker.start_queued(run.root)


def draw_downloads(run: Run, recipe: Recipe) -> None:
    box = st.expander(t("runs.downloads"), key="downloads_shown", on_change="rerun", icon=":material/download:")
    if not box.open:
        return
    made: dict[str, tuple[str, Callable[[], bytes | str]]] = {
        "zip": (f"{run.id}.zip", partial(export.to_zip, run)),
        "best": (f"{run.id}-{store.BEST_WEIGHTS}", partial(export.content, run, store.BEST_WEIGHTS)),
        "last": (f"{run.id}-{store.LAST_WEIGHTS}", partial(export.content, run, store.LAST_WEIGHTS)),
        "epochs": (f"{run.id}-epochs.csv", lambda: export.epochs_csv(read(run))),
        "steps": (f"{run.id}-steps.csv", lambda: export.steps_csv(read(run))),
        "script": (f"{run.id}.py", lambda: fine_tune.fine_tune(recipe)),
        "tensorboard": (f"{run.id}-tensorboard.zip", lambda: export.tensorboard(read(run), run.id)),
    }
    missing = {"best": not export.has(run, store.BEST_WEIGHTS), "last": not export.has(run, store.LAST_WEIGHTS)}
    with box, st.container(horizontal=True):
        for name, (file, content) in made.items():
            st.download_button(t(f"runs.download_{name}"), content, file, key=f"download_{name}", on_click="ignore",
                               help=t(f"runs.download_{name}_help"), disabled=missing.get(name, False))  # fmt: skip


def read(run: Run) -> Log:
    log = Log(run.path)
    log.update()
    return log


page()
