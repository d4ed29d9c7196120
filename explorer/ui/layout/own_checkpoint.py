"""A user's own checkpoint: the file, and what it does not say, asked in the header and beside a prediction."""

from collections.abc import Hashable
from dataclasses import replace

import streamlit as st

from explorer.core import settings
from explorer.core.errors import ExplorerError, WeightsError
from explorer.models import checkpoint, own, registry
from explorer.models.network import Network
from explorer.models.own import PADDINGS, PRESETS, Choice
from explorer.models.preprocessing import SIZES_PX
from explorer.ui.layout import labelled_pictures
from explorer.ui.state import cache, data_sets, uploads
from explorer.ui.state.uploads import Upload
from explorer.ui.widgets import errors
from explorer.ui.words import error_message, escaped, language, network_name, sentences, t

ANSWERS = ("own_part", "own_padding", "own_preset", "own_mean", "own_std", "own_size", "own_classes")
"""Session keys of the answers, each a widget's. They belong to one file: another one starts without them."""
CUSTOM = "custom"  # the preset whose mean, std and size the user types
MAX_NAMES = 100_000  # characters of the class names


def draw() -> None:
    """Draw the upload, and under it what was taken from the file and what can be changed."""
    suffixes, words = list(checkpoint.SUFFIXES), t("bar.own_help")
    if settings.is_public():
        suffixes, words = ["safetensors"], t("bar.own_help_public", code=checkpoint.CONVERSION)
    st.file_uploader(words, suffixes, key="checkpoint_widget", on_change=_accept)
    uploads.read("checkpoint_widget")
    file = held()
    if file is None:
        return
    try:
        network = opened(st.session_state.network, file)
    except ExplorerError:  # the page says it
        network = None
    if network:
        st.caption(sentences(summary(network), _score(network, file)))
    _ask(network)


def held() -> Upload | None:
    file: Upload | None = st.session_state.get("checkpoint")
    return file


def opened(name: str, file: Upload) -> Network:
    """The network with the file's weights, as chosen. Raises ExplorerError."""
    most_px = settings.limit("EXPLORER_MAX_PX")
    network = cache.own_network(name, file.digest, most_px, settled(name, file), file)
    return replace(network, facts={**network.facts, "file": file.shown})


def settled(name: str, file: Upload) -> Choice:
    """The user's answers; what they leave open is measured on the chosen data set, or on CIFAR-10 if it is found."""
    data = labelled_pictures.chosen()
    return cache.settled(name, file.digest, _choice(), data, data_sets.written(data or ""), file)


def cache_key(name: str, file: Upload) -> tuple[Hashable, ...]:
    """What determines the network of `opened`. Raises ExplorerError."""
    return "own", name, file.digest, settings.limit("EXPLORER_MAX_PX"), settled(name, file)


def summary(network: Network) -> str:
    """What was taken from the file and what was assumed, as Markdown."""
    return sentences(*map(escaped, own.summary(network.facts, network.preprocess, language())))


def draw_assumptions(network: Network) -> None:
    """Beside a prediction: preprocessing and origin of the class names, each preset one click away."""
    file = held()
    score = _score(network, file) if file else ""
    st.caption(sentences(summary(network), score, t(f"own.classes_{network.facts['classes_from']}")))
    with st.popover(t("own.change"), icon=":material/tune:", type="tertiary"):
        st.markdown(t("own.change_help", menu=t("bar.own")))
        for preset, preprocess in PRESETS.items():
            same = preprocess == network.preprocess
            st.button(
                _preset_name(preset), key=f"own_take_{preset}", on_click=_take, args=(preset,), disabled=same,
                icon=":material/check:" if same else None, type="tertiary",
            )  # fmt: skip


def _score(network: Network, file: Upload) -> str:
    """How many of the labelled pictures are right, as Markdown; empty if no data set is chosen."""
    data = labelled_pictures.chosen()
    if data is None:
        return ""
    name = escaped(data_sets.sources()[data])
    try:
        found = labelled_pictures.answers(network, cache_key(network.name, file))
    except ExplorerError as error:
        return error_message(error)
    if not found:
        return t("own.other_classes", data=name, count=len(network.labels))
    right = sum(true == predicted for _, true, predicted in found)
    return t("own.score", data=name, right=right, count=len(found))


def offer_nearest(error: ExplorerError) -> None:
    """Offer to open the network that a file fits better than the chosen one."""
    name = str(error.values.get("nearest", ""))
    if registry.is_known(name) and name != st.session_state.network:
        st.button(t("bar.open_network", network=network_name(name)), key="open_nearest", type="primary",
                  on_click=_open, args=(name,), icon=":material/account_tree:")  # fmt: skip


