"""Pictures in, the five most probable classes out."""

import time
from dataclasses import replace

import pandas as pd
import streamlit as st

from explorer.codegen import views
from explorer.core.csv_export import csv_bytes
from explorer.core.errors import ExplorerError
from explorer.data import images
from explorer.models.network import Network, top_guesses
from explorer.plots import charts, pictures
from explorer.plots.pictures import common_scale
from explorer.ui.layout import header, navigation
from explorer.ui.layout.picture_picker import ACCEPTED
from explorer.ui.state import cache, uploads
from explorer.ui.state.cache import View
from explorer.ui.state.uploads import Upload
from explorer.ui.widgets import chart_view, code_export, html_figures, markup, tables
from explorer.ui.words import class_names, escaped, language, t

MANY = 50  # pictures of a batch: each is decoded and run while the reader waits


def page() -> None:
    st.title(t("predict.title"))
    view = header.view()
    header.caption(view)
    with st.container(key="prediction"):  # on a phone the answer comes second: see `style`
        left, middle, right = st.columns([3, 3, 6], gap="medium")
    with right:
        draw_answer(view)  # first: the browser draws its chart while the pictures are being encoded
    with left:
        draw_picture(view)
    with middle:
        draw_input(view)
    st.header(t("predict.many"))
    draw_many(view)
    code_export.offer(view, lambda file: views.prediction(view.network, file))
    with st.expander(t("predict.classes")):
        names = class_names(view.network.labels)
        st.markdown(("、" if language() == "zh" else ", ").join(map(escaped, names)))


def draw_picture(view: View) -> None:
    st.header(t("predict.picture"))
    uri = cache.thumbnail((view.picture_key, "large"), view.picture, 480)
    look = "max-width: 100%; min-width: min(100%, 10rem); max-height: 20rem"
    markup.show(html_figures.picture(uri, view.picture.name, look))
    width, height = view.picture.image.size
    words = t("predict.picture_size", width=width, height=height)
    if view.picture.label:
        words += " · " + t("predict.true_label", label=escaped(class_names([view.picture.label])[0]))
    st.caption(words)


def draw_input(view: View) -> None:
    st.header(t("predict.as_seen"))
    preprocess = view.network.preprocess
    pixels = preprocess.pixels(view.x)[0]
    markup.show(html_figures.picture(pictures.data_uri(pictures.rgb_png(pixels)), t("predict.as_seen")))
    size = preprocess.input_px
    st.caption(
        t("predict.as_seen_enlarged", small=preprocess.crop_px, size=size)
        if preprocess.enlarge_px
        else t("predict.as_seen_size", resize=preprocess.resize_px, size=size)
    )
    scale = common_scale([view.x])
    markup.show(html_figures.tiles(view.x[0], range(3), scale, columns=3, names="RGB") + html_figures.legend(scale))
    st.caption(t("predict.normalised"))


def draw_answer(view: View) -> None:
    st.header(t("predict.answer"))
    found = cache.prediction(view.key, view.network, view.x)
    guesses = top_guesses(named(view.network), found.logits)
    table = pd.DataFrame({"label": [g.label for g in guesses], "share": [g.probability for g in guesses]})
    words = {"label": t("predict.label"), "probability": t("predict.probability")}
    spec = chart_view.made(view.key, charts.guesses, table, **words)
    alt = ", ".join(f"{guess.label} {guess.probability:.1%}" for guess in guesses)
    chart_view.show(t("charts.most_probable"), spec, key="guesses", alt=alt)
    if view.network.weights == "random":
        st.markdown(t("predict.untrained"))
    else:
        st.markdown(t(f"predict.{certainty(guesses[0].probability)}"))
        st.markdown(t("predict.must_choose", count=len(view.network.labels)))
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            t("predict.look_inside"), type="primary", icon=":material/code:", help=t("predict.look_inside_help")
        ):
            st.switch_page(navigation.path("source"))
        st.caption(t("predict.time", ms=found.seconds * 1000), width="content")


def named(network: Network) -> Network:
    """The same network, its classes in the reader's language."""
    return replace(network, labels=class_names(network.labels))


def certainty(probability: float) -> str:
    """The bundled weights were trained with label smoothing: they seldom pass 0.9."""
    return "sure" if probability >= 0.8 else "leans" if probability >= 0.5 else "torn"


def draw_many(view: View) -> None:
    st.file_uploader(
        t("predict.many_upload", count=MANY),
        ACCEPTED,
        accept_multiple_files=True,
        key="many",
        on_change=go_on_reading,
        max_upload_size=images.MAX_BYTES >> 20,
    )
    files = uploads.read("many")
    if not files:
        return
    if len(files) > MANY:
        st.warning(t("predict.many_too_many", count=MANY, given=len(files)))
    shown = files[: st.session_state.get("many_read", 1)] if "many_stopped" in st.session_state else files[:MANY]
    if len(shown) < min(len(files), MANY):
        st.button(t("bar.job_go_on", done=len(shown), total=min(len(files), MANY)), key="many_go_on",
                  icon=":material/play_arrow:", on_click=go_on_reading)  # fmt: skip
    rows = []
    space, begun = st.empty(), time.monotonic()
    with space.container(horizontal=True, vertical_alignment="center"):
        progress = st.progress(0.0)
        st.button(t("bar.job_stop"), key="many_stop", icon=":material/stop:", on_click=stop_reading)
    for k, file in enumerate(shown):
        row: dict[str, str | float | None] = {t("predict.file"): images.display_name(file.name)}
        try:
            row |= answers(view, file)
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


def go_on_reading() -> None:
    st.session_state.pop("many_stopped", None)


def answers(view: View, file: Upload) -> dict[str, str | float | None]:
    """Top three of one uploaded picture, as columns of the table. Raises ExplorerError."""
    found = cache.file_prediction(file.digest, view.network_key, view.network, file)
    row: dict[str, str | float | None] = {}
    for rank, guess in enumerate(top_guesses(named(view.network), found.logits, 3), start=1):
        row[t("predict.top", rank=rank)] = guess.label
        row[t("predict.probability_of", rank=rank)] = guess.probability
    return row


page()
