"""The part Gradients of the page Shortcut."""

import pytest

from explorer.analysis import path_gradients
from explorer.analysis.path_gradients import ShortcutsAlone
from explorer.core.i18n import LANGUAGES, t
from explorer.models.graph import Graph
from tests.ui.test_pages import opened, words

LINK = {"shortcut_part": "gradients", "gradients_depth": "8"}


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, paths are measured at once."""
    monkeypatch.setattr(path_gradients, "estimate", lambda *given: 1.0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_view_opens_with_its_paper(language: str) -> None:
    for of, link in (
        ("picture", "1603.05027"),
        ("lengths", "1605.06431"),
        ("alone", "1603.05027"),
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


def test_the_paths_of_the_open_network_and_how_many_were_measured() -> None:
    app = opened("shortcut", gradients_of="lengths", **LINK)
    assert t("gradients.paths_all", "en", measured=256, total="256", most=70) in words(app)
    assert t("gradients.paths_relu") in words(app)
    app = opened("shortcut", network="cifar-preact20", weights="random", gradients_of="lengths", **LINK)
    assert t("gradients.paths_some", "en", measured=116, total="512", most=16) in words(app)
    assert t("gradients.paths_relu") not in words(app), "no ReLU follows the sums"
    assert t("gradients.paths_untrained") in words(app)


def test_what_the_shortcuts_alone_pass_on_depends_on_what_follows_the_sum() -> None:
    app = opened("shortcut", gradients_of="alone", **LINK)
    assert t("gradients.alone_relu") in words(app)
    app = opened("shortcut", network="cifar-preact20", weights="random", gradients_of="alone", **LINK)
    assert t("gradients.alone_unchanged") in words(app)


def test_what_takes_long_waits_for_a_button_that_says_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_gradients, "estimate", lambda *given: 20.0)
    app = opened("shortcut", network="cifar-preact14", weights="random", gradients_of="lengths", **LINK)
    (start,) = [button for button in app.button if (button.key or "").startswith("start ('path_")]
    assert start.label == t("gradients.paths_compute", "en", paths=64, time="20 s")
    assert "1605.06431" not in words(app)
    start.click().run()
    assert "1605.06431" in words(app)


def test_single_paths_need_blocks_in_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Graph, "is_chain", property(lambda graph: False))
    app = opened("shortcut", gradients_of="lengths", **LINK)
    assert [info.value for info in app.info] == [t("gradients.paths_no_chain")]
    app.button_group(key="gradients_of").set_value("alone").run()
    assert not app.info
    assert t("gradients.alone_how") in words(app)


def test_without_a_gradient_at_the_first_block_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a saturated loss, or an untrained head of zeros."""
    nothing = ShortcutsAlone(0.0, 0.0, 0.0)
    monkeypatch.setattr(path_gradients, "choose", lambda blocks: [[tuple(range(k))] for k in range(blocks + 1)])
    monkeypatch.setattr(path_gradients, "_norm", lambda gradient: 0.0)
    monkeypatch.setattr(path_gradients, "_compare", lambda part, whole: nothing)
    for of in ("lengths", "alone"):
        app = opened("shortcut", network="cifar-resnet8", weights="random", gradients_of=of, **LINK)
        assert [info.value for info in app.info] == [t("gradients.paths_nothing")]


def test_a_saturated_network_has_nothing_to_compare() -> None:
    app = opened("shortcut", network="resnet101", weights="random", **LINK)
    assert t("gradients.here_saturated") in words(app)
    assert t("gradients.picture_untrained") in words(app)
