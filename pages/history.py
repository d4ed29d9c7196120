"""Pretrained networks since LeNet-5: timeline, accuracy over cost, contributions."""

import streamlit as st

from explorer.experiments.history.catalog import MODELS
from explorer.ui.history import block, card, chart, table, timeline, top5
from explorer.ui.layout import header
from explorer.ui.state import url_state
from explorer.ui.widgets import markup
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import t


def page() -> None:
    st.title(t("history.title"))
    markup.apply_css("history")
    explore()
    table.draw()
    st.caption(t("history.sources"))
    top5.draw(header.view())


@fragment
def explore() -> None:
    """A fragment, since a click changes only the card and the marks."""
    model = url_state.restore("model", MODELS, "resnet50")
    url_state.keep(model=model)
    st.caption(t("history.intro"))
    timeline.draw(model)
    with st.container(key="history_figures"):
        left, right = st.columns([7, 5], gap="large")
    with left:
        chart.draw(model)
    with right:
        card.draw()
    block.draw(st.session_state.model)


page()
