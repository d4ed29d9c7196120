"""The characteristic blocks and top-5 of the page History, each drawn alone."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import LANGUAGES, t
from explorer.experiments.history.famous_block import KINDS


def draw_block() -> None:
    import streamlit as st

    from explorer.ui.history import block

    block.draw(st.session_state.model)


def draw_top5() -> None:
    import streamlit as st

    from explorer.ui.history import top5
    from explorer.ui.state import cache
    from explorer.ui.state.cache import View

    picture, weights = st.session_state.picture, st.session_state.weights
    view = View(picture, weights, lambda: cache.sample(picture), lambda: cache.network("resnet18", weights, 0))
    top5.draw(view)


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_block_has_a_diagram_and_a_text(language: str) -> None:
    app = AppTest.from_function(draw_block, default_timeout=60)
    app.session_state["lang"] = language
    for model in ("resnet50", "googlenet", "mobilenet_v1", "vit_b_16", "moco", "lenet5"):
        app.session_state["model"] = model
        app.run()
        assert not app.exception
        shown = words(app)
        assert ("torchvision/models/" in shown) == (model not in ("moco", "lenet5"))
        assert (t("famous.drawn_paper", language) in shown) == (model in ("moco", "lenet5"))


def test_the_source_can_be_chosen() -> None:
    app = AppTest.from_function(draw_block, default_timeout=60)
    app.session_state["model"] = "resnet50"
    app.run()
    (choice,) = app.selectbox
    assert choice.options == ["Bottleneck.forward", "Bottleneck.__init__"]
    before = words(app)
    choice.set_value("Bottleneck.__init__").run()
    assert not app.exception
    assert words(app) != before, "other lines of the file"


def test_every_beginning_of_a_name_leads_to_words() -> None:
    for kind in KINDS.values():
        assert t(f"famous.about_{kind}", "en", **dict.fromkeys(
            ("parameters", "plain", "channels_in", "channels_out", "tokens", "input", "output"), 1))  # fmt: skip


@pytest.mark.parametrize(("picture", "weights"), [("china", "cifar10"), ("digit-3", "cifar10"), ("china", "random")])
def test_top5_tells_what_can_be_told(picture: str, weights: str) -> None:
    app = AppTest.from_function(draw_top5, default_timeout=60)
    app.session_state["lang"] = "en"
    app.session_state["picture"], app.session_state["weights"] = picture, weights
    app.run()
    assert not app.exception
    place = t("famous.place_unknown") if picture == "china" else t("famous.place_other", label="3")
    assert place in words(app)
    if weights == "random":
        assert "top-1 accuracy of 0.1% and a top-5 accuracy of 0.5%" in words(app)
