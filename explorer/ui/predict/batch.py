"""Many uploaded pictures: the three most probable classes of each, as a table and CSV."""

import time

import pandas as pd
import streamlit as st

from explorer.core.csv_export import csv_bytes
from explorer.core.errors import ExplorerError
from explorer.data import images
from explorer.models.network import top_guesses
from explorer.ui.layout.picture_picker import ACCEPTED
from explorer.ui.predict.single import translated
from explorer.ui.state import cache, uploads
from explorer.ui.state.cache import View
from explorer.ui.state.uploads import Upload
from explorer.ui.widgets import tables
from explorer.ui.words import t

MAX_FILES = 50  # of a batch: each is decoded and run during the script


def draw(view: View) -> None:
    st.file_uploader(
        t("predict.many_upload", count=MAX_FILES, limit_mb=images.MAX_BYTES >> 20),
        ACCEPTED,
        accept_multiple_files=True,
        key="many",
        on_change=resume_reading,
        max_upload_size=images.MAX_BYTES >> 20,
    )
    files = uploads.read("many")
    if not files:
        return
    if len(files) > MAX_FILES:
        st.warning(t("predict.many_too_many", count=MAX_FILES, given=len(files)))
    shown = files[: st.session_state.get("many_read", 1)] if "many_stopped" in st.session_state else files[:MAX_FILES]
    if len(shown) < min(len(files), MAX_FILES):
        st.button(t("bar.job_go_on", done=len(shown), total=min(len(files), MAX_FILES)), key="many_go_on",
                  icon=":material/play_arrow:", on_click=resume_reading)  # fmt: skip
    rows = []
    space, begun = st.empty(), time.monotonic()
    with space.container(horizontal=True, vertical_alignment="center"):
        progress = st.progress(0.0)
        st.button(t("bar.job_stop"), key="many_stop", icon=":material/stop:", on_click=stop_reading)
    for k, file in enumerate(shown):
        row: dict[str, str | float | None] = {t("predict.file"): images.display_name(file.name)}
        try:
            row |= top_three(view, file)
        except ExplorerError as error:
            row[t("predict.problem")] = t(error.key, **error.values)
        rows.append(row)
        st.session_state.many_read = k + 1
        left = (time.monotonic() - begun) / (k + 1) * (len(shown) - k - 1)
        progress.progress((k + 1) / len(shown), t("bar.job", done=k + 1, total=len(shown), seconds=left))
    space.empty()
    table = pd.DataFrame(rows)
    problem, shares = t("predict.problem"), [t("predict.probability_of", rank=rank) for rank in (1, 2, 3)]
    percent = st.column_config.ProgressColumn(format="%.1f%%", min_value=0, max_value=100)
    numbers = table.assign(**{share: table[share] * 100 for share in shares if share in table})
    if problem in table:
        numbers.insert(1, problem, numbers.pop(problem).fillna(""))
    columns = dict.fromkeys(shares, percent)
    tables.show(numbers, column_config=columns, placeholder="–", alt=t("predict.many_alt"))
    st.download_button(
        t("predict.csv"),
        csv_bytes(table),
        "predictions.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def stop_reading() -> None:
    st.session_state.many_stopped = True


def resume_reading() -> None:
    st.session_state.pop("many_stopped", None)


def top_three(view: View, file: Upload) -> dict[str, str | float | None]:
    """The three most probable classes of one file, as columns of the table. Raises ExplorerError."""
    prediction = cache.file_prediction(file.digest, view.network_key, view.network, file)
    row: dict[str, str | float | None] = {}
    for rank, guess in enumerate(top_guesses(translated(view.network), prediction.logits, 3), start=1):
        row[t("predict.top", rank=rank)] = guess.label
        row[t("predict.probability_of", rank=rank)] = guess.probability
    return row
