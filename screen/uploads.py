"""A reader's own files: what they bring, kept for their session alone, and bounded for all sessions together."""

import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakSet

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from explorer import images, server
from explorer.errors import DataError


@dataclass(frozen=True, eq=False)
class Upload:
    """`name` is what the browser says, and `shown` what may be shown of it."""

    name: str
    content: bytes

    @classmethod
    def of(cls, file: UploadedFile) -> "Upload":
        return cls(file.name, file.getvalue())

    @property
    def shown(self) -> str:
        return images.display_name(self.name)

    @cached_property
    def digest(self) -> str:
        """sha256, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


_kept: WeakSet[Upload] = WeakSet()  # while a session has them
_keeping = threading.Lock()


def taken(key: str) -> Upload | None:
    """The file in the uploader or camera `key`, to be kept in the session; None where there is none.

    Raises DataError where all sessions together keep as much as the server allows.
    """
    file = st.session_state[key]
    if file is None:
        return None
    found = Upload.of(file) if isinstance(file, UploadedFile) else None  # `guard` let go of it: its id alone is here
    room = server.limit("EXPLORER_MAX_UPLOADS_MB")
    with _keeping:
        if found is None or sum(len(each.content) for each in _kept) + len(found.content) > room * (1 << 20):
            raise DataError("errors.uploads_full", limit_mb=f"{room:g}")
        _kept.add(found)
    return found
