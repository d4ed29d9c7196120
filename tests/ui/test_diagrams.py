"""The page Diagrams in Streamlit's AppTest: levels, links, parts, texts."""

from itertools import cycle

import pytest

from explorer.analysis import model_costs
from explorer.analysis.source import WHOLE
from explorer.analysis.trace import statistics, trace
from explorer.core.i18n import LANGUAGES, t
from explorer.models import loading
from explorer.models.registry import NETWORKS
from explorer.ui.diagrams import operation, overview, shared
from explorer.ui.state import cache
from tests.ui.test_pages import opened, words


def test_it_opens_on_the_network_with_the_table_of_all_operations() -> None:
    app = opened("diagrams")
    assert app.session_state["zoom"] == "network"
    table = app.dataframe[0].value
    network = loading.outline("resnet18", 10)
    assert list(table.iloc[:, 0]) == list(network.graph.nodes)[1:]
    assert table[t("diagrams.parameters")].sum() == 11_181_642


@pytest.mark.parametrize(("part", "language"), list(zip(("browse", "compare", "paths"), cycle(LANGUAGES))))
def test_each_part_opens(part: str, language: str) -> None:
    app = opened("diagrams", lang=language)
    app.button_group(key="diagrams_part").set_value(part).run()
    assert not app.exception
    assert not app.error


def test_selectboxes_lead_down_and_the_row_leads_up() -> None:
    app = opened("diagrams")
    assert "op" not in {box.key for box in app.selectbox}, "a choice that shows nothing here"
    app.selectbox(key="block").select("layer2.0").run()
    assert app.session_state["zoom"] == "block"
    assert "This shortcut has 8,448 parameters." in words(app)
    app.selectbox(key="op").select("downsample.0").run()
    assert app.session_state["zoom"] == "operation"
    assert app.header[0].value == "downsample.0 · Conv2d"
    assert "⌊(16 + 2·0 − 1) / 2⌋ + 1 = **8**" in words(app)
    assert "128 · 64 · 1 · 1 = **8,192**" in words(app)
    app.button_group(key="zoom").set_value("network").run()
    assert (app.session_state["block"], app.session_state["op"]) == ("layer2.0", "downsample.0"), "the place is kept"
    app.selectbox(key="block").select(WHOLE).run()
    assert app.session_state["zoom"] == "operation"
    app.selectbox(key="op").select("fc").run()
    assert "10 · 512 + 10 = **5,130**" in words(app)
    assert not app.exception


def test_order_of_small_cards_is_explained() -> None:
    assert overview.card_order(model_costs.compute(loading.outline("resnet18"), 64)) == ""
    told = overview.card_order(model_costs.compute(loading.outline("resnet152"), 64))
    assert told == t("diagrams.hint_rows", rows="layer2 1–7, layer3 1–35")


@pytest.mark.parametrize("network", NETWORKS)
def test_every_operation_of_every_network_has_a_text(network: str) -> None:
    found = model_costs.compute(loading.outline(network), 64)
    for cost in found.calls.values():
        assert t(f"diagrams.does_{cost.kind.lower()}")
        for _, formula in operation.formulas(cost):
            left, _, right = formula.partition(" = ")
            sum_of = (
                left.replace("·", "*").replace("−", "-").replace("⌊(", "((").replace(") / ", ") // ").replace("⌋", ")")
            )
            assert eval(sum_of.replace(",", "")) == int(right.strip("*").replace(",", "")), formula


def test_every_operation_has_its_line_in_the_source() -> None:
    for name in ("resnet18", "resnet50"):
        network = loading.outline(name)
        for node in list(network.graph.nodes)[1:]:
            block = next((path for path in network.graph.blocks if node.startswith(f"{path}.")), WHOLE)
            op = node.removeprefix(f"{block}.")
            assert shared.step_of(network, block, node) == op


def test_a_button_leads_to_the_same_line() -> None:
    app = opened("diagrams")
    app.selectbox(key="block").select("layer3.0").run()
    app.selectbox(key="op").select("bn2").run()
    next(button for button in app.button if button.label == t("diagrams.to_source")).click().run()
    assert not app.exception
    assert app.title[0].value == t("source.title")
    assert (app.session_state["block"], app.session_state["step"]) == ("layer3.0", "bn2")


def test_colours_are_values_of_the_live_trace() -> None:
    network = loading.load("resnet18", "cifar10")
    app = opened("diagrams", picture="china")
    app.button_group(key="overlay").set_value("norm").run()
    assert t("diagrams.overlay_norm_said") in words(app)
    picture = cache.sample("china")
    view = cache.View("test china", "test resnet18", lambda: picture, lambda: network)
    found = overview.block_values("test", network, view)
    traced = trace(network, view.x)
    for path in network.graph.blocks:
        out, branch, shortcut = (traced[f"{path}.{role}"] for role in ("out", "branch", "shortcut"))
        assert found["norm"][path] == statistics(out).norm == pytest.approx(float(out.norm()), rel=1e-5)
        assert found["zeros"][path] == pytest.approx(float((out == 0).double().mean()), rel=1e-6)
        assert found["ratio"][path] == pytest.approx(float(branch.norm() / shortcut.norm()), rel=1e-5)


def test_networks_side_by_side() -> None:
    app = opened("diagrams")
    app.button_group(key="diagrams_part").set_value("compare").run()
    app.multiselect(key="versus").set_value(["resnet34", "wide_resnet50_2"]).run()
    table = app.dataframe[0].value
    assert list(table.iloc[:, 0]) == ["resnet34", t("diagrams.plain_name", network="resnet34"), "wide_resnet50_2"]
    assert list(table.iloc[:, 1]) == [16, 16, 16]
    app.toggle(key="plain").set_value(False).run()
    assert len(app.dataframe[0].value) == 2
    app.multiselect(key="versus").set_value([]).run()
    assert app.info[0].value == t("diagrams.compare_none")
    assert not app.exception


def test_paths_of_fifty_four_blocks() -> None:
    app = opened("diagrams")
    app.button_group(key="diagrams_part").set_value("paths").run()
    assert "2⁸ = 256 paths" in words(app)
    app.slider(key="paths_blocks").set_value(54).run()
    assert app.slider(key="paths_range").value == (5, 17)
    assert "**0.454%**" in words(app)
    assert "54" in app.info[0].value
    app.slider(key="paths_range").set_value((0, 54)).run()
    assert "**100%**" in words(app)
    app.slider(key="paths_blocks").set_value(8).run()
    assert app.slider(key="paths_range").value == (3, 5)
    assert not app.exception
