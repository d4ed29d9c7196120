"""Sweeps: generated recipes, reading and writing, training through the queue.

The worker processes are real; their trainer is the fake one of test_worker, controlled by the recipe's seed.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.core import cores
from explorer.core.errors import RecipeError, RunError
from explorer.models import trial
from explorer.runs import store, sweep, worker
from explorer.runs.store import Run
from explorer.training.recipe import Recipe
from tests.runs.test_worker import TRAIN

ENDS, GOES_ON, FAILS = 0, 1, 3  # seeds
BEHAVES = TRAIN.replace("    iteration = 0\n", "    if recipe.seed == 3: raise ValueError('no')\n    iteration = 0\n")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runs folder with fake workers, killed after the test."""
    monkeypatch.setenv("STAND_IN", BEHAVES)
    monkeypatch.setattr(
        worker, "command", lambda run, lock: [sys.executable, "-c", BEHAVES, str(run.path.absolute()), str(lock)]
    )
    monkeypatch.delenv("EXPLORER_MAX_QUEUED", raising=False)
    folder = tmp_path / "runs"
    yield folder
    for each in sweep.list_sweeps(folder):
        for _ in sweep.follow(each, 0.02, lambda: True):
            pass


def recipes(*seeds: int, **fields: Any) -> list[Recipe]:
    return [Recipe(device="cpu", seed=seed, **fields) for seed in seeds]


def states(each: sweep.Sweep) -> list[str]:
    return [store.status(run).state for run in each.runs]


@pytest.mark.parametrize(
    ("threads", "devices", "took", "whole"),
    [
        ([0, 0], "cpu cpu", [10.0, 5.0], 15.0),
        ([1, 1, 1], "cpu cpu cpu", [10.0, 25.0, 10.0], 25.0),  # the third starts after the first
        ([1, 0, 1, 1], "cpu cpu cpu cpu", [10.0, 5.0, 5.0, 4.0], 20.0),  # the second waits for both
        ([1, 1, 1], "cuda cuda cpu", [10.0, 10.0, 15.0], 20.0),
        ([], "", [], 0.0),
    ],
)
def test_how_long_runs_last_that_train_side_by_side(
    threads: list[int], devices: str, took: list[float], whole: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "physical_cores", lambda: 2)
    made = [Recipe(threads=n, device=device) for n, device in zip(threads, devices.split(), strict=True)]
    assert sweep.estimate_seconds(made, took) == whole


# Recipes


def test_a_backbone_takes_the_weights_it_has() -> None:
    found = sweep.comparison_recipes(Recipe(), ["resnet18", "mobilenet_v2"], ["random", "upstream"], [0, 1], [32, 64])
    made = [(each.network, each.image_size, each.weights, each.seed) for each in found]
    assert made == [
        ("resnet18", 32, "random", 0), ("resnet18", 32, "random", 1),
        ("resnet18", 32, "upstream", 0), ("resnet18", 32, "upstream", 1),
        ("resnet18", 64, "random", 0), ("resnet18", 64, "random", 1),
        ("resnet18", 64, "upstream", 0), ("resnet18", 64, "upstream", 1),
        ("mobilenet_v2", 32, "random", 0), ("mobilenet_v2", 32, "random", 1),
        ("mobilenet_v2", 64, "random", 0), ("mobilenet_v2", 64, "random", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("backbones", "weights", "words"),
    [(["mobilenet_v2"], ["upstream"], "None of the backbones"), (["alexnet9"], ["random"], "no network called")],
)
def test_an_empty_comparison_is_reported(backbones: list[str], weights: list[str], words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        sweep.comparison_recipes(Recipe(), backbones, weights, [0])


def test_a_size_that_a_backbone_cannot_take_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "takes", lambda name, px: px != 64)
    with pytest.raises(RecipeError, match="mobilenet_v2 does not accept images of 64 px"):
        sweep.comparison_recipes(Recipe(), ["mobilenet_v2"], ["random"], [0], [32, 64])


def test_a_grid_is_the_product_of_its_axes() -> None:
    found = sweep.grid(Recipe(), {"lr": (0.1, 0.2), "flip": (0.0, 1.0)})
    assert [(each.lr, each.flip) for each in found] == [(0.1, 0.0), (0.1, 1.0), (0.2, 0.0), (0.2, 1.0)]
    assert sweep.varied_fields(found) == ("lr", "flip")
    assert sweep.grid(Recipe(seed=4), {}) == [Recipe(seed=4)]
    with pytest.raises(RecipeError):
        sweep.grid(Recipe(), {"learning": (1,)})
    with pytest.raises(RecipeError):
        sweep.grid(Recipe(), {"lr": ("fast",)})


# On disk


def test_a_sweep_is_read_back_as_created(root: Path) -> None:
    made = sweep.create([*recipes(0), *recipes(0, network="resnet34")], "two", root)
    found = sweep.find(made.id, root)
    assert found == made
    assert [run.recipe().network for run in found.runs] == ["resnet18", "resnet34"]
    assert [run.about().name for run in found.runs] == ["resnet18", "resnet34"]
    assert states(found) == ["stopped", "stopped"], "not queued yet"
    assert sweep.list_sweeps(root) == [made]
    assert [entry.problem for entry in store.list_runs(root)] == [None, None], "the list of runs does not see sweeps"


def test_a_deleted_run_is_left_out_and_all_deleted_are_no_sweep(root: Path) -> None:
    made = sweep.create(recipes(0, 1), "two", root)
    store.delete(made.runs[0])
    assert sweep.find(made.id, root).runs == made.runs[1:]
    store.delete(made.runs[1])
    assert sweep.list_sweeps(root) == []
    with pytest.raises(RunError):
        sweep.find(made.id, root)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"version": 1}', '{"version": 2, "name": "x", "runs": ["a"]}',
     '{"version": 1, "name": 3, "runs": []}',
     '{"version": 1, "name": "x", "runs": "abc"}', '{"version": 1, "name": "x", "runs": [{}]}',
     '{"version": 1, "name": "x", "runs": [], "created": 5}', '"' + "[" * 99_999,
     json.dumps({"version": 1, "name": "x", "runs": ["a"] * 501})],
)  # fmt: skip
def test_a_foreign_file_is_one_sentence(content: str, root: Path) -> None:
    made = sweep.create(recipes(0), "one", root)
    (made.path / sweep.FILE).write_text(content, encoding="utf-8")
    with pytest.raises(RunError):
        sweep.find(made.id, root)
    assert sweep.list_sweeps(root) == []


