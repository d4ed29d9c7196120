"""Pictures with the highest activation of the chosen channel, from one scan for all channels of the place."""

import streamlit as st

from explorer.analysis import features, picture_set
from explorer.analysis.features import TopActivations
from explorer.analysis.picture_set import PictureSet
from explorer.codegen import features as script
from explorer.data import cifar10, images
from explorer.experiments import stored_answers
from explorer.plots import pictures
from explorer.ui.features.place import Place
from explorer.ui.state import memory
from explorer.ui.state.cache import View
from explorer.ui.state.shared_task import Steps
from explorer.ui.widgets import answers, code_export, html_figures, linked, markup
from explorer.ui.words import class_names, t

COUNTS = (stored_answers.COUNT, 1000, 5000)
PASSES = 1  # time relative to a forward pass


@memory.shared
def open_pictures(count: int, source: str) -> PictureSet:
    return picture_set.find(count)


def draw(view: View, here: Place, chosen: int) -> None:
    st.markdown(f"**{t('features.exciting', channel=chosen)}**")
    source = cifar10.find_cifar10()
    named = str(source)
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row:
        if source is None:
            count = len(images.gallery())
        else:
            words = t("features.exciting_count")
            count = linked.selectbox(
                words, COUNTS, key="exciting_count", default=COUNTS[0], omit_default=True, width=140
            )
    among = open_pictures(count, named) if count <= COUNTS[0] else picture_set.listed(count)
    with answers.offered(
        "exciting",
        view,
        among,
        lambda: scan(view, here, count, named),
        lambda stored: stored.exciting(here.tensor),
        PASSES,
        row=row,
        key=(here.tensor, named),
    ) as answer:
        if answer:
            shown = answer.pictures if answer.is_stored else open_pictures(count, named)
            draw_found(view, here, shown, answer.result, chosen)
        st.caption(t("features.exciting_means", own=view.network.preprocess.input_px))


def scan(view: View, here: Place, count: int, source: str) -> Steps[TopActivations]:
    yield 0, count  # opening the pictures takes time too
    return (yield from features.top_activations(view.network, open_pictures(count, source), here.tensor))


def draw_found(view: View, here: Place, among: PictureSet, top: TopActivations, chosen: int) -> None:
    if among.source == "picture.source_gallery":
        st.caption(t("features.exciting_few", count=len(among)))
    names = class_names([label or "" for label in among.labels])
    found = list(zip(top.indices[chosen].tolist(), top.values[chosen].tolist(), strict=True))
    if not among.pictures:  # of a stored result, without the pictures
        numbers = [f"{names[k]} #{among.ids[k].rpartition('-')[2]}" for k, _ in found]
        values = (html_figures.number(value) for _, value in found)
        markup.show(html_figures.facts(zip(numbers, values, strict=True)))
        return
    tiles = []
    for k, value in found:
        uri = pictures.thumbnail_uri(among.pictures[k], 96)
        name = names[k] or among.ids[k]
        tiles.append(html_figures.tile(uri, name, f"{name} · {html_figures.number(value)}"))
    markup.show(html_figures.grid(tiles, "grid-template-columns: repeat(4, 1fr)", "tiles strip"))
    code_export.offer(
        view,
        lambda folder: script.exciting(view.network, here.path, here.role, chosen, folder),
        lambda: among,
        key="exciting_code",
    )
