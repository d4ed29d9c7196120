"""The page Diagrams of networks other than ResNets, in Streamlit's AppTest."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import DenseNet

from explorer.analysis import model_costs
from explorer.analysis.fields import Field
from explorer.analysis.source import WHOLE
from explorer.core.errors import TraceError
from explorer.core.i18n import LANGUAGES, t
from explorer.models import loading
from explorer.models.network import Network
from explorer.ui.diagrams import browse, operation
from explorer.ui.state import memory
from tests.analysis.test_any_network import convnext, network_of, streams, vit
from tests.analysis.test_costs_any_network import Head, swin
from tests.plots.test_diagram_stream import Merging
from tests.ui.test_pages import opened, words


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Network]]:
    """Small networks by the names of large ones."""
    torch.manual_seed(0)
    dense = network_of(DenseNet(4, (2, 3), 8, num_classes=3))
    found = {"vit_b_16": vit(), "convnext_tiny": convnext(), "swin_t": network_of(swin()), "densenet121": dense,
             "maxvit_t": streams(), "regnet_y_400mf": network_of(Head(Merging(), 4))}  # fmt: skip
    found = {name: replace(network, name=name, facts={"seed": 0}) for name, network in found.items()}
    load, outline = loading.load, loading.outline
    monkeypatch.setattr(loading, "load", lambda name, *more, **given: found.get(name) or load(name, *more, **given))
    monkeypatch.setattr(loading, "outline", lambda name, *more: found.get(name) or outline(name, *more))
    memory.clear()
    yield found
    memory.clear()


@pytest.mark.parametrize("part", ["browse", "compare", "paths"])
@pytest.mark.parametrize("name", ["vit_b_16", "densenet121", "maxvit_t"])
def test_each_part_opens(name: str, part: str, small: dict[str, Network]) -> None:
    language = LANGUAGES[len(name) % 2]
    app = opened("diagrams", network=name, weights="random", diagrams_part=part, lang=language)
    assert not app.error
    if part == "browse":
        said = t("diagrams.no_residual", language, network=name)
        assert (said in words(app)) == (name == "densenet121")
        assert (t("diagrams.not_one_row", language) in words(app)) == (name == "maxvit_t")
    if name == "densenet121" and part == "browse":
        joins = sum(node.kind == "cat" and len(node.inputs) > 1 for node in small[name].graph.nodes.values())
        assert t("diagrams.instead_dense", language, count=small[name].graph.found.concatenations) in words(app)
        assert joins >= small[name].graph.found.concatenations > 0


def test_a_block_is_told_by_its_shortcut_its_branch_and_its_scale(small: dict[str, Network]) -> None:
    app = opened("diagrams", network="convnext_tiny", weights="random", block="features.1.0")
    said = words(app)
    assert t("diagrams.shortcut_identity") in said
    assert t("diagrams.branch_conv") in said
    assert t("diagrams.scaled_said", factors="`features.1.0.layer_scale`") in said
    app.selectbox(key="op").select("mul").run()
    assert not app.exception
    assert t("diagrams.does_scale") in words(app)


def test_an_operation_of_attention(small: dict[str, Network]) -> None:
    block = "encoder.layers.encoder_layer_0.add"
    app = opened("diagrams", network="vit_b_16", weights="random", block=block)
    app.selectbox(key="op").select("self_attention.multi_head_attention_forward").run()
    said = words(app)
    assert t("diagrams.does_attention") in said
    assert "1,088 · 17 + 2 · 17² · 16 = **27,744**" in said
    assert t("diagrams.seen_whole") in said
    app.selectbox(key="block").select(WHOLE).run()
    app.selectbox(key="op").select("expand").run()
    assert t("diagrams.does_constant") in words(app)
    assert not app.exception


def test_a_block_without_a_scene_is_drawn_all_the_same(
    small: dict[str, Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_more: object) -> None:
        raise TraceError("errors.trace_unknown_name", name="x")

    monkeypatch.setattr(browse.scene_view, "draw", refuse)
    app = opened("diagrams", network="vit_b_16", weights="random", block="encoder.layers.encoder_layer_0.add_1")
    assert t("diagrams.no_scene") in words(app)
    assert not app.error


@pytest.mark.parametrize("name", ["vit_b_16", "swin_t", "convnext_tiny", "densenet121", "maxvit_t"])
def test_every_operation_has_a_text_and_formulas_that_hold(name: str, small: dict[str, Network]) -> None:
    found = model_costs.compute(small[name])
    for cost in found.calls.values():
        assert t(f"diagrams.does_{operation.does(found, cost)}", kind=cost.kind)
        assert operation.fact_rows(cost)[0]
        for _, formula in operation.formulas(cost):
            left, _, right = formula.replace("²", "**2").partition(" = ")
            for sign, code in {"·": "*", "−": "-", "⌊(": "((", ") / ": ") // ", "⌋": ")", ",": ""}.items():
                left = left.replace(sign, code)
            assert eval(left) == int(right.strip("*").replace(",", "")), formula


def test_a_field_in_words() -> None:
    assert operation.field_words(Field(7, 2, 0.0)) == "7"
    assert operation.field_words(Field(32, 0, 15.5)) == t("diagrams.field_whole")
    assert operation.field_words(None) == t("diagrams.field_unknown")


def test_every_connection_can_be_shown(small: dict[str, Network], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.plots.diagram_stream.FOLDED_FROM", 0)
    app = opened("diagrams", network="swin_t", weights="random")
    assert t("diagrams.hint_folded") in words(app)
    app.toggle(key="unfold_all").set_value(True).run()
    assert t("diagrams.hint_folded") not in words(app)
    app.button_group(key="overlay").set_value("ratio").run()
    assert not app.exception
    assert t("diagrams.overlay_ratio_said") in words(app)


def test_the_reader_counts_an_addition(small: dict[str, Network]) -> None:
    app = opened("diagrams", network="regnet_y_400mf", weights="random")
    listed = next(table.value for table in app.dataframe if t("diagrams.reason") in table.value)
    assert list(listed.iloc[:, 0]) == ["body.add"]
    assert listed.iloc[0, 1] == t("diagrams.other_parallel")
    app.multiselect(key="named").set_value(["body.add"]).run()
    assert "body.add" in app.query_params["named"]
    assert next(table.value for table in app.dataframe if t("diagrams.counted") in table.value).iloc[0, -1]
    again = opened("diagrams", network="regnet_y_400mf", weights="random", named="body.add")
    assert again.session_state["named"] == ["body.add"]
    assert not opened("diagrams", network="vit_b_16", weights="random", named="body.add").exception


class Fixed(nn.Module):
    """Takes images of 32 px only."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 3, 3, padding=1), nn.Linear(3 * 32 * 32, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc((x + self.conv(x)).flatten(1))  # type: ignore[no-any-return]


def test_a_network_of_another_size_is_compared_at_its_own(small: dict[str, Network]) -> None:
    small["swin_t"] = replace(network_of(Fixed()), name="swin_t")
    app = opened("diagrams", network="resnet18", weights="cifar10", diagrams_part="compare", versus="resnet18 swin_t")
    assert t("diagrams.compare_own_size", networks="swin_t 32×32 px") in words(app)
    assert not app.exception
