"""The stem's kernels, the only ones whose input channels are colours."""

import streamlit as st
from torch import Tensor

from explorer.analysis import features
from explorer.models.network import Network
from explorer.plots import sheet
from explorer.ui.features import grid
from explorer.ui.features.place import Place
from explorer.ui.state.cache import View
from explorer.ui.widgets import html_figures
from explorer.ui.words import t


def weight(network: Network) -> Tensor:
    """Weight of the stem's convolution (filters, 3, k, k)."""
    return network.module.get_submodule("conv1").weight  # type: ignore[return-value]


def draw(view: View, here: Place, chosen: int) -> None:
    """Draw an expander of the kernels; a click on one shows its map in the stem."""
    found = weight(view.network)
    folded = st.expander(t("features.kernels", count=len(found)), key="kernels_shown", on_change="rerun")
    if not folded.open:
        return
    with folded:
        picture, limit = sheet.kernel_sheet(found)
        side = found.shape[-1]
        notes = [f"#{k} · {side}×{side}" for k in range(len(found))]
        lit = chosen if here.path in (features.STEM, features.POOL) else -1
        grid.draw(
            picture, range(len(found)), notes, lit, len(found) - 1,
            label=t("features.kernels", count=len(found)), key="kernel_sheet", on_pick=_pick, room_px=320,
        )  # fmt: skip
        st.caption(t("features.kernels_means", side=side, limit=html_figures.number(limit)))


def _pick() -> None:
    picked = st.session_state.kernel_sheet.picked
    if picked is not None:
        st.session_state.block, st.session_state.channel = features.STEM, int(picked)
