"""All pages with the paper's CIFAR networks: residual ones of all kinds, and plain ones without shortcuts."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import t
from explorer.models import registry
from explorer.ui.layout import navigation
from tests.ui import scenes
from tests.ui.test_pages import opened, words

TWIN, PLAIN, PREACT, GATED = registry.TWINS[0], "cifar-plain8-w4", "cifar-preact8-w4", "cifar-resnet8-gate-w4"
LACKING = t("bar.no_shortcut", network="plain-8, width 4 (CIFAR)")


def html(app: AppTest) -> str:
    return " ".join(element.body for element in app.get("html"))


VIEWS = [
    ("source", {"block": "layer2.0"}), ("source", {"block": "network"}),
    ("diagrams", {"diagrams_part": "browse", "zoom": "block", "block": "layer2.0"}),
    ("diagrams", {"zoom": "network", "overlay": "norm"}), ("diagrams", {"diagrams_part": "compare"}),
    ("diagrams", {"diagrams_part": "paths"}), ("shortcut", {"shortcut_part": "change"}),
    ("shortcut", {"shortcut_part": "gradients"}), ("features", {"features_part": "maps"}),
]  # fmt: skip


@pytest.mark.parametrize("network", [PLAIN, "cifar-preact8-exclusive-w4"])
def test_the_pages_open(network: str) -> None:
    app = opened(network=network, weights="random", picture="china")
    for page, chosen in VIEWS:
        for name, value in chosen.items():
            app.session_state[name] = value
        app.switch_page(navigation.path(page)).run()
        assert not app.exception, (page, chosen)
        assert not app.error, (page, chosen)
        lacks = network == PLAIN and (page == "shortcut" or "paths" in chosen.values())
        assert [info.value for info in app.info] == ([LACKING] if lacks else []), (page, chosen)


@pytest.mark.parametrize("page", ["home", "shortcut"])
def test_a_plain_network_leads_to_its_twin(page: str) -> None:
    app = opened(page, network=PLAIN, weights="random", picture="china")
    assert LACKING in [info.value for info in app.info]
    app.button(key="open_twin").click().run()
    assert not app.exception
    assert (app.session_state["network"], app.query_params["network"]) == ("cifar-resnet8-w4", "cifar-resnet8-w4")
    assert not app.info


def test_the_box_offers_the_papers_networks_and_what_a_link_names() -> None:
    app = opened(network=GATED, picture="china")
    box = app.selectbox(key="network")
    assert box.value == GATED
    assert len(box.options) == 7 + 14 + 2 + 10 + 1
    assert box.options[21] == "ResNet-32, width 8 (CIFAR)"
    assert box.options[-1] == "ResNet-8, gated shortcut, width 4 (CIFAR)"
    box.select(TWIN).run()
    assert app.selectbox(key="weights").options[0] == t("bar.weights_twin")
    assert not app.exception


def test_our_own_source_is_not_called_torchvisions() -> None:
    app = opened("source", network="cifar-resnet8-w4", weights="random", block="layer2.0", step="downsample")
    said = words(app)
    assert t("source.ours", path="explorer/models/cifar_resnet.py") in said
    assert t("source.explain_subsample") in scenes.stories(app)
    assert "torchvision 0" not in said


def test_a_preactivation_block_has_no_relu_after_the_sum() -> None:
    app = opened("shortcut", network=PREACT, weights="random", picture="china", block="layer2.0")
    shown = html(app)
    assert "x↓ + F(x) <small>" in shown
    assert "ReLU <small>" not in shown
    assert any(t("shortcut.said_kept", cut=0.5).partition("50%")[0] in element.value for element in app.markdown)
    app.button_group(key="shortcut_part").set_value("change").run()
    assert "out = <span" in html(app)


def test_a_program_that_needs_the_apps_definition_says_so() -> None:
    app = opened("predict", network=PREACT, weights="random", picture="china")
    app.session_state["code_shown"] = True
    app.run()
    assert t("bar.code_definition") in words(app)
    assert "Design.named('cifar-preact8-w4').build()" in app.code[0].value
