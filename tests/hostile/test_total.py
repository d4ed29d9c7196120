"""How many inputs this folder has tried; it comes last."""

import pytest

from tests.hostile.tried import FUZZ, inputs

KINDS = {"pictures", "names", "data sets", "galleries", "checkpoints", "events", "runs", "pages of runs", "recipes",
         "links", "pages"}  # fmt: skip


def test_two_thousand_inputs_and_more() -> None:
    if KINDS - inputs.keys():
        pytest.skip("the whole folder has not run")
    assert inputs.total() >= 2000 * FUZZ
