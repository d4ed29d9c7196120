"""Choose a picture: from the gallery, uploaded, pasted, or taken with the camera."""

from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st
from markupsafe import Markup

from explorer.core.errors import ExplorerError
from explorer.data import cifar10, images
from explorer.data.images import Picture, Sample
from explorer.ui.layout import gallery, labelled_pictures, own_checkpoint
from explorer.ui.state import cache, data_sets, run_pictures, uploads, url_state
from explorer.ui.state.uploads import Upload
from explorer.ui.widgets import errors, markup
from explorer.ui.widgets.download_progress import progress_bar
from explorer.ui.widgets.reports import reported
from explorer.ui.words import class_names, error_message, escaped, t

DATA_ROOT = Path("data")
# Any picture: `images` rejects unreadable files in both languages, Streamlit only in English. The suffixes are for
# files whose type browsers do not know.
ACCEPTED = ["image", *(suffix.removeprefix(".") for suffix in cifar10.SUFFIXES)]
_OPENED = {run_pictures.PREFIX: run_pictures.opened, labelled_pictures.PREFIX: labelled_pictures.opened}
WIDGETS = {"upload": "uploaded", "camera": "photo"}  # value of `picture` -> key of the widget it comes from


def choose() -> None:
    """Draw the widgets. `chosen` returns the choice."""
    samples = {sample.id: sample for sample in images.gallery()}
    picked = url_state.restore("picture", [*samples, *_files(), *_labelled()], next(iter(samples)))
    if picked in samples:
        uri, name = cache.sample_thumbnail(picked), label(samples[picked])
    else:
        open_picture, key = chosen()
        picture = open_picture()
        uri, name = cache.thumbnail(key, picture, 96), picture.name
    if uri:
        markup.show(Markup('<img class="thumb pixel" src="{}" alt="">').format(uri), width="content")
    with st.popover(escaped(name), icon=":material/image:", key="picture_menu"):
        st.file_uploader(
            t("bar.upload"),
            ACCEPTED,
            key="uploaded",
            on_change=_accept,
            args=("upload",),
            max_upload_size=images.MAX_BYTES >> 20,
            help=t("bar.upload_help", limit_mb=images.MAX_BYTES >> 20),
        )
        uploads.read("uploaded")
        if st.toggle(t("bar.camera"), key="camera_on"):
            st.camera_input(
                t("bar.camera"), key="photo", on_change=_accept, args=("camera",), label_visibility="collapsed"
            )
            uploads.read("photo")
        _draw_gallery(samples, picked)
        _offer_cifar10()
    if refused := st.session_state.pop("refused", None):
        st.toast(refused, icon=":material/error:", duration="long")
        st.error(refused, icon=":material/error:")


def chosen() -> tuple[Callable[[], Picture], Hashable]:
    """A function that opens the chosen picture (raises ExplorerError), and its cache key."""
    name: str = st.session_state.picture
    if file := _files().get(name):
        return open_file(file)
    for prefix, opened in _OPENED.items():
        if name.startswith(prefix):
            return opened(name)
    return partial(cache.sample, name), ("sample", name)


def _own(file: Upload) -> Picture:
    return replace(cache.upload(file.digest, file), name=file.shown)


def label(sample: Sample) -> str:
    known = {"china": "bar.sample_china", "flower": "bar.sample_flower"}.get(sample.id)
    return t(known) if known else class_names([sample.label or sample.id])[0]


def _files() -> dict[str, Upload]:
    """Uploaded pictures of this session, kept here because `st.switch_page` empties every widget."""
    files: dict[str, Upload] = st.session_state.setdefault("files", {})
    return files


def _labelled() -> list[str]:
    """The labelled picture that the session or the link names, if it can be opened; else its error is shown."""
    asked = str(st.session_state.get("picture") or st.query_params.get("picture", ""))
    for prefix, opened in _OPENED.items():
        if asked.startswith(prefix):
            try:
                opened(asked)[0]()
            except ExplorerError as error:
                st.session_state.refused = error_message(error)
            else:
                return [asked]
    return []


def _labelled_group(chosen: str) -> dict[str, list[gallery.Entry]]:
    """Labelled pictures of the chosen weights under a heading: of the run, or of the data set beside a checkpoint.

    None if they cannot be opened.
    """
    weights = str(st.session_state.get("weights") or st.query_params.get("weights", ""))
    file, data = own_checkpoint.held(), labelled_pictures.chosen()
    if weights == "own" and file and data:
        with suppress(ExplorerError):
            name = st.session_state.network
            network, key = own_checkpoint.opened(name, file), own_checkpoint.cache_key(name, file)
            heading = t("bar.run_pictures", run=data_sets.sources()[data])
            return _group(heading, labelled_pictures.gallery(network, key), labelled_pictures.picture_id)
    for asked in (weights, chosen):
        with suppress(ExplorerError):
            run, _ = run_pictures.find(asked if asked.count(":") > 1 else f"{asked}:0")
            heading = t("bar.run_pictures", run=run.about().name)
            if found := _group(heading, run_pictures.gallery(run), partial(run_pictures.picture_id, run)):
                return found
    return {}


def _group(
    heading: str, entries: Sequence[run_pictures.Entry], picture_id: Callable[[int], str]
) -> dict[str, list[gallery.Entry]]:
    names = class_names([name for _, true, predicted, _ in entries for name in (true, predicted)])
    found: list[gallery.Entry] = [
        {"id": picture_id(k), "label": _answer(*names[2 * at : 2 * at + 2]), "uri": uri}
        for at, (k, _, _, uri) in enumerate(entries)
    ]
    return {heading: found} if found else {}


def _answer(true: str, predicted: str) -> str:
    return true if true == predicted else t("bar.run_answer", true=true, predicted=predicted)


def _draw_gallery(samples: dict[str, Sample], chosen: str) -> None:
    groups = _labelled_group(chosen)
    for key, sample in samples.items():
        if uri := cache.sample_thumbnail(key):
            source = t(sample.source)  # worded for the middle of a sentence
            heading = source[:1].upper() + source[1:]
            groups.setdefault(heading, []).append({"id": key, "label": label(sample), "uri": uri})
    gallery.draw(groups, chosen, key="gallery", on_pick=_pick)


def _pick() -> None:
    if picked := reported("gallery", "picked"):
        st.session_state.picture = picked


def _accept(name: str) -> None:
    """Choose a new picture if it can be read; otherwise show why and keep the previous one.

    An emptied uploader changes nothing, since it also empties itself before it takes another file.
    """
    files = _files()
    with errors.kept("refused"):
        file = uploads.take(WIDGETS[name])
        if file and not (name in files and files[name].digest == file.digest):
            cache.upload(file.digest, file)
            choose_file(name, file)


def choose_file(name: str, file: Upload) -> None:
    """Make `file` the chosen picture, until another takes its place under `name`."""
    _files()[name] = file
    st.session_state.picture = name


def open_file(file: Upload) -> tuple[Callable[[], Picture], Hashable]:
    """`chosen` for a file."""
    return partial(_own, file), ("upload", file.digest)


def _offer_cifar10() -> None:
    if cifar10.find_cifar10() is not None:
        return
    st.caption(t("bar.no_cifar10"))
    if st.button(t("bar.get_cifar10"), icon=":material/download:", help=t("bar.get_cifar10_help")):
        with errors.shown():
            with progress_bar() as show:
                cifar10.download_cifar10(DATA_ROOT, show)
            st.rerun()
