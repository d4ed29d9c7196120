"""Sentences about two runs, against sentences written by hand."""

from functools import partial

import pytest

from explorer.core.i18n import t
from explorer.experiments import run_difference
from explorer.experiments.run_difference import Side
from explorer.training.recipe import Recipe

LONG = Side("A", Recipe(), {12: 0.83, 39: 0.8632, 40: 0.863}, 10_000)
SHORT = Side("B", Recipe(epochs=12, freeze_epochs=0, lr=0.1, seed=1), {11: 0.8, 12: 0.812}, 10_000)


def told(a: Side, b: Side, language: str = "en") -> list[str]:
    return run_difference.sentences(
        a, b, lambda recipe, name: f"{getattr(recipe, name)}", partial(t, language=language)
    )


def test_the_difference_of_two_runs_in_words() -> None:
    """1.96 · √((0.863 · 0.137 + 0.812 · 0.188) / 10,000) = 1.02 points."""
    assert told(LONG, SHORT) == [
        "Epochs trained: **A** 40, **B** 12.",
        "Epochs with a frozen backbone: **A** the first 5; **B** trained all weights from the start.",
        "At the end, the test accuracy of **A** is 86.3%, that of **B** 81.2%.",
        "**A** is better by 5.1 percentage points on 10,000 test images. That is more than the choice of the images "
        "explains (about 1.0).",
        "After epoch 12, the last that both have, it was 83.0% for **A** and 81.2% for **B**.",
        "Their recipes also differ (**A** | **B**): Learning rate 0.001 | 0.1 · Seed 0 | 1.",
    ]
    chinese = told(SHORT, LONG, "zh")
    assert chinese[0] == "**B** 训练了 12 轮，**A** 训练了 40 轮。"
    assert chinese[1] == "**A** 前 5 轮冻结骨干网络，**B** 从一开始就训练全部权重。"
    assert "在 10,000 张测试图片上，**A** 高出 5.1 个百分点" in chinese[3]
    assert len(chinese) == 6


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (Side("A", Recipe(), {40: 0.75}, 100), Side("B", Recipe(), {40: 0.8}, 100), "by about 11.6 by chance alone"),
        (Side("A", Recipe(), {40: 0.75}, 100), Side("B", Recipe(), {40: 0.8}, 200), "better by 5.0 percentage points."),
        (Side("A", Recipe(), {40: 0.75}, 9), Side("B", Recipe(), {40: 0.7502}, 9), "There is no difference"),
        (Side("A", Recipe(), {40: 0.5}, 9), Side("B", Recipe(data="digits"), {40: 0.9}, 9), "cannot be compared"),
        (Side("A", Recipe(), {40: 0.5}, 9), Side("B", Recipe(), {}, None), "Their recipes are identical"),
        (Side("A", Recipe(), {3: 0.5}, 9), Side("B", Recipe(), {5: 0.6}, 9, continues=3), "**B** continues **A**"),
        (Side("A", Recipe(freeze_epochs=1), {}, 9), Side("B", Recipe(), {}, 9), "the first 1, **B** the first 5."),
        (Side("A", Recipe(freeze_epochs=1), {}, 9), Side("B", Recipe(), {}, 9), "Apart from that"),
    ],
)  # fmt: skip
def test_each_sentence_says_only_what_the_runs_show(a: Side, b: Side, expected: str) -> None:
    """√((0.75 · 0.25 + 0.8 · 0.2) / 100) · 1.96 = 11.55 points."""
    whole = "\n".join(told(a, b))
    assert expected in whole
    assert "better by" not in whole or expected not in ("There is no difference", "cannot be compared")
