"""The part Gradients of the page Shortcut."""

import pytest

from explorer.core.i18n import LANGUAGES, t
from tests.ui.test_pages import opened, words

LINK = {"shortcut_part": "gradients", "gradients_depth": "8"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_view_opens_with_its_paper(language: str) -> None:
    for of, link in (
        ("picture", "1603.05027"),
        ("norms", "1512.03385"),
        ("share", "2002.10444"),
        ("shattering", "1702.08591"),
    ):
        app = opened("shortcut", lang=language, gradients_of=of, **LINK)
        assert f"https://arxiv.org/abs/{link}" in words(app)
        assert not app.error


def test_the_loss_says_which_class_it_asks_for() -> None:
    known = opened("shortcut", picture="china", **LINK)
    assert t("gradients.picture_predicted", "en", name="").split("**")[0] in words(known)


def test_switches_change_what_is_said() -> None:
    app = opened("shortcut", gradients_of="norms", **LINK)
    app.button_group(key="gradients_normed").set_value("without").run()
    assert not app.exception
    assert t("gradients.here_bare", "en", depth=8, plain="{}", residual="").split("{}")[0] in words(app)
    app.button_group(key="gradients_of").set_value("share").run()
    app.button_group(key="gradients_gamma").set_value("zero").run()
    assert not app.exception
    assert "1706.02677" in words(app)
    assert t("gradients.here_zero", "en", blocks=3, most="0%") in words(app)
    assert (app.query_params["gradients_of"], app.query_params["gradients_gamma"]) == ("share", "zero")


def test_a_depth_that_is_not_6n_2_falls_back() -> None:
    app = opened("shortcut", shortcut_part="gradients", gradients_of="share", gradients_depth="21")
    assert app.session_state["gradients_depth"] == 20
    assert "gradients_depth".replace("_", "\\_") in app.toast[0].value


def test_a_saturated_network_has_nothing_to_compare() -> None:
    app = opened("shortcut", network="resnet101", weights="random", **LINK)
    assert t("gradients.here_saturated") in words(app)
    assert t("gradients.picture_untrained") in words(app)
