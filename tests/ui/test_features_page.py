"""The parts Channels and Two networks of the page Feature maps, in Streamlit's AppTest."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load
from streamlit.testing.v1 import AppTest

from explorer.analysis.trace import trace
from explorer.codegen import features as script
from explorer.core.assets import ASSETS
from explorer.core.i18n import LANGUAGES, t
from explorer.data import images
from explorer.models import loading
from explorer.models.network import top_guesses
from explorer.plots import pictures
from explorer.runs import store
from explorer.training.recipe import Recipe
from explorer.ui.features import compare, export, place, second
from explorer.ui.features.place import Place
from explorer.ui.layout import navigation
from explorer.ui.state import memory
from explorer.ui.state.cache import View
from explorer.ui.widgets.html_figures import fixed
from tests.ui.test_pages import compute

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "explorer" / "ui" / "main.py"


def opened(part: str, **link: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params.update({"features_part": part, "picture": "china", **link})
    app.switch_page(navigation.path("features")).run()
    assert not app.exception
    assert not app.error
    return app


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", ["maps", "compare"])
def test_each_part_opens_in_each_language(part: str, language: str) -> None:
    app = opened(part, lang=language)
    assert app.session_state["features_part"] == part
    assert app.number_input(key="channel").value is not None


def test_a_link_restores_place_order_channel_and_size() -> None:
    app = opened(
        "maps", block="layer4.0", maps_role="branch", maps_order="class", channel="77", size="96", maps_page="2"
    )
    state = app.session_state
    assert [state[key] for key in ("block", "maps_role", "maps_order", "channel", "size", "maps_page")] == [
        "layer4.0", "branch", "class", 77, 96, 2,
    ]  # fmt: skip
    assert not app.toast


def test_the_first_channel_is_the_one_with_most_energy() -> None:
    app = opened("maps", block="layer2")
    network = loading.load("resnet18", "cifar10")
    x = network.preprocess(images.open_sample("china").image)
    maps = trace(network, x, keep=["layer2.1.out"])["layer2.1.out"][0]
    strongest = max(range(128), key=lambda k: float((maps[k] ** 2).sum()))
    assert app.number_input(key="channel").value == strongest


def test_another_input_size() -> None:
    app = opened("maps", block="layer4")
    app.select_slider(key="size").set_value(128).run()
    network = loading.load("resnet18", "cifar10")
    logits = trace(network, network.preprocess.sized(128)(images.open_sample("china").image), keep=()).logits[0]
    guess = top_guesses(network, logits, 1)[0]
    assert t("features.says", size=128, label=guess.label, share=guess.probability) in words(app)
    assert "At its training size of 64 px" in words(app)
    assert app.query_params["size"] in ("128", ["128"])


def test_each_network_has_a_size_of_its_own() -> None:
    app = opened("maps", size="96")
    assert app.session_state["size"] == 96
    app.selectbox(key="weights").select("random").run()
    assert app.session_state["size"] == 224
    assert "size" not in app.query_params


def test_a_channel_that_a_place_lacks_falls_back() -> None:
    app = opened("maps", block="layer4", channel="500")
    app.selectbox(key="block").select("layer1").run()
    assert not app.exception
    assert app.number_input(key="channel").value < 64


@pytest.mark.parametrize(
    ("role", "order"), [("shortcut", "class"), ("branch", "index"), ("add", "class"), ("out", "class")]
)
def test_every_tensor_of_a_block_in_every_order(role: str, order: str) -> None:
    app = opened("maps", block="layer2.0", maps_role=role, maps_order=order)
    assert t(f"features.is_{role}") in words(app)


def test_the_gallery_is_scanned_and_called_small() -> None:
    memory.clear()
    app = opened("maps", block="layer3.0", maps_role="branch")
    assert t("features.exciting_few", count=12) not in words(app), "only this tensor has no stored result"
    compute(app)
    assert t("features.exciting_few", count=12) in words(app)
    app.run()
    assert not [button for button in app.button if str(button.key).startswith("start (")]


def test_resolution_text_has_this_networks_numbers() -> None:
    app = opened("maps")
    assert "32 px end as 1×1" in words(app)
    assert app.dataframe[0].value.to_numpy().tolist() == [
        [32, 16, 8, 8, 4, 2, 1], [64, 32, 16, 16, 8, 4, 2], [128, 64, 32, 32, 16, 8, 4], [224, 112, 56, 56, 28, 14, 7],
    ]  # fmt: skip


@pytest.mark.parametrize("second", ["upstream", "random"])
def test_two_weights(second: str) -> None:
    app = opened("compare", block="layer3", compare_weights=second)
    networks = [loading.load("resnet18", weights) for weights in ("cifar10", second)]
    image = images.open_sample("china").image
    tensors = [
        trace(network, network.preprocess.sized(64)(image), keep=["layer3.1.out"])["layer3.1.out"]
        for network in networks
    ]
    a, b = (tensor.flatten().double() for tensor in tensors)
    cosine, size = float(a @ b / (a.norm() * b.norm())), float((b - a).norm() / a.norm())
    assert t("features.compare_likeness", cosine=fixed(cosine, 2), difference=size) in words(app)
    assert not app.info


def test_two_architectures_side_by_side_without_a_difference() -> None:
    app = opened("compare", block="layer3", compare_network="resnet50", compare_weights="random")
    assert "256×4×4" in app.info[0].value
    assert "1024×4×4" in app.info[0].value
    assert t("features.compare_difference") not in words(app)


def test_largest_difference_is_first() -> None:
    a = torch.zeros(3, 2, 2)
    b = a.clone()
    b[1], b[2] = 5, -1
    assert compare.channel_orders(a, b, "difference") == [[1, 2, 0], [1, 2, 0]]
    assert compare.channel_orders(a, b, "energy") == [[0, 1, 2], [0, 1, 2]], "by the first's"
    assert compare.channel_orders(a[:2], b, "difference") == [[0, 1], [1, 2, 0]], "each by its own energy"
    assert compare.channel_orders(a[:2], b, "index") == [[0, 1], [0, 1, 2]]


def test_files_hold_the_tensor() -> None:
    network, picture = loading.load("resnet18", "cifar10"), images.open_sample("china")
    view = View("china", "cifar10", lambda: picture, lambda: network)
    here = Place("layer2.0", "add", "layer2.0.add", 64)
    maps = trace(network, network.preprocess(picture.image), keep=[here.tensor])[here.tensor][0]
    assert (np.load(io.BytesIO(export.as_npy(maps))) == maps.numpy()).all()
    kept = load(export.as_safetensors(view, here, maps))
    assert list(kept) == ["layer2.0.add"]
    assert torch.equal(kept["layer2.0.add"], maps)
    tiles = export.tiles(maps[[3, 1]], [3, 1], pictures.common_scale([maps]))
    assert [(tile.words, Image.open(io.BytesIO(tile.png)).size) for tile in tiles] == [
        (("#3",), (8, 8)), (("#1",), (8, 8)),
    ]  # fmt: skip
    assert export.file_stem(view, here) == "resnet18-cifar10-layer2.0.add-64px"


def test_places_have_names_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "t", lambda key, **values: t(key, "en", **values))
    named = place.names(loading.load("resnet18", "cifar10"), ("relu", "maxpool", "layer3", "layer3.1"))
    assert list(named.values()) == ["Stem", "Stem, after pooling", "Stage 3", "layer3.1"]


def test_imagenet_weights_that_are_not_here_are_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    app = opened("compare", compare_network="resnet50", compare_weights="imagenet")
    assert "resnet50" in app.info[0].value
    app.selectbox(key="compare_weights").select("random").run()
    assert not app.exception
    assert t("features.compare_numbers") in words(app)


def test_a_fine_tune_is_compared_with_what_it_started_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    run = store.create(Recipe(network="resnet18", weights="upstream"), name="my run", root=tmp_path)
    shutil.copy(ASSETS / "resnet18_cifar10.safetensors", run.path / store.BEST_WEIGHTS)
    app = opened("compare", weights=f"run:{run.id}")
    assert app.session_state["compare_weights"] == "upstream"
    assert "my run" in words(app)
    filed = second.with_file(loading.load("resnet18", str(run.path / store.BEST_WEIGHTS)), f"run:{run.id}")
    assert f"runs/{run.id}/best.safetensors" in script.comparison(filed, filed, 32, "picture.png")
