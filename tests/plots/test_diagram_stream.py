"""The stream of any network shows each connection once, folded or not, and tells kinds of shortcuts apart."""

from functools import cache, partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import DenseNet, VisionTransformer

from explorer.analysis import model_costs
from explorer.analysis.model_costs import ModelCosts
from explorer.core.i18n import t
from explorer.models import loading
from explorer.plots import diagram_block, diagram_compare, diagram_stream
from explorer.plots.diagram_stream import FOLD, Row
from tests.analysis.test_costs_any_network import Head, network_of
from tests.plots.test_diagrams import rows as data_rows

SAY = partial(t, language="en")


SMALL = {  # as deep as the large ones
    "vit": lambda: VisionTransformer(32, 8, 12, 2, 16, 32, num_classes=3),
    "densenet": lambda: DenseNet(4, (2, 3), 8, num_classes=3),
}


@cache
def costs_of(name: str) -> ModelCosts:
    return model_costs.compute(network_of(SMALL[name]()) if name in SMALL else loading.outline(name))


def cards(found: ModelCosts, **more: Any) -> dict[str, dict[str, Any]]:
    spec = diagram_stream.network(found, SAY, dark=False, **more).to_dict()
    drawn = [row for row in data_rows(spec, "times") if not row.get("id", FOLD).startswith(FOLD)]
    return {row["id"]: row for row in sorted(drawn, key=lambda row: row.get("row", 0))}


def shown(rows: list[Row]) -> list[str]:
    return [item.id for row in rows for item in row.items if item.block]


@pytest.mark.parametrize(("name", "connections"), [("maxvit_t", 55), ("vit", 24), ("densenet", 0)])
def test_each_connection_is_there_once(name: str, connections: int) -> None:
    found = costs_of(name)
    folded, unfolded = (list(diagram_stream.rows(found, parts)) for parts in ((), found.parts))
    assert sorted(shown(folded)) == sorted(shown(unfolded)) == sorted(found.blocks)
    assert sum(bool(block.shortcut) for block in found.blocks.values()) == connections
    assert all(len(row.items) < 2 for row in unfolded)
    if name == "maxvit_t":
        assert sum(bool(row.items) for row in folded) <= 32, "readable"
    totals = [card["parameters_share"] for card in cards(found, unfolded=()).values()]
    assert sum(totals) == pytest.approx(1, abs=0.01), "what has no card costs little"


def test_a_transformer_is_attention_and_mlp_twelve_times() -> None:
    found = costs_of("vit")
    assert diagram_stream.stages_open(found) == []
    assert diagram_stream.can_fold(found) == ["encoder.layers"]
    drawn = [card for card in cards(found, unfolded=()).values() if card["residual"]]
    assert [(card["title"], card["times"]) for card in drawn] == [("attention", "× 12"), ("MLP", "× 12")]
    blocks = list(found.blocks.values())
    assert drawn[1]["parameters"] == sum(block.parameters for block in blocks if block.mixer == "mlp")
    spec = diagram_stream.network(found, SAY, dark=True, unfolded=()).to_dict()
    assert f"{FOLD}encoder.layers" in {row["id"] for row in data_rows(spec, "tip")}


def test_rows_do_not_overlap_and_cards_lie_beside_the_stream() -> None:
    for name in ("maxvit_t", "densenet"):
        drawn = list(cards(costs_of(name)).values())
        tops = [card["row"] for card in drawn]
        assert tops == sorted(tops)
        assert all(card["bottom"] <= card["foot"] for card in drawn)
        assert all((card["left"] > diagram_stream.STREAM) == card["residual"] for card in drawn)


def test_a_network_without_residual_connections_has_no_sum() -> None:
    spec = diagram_stream.network(costs_of("densenet"), SAY, dark=False).to_dict()
    assert not [row for row in data_rows(spec, "times") if row["residual"]]
    assert t("diagrams.carries_identity") not in str(spec)


def test_shortcuts_are_told_apart() -> None:
    found = costs_of("maxvit_t")
    kinds = {card["shortcut"] for card in cards(found).values() if card["residual"]}
    assert kinds == {t(f"diagrams.carries_{block.shortcut}") for block in found.blocks.values()}
    assert len(kinds) > 1


def test_values_are_written_on_every_connection() -> None:
    found = costs_of("vit")
    values = {path: float(k) for k, path in enumerate(found.blocks)}
    drawn = cards(found, values=values, scale="norm")
    assert {id: card["value"] for id, card in drawn.items() if card["residual"]} == values


@pytest.mark.parametrize("name", ["resnet18", "cifar-plain20"])
def test_resnets_have_a_lane_for_each_stage(name: str) -> None:
    assert diagram_stream.has_lanes(costs_of(name))


class Merging(nn.Module):
    """One residual connection scaled by a weight, and a sum of two different ways."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.one, self.other, self.last = (nn.Conv2d(k, 4, 3, padding=1) for k in (3, 4, 4, 4))
        self.gamma = nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).relu()
        x = self.one(x).relu() + self.other(x).sigmoid()
        return x + self.gamma * self.last(x)


def test_an_addition_that_the_reader_counts_is_marked() -> None:
    network = network_of(Head(Merging(), 4))
    found = model_costs.compute(network)
    (block,) = found.blocks.values()
    (name,) = (each for each, cost in found.calls.items() if cost.kind == "add" and each != block.calls[block.add])
    drawn = cards(found, named=[name])
    assert drawn[name]["title"] == t("diagrams.named", name=name)
    assert drawn[block.path]["detail"].startswith(t("diagrams.scaled", factors="gamma"))
    assert t("diagrams.named", name=name) not in str(diagram_stream.network(found, SAY, dark=False).to_dict())


@pytest.mark.parametrize("name", ["vit", "maxvit_t"])
def test_a_blocks_cards_are_its_calls_in_order(name: str) -> None:
    found = costs_of(name)
    for path in list(found.blocks)[:3]:
        block = found.blocks[path]
        calls = {short: cost for short, cost in found.inside(path).items() if cost.inputs}
        groups = diagram_block.grouped(calls, block)
        assert [call for names in groups.values() for call in names] == list(calls)
        assert all(calls[call].moves for names in groups.values() for call in names[1:])
        spec = diagram_block.block(found, path, SAY, dark=False).to_dict()
        drawn = {row["id"]: row for row in data_rows(spec, "role") if "id" in row}
        assert set(drawn) == set(groups)
        assert drawn[block.add]["role"] == "sum"
        assert {id for id, card in drawn.items() if card["role"] == "shortcut"} == set(block.carried)


def test_a_gate_is_drawn_with_what_passes_by() -> None:
    """Squeeze-and-excitation: the map passes by the pooling and the two layers to the product."""
    found = costs_of("maxvit_t")
    spec = diagram_block.block(found, next(iter(found.blocks)), SAY, dark=False).to_dict()
    assert {row["jump"] for row in data_rows(spec, "jump")} == {0}


def test_any_networks_are_compared_stage_by_stage() -> None:
    names = ("vit", "maxvit_t", "densenet")
    spec = diagram_compare.networks({name: costs_of(name) for name in names}, SAY, dark=False).to_dict()
    stages = [row["stage"] for row in data_rows(spec, "stage")]
    assert stages[:2] == ["encoder.layers", "blocks.0.layers"]
    assert {row["arc"].split()[0] for row in data_rows(spec, "arc")} == {"0", "1"}
