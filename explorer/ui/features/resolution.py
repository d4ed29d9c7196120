"""The resolution of the maps through the network, and the effect of the input's size."""

import math
from collections.abc import Hashable

import pandas as pd
import streamlit as st
from torch import Tensor

from explorer.analysis import features
from explorer.core.palette import RIGHT
from explorer.models.network import Network
from explorer.ui.features import place
from explorer.ui.features.place import Place
from explorer.ui.layout import style
from explorer.ui.state import memory
from explorer.ui.state.cache import View
from explorer.ui.widgets import tables
from explorer.ui.words import escaped, sentences, t


def draw_prediction(view: View, here: Place, logits: Tensor) -> None:
    """Draw the prediction at this size and at the network's own."""
    own = view.network.preprocess.input_px
    label, probability = place.top_class(view.network, logits)
    answer = t("features.says", size=here.size, label=escaped(label), share=probability)
    compared = ""
    if here.size != own:
        usual = place.trace_maps(view.key, own, here.tensor, view.picture, view.network).logits[0]
        label, probability = place.top_class(view.network, usual)
        compared = t("features.says_own", size=own, label=escaped(label), share=probability)
    st.markdown(sentences(answer, compared))


def draw(view: View, size: int) -> None:
    found = dict(place.taken_sizes(view.network_key, view.network).sides)
    if size not in found:
        found[size] = _sides(view.network_key, size, view.network)
    found = dict(sorted(found.items()))
    own, places = view.network.preprocess.input_px, list(found[size])[1:]
    if not places:
        return
    st.header(t("features.resolution"))
    names = [t("features.input"), *place.short_names(view.network, places).values()]
    sides = pd.DataFrame([list(row.values()) for row in found.values()], columns=names)
    table, words = st.columns(2, gap="medium")
    lit = f"background-color: {RIGHT[style.is_dark()]}33; font-weight: 700"
    with table:
        tables.show(
            sides, row_height=30, height="content", width="content", alt=t("features.sides_alt", size=size),
            styled=lambda safe: safe.style.apply(lambda row: [lit if row.iloc[0] == size else ""] * len(row), axis=1),
        )  # fmt: skip
    words.markdown(explanation(found, own))


@memory.shared
def _sides(key: Hashable, size: int, _network: Network) -> dict[str, int]:
    """`features.sides`; empty if the network's code does not run without values."""
    try:
        return features.sides(_network, size)
    except Exception:  # the code of any network
        return {}


def explanation(found: dict[int, dict[str, int]], own: int) -> str:
    """Why the last maps are small, and what a resize does, with this network's numbers."""
    last = {px: list(sides.values())[-1] for px, sides in found.items()}
    small, large = min(last), max(last)
    halvings = round(math.log2(large / last[large]))
    if len({*list(found[large].values())[1:]}) == 1:
        ends = t("features.ends_once", factor=round(large / last[large]), px=small, side=last[small])
    else:
        kind = "features.ends_point" if last[small] == 1 else "features.ends"
        ends = t(kind, halvings=halvings, px=small, side=last[small])
    larger = t("features.larger", at64=last[64], at128=last[128], at224=last[224]) if {64, 128, 224} <= {*last} else ""
    return sentences(ends, larger, t("features.resize", own=own) if len(last) > 1 else "")
