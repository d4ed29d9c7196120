"""A view is a program: the script that computes what is on screen, and the picture that it opens."""

from collections.abc import Callable

import streamlit as st

from explorer.analysis import picture_set
from explorer.analysis.picture_set import PictureSet
from explorer.data import images
from explorer.ui.state.cache import View
from explorer.ui.words import sentences, t

FILE, FOLDER = "picture.png", "pictures"


def offer(
    view: View, write: Callable[[str], str], several: Callable[[], PictureSet] | None = None, *, key: str = "code_shown"
) -> None:
    """Folded away; once it is unfolded, `write` makes the script from the name of the picture's file.

    A script over `several` pictures gets the name of the folder that they are unpacked to. A page with more than one
    script gives each a `key`. Pictures are opened when they are asked for: what makes a download is kept for as long as
    its session lasts.
    """
    shown = st.expander(t("bar.code"), key=key, on_change="rerun", icon=":material/terminal:")
    if not shown.open:
        return
    name = FILE if several is None else FOLDER
    code = write(name)
    if repr(name) not in code:  # a script about no picture
        opens, words = {}, t("bar.code_help_alone")
    elif several is None:
        opens = {FILE: (lambda: images.png(view.picture.image), "image/png")}
        words = t("bar.code_help", file=FILE)
    else:
        opens = {f"{FOLDER}.zip": (lambda: picture_set.to_zip(several(), FOLDER), "application/zip")}
        words = t("bar.code_help_set", file=f"{FOLDER}.zip", folder=FOLDER)
    with shown:
        st.markdown(sentences(words, t("bar.code_definition") if "from explorer" in code else ""))
        st.code(code, language="python", wrap_lines=True)
        with st.container(horizontal=True):
            _download("view.py", code, "text/x-python", key)
            for file, (content, kind) in opens.items():
                _download(file, content, kind, key)


def _download(file: str, content: str | Callable[[], bytes], kind: str, key: str) -> None:
    words = t("bar.code_picture", file=file)
    st.download_button(words, content, file, kind, f"{key} {file}", on_click="ignore", icon=":material/download:")
