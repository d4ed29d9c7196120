"""Paths from input to output of an unravelled residual network (Veit et al. 2016, figure 1)."""

from collections.abc import Callable
from math import comb

from explorer.models.graph import Graph, Node

WEIGHTED = ("Conv2d", "Linear")


def by_length(blocks: int) -> list[int]:
    """Number of paths through 0, 1, …, `blocks` branches; 2^blocks in total, because each block doubles them."""
    return [comb(blocks, length) for length in range(blocks + 1)]


def share(blocks: int, low: int, high: int) -> float:
    """Share (0..1) of paths through `low` to `high` branches, inclusive."""
    fraction: float = sum(by_length(blocks)[low : high + 1]) / 2**blocks
    return fraction


def branches(graph: Graph) -> list[int]:
    """`by_length`, counted in a network's graph. A projection counts as a shortcut."""
    entered = {(block.branch, block.add) for block in graph.blocks.values()}
    return _count(graph, lambda source, node: int((source, node.name) in entered))


def layers(graph: Graph) -> list[int]:
    """Number of paths through 0, 1, … layers with weights (convolutions and the head), projections included."""
    return _count(graph, lambda _, node: int(node.kind in WEIGHTED))


def _count(graph: Graph, length: Callable[[str, Node], int]) -> list[int]:
    """Number of paths by length; the edge from `source` to a node has the length `length(source, node)`."""
    ways: dict[str, list[int]] = {}
    for name, node in graph.nodes.items():
        counts = [] if node.inputs else [1]
        for source in node.inputs:
            shifted = [0] * length(source, node) + ways[source]
            longest = max(len(counts), len(shifted))
            counts = [sum(pair) for pair in zip(_padded(counts, longest), _padded(shifted, longest), strict=True)]
        ways[name] = counts
    return ways[graph.logits]


def _padded(counts: list[int], length: int) -> list[int]:
    return counts + [0] * (length - len(counts))
