"""What stands before every page: headers, the names by which the server is reached, bounds on what a visitor asks for.

Middleware of Streamlit's documented `st.App`; `streamlit run` finds it in streamlit_app.py.
"""

import re
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Final

from google.protobuf.message import DecodeError
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer import server, terminal, text
from screen import hosts

POLICY: Final = {
    "default-src": "'self'",
    # Vega compiles its expressions; a component's script is a blob; Streamlit's page has one line of its own, which any
    # other version may write otherwise: a test compares.
    "script-src": "'self' 'unsafe-eval' blob: 'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",  # on a public server an address is what opens a run: no other site is told it
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MAX_HELD: Final = 600 << 20  # bytes of uploads that a session may have here: two of the largest
MAX_FILES: Final = 200  # and their number
MAX_SESSIONS: Final = 1000  # that are kept account of
ASKED_FOR: Final = ("rerun_script", "stop_script", "file_urls_request", "app_heartbeat")
"""What a page in a browser asks of the server, beside the parts of `backend_operation_request` in FETCHED."""
FETCHED: Final = ("deferred_file", "dataframe_chunk")

_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+")


class Headers:
    """Sets HEADERS on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, told if scope["type"] == "http" else send)


class Uploads:
    """Streamlit keeps all that a session uploads until it ends: here the oldest go when there is more than MAX_HELD.

    A picture or checkpoint that a page has taken is kept by the page, and not lost by this.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.held: OrderedDict[str, OrderedDict[str, int]] = OrderedDict()  # session -> path of a file -> its bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _UPLOAD.search(scope["path"]) if scope["type"] == "http" else None
        if found is None or scope["method"] not in ("PUT", "DELETE"):
            await self.app(scope, receive, send)
            return
        size, status = 0, 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            return message

        async def told(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await self.app(scope, counted, told)
        if status == 204:
            files = self._files(found[1])
            files.pop(scope["path"], None)
            if scope["method"] == "PUT":
                files[scope["path"]] = size
            while len(files) > MAX_FILES or (len(files) > 1 and sum(files.values()) > MAX_HELD):
                await self._remove(scope, files.popitem(last=False)[0])

    def _files(self, session: str) -> OrderedDict[str, int]:
        files = self.held.setdefault(session, OrderedDict())
        self.held.move_to_end(session)
        while len(self.held) > MAX_SESSIONS:
            self.held.popitem(last=False)
        return files

    async def _remove(self, scope: Scope, path: str) -> None:
        """By Streamlit's own address for it, with the token of the request at hand."""

        async def nothing() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def unsaid(_: Message) -> None:
            return

        await self.app({**scope, "method": "DELETE", "path": path, "raw_path": path.encode()}, nothing, unsaid)


class Messages:
    """For strangers: of what Streamlit's protocol has for a developer (everyone's caches emptied, the state of the
    repository, files written beside the app), nothing gets through, and the folder of the app is not told."""

    def __init__(self, app: ASGIApp, script: str) -> None:
        self.app, self.script = app, script

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return

        async def asked() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive" or is_asked(message.get("bytes") or b""):
                    return message

        async def told(message: Message) -> None:
            content = message.get("bytes") or b""
            if self.script.encode() in content:
                found = ForwardMsg.FromString(content)
                if found.HasField("new_session"):
                    found.new_session.main_script_path = Path(self.script).name
                    message = {**message, "bytes": found.SerializeToString()}
            await send(message)

        await self.app(scope, asked, told)


def is_asked(content: bytes) -> bool:
    try:
        message = BackMsg.FromString(content)
    except DecodeError:
        return True  # Streamlit says what is wrong, and hangs up
    wanted = message.WhichOneof("type")
    return wanted in ASKED_FOR or message.backend_operation_request.WhichOneof("payload") in FETCHED


def middleware(script: str) -> list[Middleware]:
    """Around Streamlit, whose script is `script`. The terminal is told which names are answered."""
    names = hosts.names()
    terminal.make_ready()
    print(text.say("server.hosts", text.of_terminal(), names=", ".join(names), variable=hosts.HOSTS), file=sys.stderr)
    found = [Middleware(Headers), Middleware(hosts.Hosts, names=names), Middleware(Uploads)]
    if server.is_public():
        found.append(Middleware(Messages, script=script))
    return found
