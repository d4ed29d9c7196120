"""Diagrams fit a screen and show the costs that they were given."""

import itertools
from functools import partial
from typing import Any

import pytest

from explorer.analysis import model_costs, paths
from explorer.core.i18n import t
from explorer.models import loading
from explorer.models.registry import NETWORKS
from explorer.plots import diagram_block, diagram_compare, diagram_operation, diagram_paths, diagrams

SAY = partial(t, language="en")


def accounted(name: str) -> model_costs.ModelCosts:
    return model_costs.compute(loading.outline(name, 10), 64)


def rows(spec: dict[str, Any], column: str) -> list[dict[str, Any]]:
    """The rows of the data sets that have `column`."""
    return [row for rows in spec["datasets"].values() for row in rows if column in row]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_block_has_a_place_of_its_own(name: str) -> None:
    found = accounted(name)
    boxes = list(diagrams.place(found).values())
    assert {box.id for box in boxes} == {*found.blocks, *found.inside(None)}
    for k, box in enumerate(boxes):
        assert 0 <= box.left < box.right <= 6
        assert box.bottom - box.top >= 20
        assert box.bottom <= 620, "a network fits the screen"
        for other in boxes[:k]:
            apart = (
                box.left >= other.right or other.left >= box.right or box.top >= other.bottom or other.top >= box.bottom
            )
            assert apart, (box, other)


def test_the_network_says_shares_shapes_and_shortcuts() -> None:
    found = accounted("resnet50")
    spec = diagrams.network(found, SAY, dark=False, chosen="layer2.0").to_dict()
    cards = {row["id"]: row for row in rows(spec, "parameters_share")}
    assert cards["layer2.0"]["shape"] == "512 × 8 × 8"
    assert cards["layer2.0"]["parameters"] == found.blocks["layer2.0"].parameters
    assert sum(card["parameters_share"] for card in cards.values()) == pytest.approx(1)
    assert [id for id, card in cards.items() if card["chosen"]] == ["layer2.0"]
    projected = {id for id, card in cards.items() if card["shortcut"] == t("diagrams.carries_projection")}
    assert projected == {"layer1.0", "layer2.0", "layer3.0", "layer4.0"}
    edges = [row["tensor"] for row in rows(spec, "tensor")]
    assert edges == ["3×64×64", "64×16×16", "256×16×16", "512×8×8", "1024×4×4", "2048×2×2", "10"]
    assert rows(spec, "tensor")[2]["count"] == 256 * 16 * 16
    arcs = {row["path"] for row in rows(spec, "path")}
    assert arcs == set(found.blocks)
    (bars,) = [data for data in spec["datasets"].values() if "measure" in data[0]]
    assert (
        max(bar["share"] for bar in bars)
        == max(block.parameters for block in found.blocks.values()) / found.total.parameters
    )


def test_values_colour_the_blocks_alone() -> None:
    found = accounted("resnet18")
    values = {path: float(k) for k, path in enumerate(found.blocks)}
    spec = diagrams.network(found, SAY, dark=True, values=values, scale="norm").to_dict()
    cards = rows(spec, "parameters_share")
    assert {card["id"]: card["value"] for card in cards if card["block"]} == values
    assert not rows(spec, "measure"), "bars would hide the colours"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_wire_passes_no_small_card(name: str) -> None:
    found = accounted(name)
    points = rows(diagrams.network(found, SAY, dark=False).to_dict(), "piece")
    small = [box for box in diagrams.place(found).values() if box.small]
    for a, b in itertools.pairwise(points):
        if a["piece"] != b["piece"]:
            continue
        (left, right), (top, bottom) = sorted((a["x"], b["x"])), sorted((a["y"], b["y"]))
        for box in small:
            assert right <= box.left or box.right <= left or bottom <= box.top or box.bottom <= top, box
    lanes_of_small = {int(box.left) for box in small}
    assert len({point["piece"] for point in points}) == 1 + len(lanes_of_small)


@pytest.mark.parametrize("name", NETWORKS)
def test_bars_leave_room_for_words(name: str) -> None:
    found = accounted(name)
    bars = rows(diagrams.network(found, SAY, dark=False).to_dict(), "measure")
    for box in diagrams.place(found).values():
        if not box.small:
            tops = [
                bar["top"] for bar in bars if box.top < bar["top"] < box.bottom and box.left < bar["left"] < box.right
            ]
            assert max(tops) - min(tops) > 9, "labels of shares are 9 px high"
            words = 40 if box.id in found.blocks else 29
            assert min(tops) - box.top >= words, "end of the name and the shape (on a phone, two lines for a block)"


def test_a_plain_network_has_no_arcs() -> None:
    spec = diagrams.network(model_costs.without_shortcuts(accounted("resnet18")), SAY, dark=False).to_dict()
    assert not rows(spec, "path")


@pytest.mark.parametrize(
    ("name", "path"), [("resnet18", "layer1.0"), ("resnet18", "layer2.0"), ("resnet50", "layer4.0")]
)
def test_a_block_has_every_call_once(name: str, path: str) -> None:
    found = accounted(name)
    spec = diagram_block.block(found, path, SAY, dark=False, chosen="conv2").to_dict()
    cards = {row["id"]: row for row in rows(spec, "role") if "id" in row}
    assert set(cards) == set(found.inside(path))
    assert {id for id, card in cards.items() if card["role"] == "shortcut"} == {
        id for id in cards if id.startswith("downsample")
    }
    assert cards["conv2"]["chosen"]
    for id, cost in found.inside(path).items():
        words = f" · {diagram_block.short(cost.parameters)}" if cost.parameters else cards[id]["output"]
        assert cards[id]["second"].endswith(words), "on the shortcut as on the branch"


