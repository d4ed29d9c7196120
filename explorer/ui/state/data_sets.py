"""The data sets that a session may use: those of this machine, and uploaded zips."""

import os
from pathlib import Path
from typing import Final

import streamlit as st

from explorer.core import settings
from explorer.core.errors import DataError
from explorer.data import cifar10
from explorer.data.names import source_name
from explorer.runs import store, uploads
from explorer.ui.state import url_state
from explorer.ui.state.uploads import Upload
from explorer.ui.words import t

LINK: Final = "data"  # the sha256 of an uploaded zip: whoever has the link may use it


def sources() -> dict[str, str]:
    """The data sets that this session may use: value of `Recipe.data` -> name on screen."""
    found = {"cifar10": "CIFAR-10"} if cifar10.find_whole_cifar10() else {}
    return {**found, "digits": t("finetune.digits"), **_class_folders(), **_uploaded()}


def accept(file: Upload) -> str:
    """Store an uploaded zip for this session and the runs; returns its path. Raises DataError, RunError."""
    path = str(uploads.save(file.content, file.name, store.folder()))
    _accepted().add(path)
    return path


def linked() -> str | None:
    """Path of the uploaded zip that the link names, if it is on this server."""
    asked = st.query_params.get(LINK)
    return next((path for path in uploads.stored(store.folder()) if asked and Path(path).stem == asked), None)


def keep_linked(data: str) -> None:
    """Write an uploaded zip into the link; other data sets are what the app chooses by itself."""
    url_state.keep(**{LINK: Path(data).stem if data in _uploaded() else None})


def written(data: str) -> int:
    """Time of the last change of a folder or zip, in ns; 0 for a data set that the app knows by name. Raises DataError.

    It belongs into the key of every result that is cached for the data.
    """
    try:
        return os.stat(data).st_mtime_ns if os.sep in data else 0
    except OSError as error:
        raise DataError("errors.data_no_folder", file=source_name(Path(data))) from error


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
