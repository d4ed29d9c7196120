"""Take the shortcut apart: one block, all blocks, changes, lesions, gradients, iterative inference."""

import streamlit as st

from explorer.ui.layout import header
from explorer.ui.shortcut import block, change, depth, gradients, inference, lesion
from explorer.ui.widgets import section_tabs
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
    section_tabs.draw("shortcut_part", t("shortcut.parts"), drawn, lambda part: t(f"shortcut.part_{part}"), view)
    header.caption(view)


page()
