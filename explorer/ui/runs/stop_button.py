"""The button that stops a run or takes it out of the queue; if another session started it, a second press confirms."""

from collections.abc import Callable

import streamlit as st

from explorer.core import files, settings
from explorer.runs import store, worker
from explorer.runs.store import Run
from explorer.ui.state import access_control
from explorer.ui.words import t

ASKED = "stop_asked"  # id of the run whose stop awaits the second press


def draw(run: Run, state: str, act: Callable[..., None], key: str) -> None:
    """Draw the button of an active run. `act(do, run)` is called with a function of `worker`, in a callback."""
    word, do, icon = _action(state)
    is_stopping = state == "running" and bool(files.read_json(run.path / store.STOP))
    is_free = settings.is_public() or access_control.started_here(run.id)
    call, given = (act, (do, run)) if is_free else (_ask, (run.id,))
    words = t("finetune.stopping" if is_stopping else f"finetune.{word}")
    st.button(words, icon=icon, key=key, on_click=call, args=given, disabled=is_stopping)


def draw_question(run: Run, state: str, act: Callable[..., None], key: str) -> None:
    """Ask for the second press, if the button was pressed on another session's run that is still active."""
    if st.session_state.get(ASKED) != run.id or state not in store.ACTIVE:
        return
    word, do, icon = _action(state)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}_question"):
        st.markdown(t("finetune.stop_anothers"), width="content")
        st.button(t(f"finetune.{word}_yes"), icon=icon, type="primary", key=f"{key}_yes", on_click=_confirmed,
                  args=(act, do, run))  # fmt: skip
        st.button(t("finetune.stop_no"), key=f"{key}_no", on_click=_ask, args=(None,))


def _action(state: str) -> tuple[str, Callable[[Run], None], str]:
    """The word of the action on a run in `state`, the function that does it, and an icon."""
    if state == "running":
        return "stop", worker.stop, ":material/stop:"
    return "cancel", worker.cancel, ":material/close:"


def _ask(run_id: str | None) -> None:
    st.session_state[ASKED] = run_id


def _confirmed(act: Callable[..., None], do: Callable[[Run], None], run: Run) -> None:
    _ask(None)
    act(do, run)
