"""What pretraining is, why it works, and how to make use of it."""

import streamlit as st

from explorer.ui.pretraining import chapter, roles, strategy, why, words
from explorer.ui.widgets import section_tabs
from explorer.ui.words import say

PARTS = {
    "why": why.draw,
    "words": words.draw,
    "strategy": strategy.draw,
    "parts": roles.draw,
    "chapter": chapter.draw,
}


def page() -> None:
    st.title(say("pretraining.title"))
    shown = section_tabs.choose(
        "pretraining_part", say("pretraining.choose"), tuple(PARTS), lambda part: say(f"pretraining.tab_{part}")
    )
    PARTS[shown]()
    st.caption(say("pretraining.sources"))


page()
