"""What stands before every page: headers, the names by which the server is reached, bounds on what a visitor asks for.

Middleware of Streamlit's documented `st.App`; `streamlit run` finds it in streamlit_app.py.
"""

import re
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from google.protobuf.message import DecodeError
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.core import i18n, settings, terminal
from explorer.ui.server import hosts

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
MAX_GIVEN: Final = 10 * MAX_FILES  # addresses for files that a session has not put yet
ASKED_FOR: Final = ("rerun_script", "stop_script", "file_urls_request", "app_heartbeat")
"""What a page in a browser asks of the server, beside the parts of `backend_operation_request` in FETCHED."""
FETCHED: Final = ("deferred_file", "dataframe_chunk")

_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)")


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
    """Takes the files alone that a session was given an address for, and bounds what Streamlit keeps of them.

    Streamlit takes any name for a file, and keeps all until the session ends. Here the oldest of a session go where it
    has more than MAX_HELD or MAX_FILES, and where all together have more than the server allows, the oldest of whoever
    has the most. A picture or checkpoint that a page has taken is kept by the page, and not lost by this.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.given: set[tuple[str, str]] = set()  # (session, file) that a browser may put, until it has, or has gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _UPLOAD.search(scope["path"]) if scope["type"] == "http" else None
        if scope["type"] == "websocket":
            await self._connected(scope, receive, send)
        elif found and scope["method"] == "PUT":
            await self._put((found[1], found[2]), scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _connected(self, scope: Scope, receive: Receive, send: Send) -> None:
        mine: OrderedDict[tuple[str, str], None] = OrderedDict()

        async def asked() -> Message:
            while True:
                message = await receive()
                content = message.get("bytes") or b""
                if len(content) < MAX_GIVEN or count_of_files(content) <= MAX_GIVEN:  # a name takes two bytes and more
                    return message

        async def told(message: Message) -> None:
            content = message.get("bytes") or b""
            if b"/_stcore/upload_file/" in content:
                for place in ForwardMsg.FromString(content).file_urls_response.file_urls:
                    if address := _UPLOAD.search(place.upload_url):
                        mine[address[1], address[2]] = None
                        self.given.add((address[1], address[2]))
                while len(mine) > MAX_GIVEN:
                    self.given.discard(mine.popitem(last=False)[0])
            await send(message)

        try:
            await self.app(scope, asked, told)
        finally:
            self.given.difference_update(mine)

    async def _put(self, file: tuple[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        if file not in self.given:
            await PlainTextResponse("This file was not asked for.", 403)(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message.get("status") == 204:
                self.given.discard(file)
                make_room(*file)
            await send(message)

        await self.app(scope, receive, told)


def count_of_files(content: bytes) -> int:
    """For how many files a message asks an address: Streamlit makes each, and nobody else is answered meanwhile."""
    try:
        return len(BackMsg.FromString(content).file_urls_request.file_names)
    except DecodeError:
        return 0  # Streamlit says what is wrong, and hangs up


def make_room(session: str, file: str) -> None:
    """Have Streamlit let go of what is above the bounds, after `session` has put `file`; and of that, where the session
    has ended meanwhile, which would never be cleaned up after."""
    streamlit = runtime.get_instance()
    kept: Any = streamlit.uploaded_file_mgr
    if not streamlit.is_active_session(session):
        kept.remove_file(session, file)
    sizes = {
        owner: {name: len(file.data) for name, file in list(files.items())}
        for owner, files in list(kept.file_storage.items())
    }

    def drop_oldest(owner: str) -> None:
        name = next(iter(sizes[owner]))
        kept.remove_file(owner, name)
        del sizes[owner][name]

    own, room = sizes.get(session, {}), settings.limit("EXPLORER_MAX_UPLOADS_MB") * (1 << 20)
    while len(own) > MAX_FILES or (len(own) > 1 and sum(own.values()) > MAX_HELD):
        drop_oldest(session)
    while True:
        totals = {owner: sum(files.values()) for owner, files in sizes.items()}
        if sum(totals.values()) <= room:
            return
        drop_oldest(max(totals, key=totals.__getitem__))


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
    terminal.configure_streams()
    print(i18n.t("server.hosts", i18n.of_terminal(), names=", ".join(names), variable=hosts.HOSTS), file=sys.stderr)
    found = [Middleware(Headers), Middleware(hosts.Hosts, names=names), Middleware(Uploads)]
    if settings.is_public():
        found.append(Middleware(Messages, script=script))
    return found
