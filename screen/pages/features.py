"""How every stage sees the picture: channels, two networks side by side, attribution, the space of features."""

import streamlit as st

from screen import bar, parts
from screen.features import attribution, compare, maps, space
from screen.words import say


def page() -> None:
    st.title(say("features.title"))
    view = bar.view()
    drawn = {
        "maps": maps.draw,
        "compare": compare.draw,
        "attribution": attribution.draw,
        "space": space.draw,
    }
    parts.draw("features_part", say("features.parts"), drawn, lambda part: say(f"features.part_{part}"), view)
    bar.caption(view)


page()
