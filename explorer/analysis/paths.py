"""A residual network unravelled into the paths from its input to its output (Veit et al. 2016, figure 1)."""

from collections.abc import Callable
from math import comb

from explorer.models.graph import Graph, Node

WEIGHTED = ("Conv2d", "Linear")


def by_length(blocks: int) -> list[int]:
    """How many paths pass 0, 1, …, `blocks` branches. Each block doubles the paths: they are 2^blocks in all."""
    return [comb(blocks, length) for length in range(blocks + 1)]


def share(blocks: int, low: int, high: int) -> float:
    """Share of all paths, 0..1, that pass `low` to `high` branches, both included."""
    found: float = sum(by_length(blocks)[low : high + 1]) / 2**blocks
    return found


def branches(graph: Graph) -> list[int]:
    """The same, counted in a network's graph; a projection is a shortcut as x itself is."""
    entered = {(block.branch, block.add) for block in graph.blocks.values()}
    return _count(graph, lambda source, node: int((source, node.name) in entered))


def layers(graph: Graph) -> list[int]:
    """How many paths pass 0, 1, … layers with weights (convolutions and the head), projections included."""
    return _count(graph, lambda _, node: int(node.kind in WEIGHTED))


def _count(graph: Graph, length: Callable[[str, Node], int]) -> list[int]:
    """Paths by their length, where the step from `source` to a node adds `length(source, node)`."""
    ways: dict[str, list[int]] = {}
    for name, node in graph.nodes.items():
        found = [] if node.inputs else [1]
        for source in node.inputs:
            moved = [0] * length(source, node) + ways[source]
            longest = max(len(found), len(moved))
            found = [sum(pair) for pair in zip(_padded(found, longest), _padded(moved, longest), strict=True)]
        ways[name] = found
    return ways[graph.logits]


def _padded(counts: list[int], length: int) -> list[int]:
    return counts + [0] * (length - len(counts))
