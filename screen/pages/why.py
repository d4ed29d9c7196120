"""Why residual at all: the degradation experiment, the loss landscape, and the shortcuts that were tried since."""

import streamlit as st

from screen import parts
from screen.why import experiment, landscape, shortcuts
from screen.words import say

PARTS = {"experiment": experiment.draw, "landscape": landscape.draw, "shortcuts": shortcuts.draw}


def page() -> None:
    st.title(say("why.title"))
    shown = parts.choose("why_part", say("why.choose"), tuple(PARTS), lambda part: say(f"why.tab_{part}"))
    PARTS[shown]()
    st.caption(say("why.sources"))


page()
