"""The bar that all pages share: picture, network, weights, language. What it says is a `View`."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from explorer import images
from explorer.errors import ExplorerError
from explorer.network import zoo
from explorer.training import data
from screen import cached, gallery, link
from screen.cached import View
from screen.words import escaped, language, say, say_error

DATA_ROOT = Path("data")
SUFFIXES = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif"]
UPLOAD, CAMERA = "upload", "camera"


def draw() -> None:
    """Draw the bar and restore what a link says. `view()` then tells what is chosen."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bar"):
        _choose_picture()
        _choose_network()
        with st.container(width="content"):
            st.segmented_control(
                say("bar.language"),
                ["en", "zh"],
                key="lang",
                required=True,
                format_func=lambda code: {"en": "English", "zh": "中文"}[code],
                label_visibility="collapsed",
            )
    link.keep(
        lang=language(),
        picture=st.session_state.picture,
        network=st.session_state.network,
        weights=st.session_state.weights,
        seed=st.session_state.seed,
    )


def view() -> View:
    """The chosen picture and network. Where there is none, the page says what is missing and stops here."""
    try:
        with st.spinner(say("bar.loading_network"), show_time=True):
            network, network_key = _network()
        picture, picture_key = _picture()
    except ExplorerError as error:
        st.error(say_error(error), icon=":material/error:")
        st.stop()
    return View(picture, network, picture_key, network_key)


def caption(chosen: View) -> None:
    """Where the weights came from, and what was done to the picture to read it."""
    origin = say(
        chosen.network.origin,
        **{name: escaped(fact) if isinstance(fact, str) else fact for name, fact in chosen.network.facts.items()},
    )
    notes = " ".join(say(note) for note in chosen.picture.notes)
    st.caption(f"**{escaped(chosen.network.name)}** · {origin} {notes}")


def label(english: str | None) -> str:
    """A class's name in the reader's language, where we know one."""
    if language() == "en" or not english:
        return english or ""
    return _chinese().get(english, english)


@st.cache_data(show_spinner=False)
def _chinese() -> dict[str, str]:
    return {english: chinese for names in zoo.class_names().values() for english, chinese in names}


def sample_label(sample: images.Sample) -> str:
    known = {"china": "bar.sample_china", "flower": "bar.sample_flower"}.get(sample.id)
    return say(known) if known else label(sample.label) or sample.id


def _choose_picture() -> None:
    samples = {sample.id: sample for sample in images.gallery()}
    own = {UPLOAD: st.session_state.get("uploaded"), CAMERA: st.session_state.get("photo")}
    allowed = [*samples, *(name for name, file in own.items() if file is not None)]
    chosen = link.restore("picture", allowed, next(iter(samples)))
    if chosen in samples:
        uri = cached.thumbnail(chosen, cached.sample(chosen), 96)
        name = sample_label(samples[chosen])
    else:
        picture, key = _picture()
        uri, name = cached.thumbnail(key, picture, 96), picture.name
    st.html(f'<img class="thumb pixel" src="{uri}" alt="">', width="content")
    with st.popover(escaped(name), icon=":material/image:", help=say("bar.picture_help")):
        gallery.draw(
            [
                {"id": sample.id, "label": sample_label(sample), "uri": cached.thumbnail(key, cached.sample(key), 96)}
                for key, sample in samples.items()
            ],
            chosen,
            key="gallery",
            on_pick=_pick,
        )
        _offer_cifar10()
        st.file_uploader(
            say("bar.upload"),
            SUFFIXES,
            key="uploaded",
            on_change=_accept,
            args=("uploaded", UPLOAD),
            max_upload_size=images.MAX_BYTES >> 20,
            help=say("bar.upload_help"),
        )
        if st.toggle(say("bar.camera"), key="camera_on"):
            st.camera_input(
                say("bar.camera"), key="photo", on_change=_accept, args=("photo", CAMERA), label_visibility="collapsed"
            )
    if refused := st.session_state.pop("refused", None):
        st.toast(refused, icon=":material/error:", duration="long")
        st.error(refused, icon=":material/error:")


