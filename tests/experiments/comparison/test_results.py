"""Groups of seeds: mean, spread, and membership of runs."""

import pytest

from explorer.experiments.comparison.results import grouped
from tests.experiments.comparison.made import comparison, result


def test_mean_and_sample_deviation_are_of_the_finished_seeds() -> None:
    seeds = [result("resnet18", "random", 0.2, last, seed=k) for k, last in enumerate((0.5, 0.6, 0.7))]
    (group,) = grouped([*seeds, result("resnet18", "random", 0.1, seed=3, state="running")])
    assert group.accuracy == pytest.approx(0.6)
    assert group.spread == pytest.approx(0.1)  # sqrt((0.01 + 0 + 0.01) / 2)
    assert group.seconds == 20.0
    assert len(group.results) == 4


def test_one_seed_has_no_spread_and_no_finished_run_no_figures() -> None:
    (one,) = grouped([result("resnet18", "random", 0.5)])
    (none,) = grouped([result("resnet18", "random", 0.5, state="failed")])
    assert (one.accuracy, one.spread) == (0.5, None)
    assert (none.accuracy, none.spread, none.seconds) == (None, None, None)


def test_the_origin_states_known_facts_only() -> None:
    assert comparison().origin == "2026-11-25 09:00 · cpu AMD, 2 threads · torch 2.9"
    assert comparison(hardware="", versions={}).origin == "2026-11-25 09:00"


def test_groups_ignore_the_seed_and_an_unknown_device() -> None:
    found = grouped([
        result("resnet18", "random", 0.1), result("resnet18", "upstream", 0.1), result("resnet34", "random", 0.1),
        result("resnet18", "random", 0.1, image_px=64), result("resnet18", "random", 0.1, settings=(("lr", 0.1),)),
        result("resnet18", "random", 0.1, device="cuda H100"), result("resnet18", "random", seed=1, device=""),
    ])  # fmt: skip
    assert [len(group.results) for group in found] == [2, 1, 1, 1, 1, 1]
    assert found[0].results[1].seed == 1
    assert found[0].name == "resnet18 · random · 32 px"
    assert [group.name for group in found if group.results[0].settings] == ["resnet18 · random · 32 px · lr 0.1"]
