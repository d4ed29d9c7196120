"""All uses of Streamlit's undocumented parts, which a new version may change without notice.

tests/ui/test_streamlit_private.py says which of them a version breaks. Test-ids of Streamlit's elements are in
assets/css.
"""

import re
from pathlib import Path
from typing import Any, Final, TypeAlias

from google.protobuf.message import DecodeError
from streamlit import delta_generator, runtime
from streamlit.navigation import page
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

# Return types of documented functions that have no documented name

Container: TypeAlias = delta_generator.DeltaGenerator
"""A container that elements are drawn in; `st.container()` and `st.empty()` return one."""

Page: TypeAlias = page.StreamlitPage
"""The return type of `st.Page()`."""


# A page in the browser

INLINE_SCRIPT: Final = "sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA="
"""The hash of the one inline script in Streamlit's index.html, for the content security policy."""


def intended_page() -> str:
    """Last part of the URL path that the browser opened, whether such a page exists or not; "" for none."""
    context = get_script_run_ctx()
    return (context and context.pages_manager.intended_page_name) or ""


def is_history_navigation() -> bool:
    """Whether this script run answers the browser's Back or Forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def is_fragment_run() -> bool:
    """Whether this run draws fragments only, not the whole page."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


# Messages between browser and server, as bytes of Streamlit's protocol

VIEWER_REQUESTS: Final = ("rerun_script", "stop_script", "file_urls_request", "app_heartbeat")
"""Request types that a page sends in normal use; all others are for developers."""
VIEWER_OPERATIONS: Final = ("deferred_file", "dataframe_chunk")
"""The same for operations in a `backend_operation_request`."""


def is_viewer_request(message: bytes) -> bool:
    """Whether `message` is one of VIEWER_REQUESTS or VIEWER_OPERATIONS, or cannot be parsed.

    Streamlit answers a message that cannot be parsed with an error.
    """
    try:
        request = BackMsg.FromString(message)
    except DecodeError:
        return True
    operation = request.backend_operation_request.WhichOneof("payload")
    return request.WhichOneof("type") in VIEWER_REQUESTS or operation in VIEWER_OPERATIONS


def count_upload_requests(message: bytes) -> int:
    """Number of upload URLs that a request asks for; 0 if it cannot be parsed."""
    try:
        return len(BackMsg.FromString(message).file_urls_request.file_names)
    except DecodeError:
        return 0


def issued_uploads(message: bytes) -> list[tuple[str, str]]:
    """(session, file) of each upload URL in a response."""
    if UPLOAD_PATH.encode() not in message:
        return []
    given = ForwardMsg.FromString(message).file_urls_response.file_urls
    return [upload for each in given if (upload := parse_upload_url(each.upload_url))]


def strip_script_folder(message: bytes, script: str) -> bytes:
    """A response in which the path `script` of the main script is replaced by its file name."""
    if script.encode() not in message:
        return message
    answer = ForwardMsg.FromString(message)
    if not answer.HasField("new_session"):
        return message
    answer.new_session.main_script_path = Path(script).name
    return bytes(answer.SerializeToString())


# Uploads

UPLOAD_PATH: Final = "/_stcore/upload_file/"
"""URL path of uploads, followed by session/file; the browser sends a PUT request."""
UPLOADED: Final = 204
"""HTTP status of a successful upload."""

_UPLOAD = re.compile(rf"{UPLOAD_PATH}([^/]+)/([^/]+)")


def parse_upload_url(address: str) -> tuple[str, str] | None:
    """(session, file) of an upload URL; None for any other URL."""
    found = _UPLOAD.search(address)
    return (found[1], found[2]) if found else None


def has_session(session: str) -> bool:
    """Whether the session is connected to a browser."""
    return runtime.get_instance().is_active_session(session)


def upload_sizes() -> dict[str, dict[str, int]]:
    """Session -> file -> bytes of all uploads that Streamlit keeps, oldest first within a session."""
    return {
        session: {name: len(file.data) for name, file in list(files.items())}
        for session, files in list(_store().file_storage.items())
    }


def remove_upload(session: str, file: str) -> None:
    """Remove an upload from Streamlit's storage, if it is there."""
    _store().remove_file(session, file)


def _store() -> Any:
    return runtime.get_instance().uploaded_file_mgr


def take_files(value: object) -> list[tuple[str, bytes]]:
    """Name and content of the files in `value`, the return value of an uploader or camera; empties them.

    Streamlit keeps a widget's last value until the session ends. In the next script run the widget returns a full file
    again. Files that were removed from Streamlit's storage are left out.
    """
    files = [file for file in (value if isinstance(value, list) else [value]) if isinstance(file, UploadedFile)]
    found = [(file.name, content) for file in files if len(content := file.getvalue()) == file.size]
    for file in files:
        file.truncate(0)
    return found
