"""A run equals a plain PyTorch loop on every path, and however often it is interrupted."""

import io
import json
import os
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.core.errors import RecipeError, RunError
from explorer.data import datasets
from explorer.data.datasets import DataSet, Split
from explorer.models import loading
from explorer.training import cropped, probe, trainer
from explorer.training.recipe import Recipe
from explorer.training.schedules import batch_bounds, lr_factor
from explorer.training.steps import CapturedSteps, Readback, Steps, generator
from explorer.training.trainer import CHECKPOINT_EVERY_S, Event, Position, Training
from tests import visitor

BARE = dict.fromkeys(["crop_padding", "flip", "brightness", "contrast", "saturation", "hue", "rotation"], 0)
QUICK = Recipe(
    weights="random", batch_size=16, epochs=2, freeze_epochs=1, precision="float32", device="cpu", seed=3, **BARE,
)  # fmt: skip
SHALLOW = QUICK.changed(network="cifar-resnet8")
TRAIN, TEST = 50, 24  # in batches of 16, the last has 2
BATCHES = 4


def noise(count: int, seed: int, classes: int = 10) -> Split:
    """Ten classes that differ in colour and can be learned."""
    labels = torch.arange(count) % classes
    images = torch.randint(0, 128, (count, 3, 32, 32), generator=generator(seed))
    images[:, 0] += (labels * 12).view(-1, 1, 1)
    return Split(images.to(torch.uint8), labels)


