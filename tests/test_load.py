"""A running public server: its answers without a session, and a few concurrent visitors on all pages.

It runs with Python's -O, without `assert`: the browser tests open every page with them.
"""

import asyncio
import base64
import hashlib
import re
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import psutil
import pytest
import requests
import streamlit
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from websockets.exceptions import InvalidStatus

from benchmarks import load
from benchmarks.visitor import Visitor
from explorer.core.i18n import LANGUAGES, t
from explorer.ui.server import hosts, security_middleware
from tests import visitor
from tests.browser.app import ROOT, served

T = TypeVar("T")

TITLES = {"compare": "compare.title"}  # pages whose words are in a file of another name


def in_a_thread(work: Coroutine[None, None, T]) -> T:
    """Run in another thread: Playwright, in the browser tests, has an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_PUBLIC", "1")
        patch.setenv("PYTHONOPTIMIZE", "1")
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        folder = tmp_path_factory.mktemp("runs")
        with served(runs=folder) as (address, pid):
            yield SimpleNamespace(address=address, pid=pid, folder=folder)


def test_it_listens_on_this_machine_alone(app: SimpleNamespace) -> None:
    listening = [each for each in psutil.Process(app.pid).net_connections() if each.status == psutil.CONN_LISTEN]
    assert {each.laddr.ip for each in listening} == {"127.0.0.1"}


@pytest.mark.parametrize("path", ["/", "/source", "/_stcore/health", "/media/none.png", "/static/none.js"])
def test_every_answer_has_the_headers(path: str, app: SimpleNamespace) -> None:
    headers = requests.get(app.address + path).headers
    assert {name: headers[name] for name in security_middleware.HEADERS} == dict(security_middleware.HEADERS)


@pytest.mark.parametrize("path", ["/", "/source"])
def test_the_page_of_every_address_has_the_script_of_its_history(path: str, app: SimpleNamespace) -> None:
    """Also for a browser that has an older page, and takes compressed ones."""
    asked = {"Accept": "text/html,*/*", "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    page = requests.get(app.address + path, headers=asked)
    assert page.status_code == 200
    scripts = re.findall("<script>(.*?)</script>", page.text, re.DOTALL)
    assert scripts[0] == (ROOT / "assets" / "js" / "history.js").read_text(encoding="utf-8")
    hashed = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"'sha256-{hashed}'" in page.headers["Content-Security-Policy"]
    assert int(page.headers["Content-Length"]) == len(page.content)


def test_another_name_that_leads_here_is_refused(app: SimpleNamespace) -> None:
    refused = requests.get(app.address, headers={"Host": "rebound.example.org"})
    assert refused.status_code == 400
    assert all(t("server.refused_host", lang, host="rebound.example.org", variable=hosts.HOSTS) in refused.text
               for lang in LANGUAGES)  # fmt: skip
    assert requests.get(app.address.replace("127.0.0.1", "localhost")).status_code == 200


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("rebound.example.org", "http://rebound.example.org", 400), ("localhost", "http://localhost:1", 403),
        ("127.0.0.1", "http://localhost:{port}", 403), ("localhost", "null", 403),
    ],
)  # fmt: skip
def test_no_page_of_another_origin_opens_a_session(host: str, origin: str, status: int, app: SimpleNamespace) -> None:
    port = int(app.address.rpartition(":")[2])
    with visitor.visit(port, f"localhost:{port}"):  # its own page's origin may
        pass
    with pytest.raises(InvalidStatus) as refused:
        visitor.visit(port, f"{host}:{port}", origin.format(port=port))
    assert refused.value.response.status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/_stcore/upload_file/none/none", 403), ("DELETE", "/_stcore/upload_file/none/none", 403),
        ("GET", "/_stcore/upload_file/none/none", 200), ("GET", "/media/..%2f..%2fREADME.md", 400),
        ("GET", "/component/..%2f..%2fetc/passwd", 400), ("GET", "/component/none/index.html", 404),
        ("GET", "/_stcore/bidi-components/none/a.js", 404), ("POST", "/_stcore/agent/interact", 403),
        ("GET", "/app/static/README.md", 200),
    ],
)  # fmt: skip
def test_without_a_session_nothing_is_served(method: str, path: str, status: int, app: SimpleNamespace) -> None:
    response = requests.request(method, app.address + path)
    assert response.status_code == status
    assert status != 200 or "<title>Streamlit</title>" in response.text, "the page, not a file"


def test_visitors_see_every_page_and_no_folder_of_the_server(
    app: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "PARTS", {"shortcut": ("shortcut_part", ("shortcut.part_change",))})
    crowd, contents = load.Crowd(), []

    async def come() -> None:
        visits = (load.visit(crowd, app.address, number, None, (0, 0), seen=contents.append) for number in range(2))
        await asyncio.gather(*visits)

    in_a_thread(come())
    assert crowd.errors == []
    expected = {(page, t(TITLES.get(page, f"{page}.title"), lang)) for page in load.PAGES for lang in LANGUAGES}
    assert crowd.titles == expected
    assert len(crowd.taken["an upload"]) == 2
    for folder in (ROOT, app.folder, Path(streamlit.__file__).parents[1]):
        assert not [content for content in contents if str(folder).encode() in content]


def test_an_upload_needs_a_session_and_its_token(app: SimpleNamespace) -> None:
    async def tried() -> list[int]:
        async with Visitor(app.address) as visitor:
            await visitor.open("home")
            own = (await visitor.ask_upload("a.png")).upload_url
            tries = ((own, ""), (own, "2|0|0|0"), (own, None))
            return [await asyncio.to_thread(visitor.put, url, "a.png", b"a", token) for url, token in tries]

    assert in_a_thread(tried()) == [403, 403, 204]


def test_a_file_needs_an_address_that_its_session_was_given(app: SimpleNamespace) -> None:
    async def tried() -> list[int]:
        async with Visitor(app.address) as visitor, Visitor(app.address) as other:
            await visitor.open("home")
            await other.open("home")
            given = await visitor.ask_upload("a.png")
            forged = f"/_stcore/upload_file/{visitor.session}/cifar10 0"
            its_own = given.upload_url.replace(visitor.session, other.session)
            urls = (forged, its_own, given.upload_url, given.upload_url)
            return [await asyncio.to_thread(visitor.put, url, "a.png", b"a") for url in urls]

    assert in_a_thread(tried()) == [403, 403, 204, 403], "a forged URL, another session's, its own, its own again"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """Streamlit's own store of uploaded files, with small limits."""
    found = MemoryUploadedFileManager("/_stcore/upload_file")
    running = SimpleNamespace(uploaded_file_mgr=found, is_active_session=lambda session: session != "ended")
    monkeypatch.setattr(streamlit.runtime, "get_instance", lambda: running)
    monkeypatch.setattr(security_middleware, "MAX_SESSION_BYTES", 100)
    monkeypatch.setattr(security_middleware, "MAX_FILES", 4)
    return found


