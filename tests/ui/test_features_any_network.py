"""The page Feature maps of networks other than ResNets, in Streamlit's AppTest."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import LANGUAGES, Language, t
from explorer.models import loading
from explorer.models.network import Network
from explorer.ui.features import compare, place
from explorer.ui.state import memory
from tests.analysis.test_any_network import convnext, vit
from tests.analysis.test_features_any_network import Vectors, maxvit, network_of
from tests.ui.test_pages import compute, opened, words

PARTS = ("maps", "compare", "attribution", "space")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Network]]:
    """Small networks by the names of large ones."""
    made = {"vit_b_16": vit(), "convnext_tiny": convnext(), "maxvit_t": maxvit(), "vgg11_bn": network_of(Vectors())}
    found = {name: replace(each, name=name, weights="random", facts={"seed": 0}) for name, each in made.items()}
    load = loading.load
    monkeypatch.setattr(
        loading, "load", lambda name, *given, **more: found[name] if name in found else load(name, *given, **more)
    )
    memory.clear()
    yield found
    memory.clear()


def page(part: str, name: str, language: Language = "en", **link: str) -> AppTest:
    return opened(
        "features", features_part=part, picture="china", network=name, weights="random", lang=language, **link
    )


@pytest.mark.parametrize("name", ["vit_b_16", "convnext_tiny", "maxvit_t"])
@pytest.mark.parametrize("part", PARTS)
def test_every_part_opens(part: str, name: str) -> None:
    language = LANGUAGES[PARTS.index(part) % 2]
    app = page(part, name, language, space_count="100")
    assert not app.error
    assert not [info.value for info in app.info if t("features.no_maps", language) in info.value]
    if part == "space":
        compute(app)
    app.session_state["code_shown"] = True
    app.run()
    assert not app.exception
    assert "load_network(" in app.code[0].value


@pytest.mark.parametrize("part", PARTS[:3])
def test_a_network_without_maps_says_so(part: str) -> None:
    app = page(part, "vgg11_bn")
    assert not app.error
    words_of = "attribution" if part == "attribution" else "features"
    assert t(f"{words_of}.no_maps") in [info.value for info in app.info]


def test_a_vit_says_what_is_not_on_screen() -> None:
    app = page("maps", "vit_b_16", block="encoder.layers.encoder_layer_1.add")
    said = words(app)
    assert t("features.apart", count=1) in said
    assert "Expected 32 but got 64" in said.replace("\\", "")
    assert t("features.ends_once", factor=8, px=32, side=4) in said
    assert not [slider for slider in app.select_slider if slider.key == "size"]
    app = page("attribution", "vit_b_16", attribution_method="integrated_gradients")
    assert t("attribution.class_token") in words(app)


def test_predict_opens_and_its_program_loads_the_network() -> None:
    app = opened("predict", picture="china", network="vit_b_16", weights="random")
    assert not app.error
    app.session_state["code_shown"] = True
    app.run()
    assert "load_network('vit_b_16', 'random', seed=0)" in app.code[0].value


def test_long_paths_have_short_names(small: dict[str, Network], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "t", lambda key, **values: t(key, "en", **values))
    network, path = small["vit_b_16"], "encoder.layers.encoder_layer_1.add"
    places = ("conv_proj", "encoder.dropout", "encoder.layers", path)
    assert list(place.names(network, places).values()) == [
        "Stem, first convolution", "Stem", "Stage 1 · encoder.layers", f"L1 attn · {path}",
    ]  # fmt: skip
    assert list(place.short_names(network, places).values())[2:] == ["Stage 1", "L1 attn"]


def test_two_designs_are_compared_at_the_same_depth(small: dict[str, Network]) -> None:
    vit_, convnext_ = small["vit_b_16"], small["convnext_tiny"]
    pairs = compare.paired(vit_, convnext_)
    assert list(pairs) == [f"encoder.layers.encoder_layer_{k}.add_1" for k in (0, 1)]
    assert list(pairs.values()) == ["features.1.1", "features.3.1"]
    assert compare.paired(vit_, vit_)["encoder.layers"] == "encoder.layers"
