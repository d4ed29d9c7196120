"""What pretraining is, why it works, and how to make use of it."""

import streamlit as st

from screen import parts
from screen.pretraining import chapter, roles, strategy, why, words
from screen.words import say

PARTS = {
    "why": why.draw,
    "words": words.draw,
    "strategy": strategy.draw,
    "parts": roles.draw,
    "chapter": chapter.draw,
}


def page() -> None:
    st.title(say("pretraining.title"))
    shown = parts.choose(
        "pretraining_part", say("pretraining.choose"), tuple(PARTS), lambda part: say(f"pretraining.tab_{part}")
    )
    PARTS[shown]()
    st.caption(say("pretraining.sources"))


page()
