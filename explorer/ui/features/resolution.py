"""The resolution of the maps through the network, and the effect of the input's size."""

import math

import pandas as pd
import streamlit as st
from torch import Tensor

from explorer.analysis import features
from explorer.core.palette import RIGHT
from explorer.ui.features import place
from explorer.ui.features.place import Place
from explorer.ui.layout import style
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
    st.header(t("features.resolution"))
    own = view.network.preprocess.input_px
    found = {px: features.sides(view.network, px) for px in sorted({*features.SIZES, own, size})}
    names = [t("features.input"), *map(place.place_name, list(found[size])[1:])]
    sides = pd.DataFrame([list(row.values()) for row in found.values()], columns=names)
    table, words = st.columns(2, gap="medium")
    lit = f"background-color: {RIGHT[style.is_dark()]}33; font-weight: 700"
    with table:
        tables.show(
            sides, row_height=30, height="content", width="content", alt=t("features.sides_alt", size=size),
            styled=lambda safe: safe.style.apply(lambda row: [lit if row.iloc[0] == size else ""] * len(row), axis=1),
        )  # fmt: skip
    words.markdown(explanation(found, own))


def explanation(found: dict[int, dict[str, int]], own: int) -> str:
    """Why the last maps are small, and what a resize does, with this network's numbers."""
    last = {px: list(sides.values())[-1] for px, sides in found.items()}
    halvings = round(math.log2(224 / last[224]))
    ends = t("features.ends_point" if last[32] == 1 else "features.ends", halvings=halvings, side=last[32])
    larger = t("features.larger", at64=last[64], at128=last[128], at224=last[224])
    return sentences(ends, larger, t("features.resize", own=own))
