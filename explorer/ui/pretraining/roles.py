"""Backbone, neck and head: highlight the part of a network for the chosen word."""

import streamlit as st

from explorer.analysis import pyramid
from explorer.plots import pyramid as drawing
from explorer.ui.layout import style
from explorer.ui.widgets import chart_view, linked
from explorer.ui.widgets.fragment import fragment
from explorer.ui.widgets.reports import reported
from explorer.ui.words import t

KEY = "pretraining_role"


@fragment
def draw() -> None:
    st.markdown(t("pretraining.parts_about"))
    chosen = linked.segmented(
        t("pretraining.role"), drawing.PARTS, key=KEY, label_visibility="collapsed",
        format_func=lambda part: t(f"pretraining.part_{part}"),
    )  # fmt: skip
    st.markdown(t(f"pretraining.means_{chosen}"))
    dark = style.is_dark()
    found = pyramid.pyramid_shapes()
    spec = chart_view.cached_spec((chosen, dark), drawing.diagram, found, chosen, t, dark=dark)
    levels = {**found.backbone, **found.neck}.items()
    shapes = ", ".join(f"{name} {'×'.join(map(str, shape))}" for name, shape in levels)
    chart_view.show(t("pretraining.tab_parts"), spec, key="roles", on_select=pick, selection_mode="card",
               alt=t("pretraining.parts_alt", shapes=shapes))  # fmt: skip
    st.caption(t("pretraining.parts_note", px=found.picture[-1]))


def pick() -> None:
    """Choose the part of the clicked card."""
    if cards := reported("roles", "selection", "card"):
        st.session_state[KEY] = cards[0]["id"].partition(":")[0]
