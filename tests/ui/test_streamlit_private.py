"""Streamlit's undocumented parts that the app uses still exist; each test names what an upgrade breaks."""

import ast
import base64
import hashlib
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile, UploadedFileRec
from streamlit.testing.v1 import AppTest

from explorer.ui.server import security_middleware, streamlit_private

ROOT = Path(__file__).parents[2]
APP = [*sorted((ROOT / "explorer").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py")), ROOT / "streamlit_app.py"]
SCRIPT = "/srv/explorer/ui/main.py"


def test_the_page_has_this_one_inline_script() -> None:
    page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    lines = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    hashes = {f"sha256-{base64.b64encode(hashlib.sha256(line.encode()).digest()).decode()}" for line in lines}
    assert hashes == {streamlit_private.INLINE_SCRIPT}
    assert f"'{streamlit_private.INLINE_SCRIPT}'" in security_middleware.POLICY["script-src"].split()


def test_the_page_has_a_head_and_says_whether_the_reader_went_back() -> None:
    static = Path(st.__file__).parent / "static"
    assert (static / "index.html").read_text(encoding="utf-8").count("<head>") == 1
    assert any(
        "isHistoryNavigation" in file.read_text(encoding="utf-8") for file in static.glob("static/js/index.*.js")
    )
    assert BackMsg(rerun_script={"is_history_navigation": True}).rerun_script.is_history_navigation
    assert not streamlit_private.is_history_navigation(), "without a session"


def drawn() -> None:
    import streamlit as st

    from explorer.ui.server import streamlit_private

    st.text(streamlit_private.intended_page())


def test_a_session_tells_which_page_its_address_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PagesManager, "intended_page_name", "nowhere")
    assert AppTest.from_function(drawn).run().text[0].value == "nowhere"
    monkeypatch.setattr(PagesManager, "intended_page_name", None)
    assert AppTest.from_function(drawn).run().text[0].value == ""
    assert streamlit_private.intended_page() == "", "without a session"


def test_containers_and_pages_have_these_types() -> None:
    assert isinstance(st.container(), streamlit_private.Container)
    assert isinstance(st.empty(), streamlit_private.Container)
    assert isinstance(st.Page(lambda: None, title="a", url_path="a"), streamlit_private.Page)


def test_the_protocol_has_the_requests_of_a_viewer() -> None:
    kinds = {field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields}
    assert kinds >= {*streamlit_private.VIEWER_REQUESTS, "backend_operation_request"}
    operation = BackMsg.DESCRIPTOR.fields_by_name["backend_operation_request"].message_type
    assert {field.name for field in operation.oneofs_by_name["payload"].fields} >= {
        *streamlit_private.VIEWER_OPERATIONS
    }


@pytest.mark.parametrize(
    ("kind", "value", "passes"),
    [
        ("rerun_script", {"query_string": ""}, True), ("stop_script", True, True), ("app_heartbeat", True, True),
        ("file_urls_request", {"request_id": "1"}, True), ("backend_operation_request", {"deferred_file": {}}, True),
        ("backend_operation_request", {"install_skills": {}}, False), ("load_git_info", True, False),
        ("clear_cache", True, False), ("set_run_on_save", True, False), ("debug_shutdown_runtime", True, False),
    ],
)  # fmt: skip
def test_strangers_are_no_developers(kind: str, value: object, passes: bool) -> None:
    assert streamlit_private.is_viewer_request(BackMsg(**{kind: value}).SerializeToString()) is passes


def test_a_request_that_cannot_be_read_is_streamlits_to_answer() -> None:
    assert streamlit_private.is_viewer_request(b"\xff")
    assert streamlit_private.count_upload_requests(b"\xff") == 0


def test_the_files_of_a_request_are_counted() -> None:
    ask = BackMsg(file_urls_request={"request_id": "1", "file_names": ["a", "", "b"]})
    assert streamlit_private.count_upload_requests(ask.SerializeToString()) == 3
    assert streamlit_private.count_upload_requests(BackMsg(stop_script=True).SerializeToString()) == 0


def test_upload_urls_of_a_response() -> None:
    kept = MemoryUploadedFileManager("/_stcore/upload_file")
    urls = kept.get_upload_urls("session", ["a.png", "b.png"])
    answer = ForwardMsg(file_urls_response={"response_id": "1", "file_urls": [
        FileURLs(file_id=url.file_id, upload_url=url.upload_url, delete_url=url.delete_url) for url in urls
    ]})  # fmt: skip
    found = streamlit_private.issued_uploads(answer.SerializeToString())
    assert found == [("session", url.file_id) for url in urls]
    assert streamlit_private.issued_uploads(ForwardMsg().SerializeToString()) == []
    assert streamlit_private.parse_upload_url("/source") is None


def test_the_first_answer_of_a_session_names_the_script() -> None:
    answer = ForwardMsg()
    answer.new_session.main_script_path = SCRIPT
    answer.new_session.page_script_hash = "1"
    cut = ForwardMsg.FromString(streamlit_private.strip_script_folder(answer.SerializeToString(), SCRIPT))
    assert (cut.new_session.main_script_path, cut.new_session.page_script_hash) == ("main.py", "1")
    other = ForwardMsg()
    other.delta.new_element.markdown.body = SCRIPT
    assert streamlit_private.strip_script_folder(other.SerializeToString(), SCRIPT) == other.SerializeToString()


def test_the_runtime_tells_its_sessions_and_its_store_of_uploads() -> None:
    assert callable(Runtime.is_active_session)
    assert isinstance(Runtime.uploaded_file_mgr, property)


def test_the_store_of_uploads_is_by_session_and_file(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = MemoryUploadedFileManager("/_stcore/upload_file")
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=kept))
    for name, size in (("b", 2), ("a", 1)):
        kept.add_file("session", UploadedFileRec(name, f"{name}.png", "", bytes(size)))
    assert streamlit_private.upload_sizes() == {"session": {"b": 2, "a": 1}}
    assert list(streamlit_private.upload_sizes()["session"]) == ["b", "a"], "the oldest first"
    streamlit_private.remove_upload("session", "b")
    streamlit_private.remove_upload("session", "none")
    assert streamlit_private.upload_sizes() == {"session": {"a": 1}}


def test_an_uploaded_file_is_read_and_emptied() -> None:
    file = UploadedFile(UploadedFileRec("id", "a.png", "image/png", b"pixels"), FileURLs())
    assert streamlit_private.take_files([file, DeletedFile("gone")]) == [("a.png", b"pixels")]
    assert file.getvalue() == b""
    assert streamlit_private.take_files(file) == [], "until the next run of the script"
    assert streamlit_private.take_files(None) == []


def test_no_other_module_imports_more_than_streamlit_itself() -> None:
    private = ("runtime", "proto", "web", "delta_generator", "elements", "config", "commands", "testing")
    assert Path(streamlit_private.__file__) in APP
    for path in APP:
        if path == Path(streamlit_private.__file__):
            continue
        found: list[str] = []
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [each.name for each in node.names if each.name.startswith(("streamlit.", "google.protobuf"))]
            elif isinstance(node, ast.ImportFrom):
                found += [node.module] if re.match(r"(streamlit|google\.protobuf)(\.|$)", node.module or "") else []  # type: ignore[list-item]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "st":
                found += [f"st.{node.attr}"] if node.attr in private or node.attr.startswith("_") else []
        assert found == [], path
