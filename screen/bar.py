"""The bar that all pages share: picture, network, weights, language. What it says is a `View`."""

import streamlit as st

from explorer.errors import ExplorerError
from screen import link, network, picture
from screen.cached import View
from screen.words import escaped, language, say, say_error, sentences


def draw() -> None:
    """Draw the bar and restore what a link says. `view()` then tells what is chosen."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bar"):
        picture.choose()
        network.choose()
        st.segmented_control(
            say("bar.language"),
            ["en", "zh"],
            key="lang",
            required=True,
            format_func={"en": "English", "zh": "中文"}.__getitem__,
            label_visibility="collapsed",
            width="content",
        )
    state = st.session_state
    seed = state.seed if state.weights == "random" else None
    link.keep(lang=language(), picture=state.picture, network=state.network, weights=state.weights, seed=seed)


def view() -> View:
    """The chosen picture and network. Where there is none, the page says what is missing and stops here."""
    try:
        with st.spinner(say("bar.loading_network"), show_time=True):
            chosen, network_key = network.opened()
        shown, picture_key = picture.opened()
    except ExplorerError as error:
        st.error(say_error(error), icon=":material/error:")
        st.stop()
    return View(shown, chosen, picture_key, network_key)


def caption(chosen: View) -> None:
    """Where the weights came from, and what was done to the picture to read it."""
    facts = {name: escaped(fact) if isinstance(fact, str) else fact for name, fact in chosen.network.facts.items()}
    said = sentences(say(chosen.network.origin, **facts), *(say(note) for note in chosen.picture.notes))
    st.caption(f"**{escaped(chosen.network.name)}** · {said}")
