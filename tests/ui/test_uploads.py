"""Uploads: identified by content, kept by their session, bounded over all sessions."""

import copy
import gc
import hashlib
from types import SimpleNamespace

import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile, UploadedFileRec

from explorer.core.errors import DataError
from explorer.ui.state import uploads


def put(monkeypatch: pytest.MonkeyPatch, content: bytes | None, name: str = "a.png") -> None:
    """Put a file into the uploader `here`; None for one that the server has removed."""
    record = UploadedFileRec("id", name, "image/png", content or b"")
    file = DeletedFile("id") if content is None else UploadedFile(record, FileURLs())
    monkeypatch.setattr(uploads, "st", SimpleNamespace(session_state={"here": file, "empty": None}))


def test_file_is_identified_by_content_and_shows_a_clean_name(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, b"pixels", "../../etc/\u202egnp.exe")
    found = uploads.take("here")
    assert found is not None
    assert (found.content, found.digest) == (b"pixels", hashlib.sha256(b"pixels").hexdigest())
    assert found.shown == "gnp.exe"
    assert uploads.take("empty") is None


def test_what_all_sessions_keep_is_bounded_until_they_end(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()  # what other tests had taken
    monkeypatch.setenv("EXPLORER_MAX_UPLOADS_MB", "1")
    put(monkeypatch, bytes(600_000))
    kept = uploads.take("here")
    put(monkeypatch, bytes(600_000))  # another session's
    with pytest.raises(DataError, match="1 MB"):
        uploads.take("here")
    del kept
    put(monkeypatch, bytes(600_000))
    assert uploads.take("here")


def test_uploader_is_emptied_and_refilled_in_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [UploadedFileRec(name, f"{name}.png", "", name.encode()) for name in "ab"]
    files = [UploadedFile(record, FileURLs()) for record in records]
    monkeypatch.setattr(uploads, "st", SimpleNamespace(session_state={"many": [files[0], DeletedFile("c"), files[1]]}))
    assert [(file.name, file.content) for file in uploads.read("many")] == [("a.png", b"a"), ("b.png", b"b")]
    assert [file.getvalue() for file in files] == [b"", b""], "Streamlit keeps them with the session"
    assert uploads.read("many") == []
    monkeypatch.setattr(uploads, "st", SimpleNamespace(session_state={"many": UploadedFile(records[0], FileURLs())}))
    assert [file.content for file in uploads.read("many")] == [b"a"]
    copy.deepcopy(files)  # as Streamlit does


def test_removed_file_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, None)
    with pytest.raises(DataError, match="Your file was not kept"):
        uploads.take("here")
