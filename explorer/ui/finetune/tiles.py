"""Test pictures of a run to choose from by click or keyboard; the chosen one leads into the explorer."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer.core.errors import ExplorerError
from explorer.models import registry
from explorer.plots import pictures
from explorer.runs import store
from explorer.runs.store import Run
from explorer.ui.layout import gallery, picture_links
from explorer.ui.state import run_pictures, url_state
from explorer.ui.widgets import errors, html_figures, markup
from explorer.ui.widgets.reports import reported
from explorer.ui.words import class_names, escaped, t

Tile = tuple[int, str, str]
"""Index of a test picture, its thumbnail as a data URI, the words below it."""


def draw(run: Run, tiles: Sequence[Tile], key: str) -> None:
    """Draw the tiles and, below them, the chosen one. `key` is the query parameter of the choice: 1 is picture 0."""
    chosen = url_state.restore(key, [0, *(index + 1 for index, _, _ in tiles)], 0, run=run.id)
    url_state.keep(**{key: chosen or None})
    entries: list[gallery.Entry] = [{"id": str(index + 1), "label": words, "uri": uri} for index, uri, words in tiles]
    gallery.draw({"": entries}, str(chosen), key=f"{key}_tiles", on_pick=partial(_pick, key), on_page=True)
    if chosen:
        words = next(words for index, _, words in tiles if index + 1 == chosen)
        with errors.shown():
            _open(run, chosen - 1, words, key)


def open_run(run: Run, index: int | None = None) -> None:
    """In a callback: choose the run's weights in the header, and its test picture `index`."""
    st.session_state.update(network=run.recipe().network, weights=f"{run_pictures.PREFIX}{run.id}")
    if index is not None:
        st.session_state.picture = run_pictures.picture_id(run, index)


def _open(run: Run, index: int, words: str, key: str) -> None:
    open_picture, _ = run_pictures.opened(run_pictures.picture_id(run, index))
    picture = open_picture()
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"{key}_opened"):
        markup.show(
            html_figures.picture(pictures.thumbnail_uri(picture.image, 240), words, "width: 5.5rem"), width="content"
        )
        with st.container(width="stretch"):
            st.markdown(f"**{escaped(words)}**")
            label = escaped(class_names([picture.label or ""])[0])
            st.caption(f"{escaped(picture.name)} · {t('predict.true_label', label=label)}")
            if registry.is_known(run.recipe().network) and (run.path / store.BEST_WEIGHTS).is_file():
                picture_links.draw(f"{key}_links", partial(open_run, run, index))


def _pick(key: str) -> None:
    """A second click on the chosen tile closes it."""
    picked = reported(f"{key}_tiles", "picked")
    if picked is not None:
        st.session_state[key] = 0 if st.session_state.get(key) == int(picked) else int(picked)


def mistake(run: Run) -> int | None:
    """Index of the picture that the run is most wrong about; None if its pictures are gone."""
    try:
        found = run_pictures.gallery(run)
    except ExplorerError:
        return None
    return found[0][0] if found else None
