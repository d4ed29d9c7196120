"""What a paper showed, and whether the network on screen agrees."""

import streamlit as st

from explorer.ui.words import say

MARKS = {True: ":material/check:", False: ":material/close:", None: ":material/remove:"}


def compare(paper: str, here: str, agrees: bool | None) -> None:
    """Two sentences: the paper's finding with its figure and link, and what the numbers above say; both Markdown.

    `agrees` is None where the numbers cannot tell.
    """
    with st.container(border=True):
        st.markdown(f"**{say('bar.paper')}** {paper}")
        st.markdown(f"{MARKS[agrees]} **{say('bar.here')}** {here}")
