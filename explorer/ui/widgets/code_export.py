"""The program that computes what is on screen, and the pictures that it opens."""

from collections.abc import Callable

import streamlit as st

from explorer.analysis import picture_set
from explorer.analysis.picture_set import PictureSet
from explorer.data import images
from explorer.ui.state.cache import View
from explorer.ui.words import sentences, t

FILE, FOLDER = "picture.png", "pictures"


def offer(
    view: View,
    write: Callable[[str], str],
    open_pictures: Callable[[], PictureSet] | None = None,
    *,
    key: str = "code_shown",
) -> None:
    """Draw an expander with the code that `write` returns, given the picture's file name, and its downloads.

    For a set of pictures, `open_pictures` returns them and `write` is given the name of their folder. A page with more
    than one program gives each a `key`. Pictures are opened on click, because Streamlit keeps a download's function
    until the session ends.
    """
    shown = st.expander(t("bar.code"), key=key, on_change="rerun", icon=":material/terminal:")
    if not shown.open:
        return
    name = FILE if open_pictures is None else FOLDER
    code = write(name)
    if repr(name) not in code:  # a program that opens no picture
        opens, words = {}, t("bar.code_help_alone")
    elif open_pictures is None:
        opens = {FILE: (lambda: images.png(view.picture.image), "image/png")}
        words = t("bar.code_help", file=FILE)
    else:
        opens = {f"{FOLDER}.zip": (lambda: picture_set.to_zip(open_pictures(), FOLDER), "application/zip")}
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