@pytest.mark.parametrize("run_id", ["../../secret", "/etc", ".queue", "..", ".", "", "a\0b", "link"])
def test_run_ids_never_lead_out(run_id: str, root: Path) -> None:
    made = sweep.create(recipes(0), "one", root)
    (root.parent / "secret").mkdir()
    (root / "link").symlink_to(root.parent / "secret")
    content = {"version": 1, "name": "x", "runs": [run_id, made.runs[0].id]}
    (made.path / sweep.FILE).write_text(json.dumps(content), encoding="utf-8")
    assert sweep.find(made.id, root).runs == made.runs


@pytest.mark.parametrize("sweep_id", ["..", "../..", "nothing", "", ".", "a/b", "/etc"])
def test_a_link_to_no_sweep_is_one_sentence(sweep_id: str, root: Path) -> None:
    sweep.create(recipes(0), "one", root)
    with pytest.raises(RunError):
        sweep.find(sweep_id, root)


def test_a_plan_goes_on_in_its_folder_and_no_other_is_put_there(root: Path) -> None:
    made = sweep.find_or_create(recipes(0, 1), "two", root)
    assert sweep.find_or_create(recipes(1, 0), "again", root) == made
    with pytest.raises(RunError, match="already holds another comparison, “two”, with 2 runs"):
        sweep.find_or_create(recipes(0, 2), "other", root)
    assert len(store.list_runs(root)) == 2


def test_too_many_are_refused_before_any_is_made(root: Path) -> None:
    for count in (0, 501):
        with pytest.raises(RunError, match=f"not {count}"):
            sweep.create([Recipe()] * count, "many", root)
    assert not root.exists()


# Training


def test_all_are_followed_to_their_end_and_a_failure_is_no_end_of_it(root: Path) -> None:
    made = sweep.create([*recipes(ENDS, FAILS), *recipes(ENDS, network="resnet34")], "three", root)
    seen: dict[Run, list[str]] = {}
    for run, status in sweep.follow(made, 0.02):
        seen.setdefault(run, []).append(status.state)
    assert [seen[run][-1] for run in made.runs] == ["finished", "failed", "finished"]
    assert states(made) == ["finished", "failed", "finished"]
    assert sweep.unfinished(made) == [made.runs[1]]
    starts = (root / "starts").read_text(encoding="utf-8").split()
    assert starts == [run.id for run in made.runs], "each one once, in order"
    list(sweep.follow(made, 0.02))
    assert (root / "starts").read_text(encoding="utf-8").split() == [*starts, made.runs[1].id], (
        "failed runs are tried again"
    )


def test_a_stop_stops_the_running_one_and_empties_the_queue(root: Path) -> None:
    made = sweep.create([*recipes(GOES_ON), *recipes(GOES_ON, network="resnet34")], "two", root)
    asked: list[bool] = []
    last = {}
    for run, status in sweep.follow(made, 0.02, lambda: bool(asked)):
        last[run] = status.state
        if status.state == "running" and status.iteration > 2:
            asked.append(True)
    assert last[made.runs[0]] == "stopped"
    assert states(made) == ["stopped", "stopped"]
    assert store.waiting(root) == {}
    assert (root / "starts").read_text(encoding="utf-8").split() == [made.runs[0].id]
    assert len(sweep.unfinished(made)) == 2


def test_a_short_queue_is_filled_as_it_empties(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_QUEUED", "1")
    made = sweep.create([each for name in ("resnet18", "resnet34", "resnet50") for each in recipes(ENDS, network=name)],
                        "three", root)  # fmt: skip
    list(sweep.follow(made, 0.02))
    assert states(made) == ["finished"] * 3


def test_a_full_queue_is_reported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_QUEUED", "0")
    made = sweep.create(recipes(ENDS), "one", root)
    with pytest.raises(RunError, match="EXPLORER_MAX_QUEUED"):
        list(sweep.follow(made, 0.02))


def test_submit_says_how_many_do_not_fit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_QUEUED", "1")
    made = sweep.create(recipes(GOES_ON, GOES_ON, GOES_ON, GOES_ON), "four", root)
    with pytest.raises(RunError, match="2 runs do not fit into the queue, which holds at most 1"):
        sweep.submit(made)
    assert sorted(states(made)) == ["queued", "running", "stopped", "stopped"]
    sweep.stop_all(made)
    assert store.waiting(root) == {}
