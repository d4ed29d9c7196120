"""The usual fine-tuning procedure in order: each step with its code and the problem it prevents."""

import streamlit as st

from explorer.experiments import strategy
from explorer.ui.layout import navigation
from explorer.ui.words import t


def draw() -> None:
    st.markdown(t("pretraining.strategy_about"))
    for k, (step, lines) in enumerate(strategy.STEPS.items(), start=1):
        left, right = st.columns([5, 7], gap="medium", vertical_alignment="center")
        with left:
            st.markdown(f"**{k}. {t(f'pretraining.step_{step}')}**  \n{t(f'pretraining.protects_{step}')}")
        with right:
            st.code(lines, language="python", wrap_lines=True)
    st.caption(t("pretraining.strategy_note"))
    st.page_link(navigation.path("finetune"), label=t("pretraining.to_lab"), icon=":material/tune:")
    shown = st.expander(t("bar.code"), key="strategy_code", on_change="rerun", icon=":material/terminal:")
    if shown.open:
        with shown:
            st.code(strategy.program(), language="python", wrap_lines=True)
