"""All runs: compare several, and rename, fork, download or delete one."""

from collections.abc import Sequence

import streamlit as st

from explorer.core import settings
from explorer.runs import store, worker
from explorer.runs.store import Entry
from explorer.ui.layout import navigation
from explorer.ui.runs import downloads, filters, fork_form, run_actions, side_by_side, track
from explorer.ui.runs.track import Track
from explorer.ui.state import access_control
from explorer.ui.widgets import errors
from explorer.ui.widgets.fragment import watch
from explorer.ui.words import error_message, sentences, t

MAX_UNREADABLE = 5  # folders that cannot be read that the page lists; it counts the others


def page() -> None:
    st.title(t("runs.title"))
    if settings.is_public():
        st.caption(t("server.listed"))
    busy = is_busy(listed_runs())
    watch(lambda: draw(busy), busy, every_s=2)
    st.caption(t("runs.sources"))


def listed_runs() -> list[Entry]:
    """The newest runs, as many as asked for, and the chosen ones."""
    most = st.session_state.setdefault("runs_most", store.NEWEST)
    return access_control.newest_runs(most, also=side_by_side.chosen_ids())


def is_busy(entries: Sequence[Entry]) -> bool:
    return any(entry.status.state in store.ACTIVE for entry in entries)


def draw(was_busy: bool) -> bool:
    """Draw all but the title, and return whether a run is active; if that has changed, draw nothing: `watch` reruns."""
    run_actions.act(worker.start_queued)
    entries = listed_runs()
    if is_busy(entries) != was_busy:
        return not was_busy
    listed = track.tracks(entries)
    run_actions.draw_undo()
    errors.show_kept("runs_refused")
    if len(listed) == 1:
        st.info(t("runs.none"), icon=":material/history:")
        st.page_link(navigation.path("finetune"), label=t("runs.to_finetune"), icon=":material/tune:")
    passing, groups = filters.draw(listed)
    chosen = side_by_side.draw_table(passing, groups, listed)
    if len(entries) >= st.session_state.runs_most:
        draw_older(len(store.run_names(only=access_control.visible_run_ids())))
    shown = chosen or [each for each in passing if each.accuracy and each.entry][: side_by_side.NEWEST] or listed[-1:]
    left, right = st.columns([7, 5], gap="medium")
    with left:
        side_by_side.draw_overlay(listed, shown)
    with right:
        draw_chosen(chosen, shown)
    side_by_side.draw_families(listed, shown)
    draw_unreadable([entry for entry in entries if entry.problem])
    return was_busy


def draw_older(count: int) -> None:
    """Offer the older ones of `count` runs, if there are any."""
    most: int = st.session_state.runs_most
    if count <= most:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("runs.newest_of", most=most, count=count))
        st.button(t("runs.older", count=min(store.NEWEST, count - most)), key="runs_older", type="tertiary",
                  icon=":material/expand_more:", on_click=show_older)  # fmt: skip


def show_older() -> None:
    st.session_state.runs_most += store.NEWEST


def draw_unreadable(entries: Sequence[Entry]) -> None:
    if not entries:
        return
    listed = [f"- {error_message(entry.problem)}" for entry in entries[:MAX_UNREADABLE] if entry.problem]
    more = [f"- {t('runs.foreign_more', count=len(entries) - MAX_UNREADABLE)}"] if len(entries) > MAX_UNREADABLE else []
    st.caption("\n".join([f"{t('runs.foreign', count=len(entries))}\n", *listed, *more]))


def draw_chosen(chosen: Sequence[Track], shown: Sequence[Track]) -> None:
    entries = [each.entry for each in chosen if each.entry]
    if not chosen:
        st.caption(sentences(t("runs.hint"), t("runs.newest") if len(shown) > 1 else ""))
    if len(shown) > 1:
        if chosen:
            side_by_side.draw_sentences(chosen)
        side_by_side.draw_differences(shown)
        if len(entries) > 1 and all(access_control.is_own(entry.run.id) for entry in entries):
            st.button(t("runs.delete_several", count=len(entries)), icon=":material/delete:", key="delete_runs",
                      on_click=run_actions.act, args=(run_actions.delete, entries))  # fmt: skip
    elif entries:
        run_actions.draw_buttons(entries[0])
        if access_control.is_own(entries[0].run.id):
            run_actions.draw_name_and_note(entries[0])
        fork_form.draw(chosen[0], entries[0])
        downloads.draw(entries[0].run, chosen[0].recipe)
    elif chosen:
        st.caption(t("runs.published_help"))


page()
