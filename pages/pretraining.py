"""What pretraining is, why it works, and how to make use of it."""

import streamlit as st

from explorer.ui.pretraining import chapter, roles, strategy, why, words
from explorer.ui.widgets import section_tabs
from explorer.ui.words import t

PARTS = {
    "why": why.draw,
    "words": words.draw,
    "strategy": strategy.draw,
    "parts": roles.draw,
    "chapter": chapter.draw,
}


def page() -> None:
    st.title(t("pretraining.title"))
    shown = section_tabs.choose(
        "pretraining_part", t("pretraining.choose"), tuple(PARTS), lambda part: t(f"pretraining.tab_{part}")
    )
    PARTS[shown]()
    st.caption(t("pretraining.sources"))


page()
