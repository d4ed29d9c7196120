"""Filter the list of runs, and group it."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import streamlit as st

from explorer.data.names import source_name
from explorer.experiments.comparison.labels import value_word
from explorer.runs import naming, sweep
from explorer.ui.runs.track import Track
from explorer.ui.state import access_control, url_state
from explorer.ui.widgets import linked
from explorer.ui.words import language, network_name, t

MAX_TEXT: Final = 80  # characters of the text to search for
FEW: Final = 3  # so many runs need no filter
GROUPS: Final = ("none", "data", "network", "comparison")


@lru_cache(maxsize=1024)
def data_key(data: str) -> str:
    """The name of a data set; in a link it must not be a path of this server."""
    return data if data in ("cifar10", "digits") else source_name(Path(data))


OF: Final[dict[str, Callable[[Track], str]]] = {
    "network": lambda track: track.recipe.network,
    "data": lambda track: data_key(track.recipe.data),
    "state": lambda track: track.entry.status.word if track.entry else "published",
}
"""The fields that have a list of values to choose from."""


def draw(tracks: Sequence[Track]) -> tuple[list[Track], list[str]]:
    """Draw the row of filters; return the tracks that pass, sorted by group, and the group's name of each, or []."""
    if len(tracks) <= FEW:
        return list(tracks), []
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="runs_filters"):
        url_state.restore_parsed("runs_find", lambda text: text[:MAX_TEXT], str)
        text = st.text_input(t("runs.find"), max_chars=MAX_TEXT, key="runs_find", persist_state="session",
                             placeholder=t("runs.find_hint"), icon=":material/search:", width=230)  # fmt: skip
        url_state.keep(runs_find=text or None)
        shown = [track for track in tracks if not text or matches(track, text)]
        network = _choice("network", tracks, network_name, key="runs_network")
        data = _choice("data", tracks, lambda each: value_word("data", each, t), key="runs_data")
        state = _choice("state", tracks, lambda each: t(f"runs.state_{each}"), key="runs_state")
        words = {each: t(f"runs.group_{each}") for each in GROUPS}
        by = linked.selectbox(t("runs.group"), GROUPS, key="runs_group", omit_default=True, width=170,
                              format_func=words.__getitem__)  # fmt: skip
    for name, wanted in (("network", network), ("data", data), ("state", state)):
        shown = [track for track in shown if not wanted or OF[name](track) == wanted]
    return grouped(shown, by)


def _choice(name: str, tracks: Sequence[Track], word: Callable[[str], str], *, key: str) -> str:
    values = sorted({OF[name](track) for track in tracks})
    words = {each: word(each) for each in values} | {"": t("runs.any")}
    return linked.selectbox(t(f"runs.column_{name}"), ["", *values], key=key, omit_default=True, width=150,
                            format_func=words.__getitem__)  # fmt: skip


def matches(track: Track, text: str) -> bool:
    """Whether each word of `text` occurs in the run's name, note, network, data or initial weights."""
    recipe = track.recipe
    note = track.entry.about.note if track.entry else ""
    of_recipe = _recipe_words(recipe.network, recipe.data, recipe.weights, language())
    whole = f"{track.name}\n{note}\n{of_recipe}".casefold()
    return all(word in whole for word in text.casefold().split())


@lru_cache(maxsize=1024)
def _recipe_words(network: str, data: str, weights: str, _language: str) -> str:
    """What a search finds of a recipe. Of thousands of runs, few differ in it."""
    return "\n".join((network_name(network), value_word("data", data, t), value_word("weights", weights, t)))


def grouped(tracks: Sequence[Track], by: str) -> tuple[list[Track], list[str]]:
    """`tracks` sorted by group, that of the newest run first, and the group's name of each with its size."""
    if by == "none":
        return list(tracks), []
    if by == "comparison":
        named = sweep_names()
        names = [named.get(track.id, t("runs.no_comparison")) for track in tracks]
    else:
        word = network_name if by == "network" else lambda each: value_word("data", each, t)
        names = [word(OF[by](track)) for track in tracks]
    sizes = Counter(names)
    place = {name: k for k, name in enumerate(dict.fromkeys(names))}
    pairs = sorted(zip(tracks, names, strict=True), key=lambda pair: place[pair[1]])
    return [track for track, _ in pairs], [f"{name} ({sizes[name]})" for _, name in pairs]


def sweep_names() -> dict[str, str]:
    """Run id -> unique name of its comparison, of those that this session may see."""
    visible = access_control.visible_run_ids()
    sweeps = [each for each in sweep.list_sweeps() if visible is None or each.id in visible]
    named = naming.unique((each.id, naming.readable(each.name), each.created) for each in reversed(sweeps))
    return {run.id: named[each.id] for each in sweeps for run in each.runs}
