"""A network trained from upstream weights and from scratch: the stored runs, and a repeat."""

import streamlit as st

from explorer.experiments import pretraining
from explorer.ui.pretraining import repeat, starts
from explorer.ui.words import t


def draw() -> None:
    st.markdown(t("pretraining.why_about"))
    left, right = st.columns([6, 5], gap="large")
    with left:
        draw_stored()
    with right:
        repeat.draw()
    st.markdown(t("pretraining.why_works"))


def draw_stored() -> None:
    comparison = pretraining.stored()
    starts.draw(comparison, f"stored {comparison.made}", starts.headline(comparison), height=360)
    st.markdown(starts.summary(comparison))
    recipe = comparison.recipe
    st.caption(
        t("pretraining.stored_facts", hardware=comparison.hardware, date=comparison.made, pictures=recipe["limit"],
            px=recipe["image_size"], batch=recipe["batch_size"], lr=recipe["lr"], precision=recipe["precision"],
            versions=", ".join(f"{name} {version}" for name, version in comparison.versions.items()))
    )  # fmt: skip
    st.code(comparison.command, language="bash", wrap_lines=True)