def put(kept: MemoryUploadedFileManager, session: str, name: str, size: int) -> list[str]:
    """Add an uploaded file to the store, have the middleware make room, and return the files kept."""
    kept.add_file(session, UploadedFileRec(name, name, "", bytes(size)))
    security_middleware.enforce_quota(session, name)
    return [f"{owner}/{each}" for owner, files in kept.file_storage.items() for each in files]


def test_the_oldest_uploads_of_a_session_go(kept: MemoryUploadedFileManager) -> None:
    put(kept, "one", "a", 40)
    put(kept, "one", "b", 40)
    assert put(kept, "one", "c", 40) == ["one/b", "one/c"], "120 bytes exceed the limit of 100"
    put(kept, "two", "a", 90)
    kept.remove_file("one", "b")
    assert put(kept, "one", "d", 55) == ["one/c", "one/d", "two/a"], (
        "removed files do not count, nor do another session's"
    )
    for file in "efgh":
        left = put(kept, "one", file, 1)
    assert left == ["one/e", "one/f", "one/g", "one/h", "two/a"]
    for number in range(1001):
        security_middleware.enforce_quota(f"made up {number}", "a")
    assert set(kept.file_storage) == {"one", "two"}, "sessions without files have no entry, and no entry is lost"
    assert put(kept, "one", "i", 1000) == ["one/i", "two/a"], "a single file may be as large as the server allows"


def test_an_upload_after_its_session_ended_is_removed(kept: MemoryUploadedFileManager) -> None:
    put(kept, "one", "a", 10)
    assert put(kept, "ended", "b", 10) == ["one/a"]


def test_addresses_for_files_are_asked_for_by_the_thousand_at_most(app: SimpleNamespace) -> None:
    """Each costs the server time, and one message has room for twelve million."""

    async def tried() -> str:
        async with Visitor(app.address) as visitor:
            await visitor.open("home")
            ask = BackMsg(
                file_urls_request={
                    "request_id": "many",
                    "file_names": [""] * (security_middleware.MAX_PENDING_URLS + 1),
                }
            )
            await visitor.send(ask)
            return (await visitor.ask_upload("a.png")).upload_url

    assert in_a_thread(tried()), "the answer to the second request: the first was not passed on"


def test_of_all_uploads_those_go_first_whose_owner_has_the_most(
    kept: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_MAX_UPLOADS_MB", str(220 / (1 << 20)))
    put(kept, "small", "a", 20)
    for owner in ("one", "two"):
        put(kept, owner, "a", 50)
        put(kept, owner, "b", 49)
    assert put(kept, "three", "a", 30) == ["small/a", "one/b", "two/a", "two/b", "three/a"]
    assert put(kept, "four", "a", 300) == ["small/a", "one/b", "two/a", "two/b", "three/a"]
