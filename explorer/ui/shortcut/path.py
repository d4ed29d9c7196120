"""The way through the parts of the shortcut lab: at the end of each, the next one and what to look for there."""

from collections.abc import Sequence

import streamlit as st

from explorer.ui.layout import navigation
from explorer.ui.words import t

KEY = "shortcut_part"


def draw_next(parts: Sequence[str]) -> None:
    """Draw the way on from the part that is shown; from the last one, to the pages that follow."""
    place = parts.index(st.session_state[KEY]) + 1
    following = parts[place] if place < len(parts) else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="lab_next"):
        words, said = t("shortcut.place", number=place, count=len(parts)), t(f"shortcut.next_{following or 'end'}")
        st.markdown(f"**{words}** · {said}", width="stretch")
        if following:
            label = t("shortcut.next", part=t(f"shortcut.part_{following}"))
            st.button(label, key="lab_next_part", on_click=_open, args=(following,), icon=":material/arrow_forward:")
        else:
            for page, icon in (("why", ":material/trending_down:"), ("homework", ":material/assignment:")):
                st.page_link(navigation.path(page), label=t(f"{page}.menu"), icon=icon)


def _open(part: str) -> None:
    st.session_state[KEY] = part
