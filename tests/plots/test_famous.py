"""Famous blocks fit a phone, wires end at cards, colours are those of roles."""

from functools import partial
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from explorer.analysis.top5 import Ranks
from explorer.core.i18n import LANGUAGES, Language, t
from explorer.core.palette import ROLE_COLOURS
from explorer.experiments.history import famous_block
from explorer.experiments.history.block_layouts import REAL
from explorer.experiments.history.schemes import SCHEMES
from explorer.plots import famous as drawing
from explorer.plots import top5

SAY = partial(t, language="en")
KINDS = (*REAL, *SCHEMES)
PHONE_PX = 358  # of a screen of 390


def placed(kind: str, language: Language = "en") -> tuple[famous_block.Block, dict[str, Any], dict[str, Any]]:
    found = famous_block.block(kind)
    labels = {id: drawing.lines(node, partial(t, language=language)) for id, node in found.nodes.items()}
    return found, labels, drawing.place(found, {id: len(words) for id, words in labels.items()})


@pytest.mark.parametrize("kind", KINDS)
def test_cards_are_apart_and_on_the_sheet(kind: str) -> None:
    found, _, boxes = placed(kind)
    cards = [box for id, box in boxes.items() if found.nodes[id].sign in ("card", "concat")]
    assert len(cards) >= 2
    for k, box in enumerate(cards):
        assert 0 <= box.left < box.right <= drawing.lanes_of(found)
        for other in cards[:k]:
            beside = box.left >= other.right or other.left >= box.right
            assert beside or box.top >= other.bottom or other.top >= box.bottom, (box, other)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_words_fit_their_cards_on_a_phone(kind: str, language: Language) -> None:
    found, labels, boxes = placed(kind, language)
    lane = PHONE_PX / drawing.lanes_of(found)
    for id, lines in labels.items():
        if found.nodes[id].sign not in ("card", "concat"):
            continue
        for words, where in lines:
            shown = words.replace("|", "")
            if lane < drawing.NARROW_PX:
                shown = words.partition("|")[0].replace("BatchNorm", "BN").replace("MaxPool", "Max")
            size = 12 if where == "main" else 11
            wide = sum(size if ord(letter) > 0x2E80 else size * 0.52 for letter in shown)
            assert wide <= (boxes[id].right - boxes[id].left) * lane, (id, shown)


@pytest.mark.parametrize("kind", KINDS)
def test_wires_pass_no_card(kind: str) -> None:
    """Except the cards that they join."""
    found, _, boxes = placed(kind)
    for edge in found.edges:
        corners = drawing.route(edge, found, boxes)
        others = [box for id, box in boxes.items() if id not in (edge.source, edge.target) and box.right > box.left]
        for (x1, y1), (x2, y2) in pairwise(corners):
            (left, right), (top, bottom) = sorted((x1, x2)), sorted((y1, y2))
            for box in others:
                crossed = left < box.right and box.left < right + 1e-9 and top < box.bottom and box.top < bottom
                assert not crossed, (edge, box)


def test_only_a_residual_block_has_the_roles_colours() -> None:
    def roles(kind: str, dark: bool = False) -> set[str]:
        text = drawing.diagram(famous_block.block(kind), SAY, dark=dark).to_json(validate=False)
        return {role for role, pair in ROLE_COLOURS.items() if f'"{pair[dark]}"' in text}

    assert roles("bottleneck", dark=True) == {"shortcut", "branch", "sum"}
    assert roles("swin") == {"shortcut", "branch", "sum"}
    used = {kind: {edge.role for edge in famous_block.block(kind).edges} for kind in KINDS}
    assert used["shuffle"] == used["dense"] == used["moco"] == {None}
    marks = drawing.diagram(famous_block.block("dense"), SAY, dark=False).to_dict(validate=False)["layer"]
    colours = {layer["mark"].get(name) for layer in marks for name in ("color", "stroke", "fill")}
    assert not colours & {pair[0] for pair in ROLE_COLOURS.values()}


def test_cards_read_in_the_order_of_the_data() -> None:
    node = famous_block.block("dense").nodes["denselayer1.norm1"]
    assert [words for words, _ in drawing.lines(node, SAY)] == ["BatchNorm · ReLU", "1×1", "128×56×56| · 8.32k"]
    node = famous_block.block("regnet").nodes["f.b.0"]
    assert drawing.lines(node, SAY)[0] == ("3×3 g13", "main")
    node = famous_block.block("alexnet").nodes["0"]
    assert drawing.lines(node, SAY)[0] == ("11×11 /4", "main")
    node = famous_block.block("convnext").nodes["block.0"]
    assert drawing.lines(node, SAY)[0] == ("7×7 depthwise", "main")


def test_bars_are_as_long_as_channels() -> None:
    spec = drawing.diagram(famous_block.block("inverted_residual"), SAY, dark=False).to_dict()
    cards = {
        row["id"]: row for rows in spec["datasets"].values() for row in rows if row.get("sign") == "card"
    }  # fmt: skip
    long, narrow = (cards[id]["bar_end"] - cards[id]["bar"] for id in ("conv.0.0", "conv.2"))
    assert long / narrow == pytest.approx(6)


def test_the_cuts_are_below_the_first_and_the_fifth() -> None:
    table = pd.DataFrame({"rank": [*range(1, 9), 37], "label": list("abcdefghi"), "share": 0.1, "true": [False] * 9})
    spec = top5.answers(table.assign(true=table["rank"] == 37), SAY).to_dict()
    cuts = [row["at"] for rows in spec["datasets"].values() for row in rows if "at" in row]
    assert cuts == [1, 5]
    rows = [row for rows in spec["datasets"].values() for row in rows if "middle" in row]
    assert [row["middle"] for row in rows] == [k + 0.5 for k in range(9)]
    assert [row["which"] for row in rows] == ["other classes"] * 8 + ["true class"]
    assert "37  i" in spec["layer"][0]["encoding"]["y"]["axis"]["labelExpr"]


def test_accuracy_stands_above_guessing() -> None:
    spec = top5.top_k_accuracy(Ranks((1, 1, 2, 7), 10), 10, SAY).to_dict()
    (rows,) = spec["datasets"].values()
    shares = {(row["k"], row["which"]): row["share"] for row in rows}
    assert [shares[k, "this network"] for k in (1, 2, 5, 7)] == [0.5, 0.75, 0.75, 1.0]
    assert [shares[k, "chance"] for k in (1, 5, 10)] == [0.1, 0.5, 1.0]
