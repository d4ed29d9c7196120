"""Pictures in, the five most probable classes out."""

import pandas as pd
import streamlit as st

from explorer import images
from explorer.drawing import charts, pictures
from explorer.drawing.pictures import common_scale
from explorer.errors import ExplorerError
from explorer.network import script
from explorer.network.zoo import top_guesses
from screen import bar, cached, figures, program
from screen.cached import View
from screen.picture import SUFFIXES
from screen.words import class_name, escaped, language, say

MANY = 50  # pictures of a batch: each is decoded and run while the reader waits


def page() -> None:
    st.title(say("predict.title"))
    view = bar.view()
    bar.caption(view)
    left, middle, right = st.columns([3, 6, 3], gap="medium")
    with left:
        draw_picture(view)
    with middle:
        draw_answer(view)
    with right:
        draw_input(view)
    st.subheader(say("predict.many"))
    draw_many(view)
    program.offer(view, lambda file: script.prediction(view.network, file))
    with st.expander(say("predict.classes")):
        st.write(("、" if language() == "zh" else ", ").join(map(class_name, view.network.labels)))


def draw_picture(view: View) -> None:
    st.subheader(say("predict.picture"))
    uri = cached.thumbnail(f"{view.picture_key} large", view.picture, 480)
    st.html(figures.picture(uri, view.picture.name, "max-width: 100%; min-width: min(100%, 10rem); max-height: 20rem"))
    width, height = view.picture.image.size
    words = say("predict.picture_size", width=width, height=height)
    if view.picture.label:
        words += " · " + say("predict.true_label", label=escaped(class_name(view.picture.label)))
    st.caption(words)


def draw_input(view: View) -> None:
    st.subheader(say("predict.as_seen"))
    preprocess = view.network.preprocess
    pixels = preprocess.pixels(view.x)[0]
    st.html(figures.picture(pictures.data_uri(pictures.rgb_png(pixels)), say("predict.as_seen")))
    size = preprocess.input_px
    st.caption(
        say("predict.as_seen_enlarged", small=preprocess.crop_px, size=size)
        if preprocess.enlarge_px
        else say("predict.as_seen_size", size=size)
    )
    scale = common_scale([view.x])
    st.html(figures.tiles(view.x[0], range(3), scale, columns=3, names="RGB") + figures.legend(scale))
    st.caption(say("predict.normalised"))


def draw_answer(view: View) -> None:
    st.subheader(say("predict.answer"))
    found = cached.prediction(view.key, view.network, view.x)
    guesses = top_guesses(view.network, found.logits)
    table = pd.DataFrame({"label": [class_name(g.label) for g in guesses], "share": [g.probability for g in guesses]})
    chart = charts.guesses(table, label=say("predict.label"), probability=say("predict.probability"))
    st.altair_chart(chart, key="guesses", alt=", ".join(f"{class_name(g.label)} {g.probability:.1%}" for g in guesses))
    if view.network.weights == "random":
        st.markdown(say("predict.untrained"))
    else:
        st.markdown(say(f"predict.{certainty(guesses[0].probability)}"))
        st.markdown(say("predict.must_choose", count=len(view.network.labels)))
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            say("predict.look_inside"), type="primary", icon=":material/code:", help=say("predict.look_inside_help")
        ):
            st.switch_page("screen/pages/source.py")
        st.caption(say("predict.time", ms=found.seconds * 1000), width="content")


def certainty(probability: float) -> str:
    return "sure" if probability >= 0.9 else "leans" if probability >= 0.5 else "torn"


def draw_many(view: View) -> None:
    files = st.file_uploader(
        say("predict.many_upload", count=MANY),
        SUFFIXES,
        accept_multiple_files=True,
        key="many",
        max_upload_size=images.MAX_BYTES >> 20,
    )
    if not files:
        return
    if len(files) > MANY:
        st.warning(say("predict.many_too_many", count=MANY, given=len(files)))
    rows = []
    progress = st.progress(0.0)
    for k, file in enumerate(files[:MANY]):
        row: dict[str, str | float | None] = {say("predict.file"): images.display_name(file.name)}
        try:
            row |= answers(view, file.file_id, file.getvalue(), file.name)
        except ExplorerError as error:
            row[say("predict.problem")] = say(error.key, **error.values)
        rows.append(row)
        progress.progress(
            (k + 1) / len(files[:MANY]), say("predict.many_progress", done=k + 1, total=len(files[:MANY]))
        )
    progress.empty()
    table = pd.DataFrame(rows)
    shares = {
        name: st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
        for name in table.columns
        if name.startswith(say("predict.probability_of", rank=""))
    }
    st.dataframe(table, hide_index=True, column_config=shares)
    st.download_button(
        say("predict.csv"),
        table.to_csv(index=False).encode("utf-8-sig"),
        "predictions.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def answers(view: View, file_id: str, data: bytes, name: str) -> dict[str, str | float | None]:
    """Top three of one uploaded picture, as columns of the table. Raises PictureError."""
    picture = images.decode(data, name)
    x = view.network.preprocess(picture.image)
    found = cached.prediction(f"{file_id} {view.network_key}", view.network, x)
    row: dict[str, str | float | None] = {}
    for rank, guess in enumerate(top_guesses(view.network, found.logits, 3), start=1):
        row[say("predict.top", rank=rank)] = class_name(guess.label)
        row[say("predict.probability_of", rank=rank)] = guess.probability
    return row


page()
