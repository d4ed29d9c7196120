"""A download is complete and verified, or fails within seconds with a readable error and leaves no files."""

import hashlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from explorer.core.download import fetch
from explorer.core.errors import DataError

CONTENT = bytes(range(256)) * 4000
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()
PATIENCE_S = 0.5


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/gone":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/slow":
            for k in range(0, len(CONTENT), len(CONTENT) // 8):
                self.wfile.write(CONTENT[k : k + len(CONTENT) // 8])
                time.sleep(PATIENCE_S / 4)
            return
        body = CONTENT[: len(CONTENT) // 2] if self.path in ("/half", "/stall") else CONTENT
        self.wfile.write(body)
        self.wfile.flush()
        if self.path == "/stall":
            time.sleep(3 * PATIENCE_S)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def refused(url: str, target: Path, **options: str) -> str:
    """The error message; `target` is unchanged and no part is left."""
    before = target.read_bytes() if target.exists() else None
    started = time.monotonic()
    with pytest.raises(DataError) as caught:
        fetch(url, target, timeout_s=PATIENCE_S, **options)
    assert time.monotonic() - started < 5
    assert (target.read_bytes() if target.exists() else None) == before
    assert not list(target.parent.glob("*.part"))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_arrives_whole_with_progress(server: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    target = tmp_path / "new folder" / "w.pth"
    fetch(f"{server}/ok", target, sha256_prefix=SHA256[:8], progress=lambda *s: seen.append(s))
    assert target.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert [path.name for path in target.parent.iterdir()] == ["w.pth"]


def test_a_slow_server_is_waited_for_as_long_as_it_sends(server: str, tmp_path: Path) -> None:
    seen: list[int] = []
    begun_s = time.monotonic()
    fetch(f"{server}/slow", tmp_path / "w", sha256_prefix=SHA256[:8], progress=lambda done, _: seen.append(done),
          timeout_s=PATIENCE_S)  # fmt: skip
    assert time.monotonic() - begun_s > 1.5 * PATIENCE_S
    assert (tmp_path / "w").read_bytes() == CONTENT
    assert len(seen) > 2, "and progress is reported"


def test_half_a_file_of_a_killed_download_is_not_used(server: str, tmp_path: Path) -> None:
    planted = tmp_path / ".w.0123.part"
    planted.write_bytes(CONTENT[:1000])
    assert fetch(f"{server}/ok", tmp_path / "w", sha256_prefix=SHA256[:8]).read_bytes() == CONTENT
    assert planted.read_bytes() == CONTENT[:1000]


def test_md5(server: str, tmp_path: Path) -> None:
    assert fetch(f"{server}/ok", tmp_path / "c.tar.gz", md5=MD5).read_bytes() == CONTENT
    assert "wrong checksum" in refused(f"{server}/ok", tmp_path / "d.tar.gz", md5="0" * 32)


def test_what_goes_wrong_is_said_and_the_old_file_stays(server: str, tmp_path: Path) -> None:
    target = tmp_path / "w.pth"
    target.write_bytes(b"old")
    assert "HTTP 404" in refused(f"{server}/gone", target)
    assert "was interrupted" in refused(f"{server}/half", target)
    assert "was interrupted" in refused(f"{server}/stall", target)
    assert "wrong checksum" in refused(f"{server}/ok", target, sha256_prefix="00000000")


def test_a_refused_connection_names_the_file_and_the_folder(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sentence = refused(f"http://127.0.0.1:{taken.getsockname()[1]}/w.pth", tmp_path / "w.pth")
    assert re.search(r"server for w.pth, 127.0.0.1:\d+, cannot be reached", sentence)
    assert str(tmp_path) in sentence


def test_a_server_that_never_answers(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert "cannot be reached" in refused(f"http://127.0.0.1:{silent.getsockname()[1]}/x", tmp_path / "x")


def test_a_name_look_up_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3 * PATIENCE_S) or [])
    assert "cannot be reached" in refused("http://weights.invalid/x", tmp_path / "x")
    time.sleep(3 * PATIENCE_S)  # let the thread end within the test that started it


def test_a_folder_that_cannot_be_written(server: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be written"):
        fetch(f"{server}/ok", tmp_path / "file" / "w.pth", timeout_s=PATIENCE_S)


def test_only_http(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not an http address"):
        fetch("file:///etc/hosts", tmp_path / "x")


def test_two_downloads_of_one_file_do_not_meet(server: str, tmp_path: Path) -> None:
    """A second download that starts during the first and fails does not affect the first."""
    target = tmp_path / "weights.bin"
    begun = False

    def begin_another(done: int, total: int | None) -> None:
        nonlocal begun
        if not begun:
            begun = True
            with pytest.raises(DataError):
                fetch(f"{server}/half", target, timeout_s=PATIENCE_S)

    fetch(f"{server}/whole", target, sha256_prefix=SHA256[:8], progress=begin_another, timeout_s=PATIENCE_S)
    assert target.read_bytes() == CONTENT
