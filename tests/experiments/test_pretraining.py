"""The stored comparison of two starts, its findings, and the program of the five steps."""

import ast
import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torchvision import datasets, models

from benchmarks import pretraining as benchmark
from explorer.experiments import pretraining, published_run, strategy
from explorer.experiments.comparison.results import Comparison, Result
from explorer.training.recipe import Recipe


def result(weights: str, seed: int, *accuracy: float, state: str = "finished") -> Result:
    return Result(f"{weights}-{seed}", "resnet18", weights, 32, seed, state, "cpu", 1, 1, accuracy, accuracy)


def comparison(*results: Result) -> Comparison:
    recipe = dataclasses.asdict(pretraining.RECIPE)
    return Comparison("pretraining", results, recipe, ("a", "b"), None, "cpu", {"torch": "2"}, "python", "2026-11-25")


def test_only_the_initial_values_can_differ() -> None:
    recipe = pretraining.RECIPE
    assert (recipe.freeze_epochs, recipe.epochs, recipe.limit, recipe.image_size) == (0, 6, 10_000, 32)
    assert (recipe.optimizer, recipe.schedule) == ("sgd", "cosine")
    assert pretraining.small("digits").limit is None
    small = pretraining.small("cifar10")
    assert (small.epochs, small.limit, small.lr) == (3, 2_000, recipe.lr)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "pretraining.json"
    whole = comparison(result("upstream", 0, 0.5, 0.6), result("random", 0, 0.1, 0.2))
    pretraining.save(whole, file)
    found = pretraining.stored(file)
    assert [vars(each) for each in found.results] == [vars(each) for each in whole.results]
    assert Recipe.from_fields(found.recipe) == pretraining.RECIPE
    same = ("name", "classes", "hardware", "versions", "command", "made", "labels")
    assert all(getattr(found, name) == getattr(whole, name) for name in same)


def test_the_stored_run_is_complete() -> None:
    found = pretraining.stored()
    assert {(each.weights, each.seed) for each in found.results} == {
        (start, seed) for start in pretraining.STARTS for seed in pretraining.SEEDS
    }
    assert all(len(each.accuracy) == len(each.seconds) == found.recipe["epochs"] for each in found.results)
    Recipe.from_fields(found.recipe)
    assert found.command == "python -m benchmarks.pretraining"
    assert pretraining.finding(found.results) is not None
    assert pretraining.FILE.stat().st_size < 20_000


def test_the_benchmark_writes_what_a_run_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "CACHE", tmp_path)
    monkeypatch.setattr(benchmark.probe, "precision", lambda *_: "float32")
    monkeypatch.setattr(pretraining, "STARTS", ("upstream",))  # one is enough to see a run's output
    file = tmp_path / "pretraining.json"
    benchmark.main(["--data", "digits", "--epochs", "1", "--limit", "32", "--seeds", "1", "--out", str(file)])
    found = pretraining.stored(file)
    (run,) = found.results
    assert (run.weights, run.seed, len(run.accuracy), len(run.seconds)) == ("upstream", 0, 1, 1)
    assert 0 <= run.accuracy[0] <= 1
    assert run.parameters == 11_181_642
    assert found.command == "python -m benchmarks.pretraining --data digits --epochs 1 --limit 32 --seeds 1"
    assert not {"weights", "seed"} & set(found.recipe)
    assert set(found.versions) == {"python", "torch", "torchvision"}


def test_the_chapters_lines_fail_or_warn_and_todays_do_not() -> None:
    then, now = pretraining.OUTDATED["next"]
    loader = torch.utils.data.DataLoader([(torch.zeros(3), 1)])
    with pytest.raises(AttributeError, match="next"):
        exec(then, {"dataiter": iter(loader)})
    exec(now, {"dataiter": iter(loader)})
    then, now = pretraining.OUTDATED["pretrained"]
    with pytest.warns(UserWarning, match="deprecated since 0.13"):
        eval(then.replace("True", "False"), {"models": models})
    (weights,) = (each.value for each in ast.parse(now, mode="eval").body.keywords)  # type: ignore[attr-defined]
    assert eval(ast.unparse(weights), {"models": models}) is models.ResNet18_Weights.IMAGENET1K_V1


