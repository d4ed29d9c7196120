"""A reader's own files: what they bring, kept for their session alone, and bounded for all sessions together."""

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
    """`name` is what the browser says, and `shown` what may be shown of it."""

    name: str
    content: bytes

    @property
    def shown(self) -> str:
        return images.display_name(self.name)

    @cached_property
    def digest(self) -> str:
        """sha256, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


_kept: WeakSet[Upload] = WeakSet()  # while a session has them
_keeping = threading.Lock()


def read(key: str) -> list[Upload]:
    """The files in the uploader or camera `key` that are still there, which is emptied until the next run."""
    return [Upload(name, content) for name, content in streamlit_private.take_files(st.session_state[key])]


def taken(key: str) -> Upload | None:
    """The file in the uploader or camera `key`, to be kept in the session; None where there is none.

    Raises DataError where all sessions together keep as much as the server allows.
    """
    if st.session_state[key] is None:
        return None
    found, room = read(key), settings.limit("EXPLORER_MAX_UPLOADS_MB")
    with _keeping:
        # The middleware may have let go of it: its id alone is here then.
        if not found or sum(len(each.content) for each in (*_kept, *found)) > room * (1 << 20):
            raise DataError("errors.uploads_full", limit_mb=f"{room:g}")
        _kept.add(found[0])
    return found[0]
