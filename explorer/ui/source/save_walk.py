"""Save the walk of a block, or of all, as one HTML file."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer.analysis.source import WHOLE
from explorer.core import files, local_networks
from explorer.core.i18n import Language
from explorer.scene.walk import walk
from explorer.ui.state.cache import View
from explorer.ui.words import language, network_name, t


def offer(view: View, block: str, step: str) -> None:
    """Draw a button that opens the two downloads. A file is made when it is asked for."""
    with st.popover(t("scene.save"), icon=":material/download:"):
        st.markdown(t("scene.save_help"))
        every = (*view.network.graph.parts, WHOLE)
        name = t("scene.whole") if block == WHOLE else block
        for key, words, blocks in (
            ("one", t("scene.save_block", block=name), (block,)), ("all", t("scene.save_all"), every)
        ):  # fmt: skip
            make = partial(_html, view, blocks, language(), step if key == "one" else "")
            label = local_networks.label(view.network.name)
            file = files.file_stem(f"walk-{label}-{block if key == 'one' else 'all'}") + ".html"
            st.download_button(
                words, make, file, "text/html", key=f"save_walk_{key}", on_click="ignore", width="stretch"
            )


def _html(view: View, blocks: Sequence[str], chosen: Language, step: str) -> bytes:
    network, picture = view.network, view.picture
    title = f"{network_name(network.name)} · {picture.name}"
    return walk(network, view.x, blocks, title, chosen, step=step, notes=picture.notes).html().encode()
