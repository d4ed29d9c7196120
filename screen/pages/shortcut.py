"""Take the shortcut apart: one block, all blocks, changes, lesions, gradients, iterative inference."""

import streamlit as st

from screen import bar, parts
from screen.shortcut import block, change, depth, gradients, inference, lesion
from screen.words import say


def page() -> None:
    st.title(say("shortcut.title"))
    view = bar.view()
    drawn = {
        "block": block.draw,
        "depth": depth.draw,
        "change": change.draw,
        "lesion": lesion.draw,
        "gradients": gradients.draw,
        "inference": inference.draw,
    }
    parts.draw("shortcut_part", say("shortcut.parts"), drawn, lambda part: say(f"shortcut.part_{part}"), view)
    bar.caption(view)


page()
