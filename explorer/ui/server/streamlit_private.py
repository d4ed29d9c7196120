"""All that the app uses of Streamlit beside its documented API, which a new version may change without a word.

tests/ui/test_streamlit_private.py names what has broken then. The test-ids of Streamlit's elements on a page stand in
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

# Types that documented functions return, and that no documented name is given to

Place: TypeAlias = delta_generator.DeltaGenerator
"""Where elements are drawn: what `st.container()` and `st.empty()` return."""

Page: TypeAlias = page.StreamlitPage
"""What `st.Page()` returns."""


# A page in the browser

INLINE_SCRIPT: Final = "sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA="
"""The hash of the one inline script in Streamlit's index.html, for the content security policy."""


def intended_page() -> str:
    """The last part of the address that the browser was opened at, whether there is such a page or not; "" for none."""
    context = get_script_run_ctx()
    return (context and context.pages_manager.intended_page_name) or ""


# Messages between browser and server, as bytes of Streamlit's protocol

VIEWER_REQUESTS: Final = ("rerun_script", "stop_script", "file_urls_request", "app_heartbeat")
"""The requests that a page makes by itself; all others are a developer's."""
VIEWER_OPERATIONS: Final = ("deferred_file", "dataframe_chunk")
"""The same of the operations in a `backend_operation_request`."""


def is_viewer_request(message: bytes) -> bool:
    """Whether a request to the server is one of VIEWER_REQUESTS or VIEWER_OPERATIONS, or cannot be read: then Streamlit
    answers with an error."""
    try:
        request = BackMsg.FromString(message)
    except DecodeError:
        return True
    operation = request.backend_operation_request.WhichOneof("payload")
    return request.WhichOneof("type") in VIEWER_REQUESTS or operation in VIEWER_OPERATIONS


def count_upload_requests(message: bytes) -> int:
    """For how many files a request to the server asks an address to upload to; 0 for one that cannot be read."""
    try:
        return len(BackMsg.FromString(message).file_urls_request.file_names)
    except DecodeError:
        return 0


def given_uploads(message: bytes) -> list[tuple[str, str]]:
    """(session, file) of each address to upload to that an answer to the browser gives."""
    if UPLOAD_PATH.encode() not in message:
        return []
    given = ForwardMsg.FromString(message).file_urls_response.file_urls
    return [upload for each in given if (upload := upload_of(each.upload_url))]


def without_folder(message: bytes, script: str) -> bytes:
    """An answer to the browser with the name alone of the app's main script, which has the path `script`."""
    if script.encode() not in message:
        return message
    answer = ForwardMsg.FromString(message)
    if not answer.HasField("new_session"):
        return message
    answer.new_session.main_script_path = Path(script).name
    return bytes(answer.SerializeToString())


# Uploads

UPLOAD_PATH: Final = "/_stcore/upload_file/"
"""Then come session and file. A browser puts a file there."""
UPLOADED: Final = 204
"""The HTTP status of an upload that was taken."""

_UPLOAD = re.compile(rf"{UPLOAD_PATH}([^/]+)/([^/]+)")


def upload_of(address: str) -> tuple[str, str] | None:
    """(session, file) of an address to upload to; None for any other address."""
    found = _UPLOAD.search(address)
    return (found[1], found[2]) if found else None


def has_session(session: str) -> bool:
    """Whether a browser has this session open."""
    return runtime.get_instance().is_active_session(session)


def upload_sizes() -> dict[str, dict[str, int]]:
    """Session -> file -> bytes, of all uploads that Streamlit keeps; the oldest of a session first."""
    return {
        session: {name: len(file.data) for name, file in list(files.items())}
        for session, files in list(_store().file_storage.items())
    }


def remove_upload(session: str, file: str) -> None:
    """Have Streamlit let go of an upload, if it keeps it."""
    _store().remove_file(session, file)


def _store() -> Any:
    return runtime.get_instance().uploaded_file_mgr


def take_files(value: object) -> list[tuple[str, bytes]]:
    """Name and content of the files in `value`, which an uploader or a camera has returned, and empty them.

    Streamlit keeps what a widget has returned last for as long as its session lasts. An emptied file comes anew with
    the next run of the script; one that Streamlit has let go of is left out.
    """
    files = [file for file in (value if isinstance(value, list) else [value]) if isinstance(file, UploadedFile)]
    found = [(file.name, content) for file in files if len(content := file.getvalue()) == file.size]
    for file in files:
        file.truncate(0)
    return found
