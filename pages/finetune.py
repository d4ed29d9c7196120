"""Set freeze epochs and learning rates, press Start, and watch a ResNet learn."""

import streamlit as st

from explorer.runs import store, worker
from explorer.ui.finetune import run_panel, start_panel
from explorer.ui.state import access_control, url_state
from explorer.ui.words import t


def page() -> None:
    st.title(t("finetune.title"))
    listed = {entry.run.id: entry for entry in store.list_runs(only=access_control.visible_run_ids()) if entry.recipe}
    busy = [name for name, entry in listed.items() if entry.status.state in store.ACTIVE]
    chosen = url_state.restore("run", list(listed) or [""], (busy or [*listed, ""])[0])
    entry = listed.get(chosen)
    live_now = entry is not None and entry.status.state in store.ACTIVE
    with st.container(key="lab_live" if live_now else "lab"):  # on a phone a live run comes first: see app.css
        left, right = st.columns([4, 8], gap="large")
    with left:
        start_panel.draw(worker.is_idle())
    with right:
        run_panel.draw(entry, listed.values())
    st.caption(t("finetune.sources"))


page()
