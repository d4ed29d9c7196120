"""The usual way to fine-tune, in order: each step with its lines, and what it protects against."""

import streamlit as st

from explorer.experiments import strategy
from explorer.ui.layout import navigation
from explorer.ui.words import say


def draw() -> None:
    st.markdown(say("pretraining.strategy_about"))
    for k, (step, lines) in enumerate(strategy.STEPS.items(), start=1):
        left, right = st.columns([5, 7], gap="medium", vertical_alignment="center")
        with left:
            st.markdown(f"**{k}. {say(f'pretraining.step_{step}')}**  \n{say(f'pretraining.protects_{step}')}")
        with right:
            st.code(lines, language="python", wrap_lines=True)
    st.caption(say("pretraining.strategy_note"))
    st.page_link(navigation.path("finetune"), label=say("pretraining.to_lab"), icon=":material/tune:")
    shown = st.expander(say("bar.code"), key="strategy_code", on_change="rerun", icon=":material/terminal:")
    if shown.open:
        with shown:
            st.code(strategy.program(), language="python", wrap_lines=True)
