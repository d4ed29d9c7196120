"""What components and charts report to a callback."""

from typing import Any

import streamlit as st


def reported(key: str, *names: str) -> Any:
    """What the widget `key` reports under `names`; None if nothing, or if it is gone.

    A click may arrive after a switch to another page, which empties the widgets of the page that was left.
    """
    found = st.session_state.get(key)
    for name in names:
        found = getattr(found, name, None)
    return found
