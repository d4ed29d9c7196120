"""Lanes of a family tree: every fork below its parent, even in a forged file."""

from explorer.plots import family
from explorer.plots.charts import GREY
from explorer.plots.family import Branch


def branch(name: str, parent: str | None = None, begin: int = 0, end: int = 5) -> Branch:
    return Branch(name, name, parent, begin, end)


def ids(trees: list[list[Branch]]) -> list[str]:
    return ["".join(each.id for each in tree) for tree in trees]


def test_forks_stand_below_their_parent_in_the_order_of_their_epochs() -> None:
    tree = [branch("d", "a", 3), branch("c", "b", 2), branch("b", "a", 1), branch("a"), branch("x")]
    assert ids(family.families(tree)) == ["abcd"]


def test_a_fork_whose_parent_was_deleted_stands_alone() -> None:
    assert family.families([branch("b", "gone", 1)]) == []
    assert ids(family.families([branch("b", "gone", 1), branch("c", "b", 2)])) == ["bc"]


def test_circles_and_long_chains_end() -> None:
    assert family.families([branch("a", "a"), branch("b", "c"), branch("c", "b")]) == []
    chain = [branch("0"), *(branch(str(k), str(k - 1), k) for k in range(1, 3000))]
    assert [len(tree) for tree in family.families(chain)] == [3000]


def test_lanes() -> None:
    table = family.lanes([branch("a"), branch("b", "a", 2, 4), branch("c", "b", 9, 3)], {"b": "#123456"})
    assert list(table["lane"]) == [0, 1, 2]
    assert list(table["parent"]) == [0, 0, 1]
    assert list(table["colour"]) == [GREY, "#123456", GREY]
    assert list(table["end"]) == [5, 4, 9], "a fork without a finished epoch is a point"
    layers = family.tree(table, names={"epoch": "epoch", "begin": "from", "end": "to"}).to_dict()["layer"]
    assert [layer["mark"]["type"] for layer in layers] == ["rule", "rule", "point", "point", "text"]
