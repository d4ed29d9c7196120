"""Names of runs on screen: no hash, none twice."""

import json
from pathlib import Path

import pytest

from explorer.runs import naming
from explorer.runs.store import Run


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("laptop, lr=0.1", "laptop, lr=0.1"),
        ("laptop, network=own:MyNet-1a2b3c4d", "laptop, network=MyNet"),
        ("hf:dinov2-small-0f0f0f0f · random", "dinov2-small · random"),
        (f"resnet18 · data /runs/.uploads/{'ab' * 32}.zip", "resnet18 · data …"),
        ("deadbeef", "deadbeef"),
    ],
)
def test_a_name_has_no_hash(stored: str, shown: str, tmp_path: Path) -> None:
    (tmp_path / "about.json").write_text(json.dumps({"name": stored}), encoding="utf-8")
    assert Run(tmp_path).about().name == shown


@pytest.mark.parametrize(
    ("folder", "shown"),
    [("20261130-231500-resnet18", "resnet18"), ("20261130-231500-my-run-0123456789abcdef", "my-run"), ("old", "old")],
)
def test_a_run_without_a_name_is_not_called_by_its_id(folder: str, shown: str, tmp_path: Path) -> None:
    assert Run(tmp_path / folder).about().name == shown


def test_equal_names_are_told_apart_by_date_then_number() -> None:
    first, later = "2026-11-29T10:00:00+0000", "2026-11-30T23:15:30+0000"
    runs = [("a", "laptop", first), ("b", "laptop", later), ("c", "laptop", later), ("d", "laptop", ""),
            ("e", "laptop", ""), ("f", "taken", "")]  # fmt: skip
    assert naming.unique(runs, {"taken"}) == {
        "a": "laptop", "b": "laptop (11-30 23:15)", "c": "laptop (11-30 23:15, 2)", "d": "laptop (2)",
        "e": "laptop (3)", "f": "taken (2)",
    }  # fmt: skip
    many = naming.unique((str(k), "sweep", later) for k in range(10_000))
    assert len(set(many.values())) == 10_000
