"""A paper's finding, and whether the network on screen agrees."""

import streamlit as st

from explorer.ui.words import t

MARKS = {True: ":material/check:", False: ":material/close:", None: ":material/remove:"}


def compare(paper: str, here: str, agrees: bool | None) -> None:
    """Draw two Markdown sentences: the paper's finding with figure and link, and the result on screen.

    `agrees` is None if the numbers do not decide it.
    """
    with st.container(border=True):
        left, right = st.columns(2, gap="medium")
        left.markdown(f"**{t('bar.paper')}** {paper}")
        right.markdown(f"{MARKS[agrees]} **{t('bar.here')}** {here}", help=t("bar.marks"))
