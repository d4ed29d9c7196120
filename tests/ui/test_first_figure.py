import json
from typing import Any

import pytest
import streamlit as st

from explorer.core import local_networks
from explorer.core.i18n import t
from explorer.ui.home import first_figure
from explorer.ui.server import process
from tests.ui import scenes
from tests.ui.test_pages import opened


def test_what_is_stored_is_what_is_computed() -> None:
    stored, live = json.loads(first_figure.FILE.read_text(encoding="utf-8")), first_figure.live()
    assert stored["pixel"] == pytest.approx(live["pixel"], abs=0.005)
    assert_alike(scenes.unpacked(stored["packed"]), scenes.unpacked(live["packed"]))


def assert_alike(stored: Any, live: Any) -> None:
    """Numbers may differ between processors, and the places of the last arrays with them; nothing else may."""
    assert type(stored) is type(live)
    if isinstance(stored, dict):
        assert stored.keys() == live.keys()
        for name in stored:
            if name != "picture":  # another PNG encoder
                assert_alike(stored[name], live[name])
    elif isinstance(stored, list):
        assert len(stored) == len(live)
        for one, other in zip(stored, live, strict=True):
            assert_alike(one, other)
    elif isinstance(stored, float):
        assert stored == pytest.approx(live, rel=0.02, abs=0.02)
    else:
        assert stored == live


def test_home_opens_with_what_is_stored() -> None:
    app = opened("home")
    assert {name: app.session_state[name] for name in first_figure.CHOICES} == first_figure.CHOICES


@pytest.mark.parametrize(
    ("page", "address", "is_shown"),
    [
        ("", {}, True),
        ("", {"picture": "china", "lang": "en"}, True),
        ("", {"picture": "flower"}, False),
        ("", {"weights": "random"}, False),
        ("source", {}, False),
    ],
)
def test_the_first_reader_sees_it_while_torch_loads(
    page: str, address: dict[str, str], is_shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "is_ready", False)
    monkeypatch.setattr(process, "make_ready", st.stop)
    app = opened(page or "home", **address)
    assert [box.value for box in app.info] == [t("bar.loading_torch")]
    assert [title.value for title in app.title] == [t("home.title")] * is_shown
    assert len(scenes.all_given(app)) == is_shown


def test_not_if_the_command_line_names_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_networks, "offered", lambda: ("net.py:Net",))
    monkeypatch.setattr(st, "query_params", type("Empty", (), {"to_dict": staticmethod(dict)}))
    assert not first_figure.is_asked_for()
