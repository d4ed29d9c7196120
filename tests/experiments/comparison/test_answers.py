"""Predictions compared, checked against counts by hand on ten pictures."""

import numpy as np
import pytest

from explorer.experiments.comparison import answers
from explorer.experiments.comparison.results import grouped
from tests.experiments.comparison.made import HALF, LABELS, OTHER, RIGHT, comparison, result

A = result("resnet18", "random", 0.5, answers=RIGHT)
B = result("resnet34", "random", 0.5, answers=HALF)
C = result("vgg11_bn", "random", 0.5, answers=OTHER)


def test_each_class_has_both_accuracies_and_their_difference() -> None:
    table = answers.per_class(A, B, comparison(A, B))
    assert table.to_dict("records") == [
        {"label": "cat", "pictures": 4, "first": 1.0, "second": 0.5, "difference": 0.5},
        {"label": "dog", "pictures": 4, "first": 1.0, "second": 0.5, "difference": 0.5},
        {"label": "frog", "pictures": 2, "first": 1.0, "second": 0.5, "difference": 0.5},
    ]
    assert answers.per_class(A, result("resnet50", "random", 0.5), comparison(A)).empty


def test_agreement_is_the_share_of_equal_answers() -> None:
    names, matrix = answers.agreement([A, B, C, result("resnet50", "random", 0.5)])
    assert names == ("resnet18 · random · 32 px", "resnet34 · random · 32 px", "vgg11_bn · random · 32 px")
    by_hand = [
        [sum(x == y for x, y in zip(one, two, strict=True)) / 10 for two in (RIGHT, HALF, OTHER)]
        for one in (RIGHT, HALF, OTHER)
    ]
    np.testing.assert_allclose(matrix, by_hand)
    assert matrix[1, 2] == 0.5


def test_seeds_of_one_kind_are_told_apart() -> None:
    names, matrix = answers.agreement([A, result("resnet18", "random", 0.5, seed=1, answers=HALF)])
    assert names == ("resnet18 · random · 32 px · 0", "resnet18 · random · 32 px · 1")
    assert matrix[0, 1] == 0.5
    assert answers.agreement([])[1].shape == (0, 0)


def test_three_answers_come_before_two_and_unanimous_pictures_not_at_all() -> None:
    # pictures 2, 3 and 6, 7 and 8 … : A, B, C answer 0 1 2, 0 1 2 | 1 0 2, 1 0 2 | 2 2 0 | 2 1 1
    assert answers.most_different([A, B, C], LABELS, 4) == [2, 6, 3, 7]
    assert answers.most_different([A, B, C], LABELS, 99) == [2, 6, 3, 7, 9, 8]  # of 8 and 9 fewer are right about 9
    assert answers.most_different([A], LABELS, 4) == []


def test_a_group_is_represented_by_its_lowest_seed_that_finished() -> None:
    seeds = [
        result("resnet18", "random", 0.9, seed=2, answers=RIGHT),
        result("resnet18", "random", 0.1, seed=1, answers=HALF),
        result("resnet18", "random", 0.5, seed=0, answers=OTHER, state="stopped"),
    ]
    (chosen,) = answers.representatives(grouped(seeds))
    assert chosen.seed == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_the_order_of_networks_does_not_change_the_pictures(order: tuple[int, ...]) -> None:
    assert answers.most_different([(A, B, C)[k] for k in order], LABELS, 6) == [2, 6, 3, 7, 9, 8]
