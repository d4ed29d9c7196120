"""A comparison is read from run folders: checked against files written by hand."""

import shlex
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.cli import compare
from explorer.cli.main import _parser
from explorer.core.errors import RecipeError
from explorer.core.i18n import t
from explorer.experiments.comparison import gather, sentences
from explorer.models import trial
from explorer.runs import checkpoints, sweep
from explorer.runs.store import Run
from explorer.runs.sweep import Sweep
from explorer.training.recipe import Recipe
from tests.runs import written

OPENING = written.OPENING | {"kind": "start", "device": "cpu", "device_name": "AMD\u202e EPYC", "threads": 2,
                             "versions": {"torch": "2.9", "python": "3.11"}}  # fmt: skip
FINISHED = {"kind": "end", "reason": "finished", "forward_ms": 3.5, "memory_gb": 0.25}


def answered(run: Run, labels: list[int], predicted: list[int]) -> None:
    tensors = [torch.tensor(each) for each in (labels, predicted)]
    predictions = type("Predictions", (), {
        "labels": tensors[0], "predicted": tensors[1], "probability": torch.ones(len(labels)),
    })  # fmt: skip
    checkpoints.save_answers(run, 1, ["cat", "dog"], predictions)


def made(root: Path, *recipes: Recipe) -> Sweep:
    return sweep.create(recipes, "mine", root)


def test_a_finished_run_a_failed_one_and_one_that_has_not_begun(tmp_path: Path) -> None:
    plan = made(tmp_path, *(Recipe(weights="random", lr=0.5, seed=seed) for seed in range(3)))
    first, second, _ = plan.runs
    epochs = [
        written.epoch(1, test_accuracy=0.25, seconds=4.0, train_accuracy=0.5, train_loss=2.0, test_loss=1.5),
        written.epoch(2, test_accuracy=0.75, seconds=6.0, train_accuracy=0.625, train_loss=1.0, test_loss=0.5),
    ]
    written.write(first.path, OPENING, *epochs, FINISHED)
    answered(first, [0, 1, 1], [0, 0, 1])
    end = {"kind": "end", "reason": "failed", "key": "errors.diverged", "values": {"epoch": 1, "iteration": 2, "lr": 1}}
    written.write(second.path, OPENING, end)
    found = gather.comparison(plan)
    one, two, three = found.results
    cost = trial.cost("resnet18", 32, 2)
    assert (one.run, one.network, one.weights, one.image_px, one.seed) == (first.id, "resnet18", "random", 32, 0)
    assert (one.accuracy, one.seconds, one.best) == ((0.25, 0.75), (4.0, 10.0), 0.75)
    assert (one.train_accuracy, one.train_loss, one.test_loss) == ((0.5, 0.625), (2.0, 1.0), (1.5, 0.5))
    assert (one.forward_ms, one.memory_gb) == (3.5, 0.25)
    assert (one.parameters, one.multiply_adds) == (cost.parameters, cost.multiply_adds)
    np.testing.assert_array_equal(one.predicted, [0, 0, 1])  # type: ignore[arg-type]
    np.testing.assert_array_equal(found.labels, [0, 1, 1])  # type: ignore[arg-type]
    assert one.device == "cpu AMD EPYC, 2 threads"
    assert two.state == "failed"
    assert two.failure is not None
    assert two.failure["key"] == "errors.diverged"
    assert (three.state, three.device, three.accuracy, three.failure) == ("stopped", "", (), None)
    assert len(found.groups) == 1
    assert found.classes == ("cat", "dog")
    assert found.versions == {"torch": "2.9", "python": "3.11"}
    assert found.hardware == one.device
    assert found.recipe["lr"] == 0.5
    assert not {"seed"} & found.recipe.keys(), "without fields that differ"
    assert found.made == plan.created


def test_a_device_with_one_thread() -> None:
    assert gather.device(OPENING | {"threads": 1}) == "cpu AMD EPYC, 1 thread"


def test_only_what_is_new_is_read_again_and_shown(tmp_path: Path) -> None:
    plan = made(tmp_path, Recipe())
    written.write(plan.runs[0].path, OPENING, written.epoch(1, test_accuracy=0.1))
    assert gather.comparison(plan).results[0].accuracy == (0.1,)
    written.write(plan.runs[0].path, written.epoch(2, test_accuracy=0.2))
    assert gather.comparison(plan).results[0].accuracy == (0.1, 0.2)


