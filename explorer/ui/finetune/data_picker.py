"""Choose the pictures of a run: CIFAR-10 if it is on this machine, the digits, the server's folder, an uploaded zip."""

import os
from pathlib import Path
from typing import Any, Final

import streamlit as st

from explorer.core import settings
from explorer.core.errors import ExplorerError
from explorer.data import cifar10
from explorer.runs import store, uploads
from explorer.training import advice
from explorer.training.recipe import Recipe
from explorer.ui.finetune import data_card
from explorer.ui.state import uploads as own_files
from explorer.ui.state import url_state
from explorer.ui.widgets import errors
from explorer.ui.widgets.download_progress import progress_bar
from explorer.ui.words import t

LINK: Final = "data"  # the sha256 of an uploaded zip: whoever has the link may use it
KEY: Final = "recipe_data_widget"


def choose(chosen: dict[str, Any]) -> bool:
    """Draw the choice and write it into `chosen`, the settings of the form; return False while a zip is awaited."""
    names = {**sources(), "upload": t("finetune.own_pictures")}
    if st.session_state.get(KEY) not in names:
        st.session_state[KEY] = chosen["data"] if chosen["data"] in names else next(iter(names))
    picked = st.selectbox(
        t("recipe.data"), list(names), key=KEY, format_func=names.__getitem__, help=t("finetune.data_help")
    )
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
    if os.sep in picked:
        with errors.shown():
            data_card.draw(picked)
    return picked != "upload"


def sources() -> dict[str, str]:
    """The data sets that this session may use: value of `Recipe.data` -> name on screen."""
    found = {"cifar10": "CIFAR-10"} if cifar10.find_whole_cifar10() else {}
    return {**found, "digits": t("finetune.digits"), **_class_folders(), **_uploaded()}


def linked() -> str | None:
    """Path of the uploaded zip that the link names, if it is on this server."""
    asked = st.query_params.get(LINK)
    return next((path for path in uploads.stored(store.folder()) if asked and Path(path).stem == asked), None)


def keep_linked(data: str) -> None:
    """Write an uploaded zip into the link; other data sets are what the app chooses by itself."""
    url_state.keep(**{LINK: Path(data).stem if data in _uploaded() else None})


def _uploaded() -> dict[str, str]:
    """Uploaded zips -> their users' file names. On a public server, only those that this session uploaded or was given.

    An sha256 cannot be guessed, so a link or a run that this session may see is enough.
    """
    found = uploads.stored(store.folder())
    if not settings.is_public():
        return found
    known = {*_accepted(), linked(), st.session_state.get("recipe", {}).get("data")}
    return {path: name for path, name in found.items() if path in known}


def _accepted() -> set[str]:
    """Paths of the zips that this session uploaded."""
    paths: set[str] = st.session_state.setdefault("own_data", set())
    return paths


def _class_folders() -> dict[str, str]:
    """Path and name of a data set on the server that is not CIFAR-10, if there is one."""
    for root in cifar10.search_roots():
        if (found := cifar10.find_cifar10(root)) and not found.is_cifar10:
            return {str(root.absolute()): root.absolute().name}
    return {}


def _accept_zip() -> None:
    """Save the uploaded zip beside the runs, where the run reads it."""
    with errors.kept("zip_refused"):
        if file := own_files.take("own_zip"):
            path = str(uploads.save(file.content, file.name, store.folder()))
            _accepted().add(path)
            st.session_state.recipe["data"] = path
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
