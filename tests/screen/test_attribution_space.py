"""The parts "what decided" and "many pictures" of the feature maps page, as a reader meets them."""

import pytest

from explorer.text import LANGUAGES, say
from tests.screen.test_pages import opened, words


def page(app: object) -> str:
    return words(app) + " ".join(part.body for part in app.get("html"))  # type: ignore[arg-type, attr-defined]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_decided_can_be_asked_for_any_class_and_method(language: str) -> None:
    app = opened("features", features_part="attribution", lang=language, picture="china")
    assert not app.error
    classes = app.selectbox(key="attribution_class")
    assert len(classes.options) == 10
    assert classes.options[0].endswith("%")
    assert "2×2" in page(app)
    for method in ("grad_cam_pp", "integrated_gradients"):
        app.session_state["attribution_method"] = method
        app.run()
        assert not app.exception
        assert say(f"attribution.about_{method}", language)[:20] in words(app)  # type: ignore[arg-type]
    app.selectbox(key="attribution_class").select_index(7).run()
    app.slider(key="attribution_opacity").set_value(100).run()
    app.toggle(key="attribution_smooth").set_value(True).run()
    assert not app.exception
    assert not app.error
    assert app.query_params["attribution_method"] == "integrated_gradients"


def test_untrained_weights_are_compared_when_asked_for() -> None:
    app = opened("features", features_part="attribution", picture="china")
    next(b for b in app.button if b.label == say("attribution.check")).click().run()
    assert not app.exception
    assert "Rank correlation" in words(app)


def test_a_link_to_a_class_that_is_not_there_falls_back() -> None:
    app = opened("features", features_part="attribution", picture="china", attribution_class="4000")
    assert app.session_state["attribution_class"] == -1
    assert not app.exception


@pytest.mark.parametrize("language", LANGUAGES)
def test_many_pictures_without_a_data_set_are_digits(language: str) -> None:
    app = opened("features", features_part="space", lang=language, picture="china", space_count="100")
    assert not app.error
    said = page(app)
    assert "8×8" in said
    assert say("space.probes", language) in said  # type: ignore[arg-type]
    app.session_state["space_place"] = "layer2"
    app.session_state["space_method"] = "tsne"
    app.run()
    assert not app.exception
    assert say("space.axes_tsne", language) in words(app)  # type: ignore[arg-type]
    app.session_state["code_shown"] = True
    app.run()
    assert "ImageFolder" in app.code[0].value


def test_a_network_of_large_inputs_waits_for_the_button() -> None:
    app = opened("features", features_part="space", picture="china", weights="random", space_count="100")
    assert say("space.start", count=100) in [button.label for button in app.button]
    assert say("space.probes") not in page(app)
