"""The shortcut: one block, all blocks, interventions, lesions, gradients, iterative inference."""

import streamlit as st

from explorer.ui.layout import header
from explorer.ui.shortcut import block, change, depth, gradients, inference, lesion, path
from explorer.ui.widgets import linked
from explorer.ui.words import t

PARTS = {
    "block": block.draw,
    "depth": depth.draw,
    "change": change.draw,
    "lesion": lesion.draw,
    "gradients": gradients.draw,
    "inference": inference.draw,
}


def page() -> None:
    st.title(t("shortcut.title"))
    view = header.view()
    names = list(PARTS)
    draw = linked.tabs(
        t("shortcut.parts"),
        PARTS,
        key=path.KEY,
        format_func=lambda part: f"{names.index(part) + 1} · {t(f'shortcut.part_{part}')}",
    )
    draw(view)
    if view.network.graph.blocks:
        path.draw_next(names)
    header.caption(view)


page()
