"""What a wrong address leads to: Streamlit's own words for it are in English only."""

from collections.abc import Collection

import streamlit as st

from explorer.ui.layout import navigation
from explorer.ui.server import streamlit_private
from explorer.ui.words import escaped, t


def page(known: Collection[str]) -> streamlit_private.Page | None:
    """The page that says so, for the menu to leave out; None where the address asks for one of the `known`."""
    asked = streamlit_private.intended_page() or st.session_state.get("lost", "")
    if not asked.strip() or "/" in asked or asked in known:
        return None
    st.session_state.lost = asked  # which a click does not tell again
    return st.Page(draw, title=t("bar.no_page"), url_path=asked, visibility="hidden")


def draw() -> None:
    st.title(t("bar.no_page"))
    st.markdown(t("bar.no_page_help", name=escaped(st.session_state.lost[:80])))
    st.page_link(navigation.path("home"), label=t("home.menu"), icon=":material/home:")