def test_answers_to_other_pictures_are_left_out(tmp_path: Path) -> None:
    plan = made(tmp_path, Recipe(seed=0), Recipe(seed=1))
    for run, labels in zip(plan.runs, ([0, 1], [1, 0]), strict=True):
        written.write(run.path, OPENING, written.epoch(1), FINISHED)
        answered(run, labels, labels)
    found = gather.comparison(plan)
    assert [result.predicted is None for result in found.results] == [False, True]


def test_an_unreadable_run_is_reported_and_hides_no_other(tmp_path: Path) -> None:
    plan = made(tmp_path, *(Recipe(weights="random", seed=seed) for seed in range(4)))
    for run in plan.runs:
        written.write(run.path, OPENING, written.epoch(1, test_accuracy=0.5), FINISHED)
        answered(run, [0, 1], [0, 0])
    damaged, lost, strange, whole = plan.runs
    (damaged.path / "predictions.safetensors").write_bytes(b"damaged")
    (lost.path / "recipe.json").unlink()
    (strange.path / "events.jsonl").unlink()
    (strange.path / "events.jsonl").mkdir()
    assert sweep.unfinished(plan) == [strange]
    found = gather.comparison(plan)
    assert [result.run for result in found.results] == [damaged.id, whole.id]
    assert [result.predicted is None for result in found.results] == [True, False]
    assert [(each.key, each.values["run"]) for each in found.problems] == [
        ("errors.run_unreadable", damaged.id), ("errors.run_no_recipe", lost.id), ("errors.run_unreadable", strange.id),
    ]  # fmt: skip
    text = sentences.findings(found, partial(t, language="zh"))
    assert text[:3] == [t(each.key, "zh", **each.values) for each in found.problems]
    assert t("report.found_scope", "zh") in text
    for run in (damaged, whole):
        (run.path / "recipe.json").write_text("{", encoding="utf-8")
    with pytest.raises(RecipeError):
        gather.comparison(plan)


def test_groups_are_named_by_the_axes_of_a_grid(tmp_path: Path) -> None:
    plan = made(tmp_path, *sweep.grid(Recipe(), {"lr": (0.1, 0.2), "seed": (0, 1)}))
    found = gather.comparison(plan)
    assert [group.results[0].settings for group in found.groups] == [(("lr", 0.1),), (("lr", 0.2),)]
    assert [len(group.results) for group in found.groups] == [2, 2]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"limit": None, "test_limit": 100},
        {"lr": 0.25, "flip": 0.0, "freeze_bn": True, "limit": 500, "classes": ("cat", "dog"), "seed": 3},
    ],
)
def test_the_command_makes_the_same_recipes(fields: dict[str, Any]) -> None:
    base = sweep.RECIPE.changed(**fields)
    names, weights, seeds = ("resnet18", "mobilenet_v2"), ("random", "upstream"), range(base.seed, base.seed + 2)
    wanted = [
        each
        for one in sweep.comparison_recipes(base, names, weights, seeds, (32, 64))
        for each in sweep.grid(one, {"lr": (0.1, 0.2)})
    ]
    words = shlex.split(gather.command(wanted))
    assert not [word for word in gather.command(wanted).split() if "," in word and word[0] not in "\"'"], "PowerShell"
    assert words[:4] == ["python", "-m", "explorer", "compare"]
    assert compare.recipes_of(_parser().parse_args(words[3:])) == wanted


def test_a_hostile_opening_does_no_harm(tmp_path: Path) -> None:
    plan = made(tmp_path, Recipe())
    hostile = OPENING | {"device": ["x"], "threads": "many", "versions": [], "device_name": "<script>" + "x" * 999}
    written.write(
        plan.runs[0].path, hostile, {"kind": "end", "reason": "finished", "forward_ms": "fast", "memory_gb": -1}
    )
    found = gather.comparison(plan)
    assert found.results[0].forward_ms is None
    assert found.results[0].memory_gb is None
    assert len(found.hardware) <= 80
    assert found.versions == {}
