"""Paths against binomials, enumeration, and networks small enough to count by hand."""

from collections import Counter
from itertools import product

import pytest
from torch import Tensor, nn

from explorer.analysis import paths
from explorer.models import loading
from explorer.models.graph import Graph
from explorer.models.registry import NETWORKS


def test_eight_blocks_have_these_paths() -> None:
    assert paths.by_length(8) == [1, 8, 28, 56, 70, 56, 28, 8, 1]
    assert paths.by_length(0) == [1]


@pytest.mark.parametrize("blocks", [1, 3, 8, 12])
def test_paths_are_choices_made_at_every_block(blocks: int) -> None:
    walked = Counter(sum(choice) for choice in product((0, 1), repeat=blocks))
    assert paths.by_length(blocks) == [walked[length] for length in range(blocks + 1)]


def test_the_papers_share_of_paths() -> None:
    """Veit et al. 2016, section 4.3: paths of 5 to 17 blocks are 0.45 % of all in a network of 54."""
    assert f"{paths.share(54, 5, 17):.2%}" == "0.45%"
    assert paths.share(8, 0, 8) == 1
    assert paths.share(4, 1, 2) == 10 / 16


@pytest.mark.parametrize("name", NETWORKS)
def test_the_graph_has_the_binomials_paths_and_the_name_says_its_longest(name: str) -> None:
    graph = loading.outline(name).graph
    assert paths.branches(graph) == paths.by_length(len(graph.blocks))
    layers = paths.layers(graph)
    depth = int("".join(c for c in name.partition("_")[0].removeprefix("wide_") if c.isdigit()) or 50)
    assert len(layers) - 1 == depth, "ResNet18's longest path has 18 layers"
    assert sum(layers) == 2 ** len(graph.blocks)


class _Block(nn.Module):
    def __init__(self, convolutions: int, projected: bool) -> None:
        super().__init__()
        self.branch = nn.Sequential(*(each for _ in range(convolutions) for each in (nn.Conv2d(2, 2, 1), nn.ReLU())))
        self.downsample = nn.Conv2d(2, 2, 1) if projected else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.downsample(x)  # type: ignore[no-any-return]


def test_two_blocks_counted_by_hand() -> None:
    """Block one: 2 layers or 0. Block two: 3 layers or, by its projection, 1. So 1, 3, 3 and 5."""
    graph = Graph.of(nn.Sequential(_Block(2, False), _Block(3, True)))
    assert paths.branches(graph) == [1, 2, 1]
    assert paths.layers(graph) == [0, 1, 0, 2, 0, 1]


def test_a_chain_is_one_path() -> None:
    graph = Graph.of(nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU(), nn.Conv2d(1, 1, 1)))
    assert paths.branches(graph) == [1]
    assert paths.layers(graph) == [0, 0, 1]
