"""The user's own Python file: the page follows it when it is saved."""

import streamlit as st

from explorer.core import local_networks
from explorer.core.errors import ExplorerError
from explorer.models import own_network
from explorer.models.network import Network
from explorer.ui.words import escaped, sentences, t

POLL_S = 1.0


def follow(name: str) -> None:
    """Draw the page again when the file of the network `name` is saved; nothing for other networks.

    Call it when the file was opened, or could not be: else the page would be drawn again and again.
    """
    if local_networks.is_own(name):
        _watch(name)


@st.fragment(run_every=POLL_S)
def _watch(name: str) -> None:
    if own_network.is_stale(name):
        st.session_state.own_code_saved = True
        st.rerun(scope="app")


def tell_saved(name: str) -> None:
    """Say once that the page shows the file as it was saved."""
    if st.session_state.pop("own_code_saved", False) and local_networks.is_own(name):
        st.toast(t("network.code_saved", file=escaped(local_networks.named(name).title)), icon=":material/sync:")


def tell_error(name: str) -> None:
    """Under the error of a file that cannot be opened, say that the page waits for it to be saved."""
    if local_networks.is_own(name):
        st.caption(t("network.code_waits"))


def version(name: str) -> str:
    """What tells the file's states apart. A file that cannot be opened is told when it is loaded."""
    try:
        return own_network.version(name)
    except ExplorerError:
        return ""


def notes(network: Network) -> str:
    """What the user should know of a network of their own: its input, random numbers, values that its code reads."""
    facts = network.facts
    reads = sorted({f"{_short(read.frame.file)}:{read.frame.line}" for read in network.graph.tape.reads if read.frame})
    return sentences(
        t("network.code_size", size=facts["size"]) if facts.get("guessed") else "",
        t("network.code_random", random=escaped(facts["random"])) if facts.get("random") else "",
        t("network.code_reads", lines=escaped(", ".join(reads))) if reads else "",
    )


def _short(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2]
