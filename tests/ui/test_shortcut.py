"""The first three parts of the page Shortcut in Streamlit's AppTest."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from explorer.analysis import interventions, picture_set, residual
from explorer.analysis.interventions import Intervention
from explorer.analysis.trace import trace
from explorer.core.assets import ASSETS
from explorer.core.i18n import LANGUAGES, Language, t
from explorer.data import images
from explorer.models import loading, twins, weight_files
from explorer.models.cifar_resnet import CifarResNet
from explorer.ui.state import memory
from explorer.ui.widgets.html_figures import number
from tests.ui import scenes
from tests.ui.test_pages import compute, opened, words

PICTURE = "china"
NETWORK = "cifar-resnet8-w4"  # fast, and without stored results


def lab(part: str, **link: str) -> AppTest:
    app = opened("shortcut", shortcut_part=part, picture=PICTURE, **link)
    assert not app.error
    return app


def html(app: AppTest) -> str:
    return " ".join(element.body for element in app.get("html"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("block", ["layer1.1", "layer3.0"])
def test_one_block_shows_its_numbers(block: str, language: Language) -> None:
    app = lab("block", block=block, lang=language)
    network = loading.load("resnet18", "cifar10")
    kept = trace(network, network.preprocess(images.open_sample(PICTURE).image))
    found = residual.measure_sum(kept[f"{block}.shortcut"], kept[f"{block}.branch"])
    shown = html(app)
    for figure in (found.shortcut_norm, found.branch_norm, found.sum_norm, found.ratio, found.cosine):
        assert f"<dd>{number(figure)}</dd>" in shown
    cut = residual.negative_share(kept[f"{block}.add"])
    assert t("shortcut.said_cut", language, cut=cut) in words(app)
    assert ("Wx <small>" in shown) == (block == "layer3.0"), "the projection is named where there is one"
    assert shown.count('<img class="pixel"') == (5 if block == "layer3.0" else 4)


def test_the_channel_is_chosen() -> None:
    app = lab("block", block="layer2.0", block_view="chosen", block_channel="77")
    assert app.number_input(key="block_channel").value == 77
    assert t("shortcut.what_channel", channel=77) in words(app)
    app.button_group(key="block_view").set_value("energy").run()
    assert t("shortcut.scale_energy") in words(app)
    assert not app.exception


def test_a_block_that_a_link_asks_for_is_kept_by_the_other_parts() -> None:
    app = lab("block", block="layer4.1")
    app.button_group(key="shortcut_part").set_value("change").run()
    assert app.selectbox(key="block").value == "layer4.1"
    assert not app.exception


def test_all_blocks_over_the_gallery_say_what_it_is_worth() -> None:
    app = lab("depth", network=NETWORK, weights="random")
    assert "Grey: the range" not in words(app)
    compute(app)
    assert "Grey: the range" in words(app)
    assert [element.proto.id is not None for element in app.get("vega_lite_chart")] == [True] * 3
    assert any("gallery" not in warning.value and "digits" in warning.value for warning in app.warning)
    assert not app.get("select_slider"), "there are no more pictures to choose"
    network = loading.load(NETWORK, "random")
    found = residual.over_depth(network, network.preprocess(images.open_sample(PICTURE).image))
    opening = torch.tensor([block.resizes for block in network.graph.blocks.values()])
    share = found.share[0]
    said = t(
        "shortcut.depth_said",
        opening=float(share[opening].mean()),
        other=float(share[~opening].mean()),
        against=int((found.angle[0] > 90).sum()),
        blocks=3,
    )
    assert said in words(app)


def moved(change: Intervention, donor: torch.Tensor | None = None) -> str:
    network = loading.load("resnet18", "cifar10")
    values = interventions.block_inputs(network, network.preprocess(images.open_sample(PICTURE).image))
    after = interventions.run(network, values, change, donor)[0]
    return f"<dd>{interventions.compare(values[network.graph.logits][0], after).moved:.1%}</dd>"


def test_sliders_from_a_link_move_the_answer() -> None:
    app = lab("change", block="layer1.1", change_alpha="150", change_beta="40")
    assert moved(Intervention({"layer1.1": 1.5}, {"layer1.1": 0.4})) in html(app)
    assert scenes.given(app)["options"]["factors"] == {"alpha": 1.5, "beta": 0.4}
    app.session_state["change_alpha"] = 25  # what the component reports
    app.run()
    assert moved(Intervention({"layer1.1": 0.25}, {"layer1.1": 0.4})) in html(app)
    app.button_group(key="change_scope").set_value("all").run()
    blocks = loading.load("resnet18", "cifar10").graph.blocks
    assert moved(Intervention(dict.fromkeys(blocks, 0.25), dict.fromkeys(blocks, 0.4))) in html(app)
    assert not app.exception


def test_buttons() -> None:
    app = lab("change", block="layer3.1")
    assert t("shortcut.unchanged") in words(app)
    click(app, "drop")
    assert moved(Intervention({"layer3.1": 0})) in html(app)
    click(app, "cut")
    assert moved(Intervention({"layer3.1": 0}, {"layer3.1": 0})) in html(app)
    click(app, "reset")
    assert t("shortcut.unchanged") in words(app)


def click(app: AppTest, name: str) -> None:
    next(button for button in app.button if button.label == t(f"shortcut.{name}")).click().run()
    assert not app.exception


def test_blocks_change_places_where_they_can() -> None:
    app = lab("change", block="layer1.0")
    app.selectbox(key="change_swap").select("layer1.1").run()
    assert moved(Intervention(swap=("layer1.0", "layer1.1"))) in html(app)
    app.selectbox(key="block").select("layer2.1").run()
    assert t("shortcut.order_none", block="layer2.1") in words(app)
    assert t("shortcut.unchanged") in words(app)
    assert not app.exception


def test_another_pictures_shortcut() -> None:
    app = lab("change", block="layer2.0", change_donor="flower")
    network = loading.load("resnet18", "cifar10")
    x = network.preprocess(images.open_sample("flower").image)
    donor = trace(network, x, keep=["layer2.0.shortcut"])["layer2.0.shortcut"]
    assert moved(Intervention(donor="layer2.0"), donor) in html(app)
    app.session_state["code_shown"] = True
    app.run()
    assert not app.exception


def test_a_bottleneck() -> None:
    app = lab("block", network="resnet50", weights="random", block="layer1.0")
    for part in ("depth", "change"):
        app.button_group(key="shortcut_part").set_value(part).run()
        assert not app.exception


@pytest.fixture
def twins_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Untrained twins in place of the bundled ones."""
    for file in ASSETS.iterdir():
        (tmp_path / file.name).symlink_to(file)
    for kind in ("residual", "plain"):
        torch.manual_seed(1)
        module = CifarResNet(twins.DEPTH, shortcut="identity" if kind == "residual" else "none", width=twins.WIDTH)
        file = tmp_path / f"{twins.NAMES[kind]}_twin.safetensors"
        file.unlink()
        save_file(module.state_dict(), file)
    monkeypatch.setattr(weight_files, "ASSETS", tmp_path)
    twins.load.cache_clear()
    memory.clear()
    yield
    twins.load.cache_clear()
    memory.clear()


@pytest.mark.usefixtures("twins_at_hand")
def test_the_twins_tell_whether_shortcuts_make_responses_smaller() -> None:
    app = lab("depth", network=NETWORK, weights="random")
    compute(app)
    several = picture_set.find(100)
    x = torch.cat(list(several.inputs(twins.load("plain"))))
    means = [residual.over_depth(twins.load(kind), x).response.mean(0) for kind in ("residual", "plain")]
    network = loading.load(NETWORK, "random")
    own = residual.over_depth(network, network.preprocess(images.open_sample(PICTURE).image)).response
    here = t(
        "shortcut.fig7_twins",
        mean=number(float(own.mean())),
        layers=32,
        count=len(several),
        residual=number(float(means[0].mean())),
        plain=number(float(means[1].mean())),
        fewer=int((means[0] < means[1]).sum()),
        measured=31,
    )
    assert here in words(app)
    assert "(gallery images)" in words(app)
    marks = [part.value.split()[0] for part in app.markdown if here in part.value]
    assert marks == [":material/remove:"], "twelve pictures of other kinds than the twins learned cannot tell"