def data_of(train: int = TRAIN, test: int = TEST, validation: int = 0) -> DataSet:
    aside = noise(validation, 3) if validation else None
    return DataSet(tuple("0123456789"), noise(train, 1), noise(test, 2), aside, "digest", (), 0)


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(1)
    monkeypatch.setattr(trainer, "CHECKPOINT_EVERY_S", 1e9)
    yield
    torch.set_num_threads(threads)
    torch.set_rng_state(state)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two convolutions and a dropout in place of resnet18, for tests with many runs."""

    def build(_: str, classes: int = 1000, image_px: int = 224) -> nn.Module:
        return nn.Sequential(OrderedDict(
            conv1=nn.Conv2d(3, 16, 3, 2, bias=False), bn1=nn.BatchNorm2d(16), relu=nn.ReLU(),
            layer1=nn.Sequential(nn.Conv2d(16, 32, 3, 2, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
            avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), dropout=nn.Dropout(0.1), fc=nn.Linear(32, classes),
        ))  # fmt: skip

    monkeypatch.setattr(loading, "build", build)
    learner = loading.to_fine_tune("resnet18", "random", ("0", "1"), 32, 32)
    assert len(list(learner.module.parameters())) == 8, "resnet18 would take ten times as long"


def events(training: Training, **more: Any) -> list[Event]:
    return list(training.run(lambda: False, **more))


def of(found: list[Event], kind: str) -> list[dict[str, Any]]:
    return [event.fields for event in found if event.kind == kind]


def weights(training: Training) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in training.module.state_dict().items()}


def differing(one: dict[str, Tensor], other: dict[str, Tensor]) -> set[str]:
    return {name for name, value in one.items() if not torch.equal(value, other[name])}


def backbone(names: set[str], *, statistics: bool = False) -> set[str]:
    numbers = ("running_mean", "running_var", "num_batches_tracked")
    return {name for name in names if not name.startswith("fc.") and name.endswith(numbers) == statistics}


def snapshots(training: Training) -> tuple[list[Event], dict[int, dict[str, Tensor]]]:
    """Events, and the weights before the first epoch (0) and after each epoch."""
    found, seen = [], {0: weights(training)}
    for event in training.run(lambda: False):
        found.append(event)
        if event.kind == "epoch":
            seen[event.fields["epoch"]] = weights(training)
    return found, seen


# Against a plain loop


class Plain:
    """The tutorial's loop, written out: no augmentation, no fused kernels."""

    def __init__(self, recipe: Recipe, data: DataSet) -> None:
        torch.manual_seed(recipe.seed)
        self.model = torchvision.models.resnet18()
        self.model.fc = nn.Linear(512, len(data.classes))
        self.model.to(memory_format=torch.channels_last)  # the same kernels, hence the same rounding
        self.losses: list[float] = []
        self.epochs: list[dict[str, float]] = []
        self.optimizer = {
            "adam": lambda p: torch.optim.Adam(p, recipe.lr, weight_decay=recipe.weight_decay),
            "sgd": lambda p: torch.optim.SGD(p, recipe.lr, 0.9, nesterov=True, weight_decay=recipe.weight_decay),
        }[recipe.optimizer](self.model.parameters())
        for epoch in range(1, recipe.epochs + 1):
            frozen = epoch <= recipe.freeze_epochs
            for name, parameter in self.model.named_parameters():
                parameter.requires_grad = not frozen or name.startswith("fc.")
            for group in self.optimizer.param_groups:
                group["lr"] = recipe.lr if frozen else recipe.unfreeze_lr
            self.model.train()
            if frozen and recipe.freeze_bn:
                self.model.eval()
            order = torch.randperm(len(data.train), generator=generator(recipe.seed, epoch))
            total, right = 0.0, 0
            for picks in order.split(recipe.batch_size):
                y = data.train.labels[picks]
                logits = self.model(self.seen(data.train.images[picks], recipe.normalization))
                loss = F.cross_entropy(logits, y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.losses.append(loss.item())
                total, right = total + loss.item() * len(y), right + int((logits.argmax(1) == y).sum())
            self.model.eval()
            with torch.no_grad():
                logits = self.model(self.seen(data.test.images, recipe.normalization))
            self.epochs.append({
                "train_loss": total / len(data.train), "train_accuracy": right / len(data.train),
                "test_loss": F.cross_entropy(logits, data.test.labels).item(),
                "test_accuracy": (logits.argmax(1) == data.test.labels).float().mean().item(),
            })  # fmt: skip

    @staticmethod
    def seen(images: Tensor, normalization: str = "weights") -> Tensor:
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        if normalization == "cifar10":
            mean, std = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2023, 0.1994, 0.2010])
        return ((images / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1)).to(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    "recipe",
    [
        QUICK.changed(unfreeze_lr=1e-6, normalization="cifar10"),
        QUICK.changed(freeze_bn=True, optimizer="sgd", lr=0.05, unfreeze_lr=0.01, schedule="constant"),
    ],
    ids=["tutorial", "cached features"],
)
def test_a_run_is_the_plain_loop(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """With Adam, a gradient of rounding errors changes a weight by up to lr per step: at most 4 steps of 1e-6.

    BatchNorm over a few maps of 1 x 1 amplifies the rounding of cropped kernels, which test_cropped.py compares.
    """
    monkeypatch.setattr(cropped, "crop", lambda module: None)
    plain, training = Plain(recipe, data_of()), Training(recipe, data_of())
    found = events(training)
    assert [batch["loss"] for batch in of(found, "batch")] == pytest.approx(plain.losses, rel=2e-3)
    for epoch, expected in zip(of(found, "epoch"), plain.epochs, strict=True):
        for name, value in expected.items():
            rounding = 1 / TEST if name == "test_accuracy" else 1e-6
            assert epoch[name] == pytest.approx(value, rel=5e-3, abs=rounding), name
    state = plain.model.state_dict()
    for name, value in training.module.state_dict().items():
        torch.testing.assert_close(value, state[name], rtol=5e-3, atol=4e-4, msg=lambda m, name=name: f"{name}: {m}")
    # The optimiser's state of the backbone equals torch's.
    kept = {name: training.optimizer.state[value] for name, value in training.module.named_parameters()}
    for name, parameter in plain.model.named_parameters():
        expected_state = plain.optimizer.state[parameter]
        assert kept[name].keys() == expected_state.keys()
        if "step" in expected_state:
            assert kept[name]["step"] == expected_state["step"] == (8 if name.startswith("fc.") else 4)


def test_no_state_of_what_is_frozen() -> None:
    training = Training(QUICK.changed(epochs=1), data_of())
    events(training)
    assert {id(value) for value in training.optimizer.state} == {id(value) for value in training.head.parameters()}


# Frozen weights


VIEWS = {"freeze_bn": True, "fixed_views": 2, "flip": 0.5, "crop_padding": 4}


@pytest.mark.parametrize(
    ("fields", "cached", "drifts", "captured"),
    [
        ({}, False, True, False),
        ({"freeze_bn": True, "flip": 0.5}, False, False, False),
        ({"freeze_bn": True}, True, False, False),
        (VIEWS, True, False, False),
        ({"precision": "bfloat16"}, False, True, False),
        ({}, False, True, True),
        ({"freeze_bn": True}, True, False, True),
    ],
    ids=["drifting", "eager", "cached", "views", "bfloat16", "captured", "captured and cached"],
)
def test_frozen_means_frozen(
    fields: dict[str, Any], cached: bool, drifts: bool, captured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = SHALLOW.changed(epochs=3, freeze_epochs=2, optimizer="sgd", schedule="constant", **fields)
    if captured:
        _captured_as_on_cuda(monkeypatch)
    training = Training(recipe, data_of(34, 10))
    found, seen = snapshots(training)
    for epoch in (1, 2):
        moved = differing(seen[epoch - 1], seen[epoch])
        assert backbone(moved) == set()
        assert {"fc.weight", "fc.bias"} <= moved
        assert bool(backbone(moved, statistics=True)) == drifts
    moved, names = differing(seen[2], seen[3]), set(seen[0])
    assert backbone(moved) == backbone(names), "after the unfreeze all weights change"
    assert backbone(moved, statistics=True) == backbone(names, statistics=True)
    count = sum(value.numel() for name, value in training.module.named_parameters() if not name.startswith("fc."))
    assert of(found, "freeze") == [{"epoch": 1, "parameters": count, "freeze_bn": recipe.freeze_bn, "cached": cached}]
    assert of(found, "unfreeze") == [{"epoch": 3, "iteration": 6, "lr": recipe.unfreeze_lr}]
    first, second, third = of(found, "epoch")
    for epoch in (first, second):
        assert epoch["frozen"]
        assert epoch["moved"].pop("fc") > 0
        assert set(epoch["moved"].values()) == {0.0}
        assert all((value > 0) == drifts for value in epoch["drift"].values())
    assert not third["frozen"]
    assert min(third["moved"].values()) > 0
    assert min(third["drift"].values()) > 0
    assert set(first["drift"]) == set(third["moved"]) - {"fc"}
    if captured:
        assert training.steps.graph.replays > 0  # type: ignore[union-attr]


def _captured_as_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use `CapturedSteps` in each phase, with a minimal fake graph (test_steps.py has a better one)."""
    begin = Training._begin_phase

    class Graph:
        replays = 0

        def replay(self) -> None:
            self.replays += 1
            captured = self.steps
            captured.result.copy_(captured.steps(captured.picks, None))

    class Captured(CapturedSteps):
        WARM_UP = 1

        def _warm_up_step(self, picks: Tensor) -> Tensor:
            return self.steps(picks, None)

        def _capture(self) -> None:
            self.graph = Graph()  # type: ignore[assignment]
            self.graph.steps = self  # type: ignore[union-attr]
            self.result = torch.zeros(2)

    def begin_captured(training: Training) -> None:
        begin(training)
        training.steps = Captured(training.steps, training.recipe.batch_size)  # type: ignore[arg-type]

    monkeypatch.setattr(torch.cuda, "Stream", lambda: None)
    monkeypatch.setattr(Training, "_begin_phase", begin_captured)


def test_features_computed_once_teach_the_head_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = QUICK.changed(freeze_bn=True, epochs=2, freeze_epochs=2, optimizer="sgd", lr=0.05)
    cached, eager = Training(recipe, data_of()), Training(recipe, data_of())
    found = events(cached)
    monkeypatch.setattr(Recipe, "caches_features", False)
    expected = events(eager)
    assert of(found, "freeze")[0]["cached"]
    assert not of(expected, "freeze")[0]["cached"]
    for name in ("weight", "bias"):
        torch.testing.assert_close(
            cached.head.get_parameter(name), eager.head.get_parameter(name), rtol=1e-4, atol=1e-5
        )
    for one, other in zip(of(found, "epoch"), of(expected, "epoch"), strict=True):
        assert one["test_loss"] == pytest.approx(other["test_loss"], rel=1e-4)
        assert one["train_loss"] == pytest.approx(other["train_loss"], rel=1e-4)


# Learning rates, without learning


@pytest.fixture
def taught(small: None, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[int], list[float]]]:
    """Pictures and learning rates of the groups at each step; the steps do nothing."""
    seen: list[tuple[list[int], list[float]]] = []

    def step(self: Steps, picks: Tensor, random: object, weight: float = 1.0) -> Tensor:
        seen.append((picks.tolist(), [float(group["lr"]) for group in self.optimizer.param_groups]))
        return torch.tensor([1.0, 0.0])

    monkeypatch.setattr(Steps, "__call__", step)
    return seen


def rates(recipe: Recipe, taught: list[tuple[list[int], list[float]]], train: int = TRAIN) -> list[float]:
    found = events(Training(recipe, data_of(train, 4)))
    assert [batch["lr"] for batch in of(found, "batch")] == [lrs[0] for _, lrs in taught]
    assert all(len(set(lrs)) == 1 for _, lrs in taught), "head and backbone have the same rate"
    last = {batch["epoch"]: batch["lr"] for batch in of(found, "batch")}
    assert [epoch["lr"] for epoch in of(found, "epoch")] == list(last.values())
    return [lrs[0] for _, lrs in taught]


def test_a_constant_rate(taught: Any) -> None:
    assert rates(QUICK.changed(schedule="constant"), taught) == [1e-3] * BATCHES + [1e-4] * BATCHES


def test_the_rate_after_the_unfreeze_is_for_after_the_unfreeze(taught: Any) -> None:
    assert rates(QUICK.changed(schedule="constant", freeze_epochs=0), taught) == [1e-3] * 2 * BATCHES


def test_cosine_with_warm_up(taught: Any) -> None:
    recipe = QUICK.changed(schedule="cosine", epochs=7, freeze_epochs=2)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 1.0)
    expected = []
    for peak, steps in ((1e-3, 2 * BATCHES), (1e-4, 5 * BATCHES)):
        for k in range(1, steps + 1):
            done = k / (steps + 1)
            if done < 0.15:
                expected.append(peak * done / 0.15)
            else:
                fine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1)
                fine.T_max, fine.last_epoch = 0.85, done - 0.15
                expected.append(peak * fine._get_closed_form_lr()[0])
    assert rates(recipe, taught) == pytest.approx(expected)
    assert min(expected) > 0, "no step is missing"


def test_one_cycle_is_torchs(taught: Any) -> None:
    steps = 500  # torch's peak lies between two steps, one before ours; with many steps they agree
    recipe = QUICK.changed(schedule="onecycle", epochs=10, freeze_epochs=0, batch_size=2)
    found = rates(recipe, taught, train=100)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=steps, cycle_momentum=False)
    expected = []
    for _ in range(steps):
        expected.append(schedule.get_last_lr()[0])
        optimizer.step()
        if len(expected) < steps:
            schedule.step()
    assert len(found) == steps
    assert found == pytest.approx(expected, abs=0.01 * 1e-3)
    assert lr_factor("onecycle", 0.0) == pytest.approx(1 / 25)
    assert lr_factor("onecycle", 0.3) == 1
    assert lr_factor("onecycle", 1.0) == pytest.approx(1 / 25 / 1e4)


def test_steps_are_the_papers(taught: Any) -> None:
    """He et al. 2015, section 4.2, at iterations of 64,000; each phase of a run has its own schedule."""
    factors = {1: 0.1, 400: 0.1, 401: 1.0, 32_000: 1.0, 32_001: 0.1, 48_000: 0.1, 48_001: 0.01, 64_000: 0.01}
    assert {k: lr_factor("steps", k / 64_001) for k in factors} == factors
    recipe = QUICK.changed(schedule="steps", epochs=8, freeze_epochs=4)
    expected = [peak * share for peak in (1e-3, 1e-4) for share in (1, 1, 0.1, 0.01) for _ in range(BATCHES)]
    assert rates(recipe, taught) == pytest.approx(expected)


@pytest.mark.parametrize(("best_by", "on_cuda"), [("test", False), ("validation", False), ("test", True)])
def test_the_plateau_halves_and_begins_anew_at_the_unfreeze(
    best_by: str, on_cuda: bool, taught: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch's schedule on the reported losses; those of the network are constant, so that the rate drops."""
    recipe = QUICK.changed(epochs=12, freeze_epochs=6, best_by=best_by)
    answers, calls = Training._predict, []

    def worse(training: Training, name: str, split: Split) -> Generator[Event, None, tuple[Tensor, Tensor, Tensor]]:
        losses, *rest = yield from answers(training, name, split)
        calls.append(name)
        # The other split's loss keeps improving and must not count.
        return torch.full_like(losses, 1.0 if name == best_by else 1 / len(calls)), *rest  # type: ignore[return-value]

    monkeypatch.setattr(Training, "_predict", worse)
    training = Training(recipe, data_of(TRAIN, 4, 4 if best_by == "validation" else 0))
    if on_cuda:  # each group has a tensor, in float32
        for group in training.optimizer.param_groups:
            group["lr"] = torch.tensor(group["lr"])
    found = events(training)
    lr = [epoch["lr"] for epoch in of(found, "epoch")]
    expected = []
    for peak in (1e-3, 1e-4):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], peak)
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
        for _ in range(6):
            expected.append(optimizer.param_groups[0]["lr"])
            plateau.step(1.0)
    assert lr == pytest.approx(expected)
    assert lr[3:5] == [1e-3, 5e-4]
    assert of(found, "lr") == [{"epoch": 4, "lr": 5e-4}, {"epoch": 10, "lr": 5e-5}]
    assert [lrs[0] for _, lrs in taught] == pytest.approx([value for value in expected for _ in range(BATCHES)])


