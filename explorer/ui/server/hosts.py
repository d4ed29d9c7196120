"""ASGI middleware that checks the Host and Origin headers.

Host stops DNS rebinding (a foreign name that resolves to this machine); Origin stops pages of other sites, and of other
programs on this machine.
"""

import os
import re
from collections.abc import Sequence
from typing import Final

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from explorer.core.i18n import LANGUAGES, t

HOSTS: Final = "EXPLORER_HOSTS"  # more names, comma-separated; "*.example.org" for all subdomains, "*" for any
LOCALHOST: Final = ("127.0.0.1", "localhost", "::1")

_ANY: Final = ("0.0.0.0", "::")  # addresses to listen on that are not host names
_PORTS: Final = {"http": "80", "https": "443"}  # default ports, which browsers omit
_HOST = re.compile(
    r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[\w.*-]+?))\.?(?::(?P<port>\d{1,5}))?", re.ASCII | re.IGNORECASE
)


def allowed_hosts() -> list[str]:
    """Allowed host names: localhost, `server.address`, EXPLORER_HOSTS and `server.allowedHosts`."""
    address = st.get_option("server.address")
    more = [*os.environ.get(HOSTS, "").split(","), *st.get_option("server.allowedHosts")]
    found = [*LOCALHOST, *map(_host_name, more), *([] if address in _ANY else [_host_name(address or "")])]
    return list(dict.fromkeys(filter(None, found)))


def _host_name(text: str) -> str:
    """The host name in `text`, which may be a URL such as Streamlit prints."""
    text = re.sub(r"^\w+://|/.*$", "", text.strip())
    found = _HOST.fullmatch(text)
    return _name(found) if found else text.lower()


def _name(host: re.Match[str]) -> str:
    return (host["v6"] or host["name"]).lower()


class Hosts:
    """Accept requests whose Host is one of `names` and whose Origin is this server or in `server.corsAllowedOrigins`.

    Other requests get status 400 (Host) or 403 (Origin). Streamlit by itself accepts any Host if `server.allowedHosts`
    is empty, and any port of localhost as Origin.
    """

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        self.app = app
        self.names = frozenset(names)
        self.ends = tuple(name[1:] for name in names if name.startswith("*."))
        self.origins = frozenset(st.get_option("server.corsAllowedOrigins"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = (
            self.app if scope["type"] not in ("http", "websocket") else self._refusal(Headers(scope=scope)) or self.app
        )
        await app(scope, receive, send)

    def _refusal(self, headers: Headers) -> ASGIApp | None:
        host = _HOST.fullmatch(headers.get("host", ""))
        if host is None or not self._answers(_name(host)):
            return _error_response("server.refused_host", 400, host=_name(host) if host else "?", variable=HOSTS)
        if not all(origin in self.origins or _is_same_origin(host, origin) for origin in headers.getlist("origin")):
            return _error_response("server.refused_origin", 403)
        return None

    def _answers(self, name: str) -> bool:
        return "*" in self.names or name in self.names or name.endswith(self.ends)


def _is_same_origin(host: re.Match[str], origin: str) -> bool:
    """Whether `origin` has the same name and port as `host`."""
    scheme, _, rest = origin.partition("://")
    page, usual = _HOST.fullmatch(rest), _PORTS.get(scheme)
    return (
        page is not None
        and usual is not None
        and _name(page) == _name(host)
        and (page["port"] or usual) == (host["port"] or usual)
    )


def _error_response(key: str, status: int, **values: str) -> ASGIApp:
    return PlainTextResponse("\n".join(t(key, language, **values) for language in LANGUAGES), status)
