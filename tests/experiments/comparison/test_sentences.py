"""Findings claim no more than the numbers show."""

import pytest

from explorer.experiments.comparison.results import Result
from explorer.experiments.comparison.sentences import failure, findings
from tests.experiments.comparison.made import CHINESE, ENGLISH, HALF, RIGHT, comparison, result


def text_of(*results: Result) -> str:
    return "\n".join(findings(comparison(*results), ENGLISH))


def test_the_first_and_by_how_much_over_the_spread_of_its_seeds() -> None:
    a = [result("resnet18", "random", 0.3, last, seed=k) for k, last in enumerate((0.69, 0.71))]
    b = [result("vgg11_bn", "random", 0.3, last, seed=k) for k, last in enumerate((0.59, 0.61))]
    words = text_of(*a, *b)
    assert (
        "resnet18 is first with a test accuracy of 70.0% on 10 images after epoch 2, "
        "10.0 points above vgg11_bn (60.0%)." in words
    )
    assert (
        "the accuracy of these two has a standard deviation of at most 1.4 points: the difference is larger." in words
    )
    assert "±" not in words


def test_a_difference_within_the_spread_may_be_chance() -> None:
    a = [result("resnet18", "random", last, seed=k) for k, last in enumerate((0.6, 0.8))]
    b = [result("vgg11_bn", "random", last, seed=k) for k, last in enumerate((0.6, 0.7))]
    assert "up to 14.1 points: the difference is not larger, so the order may be chance" in text_of(*a, *b)


@pytest.mark.parametrize(("second", "words"), [(0.1, "is more than twice that"), (0.4, "may be chance")])
def test_one_seed_is_held_against_the_error_of_the_test_pictures(second: float, words: str) -> None:
    found = text_of(result("resnet18", "random", 0.5), result("vgg11_bn", "random", second))
    assert "set of 10 images alone gives each accuracy an error of ±15.8 points" in found  # sqrt(0.5 · 0.5 / 10)
    assert words in found


def test_pretrained_weights_are_held_against_scratch_of_the_same_network() -> None:
    found = text_of(
        result("resnet18", "upstream", 0.75), result("resnet18", "random", 0.5), result("vgg11_bn", "imagenet", 0.7)
    )
    assert (
        "resnet18 at 32 px reaches 75.0% from Tiny-ImageNet (bundled), 25.0 points more than from scratch (50.0%)."
        in found
    )
    assert "vgg11_bn at 32 px" not in found


def test_time_is_that_of_the_first_epoch_above_a_threshold_two_reach() -> None:
    slow = result("resnet18", "random", 0.5, 0.85, seconds=(50.0, 100.0))
    quick = result("vgg11_bn", "random", 0.62, 0.7, seconds=(5.0, 10.0))
    found = text_of(slow, quick)
    assert "vgg11_bn finishes first: 10 s for 70.0%. The most accurate, resnet18, takes 10.0 times as long." in found
    assert (
        "vgg11_bn is the first on this page to exceed a test accuracy of 70%, after 10 s; resnet18 takes 100 s. 2 of 2"
        in found
    )


def test_classes_and_agreement_are_of_the_first_two() -> None:
    found = text_of(
        result("resnet18", "random", 0.9, answers=RIGHT), result("vgg11_bn", "random", 0.5, answers=HALF),
        result("resnet34", "random", 0.1, answers=[2] * 10),
    )  # fmt: skip
    assert "resnet18 and vgg11_bn give the same prediction, right or wrong, for 50% of the test images." in found
    assert "resnet18 and vgg11_bn differ most on the class cat: 100% and 50% of 4 images" in found


def test_unfinished_runs_are_counted_and_no_best_model_is_claimed() -> None:
    found = text_of(result("resnet18", "random", 0.9), result("vgg11_bn", "random", 0.99, state="running"))
    assert "Unfinished runs, not included here: 1 of 2." in found
    assert "vgg11_bn" not in found
    assert findings(comparison(result("resnet18", "random", state="queued")), ENGLISH) == ["No run has finished yet."]
    assert "best model" not in found
    assert found.endswith("another one may change the order.")


def test_equal_accuracies_are_level() -> None:
    assert "resnet18 and vgg11_bn are tied" in text_of(
        result("resnet18", "random", 0.5), result("vgg11_bn", "random", 0.5)
    )


def test_a_class_is_named_in_the_readers_language() -> None:
    found = findings(
        comparison(result("resnet18", "random", 0.9, answers=RIGHT), result("vgg11_bn", "random", 0.5, answers=HALF)),
        CHINESE,
    )
    assert any("“猫”" in sentence for sentence in found)


def test_a_failure_is_a_sentence_of_ours_whatever_the_file_says() -> None:
    end = {"key": "errors.out_of_memory", "values": {"batch_size": 8, "fits": 4}}
    assert failure(end, ENGLISH).startswith("A batch of 8 does not fit")
    for hostile in ({}, {"key": "no.such"}, {"key": "errors.out_of_memory", "values": 7}, {"key": ["x"], "values": {}}):
        assert "because of a bug" in failure({"reason": "failed", **hostile}, ENGLISH)
    assert failure(None, ENGLISH) == ""


def test_what_guessing_would_reach_is_named() -> None:
    found = text_of(
        result("resnet18", "random", 0.9), result("vgg11_bn", "random", 0.34), result("resnet34", "random", 0.41)
    )
    assert "Hardly better than chance (33%) with this recipe: vgg11_bn, at most 34.0%." in found