# Pictures


@pytest.mark.parametrize(
    ("pictures", "batch_size", "processes", "sizes"),
    [
        (50, 16, 1, [16, 16, 16, 2]),
        (49, 16, 1, [16, 16, 17]),
        (48, 16, 1, [16, 16, 16]),
        (17, 16, 1, [17]),
        (5, 64, 1, [5]),
        (1, 64, 1, [1]),
        (0, 64, 1, []),
        (3, 2, 1, [3]),
        (35, 16, 2, [16, 19]),
        (36, 16, 2, [16, 16, 4]),
    ],
)
def test_how_an_epoch_is_cut(pictures: int, batch_size: int, processes: int, sizes: list[int]) -> None:
    found = batch_bounds(pictures, batch_size, processes)
    assert [high - low for low, high in found] == sizes
    assert [place for low, high in found for place in range(low, high)] == list(range(pictures))


@pytest.mark.parametrize("count", [49, 50, 5])
def test_every_picture_once_an_epoch(count: int, taught: Any) -> None:
    found = events(Training(QUICK.changed(epochs=3), data_of(count, 4)))
    start = of(found, "start")[0]
    assert start["batches"] * 3 == len(taught)
    epochs = [
        [place for picks, _ in taught[first : first + start["batches"]] for place in picks]
        for first in range(0, len(taught), start["batches"])
    ]
    assert all(sorted(picks) == list(range(count)) for picks in epochs)
    assert len({tuple(picks) for picks in epochs}) == 3, "each epoch has another order"
    assert [batch["iteration"] for batch in of(found, "batch")] == list(range(1, len(taught) + 1))
    assert [batch["batch"] for batch in of(found, "batch")] == list(range(1, start["batches"] + 1)) * 3


