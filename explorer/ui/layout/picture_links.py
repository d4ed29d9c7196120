"""Where a picture leads: the source walk, Grad-CAM and the shortcut lab, with this picture in the header."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from explorer.ui.layout import navigation
from explorer.ui.words import t

# Page -> icon, word, session state that opens the right part of it.
_LINKS: Final[dict[str, tuple[str, str, dict[str, str]]]] = {
    "source": (":material/code:", "source.menu", {}),
    "features": (":material/filter_center_focus:", "features.part_attribution", {"features_part": "attribution"}),
    "shortcut": (":material/alt_route:", "shortcut.menu", {}),
}


def draw(key: str, choose: Callable[[], None]) -> None:
    """A row of buttons; `choose`, called in a callback, puts the picture into the session."""
    with st.container(horizontal=True, key=key):
        for page, (icon, word, _) in _LINKS.items():
            st.button(t(word), key=f"{key}_{page}", icon=icon, on_click=_go, args=(page, choose))
    if page := st.session_state.pop("picture_goes_to", None):
        st.switch_page(navigation.path(page))


def _go(page: str, choose: Callable[[], None]) -> None:
    choose()
    st.session_state.update(_LINKS[page][2], picture_goes_to=page)
