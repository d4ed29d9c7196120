"""The parts Lesions and Iterative inference of the page Shortcut."""

import re

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.analysis import ablation, feature_space, iterative_inference, picture_set
from explorer.core.i18n import t
from explorer.data import images
from explorer.models import loading
from explorer.ui.widgets.html_figures import fixed
from tests.analysis.test_ablation import finished
from tests.ui.test_pages import compute, opened, words

NETWORK = "cifar-resnet8-w4"

pytestmark = pytest.mark.usefixtures("small_twins")


def part(name: str, **link: str) -> AppTest:
    app = opened("shortcut", shortcut_part=name, **link)
    assert not app.error
    return app


def test_blocks_are_taken_out() -> None:
    app = part("lesion", lesion_draws="3", network=NETWORK, weights="random")
    network, several = loading.load(NETWORK, "random"), picture_set.find(200)
    compute(app)
    assert t("lesion.gallery", count=12, one=1 / 12) in [warning.value for warning in app.warning]
    assert t("lesion.set_stay", network="¶").partition("¶")[0] in words(app)
    found = finished(ablation.remove_each(network, several))
    lost = f"{100 * found.median_drop(resizes=False):.1f}"
    assert lost in next(element.value for element in app.markdown if t("bar.here") in element.value)
    assert "fig. 5a" not in words(app)
    compute(app)
    rows = finished(ablation.remove_random(network, several, 3, 0))
    said = [element.value for element in app.markdown if t("bar.here") in element.value][-1]
    assert f"{rows[1].mean:.0%}" in said


def test_a_link_restores_the_draws() -> None:
    app = part("lesion", lesion_draws="10", lesion_seed="7")
    assert (app.session_state["lesion_draws"], app.session_state["lesion_seed"]) == (10, 7)
    assert app.query_params["lesion_seed"] == "7"


def test_the_answer_is_read_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    network, several = loading.load(NETWORK, "random"), feature_space.labelled_pictures(20)
    monkeypatch.setattr(feature_space, "labelled_pictures", lambda count: several)
    app = part("inference", picture="china", weights="random", network=NETWORK)
    assert t("inference.band_predicted") not in words(app)
    compute(app)
    found = finished(iterative_inference.over_set(network, several))
    mean = found.cosines.mean(0)
    said = words(app)
    assert fixed(float(mean[-1]), 3) in said
    assert not re.search(r" -\d", said), "a minus is no hyphen"
    assert t("inference.band_predicted") in said
    x = network.preprocess(images.open_sample("china").image)
    probabilities = iterative_inference.readouts(network, x)["layer3.0"][0]
    assert f"{float(probabilities.max()):.1%}" in " ".join(element.body for element in app.get("html"))
    assert torch.isfinite(mean).all()
