"""Uploaded files: each is kept for one session; their total size over all sessions is bounded."""

import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakSet

import streamlit as st

from explorer.core import settings
from explorer.core.errors import DataError
from explorer.data import images
from explorer.ui.server import streamlit_private


@dataclass(frozen=True, eq=False)
class Upload:
    """An uploaded file. `name` is the browser's; `shown` is safe to display."""

    name: str
    content: bytes

    @property
    def shown(self) -> str:
        return images.display_name(self.name)

    @cached_property
    def digest(self) -> str:
        """sha256, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


_live_uploads: WeakSet[Upload] = WeakSet()  # uploads that some session still holds
_lock = threading.Lock()


def read(key: str) -> list[Upload]:
    """Take the files out of the uploader or camera `key`, except those that the middleware has removed."""
    return [Upload(name, content) for name, content in streamlit_private.take_files(st.session_state[key])]


def take(key: str) -> Upload | None:
    """The file in the uploader or camera `key`, for the session to keep; None if there is none.

    Raises DataError if the uploads of all sessions would exceed EXPLORER_MAX_UPLOADS_MB.
    """
    return next(iter(take_all(key)), None)


def take_all(key: str) -> list[Upload]:
    """The files in the uploader `key`, for the session to keep. Raises DataError as `take`."""
    if not st.session_state[key]:
        return []
    found, room = read(key), settings.limit("EXPLORER_MAX_UPLOADS_MB")
    with _lock:
        # Empty if the middleware has removed the files: then the widget has only their ids.
        if not found or sum(len(each.content) for each in (*_live_uploads, *found)) > room * (1 << 20):
            raise DataError("errors.uploads_full", limit_mb=f"{room:g}")
        _live_uploads.update(found)
    return found
