"""The Share menu lists what the session has that a link lacks, and each figure that matters can be saved."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import LANGUAGES, Language, t
from explorer.runs import store
from explorer.training.recipe import Recipe
from explorer.ui.state.uploads import Upload
from tests.ui.test_pages import opened


def page() -> None:
    import streamlit as st

    from explorer.ui.layout import share

    share.fill(st.container(), st.session_state.of)


def listed(of: str, language: Language = "en", **state: Any) -> dict[str, list[str]]:
    """Heading -> items of the menu on the page `of`."""
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in {"of": of, "lang": language, **state}.items():
        app.session_state[name] = value
    parts = app.run().markdown[0].value.split("\n\n")[1:]
    assert not app.exception
    return {parts[k].strip("*"): parts[k + 1].splitlines() for k in range(0, len(parts), 2)}


def test_a_view_of_bundled_things_lacks_nothing() -> None:
    found = listed("source", network="resnet18", weights="cifar10", picture="china")
    assert list(found) == ["What needs no server"]
    assert found["What needs no server"][0].startswith(f"- “{t('scene.save')}” below the walk")


def test_a_page_that_stops_with_a_message_has_the_lists() -> None:
    """It waits for a checkpoint."""
    app = opened("predict", weights="own")
    assert t("bar.own_missing") in [each.value for each in app.info]
    assert [t("share.carries") in each.value for each in app.markdown].count(True) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stays_behind_is_named(language: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    run = store.create(Recipe(), "night *shift*", root=tmp_path)
    folder = tmp_path / "secret" / "my birds"
    state: dict[str, Any] = {
        "picture": "upload", "files": {"upload": Upload("my_cat.png", b"")}, "weights": "own",
        "checkpoint": Upload("best.pt", b""), "run": run.id, "recipe": {"data": str(folder)}, "network": "resnet18",
    }  # fmt: skip
    found = listed("finetune", language, **state)
    lacks, here, _ = found.values()
    assert [r"my\_cat\.png" in lacks[0], r"best\.pt" in lacks[1], len(lacks)] == [True, True, 2]
    assert [r"night \*shift\*" in here[0], "my birds" in here[1], len(here)] == [True, True, 2]
    assert "secret" not in "".join(here), "no path"
    of_run = listed("shortcut", language, weights=f"run:{run.id}", picture=f"run:{run.id}:3", network="resnet18")
    assert r"night \*shift\*" in "".join(of_run[t("share.on_server", language).strip("*")])
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    hidden = listed("shortcut", language, weights=f"run:{run.id}", picture="china", network="resnet18")
    assert "night" not in str(hidden), "a run that this session may not see"


@pytest.mark.parametrize(
    ("name", "key", "link"),
    [
        ("home", "sum", {}), ("shortcut", "block", {"shortcut_part": "block"}), ("source", "tensor", {"step": "bn1"}),
        ("features", "attribution", {"features_part": "attribution"}),
    ],
)  # fmt: skip
def test_a_figure_can_be_saved(name: str, key: str, link: dict[str, str]) -> None:
    app = opened(name, picture="china", **link)
    files = [button.key for button in app.get("download_button") if button.key and f"save_{key}_" in button.key]
    assert files == [f"save_{key}_png", f"save_{key}_svg"]
