"""Table of all networks with the source of each value, and its download as CSV."""

from collections.abc import Generator

import pandas as pd
import streamlit as st

from explorer.core.csv_export import csv_bytes
from explorer.experiments.history import catalog
from explorer.experiments.history.catalog import QUANTITIES
from explorer.ui.history import card
from explorer.ui.state import shared_task
from explorer.ui.widgets import tables
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import t


@fragment
def draw() -> None:
    shown = st.expander(t("history.table"), key="history_table", on_change="rerun", icon=":material/table_rows:")
    if not shown.open:
        return
    with shown:
        found = shared_task.offer(
            f"history {catalog.version()}", count_layers, t("history.table_counting"), at_once=True
        )
        if found is None:
            return
        st.caption(t("history.table_said", version=catalog.version()))
        table = rows(*catalog.choose("all"))
        units = {t("history.parameters"): "localized", t("history.multiply_adds"): "localized",
                 t("history.top1"): "%.1f", t("history.top5"): "%.1f", t("history.year"): "%d",
                 t("history.input_px"): "%d", t("history.depth"): "%d"}  # fmt: skip
        config = {name: st.column_config.NumberColumn(format=unit) for name, unit in units.items()}
        links = {t("history.link"): st.column_config.LinkColumn(display_text=r"https://(.*)")}
        tables.show(table, column_config={**config, **links}, alt=t("history.table_alt", count=len(table)))
        st.download_button(t("history.save_csv"), csv_bytes(table), "networks.csv", "text/csv", on_click="ignore",
                           icon=":material/download:")  # fmt: skip


def count_layers() -> Generator[tuple[int, int], None, bool]:
    """Count the layers of all networks in steps; takes some seconds once."""
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
    for name in QUANTITIES:
        figure = getattr(entry, name)
        figures[t(f"history.{name}")] = figure.value if figure else None
        figures[f"{t(f'history.{name}')} · {t('history.source')}"] = card.source(figure)
    return {
        t("history.model"): model.name, t("history.year"): model.year, t("history.family"): model.family.name,
        t("history.weights"): entry.weights or "–", t("history.learned"): t(f"history.learned_{entry.learned}"),
        t("history.input_px"): entry.input_px, **figures, t("history.link"): model.family.link,
    }  # fmt: skip
