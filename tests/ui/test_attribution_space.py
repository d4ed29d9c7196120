"""The parts Attribution and Feature space of the page Feature maps."""

from itertools import cycle

import pytest
from streamlit.testing.v1 import AppTest

from explorer.analysis import attribution
from explorer.analysis.attribution import METHODS
from explorer.core.i18n import LANGUAGES, Language, t
from explorer.ui.state import memory
from tests.ui.test_pages import compute, opened, words


def page(app: AppTest) -> str:
    """The text of the app, including HTML and components."""
    return words(app) + " ".join(part.proto.body for part in app.get("html"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(("method", "language"), list(zip(METHODS, cycle(LANGUAGES))))
def test_each_method_has_a_map_of_each_place(method: str, language: Language) -> None:
    app = opened("features", features_part="attribution", lang=language, picture="china", attribution_method=method)
    assert not app.error
    assert t(f"attribution.about_{method}", language) in words(app)
    shown = page(app)
    assert "2×2" in shown
    assert shown.count("<figure>") == (7 if method == "integrated_gradients" else 6), "the picture, and each map"


def test_attribution_of_any_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "PIECES", (4,))
    app = opened("features", features_part="attribution", picture="china")
    classes = app.selectbox(key="attribution_class")
    assert len(classes.options) == 10
    assert [option.endswith("%") for option in classes.options] == [True] * 5 + [False] * 5
    before = page(app)
    app.selectbox(key="attribution_class").select_index(7).run()
    assert page(app) != before
    assert app.query_params["attribution_class"]
    app.button_group(key="attribution_method").set_value("integrated_gradients").run()
    app.slider(key="attribution_opacity").set_value(100).run()
    app.toggle(key="attribution_smooth").set_value(True).run()
    assert not app.exception
    assert not app.error
    assert app.query_params["attribution_method"] == "integrated_gradients"


def test_untrained_weights_are_compared_when_asked_for() -> None:
    app = opened("features", features_part="attribution", picture="china")
    next(b for b in app.button if b.label == t("attribution.check")).click().run()
    assert not app.exception
    assert "Rank correlation" in words(app)
    assert t("attribution.untrained") in words(app)
    assert page(app).count("<figure>") == 2 * 6, "the picture, and each map, once more"


def test_a_link_to_a_class_that_is_not_there_falls_back() -> None:
    app = opened("features", features_part="attribution", picture="china", attribution_class="4000")
    assert app.session_state["attribution_class"] == -1
    assert not app.exception


def test_many_pictures_without_a_data_set_are_digits() -> None:
    memory.clear()
    language: Language = "zh"
    link = {"picture": "china", "space_count": "100", "space_place": "layer2", "space_method": "tsne"}
    app = opened("features", features_part="space", lang=language, **link)
    assert t("space.not_placed", language) in words(app), "a stored result"
    compute(app)
    assert not app.error
    said = page(app)
    assert t("space.not_placed", language) not in said
    assert "8×8" in said
    assert t("space.probes", language) in said
    assert t("space.axes_tsne", language) in said
    assert "128" in said, "the features of the second stage"
    app.session_state["code_shown"] = True
    app.run()
    assert "ImageFolder" in app.code[0].value


def test_weights_without_a_stored_result_wait_for_the_button() -> None:
    app = opened("features", features_part="space", picture="china", weights="random", space_count="100")
    assert any(button.label.startswith("Compute for 100 images (") for button in app.button)
    assert t("space.probes") not in page(app)
