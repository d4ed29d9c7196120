"""The header of all pages: picture, network, weights, language. `view()` returns the choice."""

import streamlit as st

from explorer.core.errors import ExplorerError
from explorer.data import images
from explorer.models import registry
from explorer.ui.layout import glossary_lookup, network_picker, own_checkpoint, own_code, picture_picker, share
from explorer.ui.server.streamlit_private import Container
from explorer.ui.state import url_state
from explorer.ui.state.cache import View
from explorer.ui.widgets import errors, linked, save_menu
from explorer.ui.words import browser_language, escaped, network_name, sentences, t


def draw(page: str) -> Container:
    """Draw the header of a page and restore the choices of a link; returns the Share menu's place for `share.fill`.

    Where a network is trained, app.css hides the picture and the network of the other pages, which do not govern it.
    """
    key = "bar_training" if page == "finetune" else "bar"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
        picture_picker.choose()
        network_picker.choose()
        glossary_lookup.draw()
        languages = {"en": "English", "zh": "中文"}
        linked.segmented(
            t("bar.language"),
            languages,
            key="lang",
            default=browser_language(),
            format_func=languages.__getitem__,
            label_visibility="collapsed",
            width="content",
        )
        place = share.draw()
    url_state.keep(picture=st.session_state.picture)
    return place


def view() -> View:
    """The chosen picture and network. If one is missing or cannot be read, show why and stop the script."""
    try:
        with st.spinner(t("bar.loading_network"), show_time=True):
            open_network, network_key = network_picker.chosen()
            open_network()
        open_picture, picture_key = picture_picker.chosen()
        open_picture()
    except ExplorerError as error:
        errors.show(error)
        own_checkpoint.offer_nearest(error)
        own_code.tell_error(st.session_state.network)
        own_code.follow(st.session_state.network)
        url_state.stop()
    own_code.tell_saved(st.session_state.network)
    own_code.follow(st.session_state.network)
    found = View(picture_key, network_key, open_picture, open_network)
    save_menu.subject(_subject(found))
    return found


def _subject(view: View) -> str:
    """Network, weights and picture in words, for the caption of a figure."""
    sample = next((each for each in images.gallery() if each.id == st.session_state.picture), None)
    return t(
        "charts.subject", network=network_name(view.network.name), weights=network_picker.weights_words(),
        picture=picture_picker.label(sample) if sample else view.picture.name, size=view.network.preprocess.input_px,
    )  # fmt: skip


def has_shortcuts(view: View) -> bool:
    """Whether the chosen network has residual blocks. If not, say so and offer its residual counterpart."""
    if st.session_state.pop("opened_twin", False):
        st.rerun()  # redraw the whole page, also from a fragment: its network has changed
    if view.network.graph.blocks:
        return True
    twin, name = registry.counterpart(view.network.name), network_name(view.network.name)
    joins = view.network.graph.found.concatenations
    said = t("bar.no_shortcut" if twin else "bar.no_residual", network=name)
    st.info(sentences(said, t("bar.concatenates", count=joins) if joins else ""), icon=":material/info:")
    if twin:
        words = t("bar.open_network", network=network_name(twin))
        st.button(words, key="open_twin", on_click=_open, args=(twin,), type="primary", icon=":material/alt_route:")
    return False


def _open(name: str) -> None:
    st.session_state.update(network=name, opened_twin=True)


def caption(chosen: View) -> None:
    """Draw the origin of the weights and what was done to the picture to read it."""
    facts = {name: escaped(fact) if isinstance(fact, str) else fact for name, fact in chosen.network.facts.items()}
    size, own_size = chosen.network.preprocess.input_px, facts.get("reduced")
    reduced = t("network.reduced", size=size, own=own_size) if own_size else ""
    about = (t(chosen.network.origin, **facts), reduced, own_code.notes(chosen.network))
    origin = sentences(*about, *(t(note) for note in chosen.picture.notes))
    st.caption(f"**{escaped(network_name(chosen.network.name))}** · {origin}")
