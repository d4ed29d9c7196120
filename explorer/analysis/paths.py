"""Paths from input to output of an unravelled residual network (Veit et al. 2016, figure 1)."""

from collections.abc import Callable
from math import comb

from explorer.models.graph import Graph, Node

WEIGHTED = ("conv2d", "linear", "multi_head_attention_forward")


def by_length(blocks: int) -> list[int]:
    """Number of paths through 0, 1, …, `blocks` branches; 2^blocks in total, because each block doubles them."""
    return [comb(blocks, length) for length in range(blocks + 1)]


def share(blocks: int, low: int, high: int) -> float:
    """Share (0..1) of paths through `low` to `high` branches, inclusive."""
    fraction: float = sum(by_length(blocks)[low : high + 1]) / 2**blocks
    return fraction


def branches(graph: Graph) -> list[int]:
    """`by_length`, counted in a network's graph. A projection counts as a shortcut; ways that part and meet within a
    branch, such as query and key, count as one."""
    entered = {(block.branch, block.add) for block in graph.blocks.values()}
    added = {block.add for block in graph.blocks.values()}

    def meet(node: Node, counts: tuple[int, ...]) -> int:
        return sum(counts) if node.name in added else max(counts)

    return _count(graph, lambda source, node: int((source, node.name) in entered), meet)


def layers(graph: Graph) -> list[int]:
    """Number of paths through 0, 1, … layers with weights (convolutions and the head), projections included."""
    return _count(graph, lambda _, node: int(node.call is not None and node.call.name in WEIGHTED))


def _count(
    graph: Graph, length: Callable[[str, Node], int], meet: Callable[[Node, tuple[int, ...]], int] | None = None
) -> list[int]:
    """Number of paths from the picture by length; the edge from `source` to a node has the length
    `length(source, node)`. `meet` says how many remain where some meet, by default their sum."""
    ways: dict[str, list[int]] = {"input": [1]}
    for name, node in graph.nodes.items():
        arriving = [[0] * length(source, node) + ways[source] for source in node.inputs if ways[source]]
        longest = max(map(len, arriving), default=0)
        meeting = zip(*(_padded(counts, longest) for counts in arriving), strict=True)
        ways.setdefault(name, [meet(node, counts) if meet else sum(counts) for counts in meeting])
    return ways[graph.logits]


def _padded(counts: list[int], length: int) -> list[int]:
    return counts + [0] * (length - len(counts))
