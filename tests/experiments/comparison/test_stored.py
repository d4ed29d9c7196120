"""The stored comparison is read as it was written; files that do not match are refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from explorer.experiments.comparison import stored
from tests.experiments.comparison.made import HALF, RIGHT, comparison, result

MADE = comparison(
    result("resnet18", "random", 0.5, answers=RIGHT, train_accuracy=(0.4,), train_loss=(1.5,), test_loss=(1.25,)),
    result("vgg11_bn", "random", state="failed"),
    result("resnet34", "random", 0.25, answers=HALF),
)  # fmt: skip


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    stored.write(MADE, tmp_path)
    found = stored.read(tmp_path)
    for before, after in zip(MADE.results, found.results, strict=True):
        plain = [dataclasses.asdict(each) | {"predicted": None} for each in (before, after)]
        assert plain[0] == plain[1]
        np.testing.assert_array_equal(before.predicted, after.predicted)
    np.testing.assert_array_equal(found.labels, MADE.labels)
    for name in stored.FIELDS:
        assert getattr(found, name) == getattr(MADE, name)


def test_missing_fields_are_not_written() -> None:
    complete, silent, _ = stored.plain(MADE)["results"]
    assert [complete[name] for name in stored.CURVES] == [[0.4], [1.5], [1.25]]
    assert not set(stored.CURVES) & silent.keys()


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    stored.write(MADE, tmp_path)
    np.savez_compressed(
        tmp_path / "comparison.npz", predicted=np.zeros((3, 10), np.uint8), labels=np.zeros(10, np.uint8)
    )
    with pytest.raises(ValueError, match=r"comparison\.npz"):
        stored.read(tmp_path)


def test_nothing_is_written_without_answers(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no run"):
        stored.write(comparison(result("resnet18", "random", 0.5)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_bundled_comparison_is_complete() -> None:
    ours = stored.comparison()
    assert ours.labels is not None
    assert {len(result.accuracy) for result in ours.results} == {ours.recipe["epochs"]}
    assert ours.command
    assert ours.hardware
    for each in ours.results:
        assert each.predicted is not None
        assert len(each.predicted) == len(ours.labels) == stored.MOST
        assert (each.predicted == ours.labels).mean() == pytest.approx(each.best, abs=1e-4)
