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
    running = state == "running"
    is_stopping = running and bool(files.read_json(run.path / store.STOP))
    word, icon = ("stop", ":material/stop:") if running else ("cancel", ":material/close:")
    do = worker.stop if running else worker.cancel
    if st.session_state.get(ASKED) == run.id and not is_stopping:
        st.button(t(f"finetune.{word}_yes"), icon=icon, type="primary", key=f"{key}_yes", on_click=_confirmed,
                  args=(act, do, run))  # fmt: skip
        st.button(t("finetune.stop_no"), key=f"{key}_no", on_click=_ask, args=(None,))
        st.markdown(t("finetune.stop_anothers"), width="content")
        return
    words = t("finetune.stopping" if is_stopping else f"finetune.{word}")
    if settings.is_public() or access_control.started_here(run.id):
        st.button(words, icon=icon, key=key, on_click=act, args=(do, run), disabled=is_stopping)
    else:
        st.button(words, icon=icon, key=key, on_click=_ask, args=(run.id,), disabled=is_stopping)


def _ask(run_id: str | None) -> None:
    st.session_state[ASKED] = run_id


def _confirmed(act: Callable[..., None], do: Callable[[Run], None], run: Run) -> None:
    _ask(None)
    act(do, run)
