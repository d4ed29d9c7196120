"""What a paper showed, and whether the network on screen agrees."""

import streamlit as st

from explorer.ui.words import t

MARKS = {True: ":material/check:", False: ":material/close:", None: ":material/remove:"}


def compare(paper: str, here: str, agrees: bool | None) -> None:
    """Two sentences: the paper's finding with its figure and link, and what the numbers above say; both Markdown.

    `agrees` is None where the numbers cannot tell.
    """
    with st.container(border=True):
        st.markdown(f"**{t('bar.paper')}** {paper}")
        st.markdown(f"{MARKS[agrees]} **{t('bar.here')}** {here}", help=t("bar.marks"))
