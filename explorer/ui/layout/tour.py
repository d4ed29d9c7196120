"""A short tour: a bar leads through five views on different pages, asks a question at each, and ends in a summary.

Its position is in the session and in the link, as `tour=2`. The home page offers the tour until it is finished, left or
declined; a cookie remembers that.
"""

from collections.abc import Mapping
from typing import Final, Literal, NoReturn

import streamlit as st

from explorer.ui.layout import browser_script, navigation
from explorer.ui.server import streamlit_private
from explorer.ui.state import url_state
from explorer.ui.words import t

STOPS: Final[Mapping[str, Mapping[str, str | int]]] = {
    "source": {"block": "layer1.0", "step": "add"},
    "diagrams": {"diagrams_part": "browse", "zoom": "network"},
    "shortcut": {"shortcut_part": "change", "block": "layer1.0", "change_scope": "one", "change_alpha": 100,
                 "change_beta": 0},
    "features": {"features_part": "maps", "maps_order": "energy"},
    "finetune": {},
}  # fmt: skip
"""Page -> choices made there, by their names in the session and in a link."""

COOKIE: Final = "tour_over"


def draw(page: str) -> None:
    """Draw the tour's bar above the page; on the home page the offer, if the tour has not begun."""
    state = st.session_state
    is_new, at = "tour" not in state, url_state.restore("tour", range(len(STOPS) + 1), 0)
    if state.get("tour_over"):  # Back does not begin it again
        state.tour = 0
    elif is_new and at and not url_state.is_back():
        if page != page_of_stop(state.tour):
            go_to_stop(state.tour)
        state.update({name: value for name, value in STOPS[page].items() if name not in st.query_params})
    url_state.keep(tour=state.tour or None)
    if state.pop("tour_ended", False):
        browser_script.set_cookie(COOKIE)
    if state.tour:
        draw_bar(state.tour, page)
    elif state.get("tour_summary"):
        draw_summary()
    elif page == "home" and is_offered():
        with bar_container():
            st.markdown(t("tour.offer"), width="stretch")
            draw_start_button()
            st.button(t("tour.decline"), on_click=end, type="tertiary")


def draw_bar(number: int, page: str) -> None:
    place = t("tour.place", number=number, count=len(STOPS))
    here = page == page_of_stop(number)
    is_last = number == len(STOPS)
    with bar_container():
        st.markdown(f"**{place}** · {t(f'tour.stop_{page}' if here else 'tour.elsewhere')}", width="stretch")
        if not here:
            if st.button(t("tour.back"), type="primary", icon=":material/undo:", key="tour_back"):
                go_to_stop(number)
        elif not is_last and st.button(
            t("tour.next"), type="primary", icon=":material/arrow_forward:", key="tour_next"
        ):
            go_to_stop(number + 1)
        is_end = here and is_last
        words, icon = (t("tour.finish"), ":material/flag:") if is_end else (t("tour.leave"), ":material/close:")
        kind: Literal["primary", "tertiary"] = "primary" if is_end else "tertiary"
        st.button(words, on_click=end, args=(is_end,), type=kind, icon=icon, key="tour_leave")
    if here:
        from explorer.ui.layout import tour_questions  # imports Altair

        tour_questions.draw(page)


def draw_summary() -> None:
    """Draw the last card: what the reader saw, how the questions went, where to go next."""
    answers: Mapping[str, bool] = st.session_state.get("tour_answers", {})
    with st.container(border=True, gap="small", key="tour_summary_card"):
        st.markdown(t("tour.summary"))
        if answers:
            st.markdown(t("tour.score", right=sum(answers.values()), count=len(answers)))
        st.markdown(t("tour.where_next"))
        with st.container(horizontal=True):
            for page, icon in (("homework", ":material/assignment:"), ("finetune", ":material/tune:")):
                if st.button(t(f"home.{page}"), type="primary" if page == "homework" else "secondary", icon=icon,
                             key=f"tour_to_{page}"):  # fmt: skip
                    st.session_state.tour_summary = False
                    st.switch_page(navigation.path(page))
            st.button(t("tour.close"), on_click=close, type="tertiary", key="tour_close")


def bar_container() -> streamlit_private.Container:
    return st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="tour_bar")


def draw_start_button() -> None:
    """Draw the button that begins the tour."""
    if st.button(t("tour.take"), icon=":material/tour:", key="tour_take"):
        go_to_stop(1)


def is_offered() -> bool:
    """Whether neither this session nor the browser's cookie records that the tour is over."""
    return not (st.session_state.get("tour_over") or st.context.cookies.get(COOKIE) == "1")


def page_of_stop(number: int) -> str:
    """The page of stop `number`, counted from 1."""
    return list(STOPS)[number - 1]


def go_to_stop(number: int) -> NoReturn:
    """Go to a stop and choose its view. This works because the page's widgets are not drawn yet in this run."""
    page = page_of_stop(number)
    st.session_state.update(STOPS[page], tour=number, tour_over=False)
    st.switch_page(navigation.path(page))


def end(summary: bool = False) -> None:
    """End the tour; with its last card, if the reader came to the last stop."""
    st.session_state.update(tour=0, tour_over=True, tour_ended=True, tour_summary=summary)


def close() -> None:
    st.session_state.tour_summary = False
