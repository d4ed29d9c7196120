"""Findings claim no more than the numbers show."""

import numpy as np
import pytest

from explorer.experiments.comparison.results import Comparison, Result
from explorer.experiments.comparison.sentences import failure, findings
from tests.experiments.comparison.made import CHINESE, ENGLISH, HALF, LABELS, RIGHT, comparison, result, right

PICTURES = 1000  # guessing: 40 % are cats, and a Binomial(1000, 0.4) is above 430 in 2.5 % of cases


def large(*results: Result) -> Comparison:
    return comparison(*results, labels=np.tile(LABELS, PICTURES // 10))


def text_of(*results: Result) -> str:
    return "\n".join(findings(large(*results), ENGLISH))


def answers(ten: list[int]) -> list[int]:
    return ten * (PICTURES // 10)


def test_the_first_and_by_how_much_over_its_seeds() -> None:
    a = [result("resnet18", "random", 0.3, last, seed=k) for k, last in enumerate((0.69, 0.71))]
    b = [result("vgg11_bn", "random", 0.3, last, seed=k) for k, last in enumerate((0.59, 0.61))]
    words = text_of(*a, *b)
    assert (
        "resnet18 is first with a test accuracy of 70.0% on 1,000 images after epoch 2, "
        "10.0 points above vgg11_bn (60.0%)." in words
    )
    # 10 ± 4.303 (Student's t, 2 degrees of freedom) · sqrt(2) (standard error in points)
    assert "Over 2 seeds each, the difference has a 95 % interval from +3.9 to +16.1 points" in words
    assert "single seed" not in words


def test_no_first_is_named_where_the_interval_over_the_seeds_holds_zero() -> None:
    a = [result("resnet18", "random", last, seed=k) for k, last in enumerate((0.6, 0.8))]
    b = [result("vgg11_bn", "random", last, seed=k) for k, last in enumerate((0.6, 0.7))]
    words = text_of(*a, *b)
    assert "0 lies within, so the order may be chance" in words
    assert "resnet18 (70.0%) and vgg11_bn (65.0%) are ahead after epoch 1, and cannot be told apart" in words
    assert "is first" not in words.partition("on this page")[0]


@pytest.mark.parametrize(("second", "start", "split", "words"), [
    (530, 0, "resnet18 alone is right on 70 of the 1,000 test images, vgg11_bn alone on 0", "7.0 points above"),
    (570, 400, "right on 400 of the 1,000 test images, vgg11_bn alone on 370", "3.0 points between them may be"),
])  # fmt: skip
def test_one_seed_is_tested_by_its_answers(second: int, start: int, split: str, words: str) -> None:
    found = text_of(
        result("resnet18", "random", 0.6, answers=right(600)),
        result("vgg11_bn", "random", second / 1000, answers=right(second, start)),
    )
    assert split in found
    assert words in found
    assert "trained with a single seed" in found


def test_pretrained_weights_are_held_against_scratch_of_the_same_network() -> None:
    found = text_of(
        result("resnet18", "upstream", 0.75, answers=right(750)),
        result("resnet18", "random", 0.5, answers=right(500)), result("vgg11_bn", "imagenet", 0.7),
    )  # fmt: skip
    assert (
        "resnet18 at 32 px reaches 75.0% from Tiny-ImageNet (bundled), 25.0 points more than from scratch (50.0%)."
        in found
    )
    assert "vgg11_bn at 32 px" not in found
    same = text_of(result("resnet18", "upstream", 0.52), result("resnet18", "random", 0.5))
    assert "Tiny-ImageNet (bundled) (52.0%) and from scratch (50.0%) cannot be told apart." in same


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
    half = answers(HALF)
    found = text_of(
        result("resnet18", "random", 0.9, answers=answers(RIGHT)), result("vgg11_bn", "random", 0.5, answers=half),
        result("resnet34", "random", 0.1, answers=[2] * PICTURES),
    )  # fmt: skip
    assert "resnet18 and vgg11_bn give the same prediction, right or wrong, for 50% of the test images." in found
    assert "resnet18 and vgg11_bn differ most on the class cat: 100% and 50% of 400 images" in found
    few = list(half)
    few[2] = 0  # one cat more is right
    same = text_of(result("resnet18", "random", 0.501, answers=few), result("vgg11_bn", "random", 0.5, answers=half))
    assert "On none of the 3 classes do resnet18 and vgg11_bn differ by more than chance explains." in same
    assert "differ most" not in same


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
        large(
            result("resnet18", "random", 0.9, answers=answers(RIGHT)),
            result("vgg11_bn", "random", 0.5, answers=answers(HALF)),
        ),
        CHINESE,
    )
    assert any("“猫”" in sentence for sentence in found)


def test_a_failure_is_a_sentence_of_ours_whatever_the_file_says() -> None:
    end = {"key": "errors.out_of_memory", "values": {"batch_size": 8, "fits": 4}}
    assert failure(end, ENGLISH).startswith("A batch of 8 does not fit")
    for hostile in ({}, {"key": "no.such"}, {"key": "errors.out_of_memory", "values": 7}, {"key": ["x"], "values": {}}):
        assert "because of a bug" in failure({"reason": "failed", **hostile}, ENGLISH)
    assert failure(None, ENGLISH) == ""


def test_nothing_is_claimed_of_networks_that_guess() -> None:
    found = text_of(
        result("resnet18", "random", 0.9), result("vgg11_bn", "random", 0.34), result("resnet34", "random", 0.43)
    )
    assert "No better than guessing with this recipe: resnet34, vgg11_bn, at most 43.0%." in found
    assert "Guessing has 40% right, and up to 43.0% by chance (95 % interval for 1,000 images)." in found
    assert "is first" not in found, "of one network"
    all_guess = text_of(
        result("resnet18", "upstream", 0.42, answers=answers(HALF)), result("resnet18", "random", 0.31),
        result("squeezenet1_1", "random", 0.43, seconds=(1.0,), answers=[0] * PICTURES),
    ).splitlines()  # fmt: skip
    assert len(all_guess) == 2, "and the scope"
    assert all_guess[0].startswith("None of these is better than guessing with this recipe, so no order, speed or")


def test_no_accuracy_that_guessing_explains_is_held_to_be_reached() -> None:
    labels = np.repeat(np.arange(10), 100)
    found = findings(
        comparison(
            result("resnet18", "random", 0.1, 0.45, answers=[int(each) for each in labels]),
            result("squeezenet1_1", "random", 0.15, 0.19, answers=[0] * 1000),
            labels=labels, classes=tuple(map(str, range(10))),
        ), ENGLISH)  # fmt: skip
    assert any(sentence.startswith("resnet18 is first") for sentence in found)
    assert not any("to exceed a test accuracy" in sentence for sentence in found), "two reach 10 %, which is guessing"
