"""Homework 2: six questions about the residual, each predict, try, see; and the file to hand in."""

import streamlit as st

from explorer.models import registry
from explorer.ui.homework import path
from explorer.ui.layout import header, navigation
from explorer.ui.words import escaped, network_name, t


def page() -> None:
    st.title(t("homework.title"))
    st.markdown(t("homework.about"))
    st.page_link(navigation.path("compare"), label=t("homework.homework_1"), icon=":material/leaderboard:")
    view = header.view()
    if view.network.weights == "random":
        st.info(t("homework.untrained"), icon=":material/info:")
    if view.network.name not in registry.NETWORKS:
        st.info(t("homework.other_network", network=escaped(network_name(view.network.name))), icon=":material/info:")
    path.draw(view)
    header.caption(view)


page()