def test_other_seeds_have_other_orders(taught: Any) -> None:
    for seed in (0, 1):
        events(Training(QUICK.changed(epochs=1, seed=seed), data_of(50, 4)))
    assert taught[0][0] != taught[BATCHES][0]


def test_each_batch_is_augmented_by_draws_of_its_own(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []

    def step(_: Steps, picks: Tensor, random: torch.Generator, weight: float = 1.0) -> Tensor:
        seeds.append(random.initial_seed())
        return torch.tensor([1.0, 0.0])

    monkeypatch.setattr(Steps, "__call__", step)
    events(Training(QUICK.changed(epochs=3), data_of(50, 4)))
    orders = [generator(QUICK.seed, epoch).initial_seed() for epoch in (1, 2, 3)]
    assert len(seeds) == 3 * BATCHES
    assert len({*seeds, *orders}) == len(seeds) + len(orders)


# Interrupted and resumed


def stored(state: dict[str, Any]) -> dict[str, Any]:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    loaded: dict[str, Any] = torch.load(buffer, weights_only=True, map_location="cpu")
    return loaded


def without_discarded(found: list[Event], resumed: dict[str, Any] | None) -> list[Event]:
    """Events without those that a resume discards, as in `events.Log`."""
    if resumed is None:
        return found
    return [
        event
        for event in found
        if not (event.kind == "batch" and event.fields["iteration"] > resumed["iteration"])
        and not (event.kind == "epoch" and event.fields["epoch"] >= resumed["epoch"])
    ]


def broken_off(recipe: Recipe, data: DataSet, patience: int) -> tuple[Training, list[Event], list[dict[str, Any]]]:
    """A run that is stopped after every `patience` calls of stop() and resumed from its file."""
    state, found, stops = None, [], []
    for _ in range(100):
        training, asked = Training(recipe, data), iter(range(patience))
        if state is not None:
            training.restore(state)
        session = list(training.run(lambda asked=asked: next(asked, None) is None, resumed=state is not None))
        if state is not None:
            assert session[0].kind == "resume"
            found = without_discarded(found, session[0].fields)
        found += session
        if session[-1].fields["reason"] == "finished":
            return training, found, stops
        assert [event.kind for event in session[-2:]] == ["checkpoint", "end"]
        stops.append(session[-2].fields)
        state = stored(session[-2].payload)
    raise AssertionError("it never ends")


def compared(found: list[Event]) -> list[tuple[str, dict[str, Any]]]:
    """Kind and fields of events that must not depend on interruptions."""
    clocks = {"seconds", "spent"}
    return [
        (event.kind, {name: value for name, value in event.fields.items() if name not in clocks})
        for event in found
        if event.kind in ("batch", "epoch", "lr")
    ]


CACHED = {"freeze_bn": True, "epochs": 4, "freeze_epochs": 2}


@pytest.mark.parametrize("patience", [2, 3])
@pytest.mark.parametrize(
    ("fields", "validation"),
    [
        (CACHED, 0),
        (CACHED | {"fixed_views": 2, "flip": 0.5, "rotation": 20.0, "hue": 0.1, "label_smoothing": 0.1}, 0),
        ({"flip": 0.5, "crop_padding": 4, "contrast": 0.3, "epochs": 9, "best_by": "validation"}, 12),
        ({"optimizer": "sgd", "schedule": "onecycle", "lr": 0.01, "rotation": 9.0}, 0),
        ({"optimizer": "adamw", "schedule": "cosine", "precision": "bfloat16"}, 0),
    ],
    ids=["cached", "views", "augmented, by validation", "one-cycle", "bfloat16"],
)
def test_a_run_broken_off_gives_the_same_bits(
    fields: dict[str, Any], validation: int, patience: int, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session is stopped after `patience` calls of stop(); two are one step of progress."""
    monkeypatch.setitem(trainer.PLATEAU, "threshold", 0.05)  # so that the rate drops within nine epochs
    expected = _check_broken_off(QUICK.changed(**{"epochs": 3, "freeze_epochs": 1} | fields), validation, patience)
    assert bool(of(expected, "lr")) == (validation > 0)


def test_so_does_a_true_network() -> None:
    _check_broken_off(SHALLOW.changed(freeze_bn=True), 0, 3)


def test_so_do_two_threads(small: None) -> None:
    torch.set_num_threads(2)
    _check_broken_off(SHALLOW.changed(freeze_bn=True), 0, 3)


def _check_broken_off(recipe: Recipe, validation: int, patience: int) -> list[Event]:
    data = data_of(34, 10, validation)
    whole = Training(recipe, data)
    expected = events(whole)
    training, found, stops = broken_off(recipe, data, patience)
    assert len(stops) >= 2
    assert differing(weights(whole), weights(training)) == set()
    assert compared(found) == compared(expected)
    for one, other in zip(whole.optimizer.state.values(), training.optimizer.state.values(), strict=True):
        assert all(torch.equal(torch.as_tensor(value), torch.as_tensor(other[name])) for name, value in one.items())
    assert differing(expected[-1].payload, found[-1].payload) == set()
    return expected


class Interrupting:
    """A stop() that returns True at its `number`-th call."""

    def __init__(self, number: int) -> None:
        self.left = number

    def __call__(self) -> bool:
        self.left -= 1
        return self.left == 0


@pytest.mark.parametrize(
    ("number", "where"),
    [
        (1, (1, 0, 0)),  # before the first step
        (3, (1, 32, 2)),  # within a frozen epoch, whose features are recomputed
        (4, (1, 34, 3)),  # in the test
        (5, (2, 0, 3)),  # between the last frozen epoch and the next
        (7, (2, 32, 5)),
        (8, (2, 34, 6)),
        (9, (3, 0, 6)),
        (12, (3, 34, 9)),
    ],
)
def test_wherever_it_stops_it_goes_on(number: int, where: tuple[int, int, int], small: None) -> None:
    recipe, data = QUICK.changed(epochs=3, freeze_bn=True), data_of(34, 10)
    whole = Training(recipe, data)
    expected = events(whole)
    first = list(Training(recipe, data).run(Interrupting(number)))
    position = first[-2].fields
    assert (position["epoch"], position["seen"], position["iteration"]) == where
    again = Training(recipe, data)
    again.restore(stored(first[-2].payload))
    second = events(again, resumed=True)
    assert {name: second[0].fields[name] for name in ("epoch", "seen", "iteration")} == dict(
        zip(("epoch", "seen", "iteration"), where, strict=True)
    )
    assert differing(weights(again), weights(whole)) == set()
    assert compared(without_discarded(first, second[0].fields) + second) == compared(expected)
    unfreezes = of(first, "unfreeze") + of(second, "unfreeze")  # repeated if it stopped right after
    assert unfreezes[-1] == {"epoch": 2, "iteration": 3, "lr": 1e-4}


def test_a_run_goes_on_with_smaller_batches(taught: Any) -> None:
    """As after running out of memory: within an epoch, and then across the unfreeze."""
    recipe, data = QUICK.changed(batch_size=24), data_of(50, 4)
    first = list(Training(recipe, data).run(Interrupting(2)))
    assert first[-2].fields["seen"] == 24
    again = Training(recipe.changed(batch_size=10), data)
    again.restore(stored(first[-2].payload))
    found = events(again, resumed=True)
    assert [len(picks) for picks, _ in taught] == [24, 10, 10, 6] + [10] * 5
    assert sorted(chain.from_iterable(picks for picks, _ in taught[:4])) == list(range(50))
    assert of(found, "unfreeze") == [{"epoch": 2, "iteration": 4, "lr": 1e-4}]
    assert [batch["lr"] for batch in of(found, "batch")] == [1e-3] * 3 + [1e-4] * 5
    assert [batch["iteration"] for batch in of(found, "batch")] == list(range(2, 10))
    assert all(parameter.requires_grad for parameter in again.module.parameters())


def test_memory_that_runs_out_at_the_unfreeze(taught: Any) -> None:
    """Resuming after the frozen epochs does not keep their learning rate or plateau state."""
    first = list(Training(QUICK, data_of(50, 4)).run(Interrupting(BATCHES + 2)))
    assert first[-2].fields["seen"] == 0
    del taught[:]
    again = Training(QUICK.changed(batch_size=8), data_of(50, 4))
    again.restore(stored(first[-2].payload))
    found = events(again, resumed=True)
    assert [event.kind for event in found if event.kind != "warning"][:2] == ["resume", "unfreeze"]
    assert {lrs[0] for _, lrs in taught} == {1e-4}
    assert again.plateau is not None
    assert again.plateau.num_bad_epochs == 0


def test_stopped_before_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> DataSet:
        raise datasets.Interrupted

    monkeypatch.setattr(datasets, "load", interrupted)
    assert list(trainer.train(QUICK)) == [Event("end", {"reason": "stopped"})]


@pytest.mark.parametrize(
    "change",
    [
        lambda state: {},
        lambda state: state | {"version": 2},
        lambda state: state | {"model": {}},
        lambda state: state | {"model": None},
        lambda state: state | {"model": state["model"] | {"fc.weight": torch.zeros(3, 512)}},
        lambda state: state | {"optimizer": {}},
        lambda state: state | {"optimizer": None},
        lambda state: state | {"optimizer": state["optimizer"] | {"param_groups": []}},
        lambda state: state | {"position": {"epoch": 1, "place": 3}},
        lambda state: state | {"position": {"epoch": "one"}},
        lambda state: state | {"random": torch.zeros(3)},
        lambda state: state | {"random": None},
        lambda state: state | {"plateau": 3},
    ],
)
def test_a_state_that_does_not_fit(change: Callable[[dict[str, Any]], Any], one_state: dict[str, Any]) -> None:
    training = Training(QUICK, data_of(8, 4))
    with pytest.raises(RunError) as caught:
        training.restore(change(one_state))
    assert caught.value.key == "errors.checkpoint_not_of_run"
    assert "checkpoint" in str(caught.value)


@pytest.fixture(scope="module")
def one_state() -> dict[str, Any]:
    training = Training(QUICK, data_of(8, 4))
    training._begin_phase()
    return stored(training.state())


def test_a_state_of_another_network_does_not_fit(one_state: dict[str, Any]) -> None:
    with pytest.raises(RunError):
        Training(QUICK.changed(network="resnet34"), data_of(8, 4)).restore(one_state)


@pytest.mark.parametrize("schedules", [("plateau", "cosine"), ("cosine", "plateau")])
def test_a_fork_may_have_another_schedule(schedules: tuple[str, str], small: None) -> None:
    before, after = (Training(QUICK.changed(schedule=each), data_of(8, 4)) for each in schedules)
    before._begin_phase()
    after.restore(stored(before.state()))
    assert (after.plateau is None) == (schedules[1] == "cosine")


def test_the_options_of_an_optimiser_are_the_devices(one_state: dict[str, Any]) -> None:
    """A GPU's run resumes on a CPU: its learning rate was a tensor and its optimiser capturable."""
    groups = [group | {"lr": torch.tensor(0.5), "capturable": True} for group in one_state["optimizer"]["param_groups"]]
    training = Training(QUICK, data_of(8, 4))
    training.restore(one_state | {"optimizer": one_state["optimizer"] | {"param_groups": groups}})
    for group in training.optimizer.param_groups:
        assert type(group["lr"]) is float
        assert group["capturable"] is False


# Events


def test_the_course_of_a_run() -> None:
    recipe = QUICK.changed(epochs=3, keep_every=2, best_by="validation")
    found = events(Training(recipe, data_of(TRAIN, TEST, 12)))
    batch = ["batch"] * BATCHES
    assert [event.kind for event in found if event.kind not in ("warning", "test")] == [
        "start", "freeze", *batch, "epoch", "checkpoint", "unfreeze", *batch, "epoch", "checkpoint", *batch, "epoch",
        "checkpoint", "end",
    ]  # fmt: skip
    for event in found:
        json.dumps(event.fields, allow_nan=False)
    start = of(found, "start")[0]
    assert start | {
        "network": "resnet18", "classes": list("0123456789"), "train": TRAIN, "test": TEST, "validation": 12,
        "parameters": 11_181_642, "frozen_parameters": 11_176_512, "device": "cpu", "precision": "float32",
        "threads": 1, "processes": 1, "batches": BATCHES, "data": "digest", "strip": list(range(10)),
    } == start  # fmt: skip
    assert start["preprocess"]["picture_px"] == start["preprocess"]["input_px"] == 32
    assert (*start["preprocess"]["mean"], *start["preprocess"]["std"]) == (0.485, 0.456, 0.406, 0.229, 0.224, 0.225)
    assert {"torch", "torchvision", "python", "explorer"} <= set(start["versions"])
    for number, event in enumerate((event for event in found if event.kind == "epoch"), start=1):
        fields, answers = event.fields, event.payload
        assert (fields["epoch"], fields["frozen"]) == (number, number == 1)
        correct = answers.predicted == answers.labels
        assert fields["test_accuracy"] == int(correct.sum()) / TEST
        assert 0 <= fields["train_accuracy"] <= 1
        assert fields["strip"] == [
            [int(answers.predicted[k]), round(float(answers.probability[k]), 4)] for k in start["strip"]
        ]
        assert (answers.weights is not None) == fields["best"]
        assert set(fields["spent"]) == {"data", "forward", "backward", "step", "test"}
        assert sum(fields["spent"].values()) <= fields["seconds"] + 0.01
        assert fields["spent"]["forward"] > 0
    best, accuracies = [epoch["best"] for epoch in of(found, "epoch")], [0.0]
    for epoch in of(found, "epoch"):
        accuracies.append(epoch["validation_accuracy"])
    assert best == [accuracies[k] > max(accuracies[:k]) or k == 1 for k in range(1, 4)]
    assert [(mark["epoch"], mark["seen"], mark["keep"]) for mark in of(found, "checkpoint")] == [
        (2, 0, True), (3, 0, True), (4, 0, True)
    ]  # fmt: skip
    assert found[-1].fields["reason"] == "finished"


def test_the_best_weights_are_those_that_gave_its_answers() -> None:
    recipe, data = QUICK.changed(freeze_epochs=0, flip=0.5, optimizer="sgd"), data_of(20)
    training, (mean, std) = Training(recipe, data), ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    best = next(
        event.payload for event in training.run(lambda: False) if event.kind == "epoch" and event.payload.weights
    )
    model = torchvision.models.resnet18(num_classes=10).eval()
    model.load_state_dict(best.weights)
    x = torchvision.transforms.functional.normalize(data.test.images / 255, mean, std)
    with torch.no_grad():
        probability, predicted = model(x).softmax(1).max(1)
    assert (predicted == best.predicted).float().mean() > 0.95
    torch.testing.assert_close(probability, best.probability, rtol=1e-3, atol=1e-4)


def test_a_checkpoint_now_and_then(taught: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = events(Training(QUICK.changed(epochs=6, keep_every=2), data_of(50, 4)))
    assert [(mark["epoch"] - 1, mark["keep"]) for mark in of(kept, "checkpoint")] == [(k, True) for k in (1, 2, 4, 6)]
    assert CHECKPOINT_EVERY_S == 30
    ready = Readback.ready
    late = lambda self, *, wait_for_all=False: ready(self) if wait_for_all else iter(())  # noqa: E731 # as on a GPU
    monkeypatch.setattr(Readback, "ready", late)
    monkeypatch.setattr(trainer, "CHECKPOINT_EVERY_S", -1.0)
    found = events(Training(QUICK, data_of(50, 4)))
    assert [mark["seen"] for mark in of(found, "checkpoint")] == [0, 16, 32, 48, 0] * 2
    counted = 0
    for event in found:  # all steps before a checkpoint are reported before it
        counted += event.kind == "batch"
        assert event.kind != "checkpoint" or event.fields["iteration"] == counted


def test_what_is_wrong_with_the_pictures_is_told(taught: Any) -> None:
    bare = data_of(8, 4)
    data = DataSet(bare.classes, bare.train, bare.test, None, "digest", ("a/1.png", "b/2.png"), 3)
    found = of(events(Training(QUICK, data)), "warning")
    assert found[:2] == [
        {"key": "errors.data_skipped", "values": {"count": 2, "first": "a/1.png, b/2.png"}},
        {"key": "errors.data_repeated", "values": {"count": 3}},
    ]
    assert [each["key"] for each in found[2:]] == [
        "data.advice_few_steps", "data.advice_untested", "data.advice_few_test",
    ]  # fmt: skip


def test_from_pictures_on_disk_to_the_end(tmp_path: Path) -> None:
    shades = {"dark": 40, "light": 200}
    for part, count in (("train", 12), ("test", 4)):
        for name, shade in shades.items():
            (tmp_path / part / name).mkdir(parents=True)
            for k in range(count):
                Image.new("RGB", (32, 32), (shade + k, shade, shade)).save(tmp_path / part / name / f"{k}.png")
    recipe = QUICK.changed(data=str(tmp_path), freeze_epochs=0, limit=20, batch_size=8, epochs=2, optimizer="sgd")
    before = [event for event in trainer.train(recipe) if event.kind != "prepare"]
    start = of(before, "start")[0]
    assert (start["classes"], start["train"], start["test"], start["strip"]) == (["dark", "light"], 20, 8, [0, 4])
    assert before[-1].fields["reason"] == "finished"
    assert set(before[-1].payload) == set(torchvision.models.resnet18().state_dict())
    marks = [event for event in before if event.kind == "checkpoint"]
    assert list(trainer.train(recipe, state=stored(marks[-1].payload)))[-1].fields["reason"] == "finished"


# Errors


def test_a_device_that_is_not_there() -> None:
    assert not torch.cuda.is_available()
    for device in ("cuda", "mps"):
        with pytest.raises(RecipeError, match=rf"device = {device} is out of range\. Allowed: auto, cpu"):
            Training(QUICK.changed(device=device), data_of(8, 4))


def test_auto_takes_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = QUICK.changed(device="auto")
    assert trainer.select_device(recipe) == torch.device("cpu")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert trainer.select_device(recipe) == torch.device("mps")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_90"])
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert trainer.select_device(recipe) == torch.device("cuda", 0)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert trainer.select_device(recipe) == torch.device("cuda", 1)
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(RecipeError, match=r"3 processes were started .* GPUs for 2 only"):
        trainer.select_device(recipe)
    assert trainer.select_device(QUICK) == torch.device("cpu")


@pytest.mark.parametrize(("room", "batch_size", "fits"), [(20, 32, 16), (9, 40, 5), (3, 32, 2), (16, 17, 8)])
def test_memory_runs_out(room: int, batch_size: int, fits: int) -> None:
    training = Training(QUICK.changed(batch_size=batch_size, freeze_epochs=0), data_of(64, 4))

    def crowded(_: nn.Module, given: tuple[Tensor]) -> None:
        if len(given[0]) > room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate …")

    training.module.register_forward_pre_hook(crowded)
    with pytest.raises(RunError, match=rf"A batch of {batch_size} .* {fits} would") as caught:
        events(training)
    assert caught.value.key == "errors.out_of_memory"
    assert caught.value.values == {"batch_size": batch_size, "fits": fits}


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (torch.AcceleratorError("CUDA error: unspecified launch failure\nCompile with …"), "errors.gpu_failed"),
        (MemoryError(), "errors.memory_full"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "errors.memory_full"),
        (torch.OutOfMemoryError("CUDA out of memory."), "errors.memory_full"),  # before the first batch
        (torch.AcceleratorError("CUDA error: out of memory\nCompile with …"), "errors.memory_full"),
        (RuntimeError("anything else"), None),
    ],
)
def test_a_device_that_fails_is_named(error: Exception, key: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(trainer.datasets, "load", lambda *_, **__: data_of(16, 4))
    monkeypatch.setattr(trainer, "Training", fail)
    with pytest.raises(RunError if key else RuntimeError) as caught:
        list(trainer.train(QUICK))
    if isinstance(caught.value, RunError):
        assert caught.value.key == key
        assert "\n" not in str(caught.value)
        assert ("(CUDA error: unspecified launch failure)" in str(caught.value)) == (key == "errors.gpu_failed")


@pytest.mark.parametrize("train", [TRAIN, 16], ids=["a step", "the last step"])
def test_a_run_that_diverges(train: int) -> None:
    """Also if only the test loss diverges: the loss of the epoch's only step is computed before the update."""
    recipe = QUICK.changed(freeze_epochs=0, epochs=30, optimizer="sgd", lr=10.0, weight_decay=1.0, schedule="constant")
    training, found = Training(recipe, data_of(train, 4)), []
    with torch.no_grad():
        training.head.weight.mul_(1e30)
    with pytest.raises(RunError, match="The loss is NaN or infinite") as caught:
        found.extend(event.fields for event in training.run(lambda: False))
    json.dumps(found, allow_nan=False)
    assert caught.value.key == "errors.diverged"
    assert set(caught.value.values) == {"epoch", "iteration", "lr"}


# Several processes


WORKER = """
import json, os, sys, torch
from torch import distributed
from explorer.data.datasets import DataSet, Split
from explorer.training.trainer import Training
from explorer.training.recipe import Recipe
from explorer.training.steps import Steps
torch.set_num_threads(1)
distributed.init_process_group("gloo")
rank = distributed.get_rank()
step = Steps.__call__
def noted(self, p, random, weight=1.0):
    picks.append(p.tolist())
    return step(self, p, random, weight)
Steps.__call__ = noted
def stop():
    global asked
    asked += 1
    return rank == 1 and asked == stop_at
for recipe, stop_at, given, out in json.loads(sys.argv[1]):
    picks, asked = [], 0
    data = torch.load(given, weights_only=True)
    data = DataSet(tuple("0123456789"), Split(*data["train"]), Split(*data["test"]), None, "digest", (), 0)
    training = Training(Recipe.from_fields(recipe), data)
    events = [(e.kind, e.fields) for e in training.run(stop)]
    result = {"events": json.dumps(events), "picks": picks, "weights": training.module.state_dict()}
    torch.save(result, f"{out}.{rank}")
distributed.destroy_process_group()
"""


ONE_RUN = QUICK.changed(optimizer="sgd", schedule="constant", lr=0.05, unfreeze_lr=0.01, flip=0.5)
HEAD_ONLY = SHALLOW.changed(freeze_bn=True, epochs=2, freeze_epochs=2, batch_size=15, optimizer="sgd", lr=0.05)
LONGER = SHALLOW.changed(epochs=9)
PAIRED = {"one run": (ONE_RUN, (65, 33), 0), "head": (HEAD_ONLY, (49, 11), 0), "stopped": (LONGER, (50, 9), 2)}
"""name -> recipe, pictures to train and to test with, and the second process's call of stop() that returns True"""


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Results of each run of PAIRED, by process. Two processes train all, since each takes seconds to start."""
    folder, runs = tmp_path_factory.mktemp("paired"), []
    for name, (recipe, pictures, stop_at) in PAIRED.items():
        data, given = data_of(*pictures), folder / f"{name} data"
        torch.save({part: (split.images, split.labels) for part, split in (("train", data.train), ("test", data.test))},
                   given)  # fmt: skip
        fields = {field: value for field, value in json.loads(recipe.to_json()).items() if field != "version"}
        runs.append([fields, stop_at, str(given), str(folder / name)])
    port = visitor.free_port()
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WORKER, json.dumps(runs)],
            env={**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1",
                 "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "PYTHONPATH": str(Path(__file__).parents[2])},
            stderr=subprocess.PIPE, encoding="utf-8",
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        for process in started:
            _, words = process.communicate(timeout=240)
            assert process.returncode == 0, words
    finally:
        for process in started:
            process.kill()
    found = {name: [torch.load(folder / f"{name}.{rank}", weights_only=True) for rank in range(2)] for name in PAIRED}
    return {
        name: [end | {"events": [Event(*event) for event in json.loads(end["events"])]} for end in ends]
        for name, ends in found.items()
    }


def test_two_processes_are_one_run(paired: dict[str, Any]) -> None:
    """Each picture is used once, weights agree, test results match; odd counts do not deadlock."""
    data = data_of(65, 33)
    first, second = paired["one run"]
    assert differing(first["weights"], second["weights"]) == set()
    for epoch in range(2):
        picks = [chain.from_iterable(end["picks"][epoch * 4 : epoch * 4 + 4]) for end in (first, second)]
        assert sorted(chain(*picks)) == list(range(65))
    assert len(first["picks"]) == len(second["picks"]) == 8
    start = of(first["events"], "start")[0]
    assert (start["processes"], start["batches"]) == (2, 4)
    last = of(first["events"], "epoch")[-1]
    model = torchvision.models.resnet18(num_classes=10).eval()
    model.load_state_dict(first["weights"])
    with torch.no_grad():
        logits = model(Plain.seen(data.test.images))
    assert last["test_loss"] == pytest.approx(F.cross_entropy(logits, data.test.labels).item(), rel=1e-3)
    assert last["test_accuracy"] == pytest.approx(int((logits.argmax(1) == data.test.labels).sum()) / 33, abs=1.5 / 33)
    for one, other in zip(of(first["events"], "epoch"), of(second["events"], "epoch"), strict=True):
        assert {name: one[name] for name in ("train_loss", "test_loss", "strip", "best")} == {
            name: other[name] for name in ("train_loss", "test_loss", "strip", "best")
        }


def test_two_processes_teach_the_head_what_one_does(paired: dict[str, Any]) -> None:
    """The gradient is the mean over the whole batch, also if one process has one more picture."""
    single = Training(HEAD_ONLY, data_of(49, 11))
    expected = events(single)
    first, second = paired["head"]
    for name, value in single.module.state_dict().items():
        torch.testing.assert_close(first["weights"][name], value, rtol=1e-4, atol=1e-5)
    assert differing(first["weights"], second["weights"]) == set()
    for one, other in zip(of(first["events"], "epoch"), of(expected, "epoch"), strict=True):
        for name in ("train_loss", "train_accuracy", "test_loss", "test_accuracy"):
            assert one[name] == pytest.approx(other[name], rel=1e-4), name


def test_a_stop_of_one_process_stops_both(paired: dict[str, Any]) -> None:
    """Both ask each other before the first step, and then every 16."""
    for end in paired["stopped"]:
        assert [event.kind for event in end["events"][-2:]] == ["checkpoint", "end"]
        assert end["events"][-1].fields["reason"] == "stopped"
        assert len(end["picks"]) == trainer.STOP_EVERY


def test_processes_that_measure_differently_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "precision", lambda *_: "bfloat16")
    assert Training(QUICK, data_of(8, 4)).precision.name == "bfloat16"
    monkeypatch.setattr(Training, "_all_reduce", lambda self, value: value * 0.5)  # the other process chose float32
    assert Training(QUICK, data_of(8, 4)).precision.name == "float32"


def test_each_process_needs_two_pictures_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 0)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 9)
    with pytest.raises(RecipeError, match=r"batch_size = 16 is out of range\. Allowed: 18 – 4096 \(9 processes\)"):
        Training(QUICK, data_of(8, 4))


def test_bfloat16_is_not_taken_to_a_machine_that_lacks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    training = Training(QUICK.changed(precision="bfloat16"), data_of(8, 4))
    training._begin_phase()
    there = training.state()
    for has, recipe, expected in (
        (True, QUICK.changed(precision="auto"), "bfloat16"),
        (False, QUICK.changed(precision="auto"), "float32"),
        (False, QUICK.changed(precision="bfloat16"), "bfloat16"),
    ):
        monkeypatch.setattr(probe.hardware, "has_bfloat16", lambda has=has: has)
        monkeypatch.setattr(probe, "_measure", lambda *_: {key: {"learning": 1.0} for key in probe.BOTH})
        here = Training(recipe, data_of(8, 4))
        here.restore(there)
        assert here.precision.name == expected


def test_a_position_is_plain() -> None:
    assert all(type(value) in (int, float) for value in vars(Position()).values())
