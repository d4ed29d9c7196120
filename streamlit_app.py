"""Residual Explorer: navigation, theme, language. Start it with `streamlit run streamlit_app.py`."""

import gc
import os
import sys
from pathlib import Path

import streamlit as st

from explorer.errors import ExplorerError
from screen import link, style
from screen.words import browser_language, say, say_error

# Not beside this script: Streamlit runs a folder `pages` there by itself when a link is the first thing a server sees.
PAGES = Path(__file__).parent / "screen" / "pages"


def run() -> None:
    st.set_page_config(
        page_title="Residual Explorer", page_icon=str(Path(__file__).parent / "assets" / "icon.svg"), layout="wide"
    )
    link.restore("lang", ("en", "zh"), browser_language())
    icons = {"home": ":material/home:", "source": ":material/code:", "predict": ":material/bar_chart:"}
    pages = [
        st.Page(PAGES / f"{name}.py", title=say(f"bar.page_{name}"), icon=icon, url_path=name, default=name == "home")
        for name, icon in icons.items()
    ]
    page = st.navigation(pages, position="top")
    style.inject()
    waiting = st.empty()
    first = "torch" not in sys.modules
    if first:
        # Threads that wait for one another must not spin: they would hold the cores that the browser or others draw on.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        waiting.info(say("bar.loading_torch"), icon=":material/hourglass_top:")
    from screen import bar  # imports torch: after the first words are on screen

    if first:
        gc.freeze()  # Streamlit collects garbage after each run: not among torch's objects, which takes 200 ms
    waiting.empty()
    bar.draw()
    try:
        page.run()
    except ExplorerError as error:
        st.error(say_error(error), icon=":material/error:")


run()