def _ask(network: Network | None) -> None:
    """The form. Without a network, since the answers do not fit, only those that were given can be changed."""
    facts = network.facts if network else {}
    parts = [*map(str, facts.get("parts", ()))]  # type: ignore[call-overload]
    if len(parts) > 1:
        st.selectbox(t("own.ask_part"), [path for path in parts if path] or parts, index=None, key="own_part",
                     placeholder=str(facts["part"]) or t("own.part_file"), persist_state="session")  # fmt: skip
    if facts.get("padding") or st.session_state.get("own_padding"):
        st.selectbox(t("own.ask_padding"), PADDINGS, index=None, key="own_padding", persist_state="session",
                     placeholder=t(f"own.pad_{facts.get('padding') or 'end'}"), help=t("own.ask_padding_help"),
                     format_func=lambda each: t(f"own.pad_{each}"))  # fmt: skip
    origin = str(facts.get("preprocess_from", "imagenet"))
    st.selectbox(t("own.ask_preset"), (*PRESETS, CUSTOM), index=None, key="own_preset", persist_state="session",
                 placeholder=t(f"own.from_{origin}"), help=t("own.ask_preset_help"),
                 format_func=_preset_name)  # fmt: skip
    if st.session_state.get("own_preset") == CUSTOM:
        st.text_input(t("own.ask_mean"), key="own_mean", placeholder="0.485 0.456 0.406", persist_state="session")
        st.text_input(t("own.ask_std"), key="own_std", placeholder="0.229 0.224 0.225", persist_state="session")
        st.number_input(t("own.ask_size"), SIZES_PX[0], SIZES_PX[-1], None, key="own_size",
                        persist_state="session")  # fmt: skip
    data = {data: name for data, name in data_sets.sources().items() if data != "digits"}
    if st.session_state.get(labelled_pictures.KEY) not in data:
        st.session_state[labelled_pictures.KEY] = None
    st.selectbox(t("own.ask_labelled"), list(data), index=None, key=labelled_pictures.KEY, persist_state="session",
                 placeholder=t("own.no_labelled"), help=t("own.ask_labelled_help"),
                 format_func=data.__getitem__)  # fmt: skip
    st.text_area(t("own.ask_classes"), key="own_classes", max_chars=MAX_NAMES, height=100, persist_state="session",
                 placeholder="cat\ndog")  # fmt: skip
    st.file_uploader(t("own.ask_classes_file"), ["txt"], key="own_classes_file", on_change=_take_names,
                     max_upload_size=1)  # fmt: skip


def _preset_name(preset: str) -> str:
    return t(f"own.preset_{preset}")


def _choice() -> Choice:
    """The answers in the session. Raises WeightsError."""
    state = st.session_state
    preset = str(state.get("own_preset") or "")
    given = Choice(
        part=str(state.get("own_part") or ""), padding=str(state.get("own_padding") or ""),
        preset="" if preset == CUSTOM else preset, classes=own.parse_classes(str(state.get("own_classes") or "")),
    )  # fmt: skip
    if preset != CUSTOM:
        return given
    mean, std = (_numbers(str(state.get(key) or "")) for key in ("own_mean", "own_std"))
    return replace(given, mean=mean, std=std, size_px=int(state.get("own_size") or 0))


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(map(float, text.replace(",", " ").split()))
    except ValueError:
        raise WeightsError("errors.mean_std") from None


def _accept() -> None:
    """Keep the uploaded checkpoint in the session, since `st.switch_page` empties the widget."""
    with errors.kept("checkpoint_refused"):
        file = uploads.take("checkpoint_widget")
        if file and settings.is_public() and not checkpoint.is_safetensors(file.content):
            raise WeightsError("errors.public_safetensors", file=file.shown, code=checkpoint.CONVERSION)
        st.session_state.checkpoint = file
        for key in ANSWERS:
            st.session_state.pop(key, None)


def _take_names() -> None:
    for file in uploads.read("own_classes_file"):
        text = file.content[: own.MAX_CLASS_FILE].decode("utf-8-sig", errors="replace")
        st.session_state.own_classes = "\n".join(own.parse_classes(text))[:MAX_NAMES]


def _take(preset: str) -> None:
    st.session_state.own_preset = preset


def _open(name: str) -> None:
    st.session_state.network = name
