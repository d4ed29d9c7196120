"""Many uploaded pictures: the three most probable classes of each, as a table and CSV; one of them opened."""

import time
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from explorer.core.csv_export import csv_bytes
from explorer.core.errors import ExplorerError
from explorer.data import images
from explorer.models.network import top_guesses
from explorer.ui.layout import picture_links, picture_picker
from explorer.ui.layout.picture_picker import ACCEPTED
from explorer.ui.predict import single
from explorer.ui.state import cache, uploads, url_state
from explorer.ui.state.cache import Prediction, View
from explorer.ui.state.uploads import Upload
from explorer.ui.widgets import errors, tables
from explorer.ui.widgets.reports import reported
from explorer.ui.words import escaped, sentences, t

MAX_FILES = 50  # of a batch: each is decoded and run during the script


def draw(view: View) -> None:
    st.file_uploader(
        t("predict.many_upload", count=MAX_FILES, limit_mb=images.MAX_BYTES >> 20),
        ACCEPTED,
        accept_multiple_files=True,
        key="many",
        on_change=_take,
        max_upload_size=images.MAX_BYTES >> 20,
    )
    uploads.read("many")
    errors.show_kept("many_refused")
    files: list[Upload] = st.session_state.get("many_files", [])
    if not files:
        url_state.keep(row=None)
        return
    if (given := st.session_state.many_given) > MAX_FILES:
        st.warning(t("predict.many_too_many", count=MAX_FILES, given=given))
    shown = files[: st.session_state.get("many_read", 1)] if "many_stopped" in st.session_state else files
    if len(shown) < len(files):
        st.button(t("bar.job_go_on", done=len(shown), total=len(files)), key="many_go_on",
                  icon=":material/play_arrow:", on_click=resume_reading)  # fmt: skip
    rows, uris = _read(view, shown)
    table = pd.DataFrame(rows)
    chosen = url_state.restore("row", range(len(shown) + 1), 0)
    url_state.keep(row=chosen or None)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            t("predict.csv"),
            csv_bytes(table),
            "predictions.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.button(t("predict.many_clear"), key="many_clear", icon=":material/close:", on_click=_clear)
        st.caption(t("predict.many_open"), width="content")
    _draw_table(table, uris, chosen)
    if chosen:
        with errors.shown():
            _open(view, shown[chosen - 1])


def _read(view: View, files: Sequence[Upload]) -> tuple[list[dict[str, str | float | None]], list[str | None]]:
    """A row of the table for each file, and its thumbnail as a data URI; draws the progress meanwhile."""
    rows: list[dict[str, str | float | None]] = []
    uris: list[str | None] = []
    space, begun = st.empty(), time.monotonic()
    with space.container(horizontal=True, vertical_alignment="center"):
        progress = st.progress(0.0)
        st.button(t("bar.job_stop"), key="many_stop", icon=":material/stop:", on_click=stop_reading)
    for k, file in enumerate(files):
        row: dict[str, str | float | None] = {t("predict.file"): file.shown}
        uri = None
        try:
            prediction, uri = cache.file_prediction(file.digest, view.network_key, view.network, file)
            row |= top_three(view, prediction)
        except ExplorerError as error:
            row[t("predict.problem")] = t(error.key, **error.values)
        rows.append(row)
        uris.append(uri)
        st.session_state.many_read = k + 1
        left = (time.monotonic() - begun) / (k + 1) * (len(files) - k - 1)
        progress.progress((k + 1) / len(files), t("bar.job", done=k + 1, total=len(files), seconds=left))
    space.empty()
    return rows, uris


def _draw_table(table: pd.DataFrame, uris: Sequence[str | None], chosen: int) -> None:
    problem, thumbnail = t("predict.problem"), t("predict.many_thumbnail")
    shares = [share for rank in (1, 2, 3) if (share := t("predict.probability_of", rank=rank)) in table]
    drawn = table.assign(**{share: table[share] * 100 for share in shares})
    if problem in drawn:
        drawn.insert(1, problem, drawn.pop(problem).fillna(""))
    drawn.insert(0, thumbnail, list(uris))
    percent = st.column_config.ProgressColumn(format="%.1f%%", min_value=0, max_value=100)
    tables.show(
        drawn,
        column_config={thumbnail: st.column_config.ImageColumn(width="small"), **dict.fromkeys(shares, percent)},
        placeholder="–",
        alt=t("predict.many_alt"),
        row_height=52,
        key="many_table",
        on_select=_select,
        selection_mode="single-row",
        selection_default={"selection": {"rows": [chosen - 1] if chosen else []}},
    )


def _open(view: View, file: Upload) -> None:
    """Draw one file of the batch with its whole prediction, and links into the explorer. Raises PictureError."""
    open_picture, picture_key = picture_picker.open_file(file)
    open_picture()
    opened = View(picture_key, view.network_key, open_picture, view.open_network)
    with st.container(border=True, key="many_opened"):
        left, right = st.columns([3, 6], gap="medium")
        with left:
            single.draw_picture(opened, escaped(file.shown))
            st.caption(sentences(*(t(note) for note in opened.picture.notes)))
        with right:
            st.header(t("predict.answer"), anchor=False)
            single.draw_guesses(opened, "many_guesses")
            picture_links.draw("many_links", partial(picture_picker.choose_file, "many", file))


def _take() -> None:
    with errors.kept("many_refused"):
        taken = uploads.take_all("many")
        st.session_state.update(many_files=taken[:MAX_FILES], many_given=len(taken), row=0)
    resume_reading()


def _clear() -> None:
    st.session_state.update(many_files=[], row=0)


def _select() -> None:
    rows = reported("many_table", "selection", "rows")
    st.session_state.row = rows[0] + 1 if rows else 0


def stop_reading() -> None:
    st.session_state.many_stopped = True


def resume_reading() -> None:
    st.session_state.pop("many_stopped", None)


def top_three(view: View, prediction: Prediction) -> dict[str, str | float | None]:
    """The three most probable classes, as columns of the table."""
    row: dict[str, str | float | None] = {}
    for rank, guess in enumerate(top_guesses(single.translated(view.network), prediction.logits, 3), start=1):
        row[t("predict.top", rank=rank)] = guess.label
        row[t("predict.probability_of", rank=rank)] = guess.probability
    return row
