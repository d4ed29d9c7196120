"""What a residual block is, live from the chosen picture; where to go; what this machine has."""

import streamlit as st

from explorer.codegen import shortcut as scripts
from explorer.ui.home import block_sum, definition, machine_table, page_cards
from explorer.ui.layout import header, tour
from explorer.ui.widgets import code_export
from explorer.ui.words import t


def page() -> None:
    st.title(t("home.title"))
    view = header.view()
    definition.draw(block_sum.pixel(view))
    has_sum = header.has_shortcuts(view)
    if has_sum:
        block_sum.draw(view)
    page_cards.draw(view)
    if has_sum:
        code_export.offer(view, lambda file: scripts.block(view.network, view.network.graph.main_block, None, file))
    shown = st.expander(t("home.machine"), key="machine_shown", on_change="rerun", icon=":material/memory:")
    if shown.open:
        with shown:
            machine_table.draw()
    if not tour.is_offered():
        tour.draw_start_button()
    st.caption(t("home.read_on"))


page()
