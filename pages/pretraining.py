"""What pretraining is, why it works, and how to use it."""

import streamlit as st

from explorer.ui.pretraining import chapter, pretext, roles, size, strategy, terms, why
from explorer.ui.widgets import linked
from explorer.ui.words import t

PARTS = {
    "why": why.draw,
    "words": terms.draw,
    "pretext": pretext.draw,
    "strategy": strategy.draw,
    "size": size.draw,
    "parts": roles.draw,
    "chapter": chapter.draw,
}


def page() -> None:
    st.title(t("pretraining.title"))
    draw = linked.tabs(
        t("pretraining.choose"), PARTS, key="pretraining_part", format_func=lambda part: t(f"pretraining.tab_{part}")
    )
    draw()
    st.caption(t("pretraining.sources"))


page()
