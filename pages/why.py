"""Why residual at all: the degradation experiment, the loss landscape, and the shortcuts that were tried since."""

import streamlit as st

from explorer.ui.why import experiment, landscape, shortcuts
from explorer.ui.widgets import section_tabs
from explorer.ui.words import t

PARTS = {"experiment": experiment.draw, "landscape": landscape.draw, "shortcuts": shortcuts.draw}


def page() -> None:
    st.title(t("why.title"))
    shown = section_tabs.choose("why_part", t("why.choose"), tuple(PARTS), lambda part: t(f"why.tab_{part}"))
    PARTS[shown]()
    st.caption(t("why.sources"))


page()
