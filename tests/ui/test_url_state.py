"""The address: when it is written, as a step or in place, and what Back restores. The browser's part: tests/browser."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

from explorer.ui.state import url_state

ROOT = Path(__file__).parents[2]


def page() -> None:
    import streamlit as st

    from explorer.ui.state import url_state

    state = st.session_state
    with url_state.written():
        url_state.begin()
        url_state.open_page(state.get("at", ""))
        url_state.keep(lang=url_state.restore("lang", ("en", "zh"), "en"))
        if not state.get("at"):
            zoom = url_state.restore("zoom", ("network", "block"), "network")
            with url_state.written():
                order = url_state.restore("order", ("a", "b"), "a")
                url_state.keep(zoom=zoom, order=order)
            found = url_state.restore_parsed("numbers", lambda text: [*map(int, text.split())], list, link="listed")
            url_state.keep_list("listed", found)
        if ends := state.pop("ends", None):
            ends()
    state.turn = url_state.turns()


class Browser:
    """An AppTest, and the addresses that the server sent in the last run; empty: the next one replaces the entry."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[dict[str, str]] = []
        self.is_back = False
        send = QueryParams._send_query_param_msg
        monkeypatch.setattr(
            QueryParams, "_send_query_param_msg", lambda own: self.sent.append(own.to_dict()) or send(own)
        )
        monkeypatch.setattr("explorer.ui.server.streamlit_private.is_history_navigation", lambda: self.is_back)
        self.app = AppTest.from_function(page)

    def run(self, address: dict[str, str] | None = None, **choices: object) -> list[dict[str, str]]:
        """Choose, or go Back to `address`, or with an empty one to another page; returns what is sent."""
        self.sent.clear()
        self.is_back = bool(address)
        if address is not None:
            self.app.query_params.clear()
            self.app.query_params.update(address)
        for name, value in choices.items():
            self.app.session_state[name] = value
        self.app.run()
        assert not self.app.exception
        return list(self.sent)

    def __getitem__(self, name: str) -> object:
        return self.app.session_state[name]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(monkeypatch)


def test_a_run_writes_once_a_step_as_an_entry_and_anything_else_in_place(browser: Browser) -> None:
    first = {"lang": "en", "zoom": "network", "order": "a"}
    browser.app.query_params["zoom"] = "network"
    assert browser.run() == [{}, {name: first[name] for name in ("zoom", "lang", "order")}], "a link is completed"
    assert browser.run() == []
    assert browser.run(order="b") == [{}, {**first, "order": "b"}]
    assert browser.run(zoom="block", order="a") == [{**first, "zoom": "block"}]
    assert browser.run(lang="zh") == [{}, {**first, "zoom": "block", "lang": "zh"}]
    assert browser.run({}, at="two") == [{}, {"lang": "zh"}], "a page begins its entry; the browser has added that"


def test_back_restores_the_address_and_the_defaults_of_what_it_leaves_out(browser: Browser) -> None:
    browser.run()
    browser.run(zoom="block", order="b", numbers=[3, 4])
    assert browser.run({"lang": "en", "zoom": "network"}, lang="zh") == [
        {}, {"lang": "zh", "zoom": "network", "order": "a"},
    ], "the language is no place"  # fmt: skip
    assert (browser["zoom"], browser["order"], browser["numbers"], browser["turn"]) == ("network", "a", [], 1)
    there = {"lang": "zh", "zoom": "block", "order": "b", "listed": "3 4"}
    assert browser.run(there) == [there], "Forward"
    assert (browser["zoom"], browser["order"], browser["numbers"], browser["turn"]) == ("block", "b", [3, 4], 2)


def test_back_leaves_what_only_other_pages_have(browser: Browser) -> None:
    browser.run()
    browser.run(order="b")
    browser.run({}, at="two", files="mine")
    browser.run({"lang": "en", "files": "x"}, at="two")
    assert (browser["order"], browser["files"]) == ("b", "mine"), "what is no choice is never forgotten"
    browser.run({}, at="")
    assert browser["order"] == "b"


def test_an_entry_that_was_left_before_it_was_written_restores_nothing(browser: Browser) -> None:
    browser.run(order="b")
    browser.app.query_params.clear()
    browser.is_back = True
    browser.app.run()
    assert (browser["order"], browser["turn"]) == ("b", 0)


def test_who_stops_a_run_writes_and_who_reruns_does_not(browser: Browser) -> None:
    browser.run()
    assert len(browser.run(zoom="block", ends=url_state.stop)) == 1
    assert len(browser.run(zoom="network", ends=st.rerun)) == 1, "the run that follows"


def test_forgotten_choices_become_defaults_although_the_link_has_them(browser: Browser) -> None:
    browser.run()
    browser.run(order="b", ends=None)
    assert browser.app.query_params["order"] in ("b", ["b"])
    browser.run(ends=lambda: url_state.forget("order"))
    browser.run()
    assert browser["order"] == "a"


def test_every_step_is_a_choice_of_the_app_and_no_page_stops_without_its_address() -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "explorer" / "ui").rglob("*.py")}
    sources |= {f"pages/{path.name}": path.read_text(encoding="utf-8") for path in (ROOT / "pages").glob("*.py")}
    assert "st.stop()" in sources.pop("url_state.py")
    whole = "".join(sources.values())
    assert [name for name in url_state.STEPS if f'"{name}"' not in whole] == []
    assert "st.stop()" not in whole
