"""The header's Share menu: the link to what is on screen, what it does not carry, and what does."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from explorer.core import assets, local_networks, settings
from explorer.core.errors import ExplorerError
from explorer.data.names import source_name
from explorer.runs import store
from explorer.ui.server.streamlit_private import Container
from explorer.ui.state import access_control
from explorer.ui.words import escaped, t

# Page -> the label of its self-contained file.
FILES: Final = {"source": "scene.save", "compare": "compare.html", "homework": "homework.download",
                "finetune": "runs.downloads", "runs": "runs.downloads"}  # fmt: skip
WITH_FIGURES: Final = frozenset(
    {"", "source", "diagrams", "shortcut", "why", "features", "predict", "finetune", "runs", "compare", "pretraining",
     "history"}
)  # fmt: skip
OF_RUNS: Final = frozenset({"finetune", "runs"})  # pages whose link has a run
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_link = st.components.v2.component("share_link", js=assets.js("share_link"))


def draw() -> Container:
    """Draw the menu; returns its place for `fill`, which knows what the page has chosen."""
    with st.popover(t("share.title"), icon=":material/share:", key="share"):
        words = {"label": t("share.link"), "copy": t("share.copy"), "copied": t("share.copied")}
        st.markdown(f"**{words['label']}**")
        _link(key="share_link", data=words)
        return st.empty()


def fill(place: Container, page: str) -> None:
    """Draw the lists: what the link lacks, what is only on this server, and what needs none."""
    parts = [t("share.restores")]
    for heading, items in (
        ("not_carried", [*not_carried()]), ("on_server", [*on_server(page)]), ("carries", [*files(page)]),
    ):  # fmt: skip
        if items:
            parts.append("\n".join([f"{t(f'share.{heading}')}\n", *(f"- {item}" for item in items)]))
    place.markdown("\n\n".join(parts))


def not_carried() -> Iterator[str]:
    """What is in this session alone, and an address that is this computer's own."""
    state = st.session_state
    upload = state.get("files", {}).get(state.get("picture"))
    if upload:
        yield t("share.upload", name=f"“{escaped(upload.shown)}”")
    checkpoint = state.get("checkpoint")
    if state.get("weights") == "own" and checkpoint:
        yield t("share.checkpoint", name=f"“{escaped(checkpoint.shown)}”")
    host = urlsplit(st.context.url or "").hostname
    if host in LOCAL:
        yield t("share.localhost", host=f"`{host}`")


def on_server(page: str) -> Iterator[str]:
    """What the link names but does not hold: runs, and files of the machine."""
    state = st.session_state
    named = [str(state.get("weights")), str(state.get("picture"))]
    ids = [each.split(":")[1] for each in named if each.startswith("run:")]
    ids += [str(state.get("run"))] if page in OF_RUNS and state.get("run") else []
    for run_id in dict.fromkeys(ids):
        if (name := _run_name(run_id)) is not None:
            yield t("share.run_public" if settings.is_public() else "share.run", name=escaped(name))
    network = str(state.get("network"))
    if local_networks.is_own(network):
        yield t("share.own_file", name=escaped(local_networks.named(network).title))
    data = str(state.get("recipe", {}).get("data", "")) if page == "finetune" else ""
    if os.sep in data:
        yield t("share.folder", name=escaped(source_name(Path(data))))


def _run_name(run_id: str) -> str | None:
    """The name of a run that this session may see."""
    seen = access_control.visible_run_ids()
    if seen is not None and run_id not in seen:
        return None
    try:
        return store.find(run_id).about().name
    except ExplorerError:
        return None


def files(page: str) -> Iterator[str]:
    """The controls of this page that make a file for someone without a server, by their names on screen."""
    if page in FILES:
        kind = "runs" if page in OF_RUNS else page
        yield t(f"share.file_{kind}", button=t(FILES[page]), page=t("runs.menu"))
    if page in WITH_FIGURES:
        yield t("share.figures", button=t("charts.save"))