def test_a_finding_states_the_means() -> None:
    found = pretraining.finding([
        result("upstream", 0, 0.4, 0.6), result("upstream", 1, 0.6, 0.8),
        result("random", 0, 0.1, 0.5), result("random", 1, 0.3, 0.7),
    ])  # fmt: skip
    assert found is not None
    assert found.first == {"upstream": pytest.approx(0.5), "random": pytest.approx(0.2)}
    assert found.last == {"upstream": pytest.approx(0.7), "random": pytest.approx(0.6)}
    assert (found.caught, found.apart, found.seeds, found.epochs) == (2, False, 2, 2)
    never = pretraining.finding([result("upstream", 0, 0.4, 0.6), result("random", 0, 0.1, 0.3)])
    assert never is not None
    assert (never.caught, never.apart) == (None, True)


@pytest.mark.parametrize(
    "results",
    [
        (),
        (result("upstream", 0, 0.5),),
        (result("upstream", 0, 0.5), result("random", 0, 0.1, state="running")),
        (result("upstream", 0, 0.5, 0.6), result("random", 0, 0.1)),
        (result("upstream", 0), result("random", 0)),
    ],
)
def test_there_is_no_finding_before_the_end(results: tuple[Result, ...]) -> None:
    assert pretraining.finding(results) is None


def test_the_chapters_figures_are_the_published_ones() -> None:
    at = {name: pretraining.observed(name) for name in pretraining.OBSERVATIONS}
    assert [(row.epoch, row.accuracy) for row in at["unfreeze"].itertuples()] == [(5, 0.3429), (6, 0.6723)]
    assert [(row.epoch, row.accuracy) for row in at["few"].itertuples()] == [(6, 0.6723), (10, pytest.approx(0.8030))]
    assert [(row.epoch, row.accuracy) for row in at["gap"].itertuples()] == [(40, 0.8630)]
    table = published_run.epochs()
    below = [row.epoch for row in table.itertuples() if row.epoch > 5 and row.train_accuracy < row.test_accuracy]
    assert sorted(set(at["below"]["epoch"])) == below == list(range(6, 27))
    assert set(at["below"]["series"]) == {"train", "test"}


class FewPictures(datasets.FakeData):
    """Four pictures with CIFAR-10's classes, in place of CIFAR-10."""

    classes = tuple("abcdefghij")

    def __init__(self, root: str, transform: Any, download: bool) -> None:
        assert download
        super().__init__(4, (3, 32, 32), 10, transform)


def test_the_five_steps_together_are_a_program_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def small(weights: object) -> nn.Module:
        asked.append(weights)
        return models.resnet18(weights=None)

    learning: list[int] = []
    monkeypatch.setattr(datasets, "CIFAR10", FewPictures)
    program = strategy.program().replace("models.resnet18(", "small(").replace("T.Resize(224)", "T.Resize(64)")
    program = program.replace("fit(epochs=5", "fit(epochs=1").replace("fit(epochs=35", "fit(epochs=1")
    plain = torch.optim.Adam

    def adam(parameters: list[nn.Parameter], **options: float) -> torch.optim.Optimizer:
        learning.append(sum(parameter.numel() for parameter in parameters))
        return plain(parameters, **options)

    monkeypatch.setattr(torch.optim, "Adam", adam)
    space: dict[str, Any] = {"small": small}
    exec(compile(program, "fine_tune.py", "exec"), space)
    assert asked == [models.ResNet18_Weights.IMAGENET1K_V1]
    assert learning == [5_130, 11_181_642], "the head alone, then everything"
    assert space["model"].fc.out_features == 10


def test_each_step_is_a_step_of_the_program() -> None:
    assert tuple(strategy.STEPS) == ("load", "resize", "head", "freeze", "unfreeze")
    assert all(lines in strategy.program() for lines in strategy.STEPS.values())
    assert len(strategy.program().splitlines()) <= 45
    assert max(map(len, strategy.program().splitlines())) <= 88
