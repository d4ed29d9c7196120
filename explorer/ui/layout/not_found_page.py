"""The page for an unknown URL, in both languages; Streamlit's own message is only in English."""

from collections.abc import Collection

import streamlit as st

from explorer.ui.layout import navigation
from explorer.ui.server import streamlit_private
from explorer.ui.words import escaped, t


def page(known: Collection[str]) -> streamlit_private.Page | None:
    """A hidden page for an unknown URL; None if the URL is one of the `known` pages."""
    asked = streamlit_private.intended_page() or st.session_state.get("lost", "")
    if not asked.strip() or "/" in asked or asked in known:
        return None
    st.session_state.lost = asked  # reruns no longer report the URL
    return st.Page(draw, title=t("bar.no_page"), url_path=asked, visibility="hidden")


def draw() -> None:
    st.title(t("bar.no_page"))
    st.markdown(t("bar.no_page_help", name=escaped(st.session_state.lost[:80])))
    st.page_link(navigation.path("home"), label=t("home.menu"), icon=":material/home:")
