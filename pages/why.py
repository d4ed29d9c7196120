"""Why residual: the degradation experiment, the loss landscape, and alternative shortcuts."""

import streamlit as st

from explorer.ui.why import experiment, landscape, shortcuts
from explorer.ui.widgets import linked
from explorer.ui.words import t

PARTS = {"experiment": experiment.draw, "landscape": landscape.draw, "shortcuts": shortcuts.draw}


def page() -> None:
    st.title(t("why.title"))
    draw = linked.tabs(t("why.choose"), PARTS, key="why_part", format_func=lambda part: t(f"why.tab_{part}"))
    draw()
    st.caption(t("why.sources"))


page()
