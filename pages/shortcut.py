"""The shortcut: one block, all blocks, interventions, lesions, gradients, iterative inference."""

import streamlit as st

from explorer.ui.layout import header
from explorer.ui.shortcut import block, change, depth, gradients, inference, lesion
from explorer.ui.widgets import linked
from explorer.ui.words import t


def page() -> None:
    st.title(t("shortcut.title"))
    view = header.view()
    drawn = {
        "block": block.draw,
        "depth": depth.draw,
        "change": change.draw,
        "lesion": lesion.draw,
        "gradients": gradients.draw,
        "inference": inference.draw,
    }
    draw = linked.tabs(
        t("shortcut.parts"), drawn, key="shortcut_part", format_func=lambda part: t(f"shortcut.part_{part}")
    )
    draw(view)
    header.caption(view)


page()
