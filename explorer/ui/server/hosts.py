"""Which names the server answers to, and whose pages may ask it.

A site whose name is made to lead here (DNS rebinding) sends that name as Host; a page of another site, or of another
program on this machine, sends its own address as Origin.
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

HOSTS: Final = "EXPLORER_HOSTS"  # more names, with commas between them; "*.example.org" for all below one, "*" for any
OWN: Final = ("127.0.0.1", "localhost", "::1")

_ANY: Final = ("0.0.0.0", "::")  # addresses to listen on, which are no names
_PORTS: Final = {"http": "80", "https": "443"}  # that a browser leaves out
_HOST = re.compile(
    r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[\w.*-]+?))\.?(?::(?P<port>\d{1,5}))?", re.ASCII | re.IGNORECASE
)


def names() -> list[str]:
    """The names of this machine, the address to listen on, and those of EXPLORER_HOSTS and `server.allowedHosts`."""
    address = st.get_option("server.address")
    more = [*os.environ.get(HOSTS, "").split(","), *st.get_option("server.allowedHosts")]
    found = [*OWN, *map(_named, more), *([] if address in _ANY else [_named(address or "")])]
    return list(dict.fromkeys(filter(None, found)))


def _named(text: str) -> str:
    """The name in `text`, which may be a whole address, such as Streamlit prints."""
    text = re.sub(r"^\w+://|/.*$", "", text.strip())
    found = _HOST.fullmatch(text)
    return _name(found) if found else text.lower()


def _name(host: re.Match[str]) -> str:
    return (host["v6"] or host["name"]).lower()


class Hosts:
    """Lets through what was asked of one of `names` by no other page than ours, or one of `server.corsAllowedOrigins`.

    Streamlit by itself takes any Host where `server.allowedHosts` is empty, and any port of localhost as Origin.
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
            return _words("server.refused_host", 400, host=_name(host) if host else "?", variable=HOSTS)
        if not all(origin in self.origins or _is_of(host, origin) for origin in headers.getlist("origin")):
            return _words("server.refused_origin", 403)
        return None

    def _answers(self, name: str) -> bool:
        return "*" in self.names or name in self.names or name.endswith(self.ends)


def _is_of(host: re.Match[str], origin: str) -> bool:
    """Whether a page of `origin` came from `host`: the same name and port."""
    scheme, _, rest = origin.partition("://")
    page, usual = _HOST.fullmatch(rest), _PORTS.get(scheme)
    return (
        page is not None
        and usual is not None
        and _name(page) == _name(host)
        and (page["port"] or usual) == (host["port"] or usual)
    )


def _words(key: str, status: int, **values: str) -> ASGIApp:
    return PlainTextResponse("\n".join(t(key, language, **values) for language in LANGUAGES), status)
