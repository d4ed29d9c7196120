import pytest
import streamlit as st

from explorer.ui.diagrams import browse
from explorer.ui.features import channel, kernels
from explorer.ui.finetune import tiles
from explorer.ui.history import chart, timeline
from explorer.ui.homework import words
from explorer.ui.layout import picture_picker
from explorer.ui.pretraining import roles
from explorer.ui.source import breadcrumbs
from explorer.ui.widgets import scene_view
from explorer.ui.widgets.reports import reported

CALLBACKS = {
    "browse.open_card": lambda: browse.open_card("gone", None),  # type: ignore[arg-type]
    "browse.open_call": lambda: browse.open_call("gone"),
    "breadcrumbs": breadcrumbs._open,
    "channel": lambda: channel.pick("gone", 64),
    "chart": chart.pick,
    "kernels": lambda: kernels._pick("layer1.0.conv1"),
    "picture_picker": picture_picker._pick,
    "roles": roles.pick,
    "scene_view": lambda: scene_view._report("gone", "step", pytest.fail),
    "tiles": lambda: tiles._pick("gone"),
    "timeline": lambda: timeline.pick("gone"),
    "words": words._take,
}


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_click_that_arrives_after_its_page_was_left_changes_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = type("State", (dict,), {"__getattr__": dict.__getitem__})(words={"kept": "a word"})
    monkeypatch.setattr(st, "session_state", state)
    before = dict(state)
    CALLBACKS[name]()
    assert {key: value for key, value in state.items() if not key.startswith("_")} == before


@pytest.mark.parametrize("found", [None, {}, {"selection": {"card": []}}])
def test_nothing_is_reported(found: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"key": found} if found is not None else {})
    assert not reported("key", "selection", "card")
