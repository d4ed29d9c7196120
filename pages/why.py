"""Why residual at all: the degradation experiment, the loss landscape, and the shortcuts that were tried since."""

import streamlit as st

from explorer.ui.why import experiment, landscape, shortcuts
from explorer.ui.widgets import section_tabs
from explorer.ui.words import say

PARTS = {"experiment": experiment.draw, "landscape": landscape.draw, "shortcuts": shortcuts.draw}


def page() -> None:
    st.title(say("why.title"))
    shown = section_tabs.choose("why_part", say("why.choose"), tuple(PARTS), lambda part: say(f"why.tab_{part}"))
    PARTS[shown]()
    st.caption(say("why.sources"))


page()
