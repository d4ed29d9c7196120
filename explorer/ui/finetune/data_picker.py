"""Choose the pictures of a run: CIFAR-10 if it is on this machine, the digits, the server's folder, an uploaded zip."""

import os
from pathlib import Path
from typing import Any, Final

import streamlit as st

from explorer.core import settings
from explorer.core.errors import ExplorerError
from explorer.data import cifar10
from explorer.data.names import source_name
from explorer.training import advice
from explorer.training.recipe import Recipe
from explorer.ui.finetune import data_card
from explorer.ui.state import data_sets
from explorer.ui.state import uploads as own_files
from explorer.ui.widgets import errors
from explorer.ui.widgets.download_progress import progress_bar
from explorer.ui.words import t

KEY: Final = "recipe_data_widget"


def choose(chosen: dict[str, Any]) -> bool:
    """Draw the choice and write it into `chosen`, the settings of the form; return False while a zip is awaited."""
    names = {**data_sets.sources(), "upload": t("finetune.own_pictures")}
    if os.sep in chosen["data"] and not settings.is_public():  # of a run, or of a link
        names.setdefault(chosen["data"], source_name(Path(chosen["data"])))
    if st.session_state.get(KEY) not in names:
        st.session_state[KEY] = chosen["data"] if chosen["data"] in names else next(iter(names))
    options = list(names)
    picked = st.selectbox(
        t("recipe.data"), options, options.index(st.session_state[KEY]), key=KEY, format_func=names.__getitem__,
        help=t("finetune.data_help"),
    )  # fmt: skip
    if picked == "upload":
        st.file_uploader(t("finetune.zip"), ["zip"], key="own_zip", on_change=_accept_zip, help=t("finetune.zip_help"))
        own_files.read("own_zip")
    else:
        if picked != chosen["data"]:
            chosen["classes"] = ()  # the chosen classes were of other data
        chosen["data"] = picked
    if "cifar10" not in names and picked == "digits":
        offer_cifar10()
    errors.show_kept("zip_refused")
    if picked != "upload":
        with errors.shown():
            data_card.draw(picked)
    return picked != "upload"


def _accept_zip() -> None:
    """Save the uploaded zip beside the runs, where the run reads it."""
    with errors.kept("zip_refused"):
        if file := own_files.take("own_zip"):
            st.session_state.recipe["data"] = data_sets.accept(file)
            st.session_state.pop(KEY, None)


def offer_cifar10() -> None:
    """Draw a button that downloads CIFAR-10 and then resets the form, since CIFAR-10 is then the default."""
    if not st.button(t("bar.get_cifar10"), icon=":material/download:", key="get_cifar10_here"):
        return
    with errors.shown():
        with progress_bar() as show:
            cifar10.download_cifar10(cifar10.search_roots()[-1], show)
        st.session_state.pop("recipe", None)
        st.rerun()


def picture_counts(recipe: Recipe) -> tuple[int, int]:
    """Numbers of training and test pictures of a run; (0, 0) if the data cannot be read."""
    try:
        return advice.pictures(data_card.read(recipe.data).classes, recipe)
    except ExplorerError:
        return 0, 0
