"""The header's menu of networks: what it lists, what can be typed, what a link may name, weights of runs."""

import json
from pathlib import Path

import pytest
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from explorer.core import local_networks
from explorer.core.i18n import t
from explorer.models import loading, registry
from explorer.runs import store
from explorer.training.recipe import RECIPES
from explorer.ui.layout import navigation, network_picker
from explorer.ui.state import cache, memory
from explorer.ui.words import escaped
from tests.ui.test_pages import MAIN, opened

UNKNOWN = "vit_b_17"


def typed(name: str, **link: str) -> AppTest:
    """A page in whose menu `name` was typed. (AppTest cannot type a name that is no option.)"""
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params.update({"picture": "china", **link})
    app.session_state["network"] = name
    app.switch_page(navigation.path("predict")).run()
    assert not app.exception
    return app


def test_resnets_first_then_the_others_and_a_typed_name() -> None:
    app = opened("predict", picture="china", network="mobilenet_v3_small", weights="random")
    assert not app.error
    menu = app.selectbox(key="network")
    assert list(menu.options)[: len(registry.BACKBONES)] == list(registry.BACKBONES)
    assert menu.value == "mobilenet_v3_small"
    app = typed("shufflenet_v2_x0_5", weights="random")
    assert not app.error
    assert app.selectbox(key="network").value == "shufflenet_v2_x0_5"
    assert app.query_params["network"] == "shufflenet_v2_x0_5"


def test_missing_weights_are_no_dead_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """97.8 MB as torchvision's table has it, in MiB: 102.5 MB."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    app = opened("predict", picture="china", network="resnet50")
    (message,) = [each.value.replace("\\", "") for each in app.info]
    assert all(words in message for words in ("resnet50-0676ba61.pth", "102 MB", str(tmp_path)))
    buttons = {each.label: each for each in app.button}
    assert t("bar.imagenet_get", file="resnet50-0676ba61.pth") in [name.replace("\\", "") for name in buttons]
    buttons[t("bar.imagenet_back")].click().run()
    assert [app.session_state[key] for key in ("network", "weights")] == ["resnet18", "cifar10"]
    assert not app.error
    assert not app.info


def test_an_unknown_name_is_said() -> None:
    app = typed(UNKNOWN)
    assert [toast.value for toast in app.toast] == [t("bar.network_unknown", name=escaped(UNKNOWN))]
    assert app.selectbox(key="network").value == "resnet18"


@pytest.mark.parametrize("asked", ["hf:/etc", "hf:../models", UNKNOWN])
def test_a_link_names_no_folder(asked: str) -> None:
    app = opened("predict", picture="china", network=asked)
    assert not app.exception
    assert app.selectbox(key="network").value == "resnet18"


def test_large_networks_are_not_opened_for_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert network_picker.may_open("vit_l_32")  # 306 million parameters
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    assert not network_picker.may_open("vit_l_32")
    assert network_picker.may_open("mnasnet0_5")
    assert all(map(network_picker.may_open, registry.BACKBONES))


def test_offered_folders_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes(b"{}")
    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", "{}")
    assert not any(name.startswith("hf:") for name in network_picker.network_options("network"))
    name = local_networks.offer(f"hf:{tmp_path}")
    assert network_picker.network_options("network")[0] == name


def test_the_weights_of_a_run_of_another_network_open() -> None:
    recipe = RECIPES["laptop"].changed(network="mobilenet_v3_small", weights="random")
    run = store.create(recipe, "small")
    learner = loading.to_fine_tune("mobilenet_v3_small", "random", ["ant", "bee", "wasp"], 32, 64)
    sizes = {"picture_px": 32, "input_px": 64, "mean": learner.preprocess.mean, "std": learner.preprocess.std}
    about = {"classes": json.dumps(learner.labels), "preprocess": json.dumps(sizes)}
    save_file(learner.module.state_dict(), run.path / store.BEST_WEIGHTS, about)
    memory.clear()
    app = opened("predict", picture="china", network="mobilenet_v3_small", weights=f"run:{run.id}")
    assert not app.error
    assert (app.selectbox(key="network").value, app.selectbox(key="weights").value) == (
        "mobilenet_v3_small", f"run:{run.id}",
    )  # fmt: skip
    network = cache.run_network("mobilenet_v3_small", str(run.path / store.BEST_WEIGHTS), 0)
    assert (network.labels, network.preprocess) == (learner.labels, learner.preprocess)
