"""Which operations of a block are drawn as one box: a drawing of thirty boxes says nothing."""

from typing import Any

from explorer.models.graph import Graph
from explorer.scene.written import LAYOUT

MOST_BOXES = 12  # in the lane of F(x)
PLAIN = ("Conv2d", "BatchNorm2d", "ReLU")  # whose label says enough

Operations = dict[str, dict[str, Any]]


def in_boxes(graph: Graph, block: str, operations: Operations) -> Operations:
    """The operations; of those in one box all but the last are drawn `into` the last, which has the `box`'s label."""
    main = [name for name, how in operations.items() if how["role"] != "shortcut" and not how.get("apart")]
    own = graph.blocks.get(block)
    add = graph.nodes[own.add].call if own else None
    owner = add.module if add else block if block in graph.tape.classes else ""
    made = dict(operations)
    main = [name for name in main if name in graph.nodes]
    groups = _groups(graph, owner, main) if len(main) > MOST_BOXES else _by_module(graph, owner, main)
    for label, names in groups:
        for name in names[:-1]:
            made[name] = {**made[name], "into": names[-1]}
        how = made[names[-1]]
        if len(names) > 1:
            made[names[-1]] = {**how, "box": label}
        elif how["label"].rpartition(".")[2].isdigit() and (how["kind"] not in PLAIN or how["label"].isdigit()):
            kind = graph.tape.classes.get(how["label"], ("",))[0] if how["kind"] == "stage" else how["kind"]
            made[names[-1]] = {**how, "box": f"{how['label']} {kind}"}
    return made


def _by_module(graph: Graph, owner: str, names: list[str]) -> list[tuple[str, list[str]]]:
    """Calls that one module of torch's makes, such as attention, in one group; each other alone."""
    groups: list[tuple[str, list[str]]] = []
    for name in names:
        call = graph.nodes[name].call
        path = call.module if call else ""
        is_torch = path != owner and graph.tape.classes[path][1]
        label = path.removeprefix(f"{owner}.") if is_torch else ""
        if label and groups and groups[-1][0] == label:
            groups[-1][1].append(name)
        else:
            groups.append((label, [name]))
    return groups


def _groups(graph: Graph, owner: str, names: list[str]) -> list[tuple[str, list[str]]]:
    """As many groups as there may be boxes: by the parts of the module that make the calls, as fine as possible."""
    deepest = max(len(_parts(graph, owner, name)) for name in names)
    best = _grouped(graph, owner, names, 1)
    for level in range(2, deepest + 1):
        finer = _grouped(graph, owner, names, level)
        if len(finer) > MOST_BOXES:
            break
        best = finer
    return best if len(best) <= MOST_BOXES else _without_layout(graph, best)


def _grouped(graph: Graph, owner: str, names: list[str], level: int) -> list[tuple[str, list[str]]]:
    groups: list[tuple[str, list[str]]] = []
    for name in names:
        label = ".".join(_parts(graph, owner, name)[:level])
        if label and groups and groups[-1][0] == label:
            groups[-1][1].append(name)
        else:
            groups.append((label, [name]))
    return groups


def _without_layout(graph: Graph, groups: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """What only moves values, and what no picture changes, joins the box after it."""
    made: list[tuple[str, list[str]]] = []
    waiting: list[str] = []
    for k, (label, names) in enumerate(groups):
        waiting += names
        node = graph.nodes[names[-1]]
        if k == len(groups) - 1 or not (node.kind in LAYOUT or node.constant):
            made.append((label or node.kind, waiting))
            waiting = []
    return made


def _parts(graph: Graph, owner: str, name: str) -> list[str]:
    call = graph.nodes[name].call
    path = call.module if call else ""
    inside = path.removeprefix(f"{owner}.") if owner else path
    return inside.split(".") if path != owner and inside else []
