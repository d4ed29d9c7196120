"""Browse a network by clicking: network, block, operation; beside others; as paths."""

import streamlit as st

from screen import bar, parts
from screen.diagrams import browse, compare, paths
from screen.words import say


def page() -> None:
    st.title(say("diagrams.title"))
    view = bar.view()
    drawn = {"browse": browse.draw, "compare": compare.draw, "paths": paths.draw}
    parts.draw("diagrams_part", say("diagrams.parts"), drawn, lambda part: say(f"diagrams.part_{part}"), view)
    bar.caption(view)
    st.caption(say("diagrams.sources"))


page()
