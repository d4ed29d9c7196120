"""Accepted Host and Origin headers, for any address that the server listens on."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit import config

from explorer.ui.server import hosts


def named(monkeypatch: pytest.MonkeyPatch, variable: str, address: str = "0.0.0.0") -> list[str]:
    monkeypatch.setenv(hosts.HOSTS, variable)
    before = config.get_option("server.address")
    config.set_option("server.address", address)
    try:
        return hosts.allowed_hosts()
    finally:
        config.set_option("server.address", before)


def status(names: Sequence[str], host: str, *origins: str, kind: str = "http") -> int:
    """The HTTP status of a request; 200 comes from the app."""
    told: list[int] = []

    async def app(scope: object, receive: object, send: object) -> None:
        told.append(200)

    async def send(message: dict[str, int]) -> None:
        told.extend([message["status"]] if "status" in message else [])

    headers = [(b"host", host.encode()), *((b"origin", origin.encode()) for origin in origins)]
    scope = {"type": kind, "headers": headers, "extensions": {"websocket.http.response": {}}}
    asked = hosts.Hosts(app, names)(scope, None, send)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:  # in this thread the browser tests' Playwright has a loop of its own
        pool.submit(asyncio.run, asked).result()
    (found,) = told
    return found


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "127.0.0.1"])
def test_by_default_the_names_of_this_machine(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    assert named(monkeypatch, "", address) == ["127.0.0.1", "localhost", "::1"]


@pytest.mark.parametrize(
    ("variable", "more"),
    [
        ("lab.example.org", ["lab.example.org"]), (" Lab.Example.org. , b ,,", ["lab.example.org", "b"]),
        ("http://192.168.1.5:8501/why", ["192.168.1.5"]), ("lab:8443", ["lab"]),
        ("[fe80::1]:80,fe80::2", ["fe80::1", "fe80::2"]),
        ("*.example.org", ["*.example.org"]), ("*", ["*"]),
    ],
)  # fmt: skip
def test_names_as_people_write_them(monkeypatch: pytest.MonkeyPatch, variable: str, more: list[str]) -> None:
    assert named(monkeypatch, variable) == [*hosts.LOCALHOST, *more]


def test_the_address_to_listen_on_is_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert named(monkeypatch, "", "192.168.1.5") == [*hosts.LOCALHOST, "192.168.1.5"]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("names", "host", "expected"),
    [
        (hosts.LOCALHOST, "localhost", 200), (hosts.LOCALHOST, "LOCALHOST.:8501", 200),
        (hosts.LOCALHOST, "127.0.0.1:9000", 200), (hosts.LOCALHOST, "[::1]:8501", 200),
        (hosts.LOCALHOST, "rebound.example.org", 400), (hosts.LOCALHOST, "0.0.0.0:8501", 400),
        (hosts.LOCALHOST, "localhost.example.org", 400), (hosts.LOCALHOST, "evil@localhost", 400),
        (hosts.LOCALHOST, "localhost/", 400),
        (hosts.LOCALHOST, "localhost:x", 400), (hosts.LOCALHOST, "", 400), (hosts.LOCALHOST, "ｌocalhost", 400),
        (["*.example.org"], "lab.example.org", 200), (["*.example.org"], "badexample.org", 400), (["*"], "any", 200),
    ],
)  # fmt: skip
def test_hosts(kind: str, names: Sequence[str], host: str, expected: int) -> None:
    assert status(names, host, kind=kind) == expected


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("host", "origins", "expected"),
    [
        ("localhost:8501", ["http://localhost:8501"], 200), ("localhost:8501", ["http://localhost:1"], 403),
        ("localhost:8501", ["http://localhost"], 403), ("localhost:8501", ["http://127.0.0.1:8501"], 403),
        ("localhost", ["https://localhost"], 200), ("localhost:443", ["https://localhost"], 200),
        ("localhost:443", ["http://localhost"], 403), ("[::1]:8501", ["http://[::1]:8501"], 200),
        ("localhost", ["null"], 403), ("localhost", [""], 403), ("localhost", ["file://localhost"], 403),
        ("localhost", ["http://localhost", "http://elsewhere.example.net"], 403),
        ("localhost", ["http://localhost/"], 403),
    ],
)  # fmt: skip
def test_origins(kind: str, host: str, origins: list[str], expected: int) -> None:
    assert status(["*"], host, *origins, kind=kind) == expected, "also where any name is answered"


def test_a_page_that_the_settings_name_may_ask() -> None:
    before = config.get_option("server.corsAllowedOrigins")
    config.set_option("server.corsAllowedOrigins", ["https://school.example.org"])
    try:
        assert status(hosts.LOCALHOST, "127.0.0.1:8501", "https://school.example.org") == 200
        assert status(hosts.LOCALHOST, "127.0.0.1:8501", "https://school.example.org:8443") == 403
    finally:
        config.set_option("server.corsAllowedOrigins", before)
