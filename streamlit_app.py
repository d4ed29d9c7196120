"""Residual Explorer: navigation, theme, language. Start it with `streamlit run streamlit_app.py`."""

from pathlib import Path

import streamlit as st

from explorer import cores
from explorer.errors import ExplorerError
from screen import document, guard, link, lost, process, style
from screen.words import browser_language, say, say_error

# Not beside this script: Streamlit runs a folder `pages` there by itself when a link is the first thing a server sees.
PAGES = Path(__file__).parent / "screen" / "pages"
ICON = Path(cores.__file__).parent / "assets" / "icon.svg"


def run() -> None:
    st.set_page_config(page_title="Residual Explorer", page_icon=str(ICON), layout="wide")
    link.begin()
    link.restore("lang", ("en", "zh"), browser_language())
    rooms = {
        "": {"home": ":material/home:"},
        say("bar.room_look"): {
            "source": ":material/code:",
            "diagrams": ":material/account_tree:",
            "shortcut": ":material/alt_route:",
            "why": ":material/trending_down:",
            "features": ":material/grid_view:",
            "predict": ":material/bar_chart:",
        },
        say("bar.room_train"): {
            "finetune": ":material/tune:",
            "runs": ":material/history:",
            "compare": ":material/leaderboard:",
        },
        say("bar.room_learn"): {"pretraining": ":material/school:", "history": ":material/timeline:"},
    }
    pages = {
        room: [
            st.Page(PAGES / f"{name}.py", title=say(f"bar.page_{name}"), icon=icon, url_path=name, default=not room)
            for name, icon in icons.items()
        ]
        for room, icons in rooms.items()
    }
    if nowhere := lost.page({name for icons in rooms.values() for name in icons}):
        pages[""].append(nowhere)
    page = st.navigation(pages, position="top")
    style.inject()
    document.mark()
    waiting = st.empty()
    if not process.is_ready:
        waiting.info(say("bar.loading_torch"), icon=":material/hourglass_top:")
        try:
            process.make_ready()
        except ExplorerError as error:
            waiting.error(say_error(error), icon=":material/error:")
            st.stop()
    from screen import bar, tour  # imports torch: after the first words are on screen

    waiting.empty()
    bar.draw()
    try:
        tour.draw(page.url_path or "home")
        page.run()
    except ExplorerError as error:
        st.error(say_error(error), icon=":material/error:")
    process.collect_garbage()


if __name__ == "__main__":  # a run of the script
    run()
else:  # `streamlit run` has found an app below, and imports it
    app = st.App(__file__, middleware=guard.middleware(__file__))
