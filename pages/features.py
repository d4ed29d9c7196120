"""How every stage sees the picture: channels, two networks side by side, attribution, the space of features."""

import streamlit as st

from explorer.ui.features import attribution, compare, maps, space
from explorer.ui.layout import header
from explorer.ui.widgets import linked
from explorer.ui.words import t


def page() -> None:
    st.title(t("features.title"))
    view = header.view()
    drawn = {
        "maps": maps.draw,
        "compare": compare.draw,
        "attribution": attribution.draw,
        "space": space.draw,
    }
    draw = linked.tabs(
        t("features.parts"), drawn, key="features_part", format_func=lambda part: t(f"features.part_{part}")
    )
    draw(view)
    header.caption(view)


page()
