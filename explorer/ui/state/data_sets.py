"""The data sets that a session may use: those of this machine, and uploaded zips."""

import hashlib
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

LINK: Final = "data"  # see `link_key`


def sources() -> dict[str, str]:
    """The data sets that this session may use: value of `Recipe.data` -> name on screen."""
    return {**_of_this_machine(), **_uploaded()}


def accept(file: Upload) -> str:
    """Store an uploaded zip for this session and the runs; returns its path. Raises DataError, RunError."""
    path = str(uploads.save(file.content, file.name, store.folder()))
    _accepted().add(path)
    return path


def link_key(data: str) -> str:
    """The name of a data set in a link: cifar10, digits, the sha256 of an uploaded zip, else a digest of the path.

    Whoever has a zip's sha256 may use it. A path of this machine is in no link.
    """
    if os.sep not in data:
        return data
    path = Path(data)
    is_upload = path.parent == (store.folder() / settings.UPLOADS).absolute()
    return path.stem if is_upload else hashlib.sha256(data.encode(errors="replace")).hexdigest()[:16]


def linked() -> str | None:
    """The data set that the link names, if it is on this machine: a value of `Recipe.data`."""
    asked = st.query_params.get(LINK)
    if not asked:
        return None
    known = [*_of_this_machine(), *uploads.stored(store.folder())]
    if not settings.is_public() and asked not in map(link_key, known):
        known += sorted(store.data_sources(store.folder()))  # of a run that was started from the command line
    return next((data for data in known if link_key(data) == asked), None)


def restore_linked(usual: str) -> str:
    """The data set that the link names; `usual`, with a notice, if it is not on this machine."""
    found, asked = linked(), st.query_params.get(LINK)
    if asked and found is None:
        url_state.refuse(LINK, asked)
    return found or usual


def keep_linked(data: str) -> None:
    """Write the data set into the link."""
    url_state.keep(**{LINK: link_key(data)})


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


def _of_this_machine() -> dict[str, str]:
    found = {"cifar10": "CIFAR-10"} if cifar10.find_whole_cifar10() else {}
    return {**found, "digits": t("finetune.digits"), **_class_folders()}


def _class_folders() -> dict[str, str]:
    """Path and name of a data set on the server that is not CIFAR-10, if there is one."""
    for root in cifar10.search_roots():
        if (found := cifar10.find_cifar10(root)) and not found.is_cifar10:
            return {str(root.absolute()): root.absolute().name}
    return {}
