"""ASGI middleware: security headers, the page's own script, trusted hosts, upload quota, message filter.

streamlit_app.py passes it to Streamlit's `st.App`.
"""

import base64
import hashlib
import sys
from collections import OrderedDict
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.core import assets, i18n, settings, terminal
from explorer.ui.server import hosts, streamlit_private

PAGE_SCRIPT: Final = assets.js("history").encode()
"""Runs in the page before Streamlit's scripts."""
_PAGE_SCRIPT_HASH = f"sha256-{base64.b64encode(hashlib.sha256(PAGE_SCRIPT).digest()).decode()}"

POLICY: Final = {
    "default-src": "'self'",
    # Vega compiles expressions (eval); components' scripts are blobs; index.html has an inline script of Streamlit's.
    "script-src": f"'self' 'unsafe-eval' blob: '{streamlit_private.INLINE_SCRIPT}' '{_PAGE_SCRIPT_HASH}'",
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
    "Referrer-Policy": "same-origin",  # a link gives access to a run on a public server: no other site may see it
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CONDITIONS: Final = (b"accept-encoding", b"if-none-match", b"if-modified-since")
MAX_SESSION_BYTES: Final = 600 << 20  # bytes of uploads per session: two of the largest
MAX_FILES: Final = 200  # uploads per session
MAX_PENDING_URLS: Final = 10 * MAX_FILES  # upload URLs per session that are not used yet


class SecurityHeaders:
    """Set HEADERS on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class PageScript:
    """Insert PAGE_SCRIPT into Streamlit's index.html, which is sent for the address of every page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("Accept", ""):
            await self.app(scope, receive, send)
            return
        # The whole page, neither compressed nor "not modified" since an older version of this app
        asked = [(name, value) for name, value in scope["headers"] if name not in CONDITIONS]
        begun: Message | None = None  # of an HTML page, held back until its length is known
        page = b""

        async def send_with_script(message: Message) -> None:
            nonlocal begun, page
            if message["type"] == "http.response.start" and _is_html(message):
                begun = message
            elif begun is None:
                await send(message)
            else:
                page += message.get("body", b"")
                if not message.get("more_body", False):
                    page = page.replace(b"<head>", b"<head><script>" + PAGE_SCRIPT + b"</script>", 1)
                    headers = MutableHeaders(scope=begun)
                    headers["Content-Length"] = str(len(page))
                    for name in ("ETag", "Last-Modified"):  # they are those of Streamlit's file
                        del headers[name]
                    await send(begun)
                    await send({"type": "http.response.body", "body": page})

        await self.app({**scope, "headers": asked}, receive, send_with_script)


def _is_html(start: Message) -> bool:
    return start["status"] == 200 and MutableHeaders(scope=start).get("Content-Type", "").startswith("text/html")


class UploadQuota:
    """Accept uploads only at URLs that a session was given, and limit what Streamlit keeps of them.

    Streamlit accepts any file name and keeps all files until the session ends. Here a session that exceeds
    MAX_SESSION_BYTES or MAX_FILES loses its oldest files; if all sessions together exceed EXPLORER_MAX_UPLOADS_MB, the
    session with the most bytes loses its oldest. Pictures and checkpoints that a page has read are kept by the page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.given: set[tuple[str, str]] = set()  # (session, file) of URLs that are not used yet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = streamlit_private.parse_upload_url(scope["path"]) if scope["type"] == "http" else None
        if scope["type"] == "websocket":
            await self._connected(scope, receive, send)
        elif file and scope["method"] == "PUT":
            await self._put(file, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _connected(self, scope: Scope, receive: Receive, send: Send) -> None:
        mine: OrderedDict[tuple[str, str], None] = OrderedDict()

        async def receive_bounded() -> Message:
            while True:
                message = await receive()
                content = message.get("bytes") or b""
                # Streamlit blocks while it makes the URLs. A file name takes at least two bytes: short messages pass.
                if (
                    len(content) < MAX_PENDING_URLS
                    or streamlit_private.count_upload_requests(content) <= MAX_PENDING_URLS
                ):
                    return message

        async def send_noted(message: Message) -> None:
            for file in streamlit_private.issued_uploads(message.get("bytes") or b""):
                mine[file] = None
                self.given.add(file)
            while len(mine) > MAX_PENDING_URLS:
                self.given.discard(mine.popitem(last=False)[0])
            await send(message)

        try:
            await self.app(scope, receive_bounded, send_noted)
        finally:
            self.given.difference_update(mine)

    async def _put(self, file: tuple[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        if file not in self.given:
            await PlainTextResponse("This file was not asked for.", 403)(scope, receive, send)
            return

        async def send_noted(message: Message) -> None:
            if message.get("status") == streamlit_private.UPLOADED:
                self.given.discard(file)
                enforce_quota(*file)
            await send(message)

        await self.app(scope, receive, send_noted)


def enforce_quota(session: str, file: str) -> None:
    """Remove uploads above the limits, after `session` has uploaded `file`."""
    # The session may have ended meanwhile; then Streamlit would never remove the file.
    if not streamlit_private.has_session(session):
        streamlit_private.remove_upload(session, file)
    sizes = streamlit_private.upload_sizes()

    def drop_oldest(owner: str) -> None:
        name = next(iter(sizes[owner]))
        streamlit_private.remove_upload(owner, name)
        del sizes[owner][name]

    own, room = sizes.get(session, {}), settings.limit("EXPLORER_MAX_UPLOADS_MB") * (1 << 20)
    while len(own) > MAX_FILES or (len(own) > 1 and sum(own.values()) > MAX_SESSION_BYTES):
        drop_oldest(session)
    while True:
        totals = {owner: sum(files.values()) for owner, files in sizes.items()}
        if sum(totals.values()) <= room:
            return
        drop_oldest(max(totals, key=totals.__getitem__))


class MessageFilter:
    """For a public server: drop developer requests and remove the app's folder from responses.

    Such requests clear all caches, ask for the git status, or write files beside the app.
    """

    def __init__(self, app: ASGIApp, script: str) -> None:
        self.app, self.script = app, script

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return

        async def receive_filtered() -> Message:
            while True:
                message = await receive()
                content = message.get("bytes") or b""
                if message["type"] != "websocket.receive" or streamlit_private.is_viewer_request(content):
                    return message

        async def send_discreet(message: Message) -> None:
            if content := message.get("bytes"):
                message = {**message, "bytes": streamlit_private.strip_script_folder(content, self.script)}
            await send(message)

        await self.app(scope, receive_filtered, send_discreet)


def middleware(script: str) -> list[Middleware]:
    """The middleware for an app with main script `script`. Prints the allowed host names."""
    names = hosts.allowed_hosts()
    terminal.configure_streams()
    print(i18n.t("server.hosts", i18n.of_terminal(), names=", ".join(names), variable=hosts.HOSTS), file=sys.stderr)
    found = [
        Middleware(SecurityHeaders),
        Middleware(PageScript),
        Middleware(hosts.Hosts, names=names),
        Middleware(UploadQuota),
    ]
    if settings.is_public():
        found.append(Middleware(MessageFilter, script=script))
    return found
