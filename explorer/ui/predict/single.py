"""One picture: as it is, as the network sees it, and the five most probable classes."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from explorer.models.network import Network, top_guesses
from explorer.plots import charts, pictures
from explorer.plots.pictures import common_scale
from explorer.ui.layout import navigation, own_checkpoint
from explorer.ui.state import cache
from explorer.ui.state.cache import View
from explorer.ui.widgets import chart_view, html_figures, markup
from explorer.ui.words import class_names, escaped, t


def draw_picture(view: View, title: str) -> None:
    st.header(title, anchor=False)
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
        if preprocess.enlarge_px not in (None, preprocess.crop_px)
        else t("predict.as_seen_size", resize=preprocess.resize_px, size=size)
    )
    scale = common_scale([view.x])
    colours = range(len(view.x[0]))
    tiles = html_figures.tiles(view.x[0], colours, scale, columns=3, names="RGB" if len(colours) == 3 else "")
    markup.show(tiles + html_figures.legend(scale))
    st.caption(t("predict.normalised"))


def draw_answer(view: View) -> None:
    st.header(t("predict.answer"))
    seconds = draw_guesses(view, "guesses")
    if view.network.weights == "own":
        own_checkpoint.draw_assumptions(view.network)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            t("predict.look_inside"), type="primary", icon=":material/code:", help=t("predict.look_inside_help")
        ):
            st.switch_page(navigation.path("source"))
        st.caption(t("predict.time", ms=seconds * 1000), width="content")


def draw_guesses(view: View, key: str) -> float:
    """Draw the most probable classes and how sure the network is; return the time of the forward pass in seconds."""
    prediction = cache.prediction(view.key, view.network, view.x)
    guesses = top_guesses(translated(view.network), prediction.logits)
    table = pd.DataFrame({"label": [g.label for g in guesses], "share": [g.probability for g in guesses]})
    words = {"label": t("predict.label"), "probability": t("predict.probability")}
    spec = chart_view.cached_spec(view.key, charts.guesses, table, **words)
    alt = ", ".join(f"{guess.label} {guess.probability:.1%}" for guess in guesses)
    chart_view.show(t("charts.most_probable"), spec, key=key, alt=alt)
    if view.network.weights == "random":
        flat = float(prediction.logits.amax() - prediction.logits.amin()) == 0
        st.markdown(t("inference.flat" if flat else "predict.untrained"))
    else:
        st.markdown(t(f"predict.{certainty(guesses[0].probability)}"))
        st.markdown(t("predict.must_choose", count=len(view.network.labels)))
    return prediction.seconds


def translated(network: Network) -> Network:
    """`network` with its class names in the chosen language."""
    return replace(network, labels=class_names(network.labels))


def certainty(probability: float) -> str:
    """Word for a probability. The bundled weights were trained with label smoothing and seldom exceed 0.9."""
    return "sure" if probability >= 0.8 else "leans" if probability >= 0.5 else "torn"
