"""The families of networks by year. A click shows the family's best-known network."""

from itertools import groupby

import streamlit as st

from explorer.experiments.history.catalog import ERAS, FAMILIES, HEADLINERS, MODELS
from explorer.plots import timeline
from explorer.plots.history import mark_chosen
from explorer.ui.layout import style
from explorer.ui.widgets import chart_view
from explorer.ui.widgets.reports import reported
from explorer.ui.words import t


def draw(model: str) -> None:
    draw_eras()
    family = MODELS[model].family.id
    by_year = groupby(FAMILIES.values(), key=lambda family: family.year)
    words = "; ".join(f"{year}: {', '.join(family.name for family in group)}" for year, group in by_year)
    for shape in ("wide", "narrow"):
        key, narrow = f"timeline_{shape}_chart", shape == "narrow"
        spec = chart_view.cached_spec(
            shape, timeline.timeline, FAMILIES.values(), t, dark=style.is_dark(), narrow=narrow
        )
        with st.container(key=f"timeline_{shape}"):
            chart_view.show(
                t("charts.timeline"), mark_chosen(spec, family), key=key, alt=t("history.timeline_alt", years=words),
                on_select=lambda key=key: pick(key), selection_mode="card",
            )  # fmt: skip


def draw_eras() -> None:
    for (era, years), column in zip(ERAS.items(), st.columns(len(ERAS), gap="medium"), strict=True):
        column.caption(t(f"history.era_{era}", first=years[0], last=years[-1]))


def pick(key: str) -> None:
    if points := reported(key, "selection", "card"):
        st.session_state.model = HEADLINERS[points[0]["id"]]
