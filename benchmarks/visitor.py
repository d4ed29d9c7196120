"""A client without a browser: Streamlit's protocol over a WebSocket, uploads with their token over HTTP.

It sends the requests of Streamlit's own page, caches the messages that the server sends once, and reruns the fragments
that a page redraws each second. Pictures in messages are received but not decoded.
"""

import asyncio
import contextlib
import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import requests
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

XSRF: Final = "_streamlit_xsrf"
PATIENCE_S: Final = 120.0


class Problem(Exception):
    """An exception, an error box or a missing answer, which no reader should see."""


@dataclass
class Visitor:
    """One session. `seen` is called with the bytes of every message."""

    address: str
    language: str = "en"
    seen: Callable[[bytes], object] = lambda content: None
    widgets: dict[str, str] = field(default_factory=dict)  # key -> id, on the current page
    titles: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)  # a page's path in the address -> its hash
    redraws: dict[str, float] = field(default_factory=dict)  # fragment -> seconds between reruns
    redrawn_s: list[float] = field(default_factory=list)
    session: str = ""
    page: str = ""

    async def __aenter__(self) -> "Visitor":
        with urllib.request.urlopen(f"{self.address}/_stcore/health") as answer:
            self.token = answer.headers["Set-Cookie"].partition(";")[0].removeprefix(f"{XSRF}=")
        self._known: dict[str, ForwardMsg] = {}
        self._numbers = count()
        self._line: ClientConnection = await connect(
            f"{self.address.replace('http', 'ws', 1)}/_stcore/stream",
            origin=self.address,  # type: ignore[arg-type]
            subprotocols=["streamlit", self.token],  # type: ignore[list-item]
            additional_headers={"Cookie": f"{XSRF}={self.token}"},
            max_size=None,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._line.close()

    # Actions of a reader; each returns the seconds until the page is drawn

    async def open(self, page: str = "", query: str = "") -> float:
        """Open a page by its link or the menu; `home` is the page with an empty path."""
        self.page = "" if page == "home" else page
        return await self._run(query_string=query or f"lang={self.language}")

    async def press(self, key: str) -> float:
        return await self._run(WidgetState(id=self.widgets[key], trigger_value=True))

    async def choose(self, key: str, value: str) -> float:
        """Choose one of a row of buttons by its label."""
        state = WidgetState(id=self.widgets[key])
        state.string_array_value.data.append(value)
        return await self._run(state)

    async def report(self, key: str, **state: object) -> float:
        """What a component tells the server, such as the line on which a reader of the scene rests."""
        return await self._run(WidgetState(id=self.widgets[key], json_value=json.dumps(state)))

    async def upload(self, key: str, name: str, content: bytes) -> float:
        started = time.perf_counter()
        place = await self.ask_upload(name)
        status = await asyncio.to_thread(self.put, place.upload_url, name, content)
        if status != 204:
            raise Problem(f"upload of {name}: HTTP {status}")
        state = WidgetState(id=self.widgets[key])
        info = state.file_uploader_state_value.uploaded_file_info.add(
            file_id=place.file_id, name=name, size=len(content)
        )
        info.file_urls.CopyFrom(place)
        await self._run(state)
        return time.perf_counter() - started

    async def ask_upload(self, name: str) -> FileURLs:
        """Request an upload URL for a file."""
        ask = BackMsg()
        ask.file_urls_request.request_id = f"{next(self._numbers)}"
        ask.file_urls_request.file_names.append(name)
        ask.file_urls_request.session_id = self.session
        await self.send(ask)
        (place,) = (await self._until("file_urls_response")).file_urls_response.file_urls
        return place

    def allowed(self, token: str | None = None) -> dict[str, str]:
        """Request headers that Streamlit's own page sends."""
        token = self.token if token is None else token
        return {"X-Xsrftoken": token, "Cookie": f"{XSRF}={self.token}", "Origin": self.address}

    def put(self, url: str, name: str, content: bytes, token: str | None = None) -> int:
        """Upload a file; returns the HTTP status."""
        return requests.put(
            self.address + url, files={"file": (name, content)}, headers=self.allowed(token), timeout=PATIENCE_S
        ).status_code

    async def watch(self, seconds: float) -> None:
        """Stay on the page and rerun its fragments at their intervals."""
        until = time.monotonic() + seconds
        due = {part: time.monotonic() + every for part, every in self.redraws.items()}
        while due and (part := min(due, key=due.__getitem__)) in due and due[part] < until:
            await asyncio.sleep(max(due[part] - time.monotonic(), 0))
            self.redrawn_s.append(await self._run(fragment_id=part, is_auto_rerun=True))
            due = {part: due.get(part, 0) for part in self.redraws}
            due[part] = time.monotonic() + self.redraws.get(part, seconds)
        await asyncio.sleep(max(until - time.monotonic(), 0))

    # The protocol

    async def send(self, message: BackMsg) -> None:
        await self._line.send(message.SerializeToString())

    async def _run(self, *states: WidgetState, **asked: Any) -> float:
        """Run the script. Raises Problem if it shows an exception or an error."""
        ask, started = BackMsg(), time.perf_counter()
        state = ask.rerun_script
        for name, value in asked.items():
            setattr(state, name, value)
        state.page_name = self.page
        state.page_script_hash = self.pages.get(self.page, "")
        state.widget_states.widgets.extend(states)
        state.cached_message_hashes.extend(self._known)
        state.context_info.locale = {"en": "en-GB", "zh": "zh-CN"}[self.language]
        state.context_info.timezone = "UTC"
        if not state.fragment_id:
            self.widgets, self.titles, self.redraws = {}, [], {}
        await self.send(ask)
        while (await self._until("script_finished")).script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            pass
        taken = time.perf_counter() - started
        if self.problems:
            raise Problem("; ".join(self.problems))
        return taken

    async def _until(self, kind: str) -> ForwardMsg:
        try:
            while True:
                content = await asyncio.wait_for(self._line.recv(), PATIENCE_S)
                self.seen(content)  # type: ignore[arg-type]
                message = ForwardMsg.FromString(content)  # type: ignore[arg-type]
                found = message.WhichOneof("type")
                if found == "ref_hash":
                    message = self._known[message.ref_hash]
                elif message.metadata.cacheable:
                    self._known[message.hash] = message
                self._take(message)
                if found == kind:
                    return message
        except TimeoutError as error:
            raise Problem(f"{self.page or 'home'}: no {kind} in {PATIENCE_S:g} s") from error

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
        elif kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "page_not_found":
            self.problems.append(f"no page {self.page}")
        elif kind == "auto_rerun":
            self.redraws[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            shown = element.WhichOneof("type")
            if shown == "exception":
                self.problems.append(f"{self.page or 'home'}: {element.exception.type} {element.exception.message}")
            elif shown == "alert" and element.alert.format == Alert.ERROR:
                self.problems.append(f"{self.page or 'home'}: {element.alert.body}")
            elif shown == "heading":
                self.titles.append(element.heading.body)
            self.widgets.update(_named(getattr(element, shown)) if shown else ())


def _named(proto: Any) -> Iterator[tuple[str, str]]:
    """(key, id) of a widget with a key set by the app, which Streamlit appends to the id after two dashes."""
    with contextlib.suppress(AttributeError):
        _, _, key = proto.id.removeprefix("$$ID-").partition("-")
        if key and key != "None":
            yield key, proto.id
