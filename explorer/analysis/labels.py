"""Short names of blocks and layers for the axes of charts: `1.0`, `L3 attn`."""

import re
from collections import Counter
from collections.abc import Callable, Iterable

from explorer.models.graph import Block, Graph

LONGEST = 11  # paths that are no longer are their own names, such as layer3.22
MIXERS = {"attention": "attn", "mlp": "mlp", "conv": "conv", "pool": "pool", "": "F"}


def of_blocks(graph: Graph) -> dict[str, str]:
    """Path of each block -> its short name.

    If a path is long, the name is the numbers in it, then, where several blocks have those, what the branch computes
    with, and a counter.
    """
    blocks = graph.blocks
    if all(len(path) <= LONGEST for path in blocks):
        return {path: path for path in blocks}
    owners = {path: _owner(graph, block) for path, block in blocks.items()}
    names = {path: _numbered(owner) for path, owner in owners.items()}
    names = _told_apart(names, lambda path: MIXERS[blocks[path].mixer])
    seen: Counter[str] = Counter()
    for path, name in names.items():
        seen[name] += 1
        names[path] = f"{name} {seen[name]}" if seen[name] > 1 else name
    return names


def stages(graph: Graph, names: Iterable[str]) -> dict[str, str]:
    """Stage of each of these nodes or blocks, in order: that of the block or part around it, else the one before it.

    `stem` before the first.
    """
    inside = {name: part for part in reversed(graph.parts) for name in graph.inside(part)[1:]}
    found, stage = {}, "stem"
    for name in names:
        part = inside.get(name, name)
        stage = graph.stage_of.get(part, stage)
        found[name] = stage
    return found


def mixers(graph: Graph) -> dict[str, str]:
    """Path of each block -> what its branch computes with; empty if all compute with the same."""
    found = {path: block.mixer for path, block in graph.blocks.items()}
    return found if len(set(found.values())) > 1 else {}


def opening(graph: Graph) -> frozenset[str]:
    """The blocks that change the shape, and the nodes within."""
    found = {path: block for path, block in graph.blocks.items() if block.resizes}
    return frozenset((*found, *(name for block in found.values() for name in block.nodes)))


def _owner(graph: Graph, block: Block) -> str:
    call = graph.nodes[block.add].call
    return call.module if call else block.path


def _numbered(owner: str) -> str:
    """The numbers in a path: `1.0` of `features.1.0`, `L3` of `encoder.layers.encoder_layer_3`; else its end."""
    numbers = re.findall(r"\d+", owner)
    if not numbers:
        return owner.rpartition(".")[2]
    return ".".join(numbers) if len(numbers) > 1 else f"L{numbers[0]}"


def _told_apart(names: dict[str, str], word: Callable[[str], str]) -> dict[str, str]:
    count = Counter(names.values())
    return {path: f"{name} {word(path)}".strip() if count[name] > 1 else name for path, name in names.items()}
