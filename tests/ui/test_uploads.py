"""Readers' files: named by content, kept by their session, and bounded for all sessions together."""

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
    """A file in the uploader `here`; None for one that the server has let go."""
    record = UploadedFileRec("id", name, "image/png", content or b"")
    file = DeletedFile("id") if content is None else UploadedFile(record, FileURLs())
    monkeypatch.setattr(uploads, "st", SimpleNamespace(session_state={"here": file, "empty": None}))


def test_a_file_goes_by_its_content_and_shows_a_clean_name(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_what_an_uploader_holds_is_emptied_and_comes_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [UploadedFileRec(name, f"{name}.png", "", name.encode()) for name in "ab"]
    files = [UploadedFile(record, FileURLs()) for record in records]
    monkeypatch.setattr(uploads, "st", SimpleNamespace(session_state={"many": [files[0], DeletedFile("c"), files[1]]}))
    assert [(file.name, file.content) for file in uploads.read("many")] == [("a.png", b"a"), ("b.png", b"b")]
    assert [file.getvalue() for file in files] == [b"", b""], "Streamlit keeps them with the session"
    assert uploads.read("many") == []
    monkeypatch.setattr(uploads, "st", SimpleNamespace(session_state={"many": UploadedFile(records[0], FileURLs())}))
    assert [file.content for file in uploads.read("many")] == [b"a"]
    copy.deepcopy(files)  # as Streamlit does


def test_a_file_that_was_let_go_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, None)
    with pytest.raises(DataError, match="Your file was not kept"):
        uploads.take("here")
