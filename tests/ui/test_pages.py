"""Every page in Streamlit's AppTest, from the main script."""

import io
import json
import re
import time
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import LANGUAGES, t
from explorer.data import images
from explorer.models import loading
from explorer.models.registry import NETWORKS
from explorer.ui.layout import navigation
from explorer.ui.state import memory
from explorer.ui.state.uploads import Upload
from tests.ui import scenes

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "explorer" / "ui" / "main.py"
PAGES = {"home": "home.title", "source": "source.title", "predict": "predict.title"}


def opened(page: str = "home", **link: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params.update(link)
    app.switch_page(navigation.path(page)).run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def compute(app: AppTest) -> None:
    """Click the first button that starts a computation over many pictures."""
    next(button for button in app.button if str(button.key).startswith("start (")).click().run()
    assert not app.exception


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_in_each_language(page: str, language: str) -> None:
    app = opened(page, lang=language)
    assert [title.value for title in app.title] == [t(PAGES[page], language)]
    assert not app.error


@pytest.mark.parametrize("network", ["resnet18", "squeezenet1_1"])
def test_home_defines_the_residual_with_numbers_that_add_up(network: str) -> None:
    app = opened(network=network, weights="random", lang="zh")
    assert t("home.definition", "zh") in words(app)
    (formula,) = (element.body for element in app.get("html") if '<dl class="definition"' in element.body)
    numbers = [float(each.replace("−", "-")) for each in re.findall(r"<dd>(−?\d+\.\d\d)</dd>", formula)]
    if network == "squeezenet1_1":
        assert numbers == []
    else:
        total, x, f = numbers
        assert total == pytest.approx(x + f, abs=0.011)


def test_the_way_to_a_block_is_in_the_link_and_follows_the_block() -> None:
    app = opened("source", network="resnet18", weights="random", block="layer2.1", source_call="ResNet._make_layer")
    assert app.session_state["source_call"] == "ResNet._make_layer"
    assert "`ResNet._make_layer`" in words(app)
    app.button_group(key="source_call").set_value("_resnet").run()
    assert "`_resnet` ·" in words(app)
    assert app.query_params["source_call"] in ("_resnet", ["_resnet"])


def test_the_source_page_has_every_line_and_every_call() -> None:
    app = opened("source", block="layer2.0", picture="china")
    steps = scenes.shown(app)["steps"]
    assert [step["id"] for step in steps if step["depth"] == 0] == [
        "identity", "conv1", "bn1", "relu", "conv2", "bn2", "if", "downsample", "add", "relu_1", "return",
    ]  # fmt: skip
    inner = {step["id"]: step["words"][0]["story"] for step in steps if step["depth"]}
    assert list(inner) == ["conv1/conv3x3", "conv2/conv3x3", "downsample.0", "downsample.1"]
    assert inner["downsample.0"] == t("source.explain_downsample_conv")
    assert not app.exception


def test_the_scene_begins_at_the_line_of_the_link_and_stays() -> None:
    app = opened("source", block="layer2.0", step="add", picture="china")
    before = scenes.given(app)
    assert (before["options"]["step"], app.query_params["step"]) in (("add", "add"), ("add", ["add"]))
    app.session_state["step"] = "relu_1"  # what the component reports
    app.run()
    assert app.query_params["step"] in ("relu_1", ["relu_1"])
    after = scenes.given(app)
    assert (after["options"]["step"], after["identity"]) == ("relu_1", before["identity"]), (
        "the same scene: it stays where it is"
    )
    app.session_state["block"] = "layer3.0"
    app.run()
    after = scenes.given(app)
    assert (scenes.shown(app)["block"], after["options"]["step"]) == ("layer3.0", "relu_1")
    assert after["identity"] != before["identity"]


@pytest.mark.parametrize("network", ["resnet34", "resnext50_32x4d"])
def test_a_network_of_either_block_can_be_walked(network: str) -> None:
    """`tests/analysis/test_trace.py` has them all."""
    app = opened("source", network=network, weights="random", step="add")
    assert not app.exception
    assert any(story.startswith(t("source.explain_add")) for story in scenes.stories(app))


def test_the_whole_network_can_be_walked() -> None:
    app = opened("source", block="network")
    assert not app.exception
    steps = {step["id"]: step for step in scenes.shown(app)["steps"]}
    assert {"conv1", "maxpool", "layer3", "avgpool", "flatten", "fc", "return"} <= set(steps)
    assert steps["return"]["words"][1]["story"] == t("source.explain_return_logits", "zh")
    assert steps["return"]["operations"] == ["softmax"]


def test_a_bad_value_in_a_link_falls_back_with_a_notice() -> None:
    app = opened(network="resnet19", weights="<b>none</b>", picture="../x", seed="many")
    state = app.session_state
    assert (state["network"], state["weights"], state["picture"], state["seed"]) == ("resnet18", "cifar10", "china", 0)
    (notice,) = app.toast
    assert all(f"{name} = “" in notice.value for name in ("network", "weights", "picture"))
    assert t("bar.asked_more", count=1) in notice.value
    assert "resnet19" in notice.value


def test_a_notice_lists_some_and_counts_the_rest() -> None:
    def page() -> None:
        from explorer.ui.state import url_state

        for k in range(9):
            url_state.refuse(f"choice{k}", str(k))

    (notice,) = AppTest.from_function(page).run().toast
    assert notice.value.endswith("choice2 = “2” · and 6 more.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_url_in_both_languages(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PagesManager, "intended_page_name", "no <b>such<b> page")
    monkeypatch.setattr(PagesManager, "intended_page_script_hash", "")
    app = opened(lang=language)
    assert app.title[0].value == t("bar.no_page", language)
    assert any("no \\<b\\>such" in each.value for each in app.markdown)


def test_a_link_restores_the_view() -> None:
    app = opened(lang="zh", network="resnet18", weights="random", seed="5", picture="digit-3")
    assert app.session_state["seed"] == 5
    assert app.title[0].value == t("home.title", "zh")
    assert app.query_params["picture"] == "digit-3"


def test_predictions_name_classes_in_the_chosen_language() -> None:
    app = opened("predict", lang="zh", picture="china")
    assert "飞机、汽车、鸟" in words(app)
    assert t("predict.leans", "zh") in words(app)


def test_imagenet_weights_that_are_not_here_are_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    app = opened("predict", weights="imagenet")
    assert "resnet18" in app.info[0].value
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    next(button for button in app.button if "Download resnet18" in button.label).click().run()
    assert not app.exception
    assert "cannot be reached" in app.error[0].value


def refuse(*_: object, **__: object) -> None:
    raise ConnectionRefusedError


def test_an_own_checkpoint_is_asked_for() -> None:
    app = opened("predict", weights="own")
    assert app.info[0].value == t("bar.own_missing")


@pytest.mark.parametrize("seed", ["", "1e3", "9" * 5000, "-1", str(2**31)])
def test_an_absurd_seed_costs_no_time(seed: str) -> None:
    opened()
    started = time.monotonic()
    app = opened(weights="random", seed=seed)
    assert app.session_state["seed"] == 0
    assert len(app.toast) == 1
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("content", [b"", b"broken", b"\x89PNG\r\n\x1a\n" + bytes(99)])
@pytest.mark.parametrize("page", PAGES)
def test_a_broken_file_among_the_data_costs_only_itself(
    page: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in (("cat", content), ("dog", images.png(images.open_sample("china").image))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes(data)
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    memory.clear()
    app = opened(page, picture="dog-0")
    assert not app.error
    app = opened(page, picture="cat-0")
    assert "cat-0" in app.error[0].value.replace("\\", "")


def test_cifar10_that_was_half_unpacked_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / "cifar-10-batches-py" / "test_batch").write_bytes(b"partial")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    memory.clear()
    assert "damaged or incomplete" in opened("predict", picture="cat-0").error[0].value
    assert not opened("predict", picture="china").error


def test_an_answer_that_is_no_number_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    network = loading.load("resnet18", "random")
    network.module.fc.bias.fill_(float("inf"))  # type: ignore[union-attr, operator]
    monkeypatch.setattr(loading, "load", lambda *_, **__: network)
    memory.clear()
    app = opened("predict", picture="china")
    assert "is NaN or infinite" in app.error[0].value
    memory.clear()


@pytest.mark.parametrize("language", LANGUAGES)
def test_machine_is_described_when_expanded(language: str) -> None:
    app = opened(lang=language)
    assert not app.dataframe
    app.session_state["machine_shown"] = True
    app.run()
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table.iloc[:7, 0]) == list(NETWORKS)
    assert table.iloc[-1, 0] == t("bar.network_cifar", language, name="plain-110")
    assert list(table.iloc[1, 1:3]) == ["–", "–"], "only ResNet18 has bundled weights"
    assert t("machine.bundled", language) == table.iloc[0, 1]
    assert t("machine.gallery", language, count=12) in words(app)


@pytest.mark.parametrize(
    ("page", "link", "file"),
    [
        ("predict", {}, "picture.png"),
        ("shortcut", {"shortcut_part": "gradients", "gradients_of": "norms"}, "pictures.zip"),
        ("diagrams", {"diagrams_part": "paths"}, None),
    ],
)
def test_a_script_comes_with_what_it_opens(page: str, link: dict[str, str], file: str | None) -> None:
    app = opened(page, picture="china", **link)
    app.session_state["code_shown"] = True
    app.run()
    saved = [button.label for button in app.get("download_button") if "Save" in button.label]
    assert saved == [f"Save {name}" for name in ("view.py", file) if name]
    words = t("bar.code_help_alone") if file is None else file
    assert any(words in element.value for element in app.markdown)
    compile(app.code[0].value, "view.py", "exec")


def test_the_channels_on_screen_are_a_link() -> None:
    app = opened("source", picture="china", channels="chosen", channels_list="5, 6， 7000")
    assert scenes.given(app)["options"]["picked"] == [5, 6, 7000], "the scene ignores what it lacks"
    carried = scenes.shown(app)["channels"]["64"]["orders"]["energy"]
    assert {5, 6} <= set(carried)
    assert max(carried) < 64
    app.session_state["channels_list"] = [9]  # what the component reports
    app.run()
    assert app.query_params["channels_list"] in ("9", ["9"])
    assert scenes.shown(app)["channels"]["64"]["orders"]["energy"] == carried


def test_a_channel_of_any_number_is_fetched() -> None:
    app = opened("source", picture="china")
    other = next(c for c in range(64) if c not in scenes.shown(app)["channels"]["64"]["orders"]["energy"])
    app.session_state["channels_list"], app.session_state["channels_wanted"] = [other], (other,)
    app.run()
    assert other in scenes.shown(app)["channels"]["64"]["orders"]["energy"]
    assert scenes.given(app)["options"]["picked"] == [other]


def forged_channel() -> None:
    import streamlit as st

    from explorer.ui.source import place

    place.pick([3, st.session_state.forged])
    place.want(st.session_state.forged)


@pytest.mark.parametrize("forged", [-1, 10**30, True])
def test_a_channel_that_no_network_has_is_ignored(forged: int) -> None:
    app = AppTest.from_function(forged_channel)
    app.session_state["forged"] = forged
    app.run()
    assert not app.exception
    assert "channels_list" not in app.session_state
    assert not app.query_params


def test_one_scene_has_one_key_in_the_shared_cache() -> None:
    """However its channels are asked for: out of order, twice, or with some that the block lacks."""
    app = opened("source", picture="china")
    packed, key = scenes.given(app)["packed"], scenes.given(app)["identity"]
    for wanted in ((64,), (-1,), (10**30, 999_999, 70)):
        app.session_state["channels_wanted"] = wanted
        assert scenes.given(app.run())["packed"] == packed
        assert scenes.given(app)["identity"] == key
    keys = set()
    for wanted in ((5, 6), (6, 5), (5, 6, 6, 64)):
        app.session_state["channels_wanted"] = wanted
        keys.add(scenes.given(app.run())["identity"])
        assert not app.exception
    assert len(keys) == 1


def own_checkpoint(input_px: int = 64) -> bytes:
    """Of ten classes, all pictures being the eighth; it says that it sees 32 px pictures at `input_px`."""
    state = loading.load("resnet18", "cifar10").module.state_dict()
    state |= {"fc.weight": torch.zeros(10, 512), "fc.bias": 20 * torch.eye(10)[7]}
    sizes = {"picture_px": 32, "input_px": input_px, "mean": [0.5] * 3, "std": [0.25] * 3}
    return save(state, {"classes": json.dumps([f"own {k}" for k in range(10)]), "preprocess": json.dumps(sizes)})


def with_files(of_picture: Upload | None = None, checkpoint: Upload | None = None, **link: str) -> AppTest:
    """The page Predict in a session with these uploads."""
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params.update(link)
    app.session_state["files"] = {"upload": of_picture} if of_picture else {}
    app.session_state["checkpoint"] = checkpoint
    app.switch_page(navigation.path("predict")).run()
    assert not app.exception
    assert not app.error
    return app


def shown(app: AppTest) -> tuple[str, str]:
    """The prediction in its chart, and the picture."""
    pictures = [each.proto.body for each in app.get("html") if "max-height: 20rem" in each.proto.body]
    return str(app.get("vega_lite_chart")[0].proto), re.findall('src="([^"]+)"', pictures[0])[0]


@pytest.mark.parametrize("name", ["cifar10 0", "china"])
def test_no_name_of_a_file_makes_it_what_others_see(name: str) -> None:
    memory.clear()
    before = shown(with_files(picture="china", weights="cifar10"))
    memory.clear()
    red = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(red, "PNG")
    own = with_files(Upload(name, red.getvalue()), Upload(name, own_checkpoint()), picture="upload", weights="own")
    assert "own 7" in shown(own)[0]
    for picture in ("china", "flower"):
        others = with_files(picture=picture, weights="cifar10")
        assert shown(others)[1] != shown(own)[1]
        assert "own 7" not in words(others) + shown(others)[0]
    assert shown(with_files(picture="china", weights="cifar10")) == before


def test_two_readers_of_one_file_each_see_their_own_name_of_it() -> None:
    content = own_checkpoint()
    first, second = (with_files(None, Upload(name, content), weights="own") for name in ("uno", "duo"))
    assert ("uno" in words(first), "duo" in words(first)) == (True, False)
    assert ("uno" in words(second), "duo" in words(second)) == (False, True)


def test_a_strangers_network_sees_256_px_at_most_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Upload("large.safetensors", own_checkpoint(512))
    assert "512 × 512" in words(with_files(None, file, weights="own"))
    monkeypatch.setenv("EXPLORER_PUBLIC", "1")
    app = with_files(None, file, weights="own")
    assert t("network.reduced", size=256, own=512) in words(app)