@pytest.mark.parametrize("name", ["cifar-resnet8-w4", "cifar-preact8-exclusive-w4", "cifar-resnet8-gate-b-w4"])
def test_what_stands_on_a_cifar_networks_shortcut_is_drawn_there(name: str) -> None:
    found = model_costs.compute(loading.outline(name, 10), 32)
    spec = diagram_block.block(found, "layer2.0", SAY, dark=False).to_dict()
    cards = {row["id"]: row for row in rows(spec, "role") if "id" in row}
    on_it = {id for id, card in cards.items() if card["role"] == "shortcut"}
    assert on_it == set(found.blocks["layer2.0"].carried)
    assert any("downsample" in id for id in on_it)
    assert cards["conv2"]["role"] == "branch"
    boxes = list(diagram_block.place(list(found.inside("layer2.0")), found.blocks["layer2.0"].carried, "add").values())
    for k, box in enumerate(boxes):
        for other in boxes[:k]:
            assert (
                box.left >= other.right or other.left >= box.right or box.top >= other.bottom or other.top >= box.bottom
            )
    network = diagrams.network(found, SAY, dark=False).to_dict()
    kinds = {row["shortcut"] for row in rows(network, "path")}
    assert kinds == {t(f"diagrams.carries_{block.shortcut}") for block in found.blocks.values()}


def test_a_plain_network_has_one_way() -> None:
    found = model_costs.compute(loading.outline("cifar-plain8-w4", 10), 32)
    spec = diagram_block.block(found, "layer2.0", SAY, dark=False).to_dict()
    assert {row["role"] for row in rows(spec, "role") if "id" in row} == {"after"}
    assert t("diagrams.branch") not in str(spec)
    network = diagrams.network(found, SAY, dark=False).to_dict()
    assert not rows(network, "path"), "no arcs"
    assert {row["id"] for row in rows(network, "parameters_share") if row["block"]} == set(found.blocks)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (999, "999"),
        (9408, "9.41k"),
        (73728, "73.7k"),
        (11_007_818, "11.0M"),
        (148_000_000, "148M"),
        (11_513_626_624, "11.5G"),
    ],
)
def test_counts_in_three_digits(count: int, words: str) -> None:
    assert diagram_block.short(count) == words


def test_a_kernel_stands_where_torch_puts_it() -> None:
    cost = accounted("resnet18").calls["conv1"]
    spec = diagram_operation.window(cost, SAY, dark=False).to_dict()
    first, _, second, _ = [row for data in spec["datasets"].values() if len(data) == 2 for row in data if "side" in row]
    assert (first["x"], first["y"], first["side"]) == (0, 0, 7)
    assert (second["x"], second["y"]) == (2, 0), "shifted by the stride"
    cells = [row for row in rows(spec, "zero") if row["x"] < 11]
    assert sum(not cell["zero"] for cell in cells) == 8 * 8, "11 cells a side, 3 of them padding"


def test_what_is_seen_is_cut_at_the_pictures_edge() -> None:
    calls = accounted("resnet18").calls
    spec = diagram_operation.receptive_field("data:image/png;base64,", 64, calls["conv1"], SAY).to_dict()
    squares = [row for data in spec["datasets"].values() for row in data if "left" in row]
    assert (squares[0]["left"], squares[0]["right"]) == (61 - 32 + 0, 61 - 32 + 7), "place 16, 2 px apart, 3 px around"
    spec = diagram_operation.receptive_field("data:image/png;base64,", 64, calls["fc"], SAY).to_dict()
    squares = [row for data in spec["datasets"].values() for row in data if "left" in row]
    assert {(row["left"], row["right"], row["top"], row["bottom"]) for row in squares} == {(0, 64, 0, 64)}


@pytest.mark.parametrize("blocks", [1, 3, 8])
def test_a_tree_has_every_path(blocks: int) -> None:
    spec = diagram_paths.tree(blocks, SAY, dark=False).to_dict()
    edges = rows(spec, "from")
    assert len(edges) == 2 * (2**blocks - 1)
    ends = [edge["to"] for edge in edges if edge["left"] == 0]
    assert sorted(ends) == [k + 0.5 for k in range(2**blocks)], "as many ends as paths, evenly spaced"
    following = {edge["from"] for edge in edges} - {2 ** (blocks - 1)}
    assert following <= {edge["to"] for edge in edges}, "each edge goes on where another one ends"


def test_lengths_are_shares() -> None:
    spec = diagram_paths.lengths(paths.by_length(8), 3, 5, SAY).to_dict()
    bars = rows(spec, "share")
    assert [bar["count"] for bar in bars] == ["1", "8", "28", "56", "70", "56", "28", "8", "1"]
    assert sum(bar["share"] for bar in bars) == 1
    assert [bar["length"] for bar in bars if bar["inside"]] == [3, 4, 5]


def test_networks_are_drawn_on_one_scale() -> None:
    shown = {"resnet18": accounted("resnet18"), "resnet50": accounted("resnet50")}
    shown["plain"] = model_costs.without_shortcuts(shown["resnet18"])
    spec = diagram_compare.networks(shown, SAY, dark=False).to_dict()
    bars = [row for row in rows(spec, "count") if row["measure"] == t("diagrams.parameters")]
    per_px = {round(bar["count"] / (bar["bottom"] - bar["top"])) for bar in bars}
    assert max(per_px) - min(per_px) <= 1
    assert [row["stage"] for row in rows(spec, "stage")] == ["layer1", "layer2", "layer3", "layer4"] * 3
    arcs = {row["arc"].split()[0] for row in rows(spec, "arc")}
    assert arcs == {"0", "1"}, "the plain twin, in the third row, has none"
