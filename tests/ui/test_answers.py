"""Stored results are on screen at once; all others wait until a reader asks."""

import json
from collections.abc import Generator
from pathlib import Path
from statistics import median

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from explorer.analysis import residual
from explorer.core.assets import ASSETS
from explorer.core.i18n import Language, t
from explorer.data.cifar10 import CIFAR10_CLASSES
from explorer.models import registry
from explorer.ui.state import memory, shared_task
from explorer.ui.widgets.html_figures import fixed
from tests.ui.test_pages import compute, opened, words

COMMAND = "python -m benchmarks.stored_answers"
NUMBERS = json.loads((ASSETS / "stored_answers.json").read_text(encoding="utf-8"))["networks"]["resnet18/cifar10"]
SINGLES = NUMBERS["singles"]
LOST = median(SINGLES["intact"] - row["share"] for row in SINGLES["rows"] if not row["resizes"])
VIEWS: list[tuple[str, dict[str, str], str]] = [
    ("shortcut", {"shortcut_part": "depth"}, "200"),
    ("shortcut", {"shortcut_part": "lesion"}, fixed(100 * LOST, 1)),
    ("shortcut", {"shortcut_part": "inference"}, f"{next(iter(NUMBERS['inference']['heads'].values())):.0%}"),
    ("features", {"features_part": "space"}, f"{np.mean(NUMBERS['space']['probes']['layer4']):.0%}"),
    ("features", {"features_part": "maps", "block": "layer4.1"}, ""),
    ("history", {}, f"{SINGLES['intact']:.1%}"),
]


def test_stored_results_need_neither_data_nor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def starts(*_: object) -> None:
        raise AssertionError("a computation has started")

    monkeypatch.setattr(shared_task.Job, "__init__", starts)
    for k, (page, link, said) in enumerate(VIEWS):
        language: Language = "zh" if k % 2 else "en"
        app = opened(page, picture="china", lang=language, **link)
        assert not app.error, link
        assert COMMAND in words(app), link
        assert t("answers.no_pictures", language) in words(app), link
        assert said in words(app), link
        assert not [button for button in app.button if button.label.startswith(t("answers.again", language, time=""))]


def test_other_weights_wait() -> None:
    app = opened("shortcut", shortcut_part="lesion", picture="china", network="cifar-resnet8-w4", weights="random")
    assert t("answers.waits") in words(app)
    assert COMMAND not in words(app)
    assert not app.get("vega_lite_chart")
    assert any(button.label.startswith("Compute for 12 images (gallery images), about ") for button in app.button)


@pytest.fixture
def noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CIFAR-10's classes, 20 pictures of noise each."""
    random = np.random.default_rng(0)
    for name in CIFAR10_CLASSES:
        folder = tmp_path / "cifar10" / "test" / name
        folder.mkdir(parents=True)
        for k in range(20):
            Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(folder / f"{k:02}.png")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    memory.clear()


@pytest.mark.usefixtures("noise")
def test_a_reader_computes_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    measure = residual.over_pictures

    def interrupted(*given: object) -> Generator[tuple[int, int], None, None]:
        yield 0, 200
        st.stop()

    monkeypatch.setattr(residual, "over_pictures", interrupted)
    app = opened("shortcut", shortcut_part="depth", network=registry.TWINS[0])
    assert t("answers.other_pictures") in words(app)
    assert any(button.label.startswith("Recompute here, about ") for button in app.button)
    compute(app)
    assert COMMAND in words(app)
    assert len(app.get("vega_lite_chart")) == 3, "what was there is drawn before the computation, and stays"
    memory.clear()
    monkeypatch.setattr(residual, "over_pictures", measure)
    app.run()
    compute(app)
    assert t("answers.fresh", count=200, source=t("picture.source_cifar10")) in words(app)
    assert COMMAND not in words(app)
    assert "over the same 200 images" in words(app)
    memory.clear()
