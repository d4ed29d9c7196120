"""The degradation experiment: presets, published errors, findings."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from explorer.experiments import degradation
from explorer.experiments.comparison.results import Result
from explorer.experiments.comparison.stored import plain
from explorer.experiments.degradation import PRESETS, PUBLISHED
from explorer.models.cifar_resnet import Design
from explorer.training import schedules


def result(network: str, train: float, test: float, seed: int = 0, state: str = "finished") -> Result:
    """A run whose last accuracies are `train` and `test`."""
    return Result(
        f"{network} {seed}", network, "random", 32, seed, state, "cpu", 1, 1, accuracy=(0.1, test), seconds=(1.0, 2.0),
        train_accuracy=(0.1, train), train_loss=(2.3, 1 - train), test_loss=(2.3, 1 - test),
    )  # fmt: skip


PLAIN, RESIDUAL = ("cifar-plain20-w8", "cifar-plain56-w8"), ("cifar-resnet20-w8", "cifar-resnet56-w8")


def both(networks: Sequence[str], *errors: tuple[float, float], seed: int = 0) -> list[Result]:
    return [result(name, 1 - train, 1 - test, seed) for name, (train, test) in zip(networks, errors, strict=True)]


def test_presets_train_pairs_alike() -> None:
    for preset in PRESETS.values():
        recipes = preset.recipes((3, 4))
        assert [each.seed for each in recipes] == [3] * len(preset.designs) + [4] * len(preset.designs)
        assert {each.changed(network="cifar-resnet20", seed=0) for each in recipes} == {preset.recipe}
        depths = {design.depth for design in preset.designs if not design.residual}
        assert depths <= {design.depth for design in preset.designs if design.residual}, "each plain one has a residual"
        assert len({design.width for design in preset.designs}) == 1
        assert preset.recipe.weights == "random"
    assert {design.depth for design in PRESETS["glance"].designs} == {20, 56}
    assert PRESETS["glance"].recipe.data == "digits", "always available"


def test_the_paper_preset_is_the_papers_schedule() -> None:
    recipe = PRESETS["paper"].recipe
    steps = recipe.epochs * len(schedules.batch_bounds(50_000, recipe.batch_size))
    assert steps == pytest.approx(64_000, rel=0.005)
    assert (recipe.batch_size, recipe.lr, recipe.weight_decay, recipe.schedule) == (128, 0.1, 1e-4, "steps")
    shares = [schedules.lr_factor("steps", k / 64_000) for k in (300, 401, 31_999, 32_000, 47_999, 48_000)]
    assert shares == [0.1, 1.0, 1.0, 0.1, 0.1, 0.01]
    assert {design.depth for design in PRESETS["paper"].designs} == {20, 32, 44, 56, 110}


def test_published_errors_belong_to_designs() -> None:
    assert all(Design.named(name) for name in PUBLISHED)
    assert PUBLISHED["cifar-resnet56"].error == 0.0697
    assert PUBLISHED["cifar-resnet110-half"].error == 0.1235
    assert PUBLISHED["cifar-resnet110-dropout"].error is None
    assert "cifar-plain56" not in PUBLISHED, "the paper has a curve but no number"


def test_findings_are_of_ended_runs_alone() -> None:
    results = both(PLAIN, (0.10, 0.20), (0.40, 0.45)) + both(RESIDUAL, (0.08, 0.18), (0.03, 0.15))
    plain, residual = degradation.findings(results)
    assert (plain.shallow, plain.deep) == (Design(20, "none", width=8), Design(56, "none", width=8))
    assert plain.train == pytest.approx((0.10, 0.40))
    assert plain.test == pytest.approx((0.20, 0.45))
    assert (plain.worse, plain.better, plain.seeds) == (1, 0, 1)
    assert (residual.worse, residual.better, residual.seeds) == (0, 1, 1)
    running = [dataclasses.replace(results[1], state="running"), results[0], *results[2:]]
    assert [each.deep.residual for each in degradation.findings(running)] == [True]
    assert degradation.findings(results[:1]) == []


def test_seeds_are_compared_in_pairs() -> None:
    results = [each for seed, deep in enumerate((0.5, 0.05, 0.1))
               for each in both(PLAIN, (0.10, 0.2), (deep, 0.3), seed=seed)]  # fmt: skip
    results.append(result(PLAIN[0], 0.5, 0.5, seed=9))  # alone
    (found,) = degradation.findings(results)
    assert (found.seeds, found.worse, found.better) == (3, 1, 1), "a tie counts for neither"
    assert found.train == pytest.approx((0.10, 0.65 / 3))


def test_widths_and_shortcuts_are_not_mixed() -> None:
    names = ("cifar-resnet20", "cifar-resnet56-w8", "cifar-resnet44-gate", "cifar-preact56", "cifar-resnet110-b")
    assert degradation.findings([result(name, 0.9, 0.8) for name in names]) == []


def test_what_is_stored_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = degradation.stored()
    assert list(stored) == [name for name in ("cifar10", "digits", "shortcuts") if name in stored]
    monkeypatch.setattr(degradation, "FILE", tmp_path / "degradation.json")
    degradation.save(stored)
    degradation.stored.cache_clear()
    again = degradation.stored()
    degradation.stored.cache_clear()
    assert {name: plain(each) for name, each in again.items()} == {name: plain(each) for name, each in stored.items()}
    assert (
        json.loads(degradation.FILE.read_text(encoding="utf-8"))["digits"]["command"]
        == "python -m benchmarks.degradation digits"
    )


def test_our_runs_show_what_the_page_says_first() -> None:
    """The README's numbers; new stored runs may change them, and then its text."""
    plain, residual = degradation.findings(degradation.stored()["digits"].results)
    assert (plain.worse, plain.seeds) == (5, 5)
    assert residual.seeds == 5
    for results in (degradation.stored()["digits"].results,):
        losses = {(each.network, each.seed): each.train_loss[-1] for each in results}
        assert all(losses[PLAIN[1], seed] > losses[RESIDUAL[1], seed] for seed in range(5))


def test_other_shortcuts_stand_to_the_identity_as_in_the_paper_or_not() -> None:
    """He et al. 2016, table 1: identity 6.61%, halved 12.35%, gated 6.91%; table 2: pre-activation 6.37%."""
    names = [f"cifar-{name}-w8" for name in ("resnet32", "resnet32-half", "resnet32-gate", "preact32", "resnet32-b")]
    results = [result(name, 0.5, accuracy) for name, accuracy in zip(names, (0.6, 0.5, 0.7, 0.65, 0.1), strict=True)]
    agree, differ = degradation.against_identity(results)
    assert [each.network for each in agree] == [names[1], names[3]]
    assert [each.network for each in differ] == [names[2]], "option B has no number in the paper"
    assert degradation.PREACT_GAIN == {110: (0.0661, 0.0637), 164: (0.0593, 0.0546), 1001: (0.0761, 0.0492)}


def test_our_short_runs_do_not_show_what_pre_activation_is_for() -> None:
    """The stored figures that the page words: error of the last epoch."""
    comparison = degradation.stored()["shortcuts"]
    stored = json.loads(degradation.FILE.read_text(encoding="utf-8"))["shortcuts"]["results"]
    errors = {each["network"]: 1 - each["accuracy"][-1] for each in stored}
    assert errors["cifar-preact32-w8"] > errors["cifar-resnet32-w8"] > errors["cifar-resnet32-gate-w8"]
    _, differ = degradation.against_identity(comparison.results)
    assert {each.network for each in differ} == {"cifar-preact32-w8", "cifar-resnet32-gate-w8"}
