"""The main script: navigation, style, language, header, then the page. Start: `streamlit run streamlit_app.py`."""

from contextlib import suppress

import streamlit as st

from explorer.core.assets import ASSETS, PAGES
from explorer.core.errors import ExplorerError
from explorer.ui.home import first_figure
from explorer.ui.layout import browser_script, navigation, not_found_page, style
from explorer.ui.server import process
from explorer.ui.server.streamlit_private import Container
from explorer.ui.state import url_state
from explorer.ui.widgets import errors
from explorer.ui.words import browser_language, error_message, t


def run() -> None:
    st.set_page_config(page_title="Residual Explorer", page_icon=str(ASSETS / "icon.svg"), layout="wide")
    with url_state.written():
        draw()
    process.collect_garbage()


def draw() -> None:
    url_state.begin()
    url_state.restore("lang", ("en", "zh"), browser_language())
    pages = {
        section and t(section): [
            st.Page(PAGES / f"{name}.py", title=t(f"{name}.menu"), icon=icon, url_path=name, default=not section)
            for name, icon in icons.items()
        ]
        for section, icons in navigation.SECTIONS.items()
    }
    if nowhere := not_found_page.page({name for icons in navigation.SECTIONS.values() for name in icons}):
        pages[""].append(nowhere)
    page = st.navigation(pages, position="top")
    url_state.open_page(page.url_path)
    style.inject()
    waiting = st.empty()
    if not process.is_ready:
        waiting.info(t("bar.loading_torch"), icon=":material/hourglass_top:")
    browser_script.set_language()  # imports pandas, so only after the first words are on screen
    if not process.is_ready:
        wait(waiting, shows_figure=not page.url_path and first_figure.is_asked_for())
    from explorer.ui.layout import (
        header,
        share,
        tour,  # imports torch
    )
    from explorer.ui.widgets import save_menu

    waiting.empty()
    save_menu.forget_subject()
    place = header.draw(page.url_path)
    share.fill(place, page.url_path)  # for a page that stops with a message
    with errors.shown():
        tour.draw(page.url_path or "home")
        page.run()
    share.fill(place, page.url_path)


def wait(place: Container, *, shows_figure: bool) -> None:
    """Wait until torch is loaded; meanwhile show Home's first figure, as stored, in `place`."""
    if shows_figure:
        with place.container():
            st.info(t("bar.loading_torch"), icon=":material/hourglass_top:")
            first_figure.draw()
    try:
        process.make_ready()
    except ExplorerError as error:
        place.error(error_message(error), icon=":material/error:")
        url_state.stop()
    if shows_figure:
        with suppress(ExplorerError):  # the page says it
            first_figure.live()  # then it takes the place of the stored one at once


if __name__ == "__main__":
    run()
