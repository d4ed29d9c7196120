"""The part Loss landscape drawn alone: stored surfaces, then computed ones."""

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.analysis import landscape, picture_set
from explorer.analysis.landscape import Settings
from explorer.core.i18n import LANGUAGES, t
from explorer.models import twins
from explorer.models.cifar_resnet import Design
from explorer.models.network import Network
from explorer.runs import checkpoints, store
from explorer.runs.store import Run
from explorer.training.recipe import Recipe
from explorer.ui.state import memory
from tests.analysis.test_ablation import finished

SMALL = {"landscape_points": "7", "landscape_pictures": "64", "landscape_span": "50"}
DESIGN = Design(8, "none", width=4)


pytestmark = pytest.mark.usefixtures("small_twins")


def page() -> None:
    from explorer.ui.why import landscape

    landscape.draw()


def opened(**choices: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in choices.items():
        app.query_params[name] = value
    return app.run()


def words(app: AppTest) -> str:
    assert not app.exception
    assert not app.error
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def press(app: AppTest, key: str) -> AppTest:
    return next(button for button in app.button if button.label == t(f"landscape.{key}")).click().run()


@pytest.fixture
def run() -> Run:
    """A run folder of a plain network that looks trained."""
    made = store.create(Recipe(network=DESIGN.name, weights="random", data="cifar10", image_size=32), "mine")
    torch.manual_seed(5)
    checkpoints.save_weights(made.path / store.BEST_WEIGHTS, DESIGN.build().state_dict(), {})
    return made


@pytest.mark.parametrize("language", LANGUAGES)
def test_ours_are_there_before_anyone_presses_anything(language: str) -> None:
    shown = opened(lang=language)
    surfaces, made = landscape.stored()
    said = words(shown)
    assert charts(shown) == 4
    assert not shown.button
    assert f"`{made['command']}`" in said
    for found in surfaces.values():
        assert f"{found.centre:.2f}" in said
        assert f"{found.near(1):.0%}" in said
    assert t("landscape.shallower", language, depth=32, papers=56) not in said, "these small ones have no such name"


def test_a_reader_computes_others() -> None:
    app = opened(**SMALL)
    assert charts(app) == 0
    assert "on this machine" in words(app)
    press(app, "start")
    assert charts(app) == 4
    assert [button.label for button in app.button] == []
    several = picture_set.find(64)
    settings = Settings(7, len(several), 0.5, 0)
    for kind in ("residual", "plain"):
        found = finished(landscape.of_network(twins.load(kind), several, settings))  # type: ignore[arg-type]
        assert f"{found.centre:.2f}" in words(app)
    assert t("landscape.own_answers", network="Twin with shortcuts, 32 layers").split(":")[1] in words(app)
    app.slider(key="landscape_azimuth").set_value(90).run()
    assert charts(app) == 4, "still there"
    assert app.query_params["landscape_azimuth"] == "90"


def test_a_runs_surface_is_kept_in_its_folder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    link = {**SMALL, "landscape_right": f"run:{run.id}"}
    app = press(opened(**link), "start")
    assert charts(app) == 4
    assert "mine" in words(app)
    assert len(list(run.path.glob("landscape-*.json"))) == 1
    memory.clear()
    around = landscape.of_network

    def computed(network: Network, *given: Any) -> Any:
        assert network.name != DESIGN.name, "it is read, not computed"
        return around(network, *given)

    monkeypatch.setattr(landscape, "of_network", computed)
    assert charts(press(opened(**link), "start")) == 4


def test_what_a_link_may_not_say_is_refused(run: Run) -> None:
    app = opened(landscape_left="run:../../etc", landscape_points="8", landscape_elevation="95")
    assert charts(app) == 4
    assert all(name in app.toast[0].value for name in ("left", "points", "elevation"))
    assert app.session_state["landscape_left"] == "twin-residual"
