"""Diagrams of a network: browse network, block and operation; compare networks; paths."""

import streamlit as st

from explorer.ui.diagrams import browse, compare, paths
from explorer.ui.layout import header
from explorer.ui.widgets import linked
from explorer.ui.words import t


def page() -> None:
    st.title(t("diagrams.title"))
    view = header.view()
    drawn = {"browse": browse.draw, "compare": compare.draw, "paths": paths.draw}
    draw = linked.tabs(
        t("diagrams.parts"), drawn, key="diagrams_part", format_func=lambda part: t(f"diagrams.part_{part}")
    )
    draw(view)
    header.caption(view)
    st.caption(t("diagrams.sources"))


page()
