"""Published weights from a mirror: EXPLORER_WEIGHTS_URL, with a local server that has a folder of files."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from explorer.core import settings
from explorer.core.errors import WeightsError
from explorer.models import weight_files

CONTENT = bytes(range(256)) * 4000
NAME = f"resnet18-{hashlib.sha256(CONTENT).hexdigest()[:8]}.pth"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The served folder; `weights/` of it is the mirror, and the publisher of resnet18 cannot be reached."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv(settings.MIRROR, f"http://127.0.0.1:{server.server_port}/weights/")
        published = tmp_path / "cache" / NAME, f"http://127.0.0.1:9/{NAME}"
        monkeypatch.setattr(weight_files, "published", lambda *_: published)
        (tmp_path / "weights").mkdir()
        yield tmp_path / "weights"
        server.shutdown()


def test_a_mirror_gives_the_file_with_progress_and_is_asked_once(mirror: Path) -> None:
    (mirror / NAME).write_bytes(CONTENT)
    seen: list[tuple[int, int | None]] = []
    file = weight_files.get("resnet18", "imagenet", lambda *done: seen.append(done))
    assert file.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert len(seen) > 2
    (mirror / NAME).unlink()
    assert weight_files.get("resnet18", "imagenet") == file, "from the cache"


def test_a_mirror_without_the_file_or_with_another_is_named_and_leaves_nothing(mirror: Path) -> None:
    with pytest.raises(WeightsError, match=rf"server 127\.0\.0\.1:\d+ refused to send {NAME} \(HTTP 404\)"):
        weight_files.get("resnet18", "imagenet")
    (mirror / NAME).write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(WeightsError, match=r"from 127\.0\.0\.1:\d+ with a wrong checksum"):
        weight_files.get("resnet18", "imagenet")
    assert not any((mirror.parent / "cache").iterdir())


def test_timms_files_have_no_checksum_and_are_asked_of_the_mirror_also_offline(
    mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    file = mirror.parent / "cache" / "timm--resnet10t.c3_in1k.safetensors"
    monkeypatch.setattr(weight_files, "published", lambda *_: (file, "https://huggingface.co/x"))
    (mirror / file.name).write_bytes(CONTENT)
    assert weight_files.get("timm:resnet10t", "imagenet").read_bytes() == CONTENT


def test_a_mirror_that_cannot_be_reached_is_named(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.MIRROR, "http://localhost:9/weights")
    with pytest.raises(WeightsError, match=rf"The server for {NAME}, localhost:9, cannot be reached"):
        weight_files.get("resnet18", "imagenet")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", ""),
        ("  ", ""),
        ("https://m.example.org/weights", "https://m.example.org/weights/"),
        ("https://m.example.org:8443/a/b//", "https://m.example.org:8443/a/b/"),
        ("http://localhost:8700", "http://localhost:8700/"),
        ("http://[::1]:8700/w", "http://[::1]:8700/w/"),
    ],
)
def test_an_address_of_a_mirror(address: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.MIRROR, address)
    assert settings.weights_mirror() == expected


@pytest.mark.parametrize(
    "address",
    [
        "http://m.example.org/weights", "http://localhost.example.org/", "ftp://m.example.org/", "file:///etc",
        "m.example.org", "/srv/weights", "https://", "https://m.example.org:99999/", "https://me:secret@m.example.org/",
        "https://m.example.org/?a=", "https://m.example.org/a b", "https://[::1/", "https://镜像.example.org/",
    ],
)  # fmt: skip
def test_another_address_is_refused_with_what_is_allowed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.MIRROR, address)
    with pytest.raises(WeightsError, match=r"EXPLORER_WEIGHTS_URL is “.*begins with https://") as caught:
        settings.weights_mirror()
    assert "secret" not in str(caught.value)
