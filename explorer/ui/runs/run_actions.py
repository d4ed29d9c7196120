"""Actions on a run: open it, stop, cancel, resume, delete (with undo), rename, note."""

from collections.abc import Callable, Sequence

import streamlit as st

from explorer.runs import store, worker
from explorer.runs.store import Entry, Run
from explorer.ui.layout import navigation
from explorer.ui.runs import stop_button
from explorer.ui.state import access_control
from explorer.ui.widgets import errors
from explorer.ui.words import escaped, t


def act(do: Callable[..., object], *values: object) -> None:
    """Call `do(*values)`; the page shows its ExplorerError above the table."""
    with errors.kept("runs_refused"):
        do(*values)


def draw_buttons(entry: Entry) -> None:
    run, state = entry.run, entry.status.state
    if st.session_state.get("forked") == run.id and state in store.ACTIVE:
        st.success(t("runs.forked", name=escaped(entry.about.name)), icon=":material/call_split:")
    with st.container(horizontal=True):
        if st.button(t("runs.open"), icon=":material/tune:", type="primary", key="open_on_finetune"):
            st.session_state.run = run.id
            st.switch_page(navigation.path("finetune"))
        if state in store.ACTIVE:
            worker.kill_if_stuck(run)
            stop_button.draw(run, state, act, "stop_run")
        elif state in store.RESUMABLE:
            st.button(t("finetune.resume"), icon=":material/play_arrow:", key="resume_run",
                      on_click=act, args=(resume, run))  # fmt: skip
        if state != "running" and access_control.is_own(run.id):
            st.button(t("runs.delete"), icon=":material/delete:", key="delete_run",
                      on_click=act, args=(delete, [entry]))  # fmt: skip
    stop_button.draw_question(run, state, act, "stop_run")


def resume(run: Run) -> None:
    worker.resume(run)
    access_control.register_started(run.id)


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


def draw_name_and_note(entry: Entry) -> None:
    run, about = entry.run, entry.about
    name, note = f"name_{run.id}", f"note_{run.id}"
    st.text_input(
        t("runs.name"), about.name, store.MAX_NAME, key=name, on_change=save_text, args=(store.rename, run, name)
    )
    st.text_area(t("runs.note"), about.note, 68, store.MAX_NOTE, key=note, placeholder=t("runs.note_hint"),
                 on_change=save_text, args=(store.set_note, run, note))  # fmt: skip


def save_text(save: Callable[[Run, str], None], run: Run, key: str) -> None:
    act(save, run, st.session_state[key])
