"""Every figure of every network with its source, to sort and to keep."""

from collections.abc import Generator

import pandas as pd
import streamlit as st

from explorer.core.csv_export import csv_bytes
from explorer.experiments.history import catalog
from explorer.experiments.history.catalog import FIGURES
from explorer.ui.history import card
from explorer.ui.state import shared_task
from explorer.ui.widgets import tables
from explorer.ui.words import say


@st.fragment
def draw() -> None:
    shown = st.expander(say("history.table"), key="history_table", on_change="rerun", icon=":material/table_rows:")
    if not shown.open:
        return
    with shown:
        found = shared_task.offer(f"history {catalog.version()}", counting, say("history.table_counting"), at_once=True)
        if found is None:
            return
        st.caption(say("history.table_said", version=catalog.version()))
        table = rows(*catalog.choose("all"))
        units = {say("history.parameters"): "localized", say("history.multiply_adds"): "localized",
                 say("history.top1"): "%.1f", say("history.top5"): "%.1f", say("history.year"): "%d",
                 say("history.input_px"): "%d", say("history.depth"): "%d"}  # fmt: skip
        config = {name: st.column_config.NumberColumn(format=unit) for name, unit in units.items()}
        links = {say("history.link"): st.column_config.LinkColumn(display_text=r"https://(.*)")}
        tables.show(table, column_config={**config, **links}, alt=say("history.table_alt", count=len(table)))
        st.download_button(say("history.save_csv"), csv_bytes(table), "networks.csv", "text/csv", on_click="ignore",
                           icon=":material/download:")  # fmt: skip


def counting() -> Generator[tuple[int, int], None, bool]:
    """Counts the layers of all networks, which takes some seconds once."""
    entries = catalog.choose("all")
    for done, entry in enumerate(entries):
        yield done, len(entries)
        _ = entry.depth
    return True


def rows(*entries: catalog.Entry) -> pd.DataFrame:
    return pd.DataFrame([row(entry) for entry in entries])


def row(entry: catalog.Entry) -> dict[str, object]:
    model = entry.model
    figures: dict[str, object] = {}
    for name in FIGURES:
        figure = getattr(entry, name)
        figures[say(f"history.{name}")] = figure.value if figure else None
        figures[f"{say(f'history.{name}')} · {say('history.source')}"] = card.source(figure)
    return {
        say("history.model"): model.name, say("history.year"): model.year, say("history.family"): model.family.name,
        say("history.weights"): entry.weights or "–", say("history.learned"): say(f"history.learned_{entry.learned}"),
        say("history.input_px"): entry.input_px, **figures, say("history.link"): model.family.link,
    }  # fmt: skip
