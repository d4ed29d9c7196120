"""The pictures of a set that excite the chosen channel most, from one scan for all channels of the place."""

import streamlit as st

from explorer import images, pictureset
from explorer.drawing import pictures
from explorer.network import features
from explorer.network.features import Exciting
from explorer.network.scripts import features as script
from explorer.pictureset import PictureSet
from explorer.training import data
from screen import figures, job, link, markup, memory, program
from screen.cached import View
from screen.features.place import Place
from screen.job import Steps
from screen.words import class_names, say

COUNTS = (200, 1000, 5000)


@memory.shared
def several(count: int, source: str) -> PictureSet:
    return pictureset.find(count)


def draw(view: View, here: Place, chosen: int) -> None:
    st.markdown(f"**{say('features.exciting', channel=chosen)}**")
    source = data.find_cifar10()
    space = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with space:
        if source is None:
            count = len(images.gallery())
        else:
            count = link.restore("exciting_count", COUNTS, COUNTS[1])
            st.selectbox(
                say("features.exciting_count"), COUNTS, key="exciting_count", width=140, persist_state="session"
            )
            link.keep(exciting_count=count if count != COUNTS[1] else None)
        named = str(source)
        found = job.offer(
            ("exciting", view.network_key, here.tensor, count, named),
            lambda: scan(view, here, count, named),
            say("features.exciting_start", count=count),
        )
    if source is None:
        st.caption(say("features.exciting_few", count=count))
    if found is not None:
        draw_found(view, here, several(count, named), found, chosen)
    st.caption(say("features.exciting_means", own=view.network.preprocess.input_px))


def scan(view: View, here: Place, count: int, source: str) -> Steps[Exciting]:
    yield 0, count  # to open the pictures takes a moment, too
    return (yield from features.exciting(view.network, several(count, source), here.tensor))


def draw_found(view: View, here: Place, among: PictureSet, found: Exciting, chosen: int) -> None:
    labels = [label or "" for label in among.labels]
    names = class_names(labels)
    tiles = []
    for k, value in zip(found.indices[chosen].tolist(), found.values[chosen].tolist(), strict=True):
        uri = pictures.thumbnail_uri(among.pictures[k], 96)
        name = names[k] or among.ids[k]
        tiles.append(figures.tile(uri, name, f"{name} · {figures.number(value)}"))
    markup.show(figures.grid(tiles, "grid-template-columns: repeat(4, 1fr)", "tiles strip"))
    program.offer(
        view,
        lambda folder: script.exciting(view.network, here.path, here.role, chosen, folder),
        lambda: among,
        key="exciting_code",
    )
