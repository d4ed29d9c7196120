"""How every stage sees the picture: channels, two networks side by side, attribution, the space of features."""

import streamlit as st

from explorer.ui.features import attribution, compare, maps, space
from explorer.ui.layout import header
from explorer.ui.widgets import section_tabs
from explorer.ui.words import say


def page() -> None:
    st.title(say("features.title"))
    view = header.view()
    drawn = {
        "maps": maps.draw,
        "compare": compare.draw,
        "attribution": attribution.draw,
        "space": space.draw,
    }
    section_tabs.draw("features_part", say("features.parts"), drawn, lambda part: say(f"features.part_{part}"), view)
    header.caption(view)


page()
