"""The page asks what a checkpoint does not say: state dict, padding, preprocessing, class names."""

import json
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from streamlit.testing.v1 import AppTest

from explorer.core.i18n import t
from explorer.data import images
from explorer.models import measure
from explorer.runs import store, uploads
from explorer.ui.layout import navigation
from explorer.ui.state.uploads import Upload
from tests.hostile import corpus
from tests.models.own_files import NAME, Akamaster, own_state, saved
from tests.ui.test_pages import MAIN, words


def opened(file: Upload, network: str = NAME, **link: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.query_params.update({"weights": "own", "network": network, "picture": "china", **link})
    app.session_state["checkpoint"] = file
    app.switch_page(navigation.path("predict")).run()
    assert not app.exception
    return app


def ran(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def plain(app: AppTest) -> str:
    """The words on the page without the marks that escape them."""
    return words(app).replace("\\", "").replace(":small[]", "")


def chart(app: AppTest) -> str:
    return str(app.get("vega_lite_chart")[0].proto)


@pytest.fixture(scope="module")
def two() -> Upload:
    """Two state dicts, which answer 3 and 7."""
    state = own_state()
    third, seventh = ({**state, "fc.weight": torch.zeros(10, 32), "fc.bias": 20 * torch.eye(10)[k]} for k in (3, 7))
    return Upload("two.ckpt", saved({"state_dict": third, "state_dict_ema": seventh}))


def test_the_state_dict_is_a_choice(two: Upload) -> None:
    app = opened(two)
    assert not app.error
    assert "state_dict is used" in plain(app)
    before = chart(app)
    app.selectbox(key="own_part").set_value("state_dict_ema")
    assert chart(ran(app)) != before


def test_preprocessing_is_one_click_away_and_always_said(two: Upload) -> None:
    app = opened(two)
    assert t("own.from_cifar") in plain(app)
    assert "32 px, mean 0.4914" in plain(app)
    app.button(key="own_take_imagenet32").click()
    ran(app)
    assert (app.selectbox(key="own_preset").value, "mean 0.485 0.456" in plain(app)) == ("imagenet32", True)
    app.selectbox(key="own_preset").set_value("custom")
    ran(app)
    app.text_input(key="own_mean").set_value("0.5, 0.5, 0.5")
    app.number_input(key="own_size").set_value(48)
    assert "48 px, mean 0.5 0.5 0.5" in plain(ran(app))
    app.text_input(key="own_mean").set_value("red")
    assert [each.value for each in ran(app).error] != []
    app.text_input(key="own_mean").set_value("")
    assert not ran(app).error


def test_class_names_are_typed(two: Upload) -> None:
    app = opened(two)
    app.text_area(key="own_classes").set_value("\n".join(f"kind {k}" for k in range(10)))
    assert "kind 3" in chart(ran(app))
    assert t("own.classes_given") in words(app)
    app.text_area(key="own_classes").set_value("one\ntwo")
    assert "10 outputs" in ran(app).error[0].value


def test_padding_is_asked_where_a_file_does_not_tell() -> None:
    torch.manual_seed(6)
    app = opened(Upload("theirs.th", saved(dict(Akamaster().state_dict()))))
    assert "both sides" in words(app)
    app.selectbox(key="own_padding").set_value("end")
    assert "at the end" in words(ran(app))
    assert not app.error
    other = opened(Upload("b.safetensors", save(own_state("cifar-resnet20-b-w8"))), "cifar-resnet20-b-w8")
    assert not [each for each in other.selectbox if each.key == "own_padding"]


def test_the_network_that_a_file_fits_is_offered(two: Upload) -> None:
    app = opened(two, "resnet18")
    assert f"{NAME} (97/97)" in app.error[0].value.replace("\\", "").replace(":small[]", "")
    app.button(key="open_nearest").click()
    assert not ran(app).error
    assert app.session_state["network"] == NAME


def test_another_file_is_asked_anew(two: Upload, tmp_path: Path) -> None:
    app = opened(two)
    app.selectbox(key="own_part").set_value("state_dict_ema")
    ran(app)
    content = save(own_state(), {"classes": json.dumps([f"kind {k}" for k in range(10)])})
    app.file_uploader(key="checkpoint_widget").set_value(("named.safetensors", content, ""))
    ran(app)
    assert not app.error
    assert t("own.classes_file") in words(app)


def test_what_was_measured_is_used_and_said(two: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(7)
    file = Upload("theirs.th", saved({"state_dict": dict(Akamaster().state_dict())}))
    choice = measure.Choice(padding="both", preset="imagenet32", measured=True)
    found = [measure.Measured(choice, "imagenet32", 9, 10)]
    monkeypatch.setattr(measure, "cifar10_pictures", lambda: measure.Labelled((), (), ()))
    monkeypatch.setattr(measure, "measured", lambda *_: found)
    assert f"{t('own.from_measured')}: 32 px, mean 0.485" in plain(opened(file))


def test_labelled_images_score_the_file_and_open_with_mistakes_first(two: Upload) -> None:
    digit = images.png(images.open_sample("digit-3").image)
    zipped = corpus.zipped([(f"kind {k}/{n}.png", digit) for k in range(10) for n in range(2)])
    path = str(uploads.save(zipped, "ten.zip", store.folder()))
    app = opened(two)
    app.selectbox(key="own_labelled").set_value(path)
    ran(app)
    assert not app.error
    said = re.search(r"Of (\d+) images of ten.zip, (\d+) are right", plain(app))
    assert said
    count = int(said[1])  # without a test folder, of all pictures that are for training
    assert (int(said[2]), count % 10) == (count // 10, 0), "this file takes all for class 3"
    app.session_state["picture"] = "labelled:0"
    ran(app)
    assert not app.error
    assert "ten.zip #0" in app.get("popover")[0].proto.popover.label.replace("\\", "")
    app.session_state["picture"] = "labelled:9999"
    assert t("errors.labelled_gone") in [each.value.replace("\\", "") for each in ran(app).error]
    assert not opened(two, picture="labelled:0").exception
    two_classes = corpus.zipped([(f"{k}/{n}.png", digit) for k in "ab" for n in range(2)])
    path = str(uploads.save(two_classes, "two.zip", store.folder()))
    ran(app).selectbox(key="own_labelled").set_value(path)
    assert "other classes than the 10" in plain(ran(app))


def test_numbered_classes_take_the_names_of_the_data_set(tmp_path: Path) -> None:
    state = {**own_state(), "fc.weight": torch.zeros(2, 32), "fc.bias": torch.tensor([0.0, 9.0])}
    digit = images.png(images.open_sample("digit-3").image)
    zipped = corpus.zipped([(f"{name}/{n}.png", digit) for name in ("zebra", "ant") for n in range(2)])
    path = str(uploads.save(zipped, "pets.zip", store.folder()))
    app = opened(Upload("two.pth", saved(state)))
    assert "class 1" in chart(app)
    app.selectbox(key="own_labelled").set_value(path)
    assert "zebra" in chart(ran(app))
    assert t("own.classes_given") in words(app)
