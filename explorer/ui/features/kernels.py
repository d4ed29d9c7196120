"""The kernels of the first convolution, the only ones whose input channels are colours."""

import streamlit as st

from explorer.analysis import features
from explorer.plots import sheet
from explorer.ui.features import grid
from explorer.ui.features.place import Place
from explorer.ui.state.cache import View
from explorer.ui.widgets import html_figures
from explorer.ui.widgets.reports import reported
from explorer.ui.words import sentences, t


def draw(view: View, here: Place, chosen: int) -> None:
    """Draw an expander of the kernels; a click on one shows its map in the stem."""
    found = features.kernels(view.network)
    if found is None or found.shape[1] not in (1, 3):
        st.caption(t("features.kernels_none"))
        return
    place = features.kernel_place(view.network)
    folded = st.expander(t("features.kernels", count=len(found)), key="kernels_shown", on_change="rerun")
    if not folded.open:
        return
    with folded:
        picture, limit = sheet.kernel_sheet(found)
        rows, columns = found.shape[2:]
        notes = [f"#{k} · {rows}×{columns}" for k in range(len(found))]
        lit = chosen if here.path in (place, *features.stem(view.network)) else -1
        grid.draw(
            picture, range(len(found)), notes, lit, len(found) - 1,
            label=t("features.kernels", count=len(found)), key="kernel_sheet",
            on_pick=lambda: _pick(place), room_px=320,
        )  # fmt: skip
        means = "features.kernels_grey" if found.shape[1] == 1 else "features.kernels_means"
        words = t(means, rows=rows, columns=columns, limit=html_figures.number(limit))
        st.caption(sentences(words, t("features.kernels_click") if place else ""))


def _pick(place: str | None) -> None:
    """Callback: choose the map of the clicked kernel."""
    picked = reported("kernel_sheet", "picked")
    if picked is not None and place is not None:
        st.session_state.block, st.session_state.channel = place, int(picked)