def _pick() -> None:
    st.session_state.picture = st.session_state.gallery.picked


def _accept(key: str, name: str) -> None:
    """Take a new picture if it can be read; if not, say why and keep the one before."""
    file: UploadedFile | None = st.session_state[key]
    if file is None:
        return
    try:
        cached.upload(file.file_id, file.getvalue(), file.name)
    except ExplorerError as error:
        st.session_state.refused = say_error(error)
    else:
        st.session_state.picture = name


def _picture() -> tuple[images.Picture, str]:
    name: str = st.session_state.picture
    if name in (UPLOAD, CAMERA):
        file: UploadedFile = st.session_state["uploaded" if name == UPLOAD else "photo"]
        return cached.upload(file.file_id, file.getvalue(), file.name), file.file_id
    return cached.sample(name), name


def _offer_cifar10() -> None:
    if data.find_cifar10() is not None:
        return
    if st.button(say("bar.get_cifar10"), icon=":material/download:", help=say("bar.get_cifar10_help")):
        bar = st.progress(0.0, say("bar.connecting"))
        try:
            data.download_cifar10(DATA_ROOT, lambda done, total: _show_progress(bar, done, total))
        except ExplorerError as error:
            bar.empty()
            st.error(say_error(error), icon=":material/error:")
        else:
            st.rerun()


def _choose_network() -> None:
    name = link.restore("network", zoo.NETWORKS, "resnet18")
    st.selectbox(say("bar.network"), zoo.NETWORKS, key="network", label_visibility="collapsed", width=190)
    choices = [*zoo.choices(name), "own"]
    link.restore("weights", choices, choices[0])
    labels = {weights: say(f"bar.weights_{weights.replace('-', '_')}") for weights in choices}
    link.restore("seed", range(2**31), 0)
    st.selectbox(
        say("bar.weights"),
        choices,
        key="weights",
        label_visibility="collapsed",
        width=230,
        format_func=labels.__getitem__,
    )
    if st.session_state.weights == "random":
        st.number_input(
            say("bar.seed"),
            0,
            2**31 - 1,
            key="seed",
            label_visibility="collapsed",
            width=110,
            help=say("bar.seed_help"),
        )
    if st.session_state.weights == "own":
        with st.popover(say("bar.own"), icon=":material/upload_file:"):
            st.file_uploader(say("bar.own_help"), ["safetensors", "pt", "pth"], key="checkpoint")


def _network() -> tuple[zoo.Network, str]:
    name, weights, seed = (st.session_state[key] for key in ("network", "weights", "seed"))
    if weights == "own":
        file: UploadedFile | None = st.session_state.get("checkpoint")
        if file is None:
            st.info(say("bar.own_missing"), icon=":material/upload_file:")
            st.stop()
        return cached.own_network(name, file.file_id, file.getvalue(), images.display_name(file.name)), file.file_id
    if weights in zoo.IMAGENET and not zoo.imagenet_file(name, weights)[0].is_file():
        _offer_imagenet(name, weights)
    seed = seed if weights == "random" else 0
    return cached.network(name, weights, seed), f"{name} {weights} {seed}"


def _offer_imagenet(name: str, weights: str) -> None:
    file, _ = zoo.imagenet_file(name, weights)
    st.info(say("bar.imagenet_missing", file=escaped(file.name)), icon=":material/download:")
    if not st.button(say("bar.imagenet_get", file=escaped(file.name)), type="primary"):
        st.stop()
    bar = st.progress(0.0, say("bar.connecting"))
    try:
        zoo.load(name, weights, progress=lambda done, total: _show_progress(bar, done, total))
    finally:
        bar.empty()
    st.rerun()


def _show_progress(bar: st.delta_generator.DeltaGenerator, done: int, total: int | None) -> None:
    words = say("bar.downloaded", done=done / 1e6, total=(total or 0) / 1e6)
    bar.progress(min(done / total, 1.0) if total else 0.0, words)
