"""Set freeze epochs and learning rates, press Start, and watch a network learn."""

import streamlit as st

from explorer.runs import store
from explorer.ui.finetune import head, preview, run_panel, start_panel
from explorer.ui.layout import navigation
from explorer.ui.state import access_control, url_state
from explorer.ui.words import t


def page() -> None:
    st.title(t("finetune.title"))
    newest = access_control.newest_runs(also=[url_state.asked("run")])
    listed = {entry.run.id: entry for entry in newest if entry.recipe}
    entry = listed.get(url_state.restore("run", ["", *listed], ""))
    url_state.keep(run=entry.run.id if entry else None)
    live = entry is not None and entry.status.state in store.ACTIVE
    head_box = st.container(key="head")
    head.draw_others([each for each in listed.values() if each.status.state in store.ACTIVE and each is not entry])
    with st.container(key="lab_run" if entry else "lab"):  # on a phone a run comes first: see app.css
        left, right = st.columns([4, 8], gap="large")
    with left, st.container(gap="xsmall", key="settings"):
        planned = start_panel.draw(entry.recipe if entry and live else None)
    with right:
        if entry:
            head.draw_facts_on_phone(entry)
            run_panel.draw(entry, listed.values())
        elif planned:
            preview.draw(planned[0])
    with head_box:
        if entry:
            head.draw_run(entry)
        elif planned:
            head.draw_plan(*planned)
    if not listed:
        st.info(t("finetune.no_run"), icon=":material/show_chart:")
    elif not entry:
        st.page_link(navigation.path("runs"), label=t("finetune.earlier"), icon=":material/history:")
    st.caption(t("finetune.sources"))


page()
