"""Paths from input to output of an unravelled residual network (Veit et al. 2016, figure 1)."""

from collections.abc import Callable
from itertools import zip_longest
from math import comb

from explorer.analysis.counts import WEIGHTED
from explorer.models.graph import Graph, Node


def by_length(blocks: int) -> list[int]:
    """Number of paths through 0, 1, …, `blocks` branches; 2^blocks in total, because each block doubles them."""
    return [comb(blocks, length) for length in range(blocks + 1)]


def share(blocks: int, low: int, high: int) -> float:
    """Share (0..1) of paths through `low` to `high` branches, inclusive."""
    fraction: float = sum(by_length(blocks)[low : high + 1]) / 2**blocks
    return fraction


def branches(graph: Graph) -> list[int]:
    """`by_length`, counted in a network's graph, which need not be a chain. A projection counts as a shortcut."""
    entered = {(block.branch, block.add) for block in graph.blocks.values()}
    return _count(graph, lambda source, node: int((source, node.name) in entered))


def layers(graph: Graph) -> list[int]:
    """Number of paths through 0, 1, … layers with weights (convolutions, linear layers, attention), projections
    included."""
    return _count(graph, lambda _, node: int(node.call is not None and node.call.name in WEIGHTED))


def _count(graph: Graph, length: Callable[[str, Node], int]) -> list[int]:
    """Number of paths by length; the edge from `source` to a node has the length `length(source, node)`.

    A path chooses at residual additions only: of the ways that another call joins, such as queries, keys and values,
    the longest one counts.
    """
    sums = {block.add for block in graph.blocks.values()}
    ways: dict[str, list[int]] = {"input": [1]}
    for name, node in graph.nodes.items():
        arriving = [[0] * length(source, node) + ways[source] for source in node.inputs if ways[source]]
        if name in sums:
            ways[name] = [sum(counts) for counts in zip_longest(*arriving, fillvalue=0)]
        else:
            longest = max(arriving, key=lambda counts: (sum(counts), len(counts)), default=[])
            ways.setdefault(name, longest)
    return ways[graph.logits]
