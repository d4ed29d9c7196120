"""A client without a browser: speaks Streamlit's protocol and collects a page's text.

Importing this needs no packages: `follow_readme` imports it before any are installed.
"""

import socket
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection


@dataclass
class Heard:
    """Headings, texts of alert boxes, and the light theme's primary colour."""

    headings: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    primary_colour: str = ""


def visit(port: int, host: str | None = None, origin: str | None = None) -> "ClientConnection":
    """Connect to the app on `port`; `host` is the Host header that a reverse proxy forwards."""
    from websockets.sync.client import connect

    way = socket.create_connection(("127.0.0.1", port))
    name = host or f"127.0.0.1:{port}"
    return connect(
        f"ws://{name}/_stcore/stream", sock=way, origin=origin or f"http://{name}", subprotocols=["streamlit"]
    )  # type: ignore[arg-type, list-item]


def hear(connection: "ClientConnection", query: str = "lang=en") -> Heard:
    """Collect the home page's text until its script has run. AssertionError for an exception or an error box."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    ask, page = BackMsg(), Heard()
    ask.rerun_script.query_string = query
    connection.send(ask.SerializeToString())
    while True:
        message = ForwardMsg.FromString(connection.recv(timeout=120))  # type: ignore[arg-type]
        element = message.delta.new_element
        assert not element.HasField("exception"), element.exception
        assert not (element.HasField("alert") and element.alert.format == 1), element.alert.body
        page.headings += [element.heading.body] if element.HasField("heading") else []
        page.boxes += [element.alert.body] if element.HasField("alert") else []
        if message.HasField("new_session"):
            page.primary_colour = message.new_session.custom_theme.light.primary_color
        if message.WhichOneof("type") == "script_finished":
            return page


def wait_until_healthy(port: int, within_s: float = 90, lives: Callable[[], bool] = lambda: True) -> None:
    give_up = time.monotonic() + within_s
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            assert lives(), "the app has exited"
            assert time.monotonic() < give_up, "the app did not answer"
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
